"""What quality control and people say of revisions: what was stopped, by which rule, and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, and_, col, select

from catalog.checked import Judgement
from catalog.quality_tables import CheckVerdict, DecisionRow, GranuleCheckRow, ReportRow
from catalog.revision import key_of, name_of
from catalog.tables import STOPPED, GranuleRow, MosaicRow, RevisionRow, RevisionState, VerdictRow
from products.decision import Decision, Verb
from products.mosaic import MosaicKey


class Quality(StrEnum):
    """How a revision stands, in a word."""

    PASSED = "passed"
    """It is published; no rule spoke."""
    WARNED = "warned"
    """It is published, flagged: a rule warns of it."""
    RELEASED = "released"
    """It is published because a person says so."""
    STOPPED = "stopped"
    """Quality control stopped it."""
    REJECTED = "rejected"
    """A person stopped it, or took it back."""


@dataclass(frozen=True)
class Judged:
    """A composed revision with what quality control, and perhaps a person, says of it."""

    key: MosaicKey
    ordinal: int
    number: int
    product: str
    """Path of the base folder below the data root."""
    current: bool
    quality: Quality
    spoken: tuple[Judgement, ...]
    """Rules that say WARN or FAIL, by rule."""
    decision: Decision | None
    """The standing one."""
    report: str | None
    """Path of the JSON report below the data root."""
    page: str | None
    """Path of the report for people below the data root."""
    checked_at: datetime | None


def judged(session: Session, revision: RevisionRow) -> Judged:
    """Return how a composed revision stands; one that is only planned has nothing to tell."""
    mosaic = session.get_one(MosaicRow, revision.mosaic_id)
    spoken = _spoken(session, revision.id)
    decision = standing_decision(session, revision.id)
    report = session.get(ReportRow, revision.id)
    return Judged(
        key=key_of(mosaic),
        ordinal=revision.ordinal,
        number=revision.number,
        product=revision.product or "",
        current=revision.current,
        quality=_quality(revision, spoken, decision),
        spoken=spoken,
        decision=decision_of(decision, mosaic, revision) if decision else None,
        report=report.path if report else None,
        page=report.page if report else None,
        checked_at=report.checked_at if report else None,
    )


def stopped(session: Session, tiles: Iterable[str] = ()) -> list[Judged]:
    """Return what is composed and not published, by mosaic and revision; no tiles means all."""
    return _all_judged(session, STOPPED, tiles)


def flagged(session: Session, tiles: Iterable[str] = ()) -> list[Judged]:
    """Return what readers get now although a rule warns of it or a person released it."""
    published = _all_judged(session, (RevisionState.PUBLISHED,), tiles)
    return [one for one in published if one.current and one.quality != Quality.PASSED]


def stops_by_rule(session: Session, tiles: Iterable[str] = ()) -> dict[str, int]:
    """Return how many stopped revisions each rule failed, the most first."""
    counted = Counter(
        one.rule
        for revision in stopped(session, tiles)
        for one in revision.spoken
        if one.verdict == CheckVerdict.FAIL
    )
    return dict(counted.most_common())


def granules_by_rule(session: Session, tiles: Iterable[str] = ()) -> dict[tuple[str, str], int]:
    """Return how many granules each input rule speaks of, by rule and WARN or FAIL."""
    query = (
        select(GranuleCheckRow.rule, GranuleCheckRow.verdict)
        .join(GranuleRow, col(GranuleRow.id) == GranuleCheckRow.granule_id)
        .where(col(GranuleCheckRow.verdict).in_((CheckVerdict.WARN, CheckVerdict.FAIL)))
        .order_by(GranuleCheckRow.rule, GranuleCheckRow.verdict)
    )
    if names := tuple(tiles):
        query = query.where(col(GranuleRow.tile).in_(names))
    return dict(Counter(session.exec(query).all()))


def decisions(session: Session) -> list[Decision]:
    """Return all that people decided about revisions, oldest first."""
    return [one for _, one in _decided(session)]


def decisions_by_mosaic(session: Session) -> dict[int, tuple[Decision, ...]]:
    """Return all that people decided about the revisions of each mosaic, oldest first."""
    found: dict[int, list[Decision]] = defaultdict(list)
    for mosaic_id, one in _decided(session):
        found[mosaic_id].append(one)
    return {mosaic_id: tuple(each) for mosaic_id, each in found.items()}


def decisions_about(session: Session, revision_id: str) -> list[Decision]:
    """Return all that people decided about a revision, oldest first."""
    return [one for _, one in _decided(session, RevisionRow.id == revision_id)]


def decision_of(row: DecisionRow, mosaic: MosaicRow, revision: RevisionRow) -> Decision:
    """Return what a row says; the product has its name also while it is to be composed anew."""
    return Decision(
        product=name_of(mosaic, revision),
        ordinal=revision.ordinal,
        number=revision.number,
        verb=Verb(row.verb),
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        standing=row.standing,
    )


def verdicts_of(session: Session, revision_id: str) -> dict[str, str]:
    """Return what every rule said of a revision, by rule."""
    query = select(VerdictRow.rule, VerdictRow.verdict).where(VerdictRow.revision_id == revision_id)
    return dict(session.exec(query).all())


def standing_decision(session: Session, revision_id: str) -> DecisionRow | None:
    """Return the decision that says how a revision stands, None where quality control does."""
    return session.exec(
        select(DecisionRow).where(
            DecisionRow.revision_id == revision_id, col(DecisionRow.standing).is_(other=True)
        )
    ).one_or_none()


def why_stopped(session: Session, revision: RevisionRow) -> str | None:
    """Say in a sentence why readers do not get a revision, None where they may."""
    if revision.state == RevisionState.REJECTED:
        decision = standing_decision(session, revision.id)
        return f"Rejected by {decision.decided_by}: {decision.reason}" if decision else None
    if revision.state == RevisionState.QUARANTINED:
        failed = [
            f"{one.rule}: {one.message}"
            for one in _spoken(session, revision.id)
            if one.verdict == CheckVerdict.FAIL
        ]
        return "; ".join(failed) or None
    return None


def _all_judged(
    session: Session, states: tuple[RevisionState, ...], tiles: Iterable[str]
) -> list[Judged]:
    query = (
        select(RevisionRow)
        .join(MosaicRow, col(MosaicRow.id) == RevisionRow.mosaic_id)
        .where(col(RevisionRow.state).in_(states))
    )
    if names := tuple(tiles):
        query = query.where(col(MosaicRow.tile).in_(names))
    found = [judged(session, row) for row in session.exec(query).all()]
    return sorted(found, key=lambda one: (one.key, one.ordinal))


def _spoken(session: Session, revision_id: str) -> tuple[Judgement, ...]:
    rows = session.exec(
        select(VerdictRow)
        .where(
            and_(
                VerdictRow.revision_id == revision_id,
                col(VerdictRow.verdict).in_((CheckVerdict.WARN, CheckVerdict.FAIL)),
            )
        )
        .order_by(VerdictRow.rule)
    ).all()
    return tuple(
        Judgement(row.rule, row.verdict, row.message, row.value, row.limit) for row in rows
    )


def _quality(
    revision: RevisionRow, spoken: tuple[Judgement, ...], decision: DecisionRow | None
) -> Quality:
    if revision.state == RevisionState.QUARANTINED:
        return Quality.STOPPED
    if revision.state == RevisionState.REJECTED:
        return Quality.REJECTED
    if decision:
        return Quality.RELEASED
    return Quality.WARNED if spoken else Quality.PASSED


def _decided(session: Session, *about: bool) -> list[tuple[int, Decision]]:
    rows = session.exec(
        select(DecisionRow, MosaicRow, RevisionRow)
        .join(RevisionRow, col(RevisionRow.id) == DecisionRow.revision_id)
        .join(MosaicRow, col(MosaicRow.id) == RevisionRow.mosaic_id)
        .where(*about)
        .order_by(col(DecisionRow.id))
    ).all()
    return [(mosaic.id or 0, decision_of(row, mosaic, revision)) for row, mosaic, revision in rows]
