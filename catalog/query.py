"""What people and programs ask the catalog."""

from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, and_, case, col, func, or_, select

from catalog.affected import find_mosaic
from catalog.checked import Judgement, spoken_of_granules
from catalog.quality import Judged, decisions_by_mosaic, judged, verdicts_of
from catalog.revision import current_revision, inputs_of, is_of_usable
from catalog.tables import (
    STOPPED,
    UNFINISHED,
    GranuleRow,
    GranuleState,
    MosaicRow,
    RevisionInputRow,
    RevisionRow,
    RevisionState,
    WithdrawalRow,
)
from catalog.usable import DECODED, withdrawn
from products.decision import Decision
from products.errors import BadInput
from products.granule import Granule
from products.mosaic import Definition, MosaicKey

WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class MosaicStatus:
    """A mosaic as ``s2gm mosaics`` lists it."""

    tile: str
    period: str
    start: date
    end: date
    resolution: int
    state: str
    reason: str | None
    revision: int | None
    """Ordinal of the published revision, counted from 1."""
    number: int | None
    """Running number of its product."""
    product: str | None
    """Path of the base folder below the data root."""
    granules: tuple[str, ...]
    """Granule ids in source_index order."""
    published_at: datetime | None
    latency_seconds: float | None
    """From the registration of the newest input to publication."""
    verdicts: dict[str, str]
    quality: str | None
    """How what its granules give stands (``catalog.quality.Quality``); that of the published
    revision while a newer one is to be composed, None where there is neither."""
    shown: Judged | None
    """The published revision with the rules that warn of it and the decision about it."""
    stopped: Judged | None
    """The newest revision where quality control or a person stopped it, and it is asked for."""
    decisions: tuple[Decision, ...] = ()
    """All that people decided about its revisions, oldest first."""


def mosaics(session: Session) -> list[MosaicStatus]:
    """Return all mosaics, by tile, period, start and resolution."""
    rows = session.exec(
        select(MosaicRow).order_by(
            col(MosaicRow.tile), col(MosaicRow.start), col(MosaicRow.end), col(MosaicRow.resolution)
        )
    ).all()
    decided = decisions_by_mosaic(session)
    return [_status(session, row, decided.get(row.id or 0, ())) for row in rows]


@dataclass(frozen=True)
class GranuleStatus:
    """A granule as ``s2gm granules`` lists it."""

    id: str
    tile: str | None
    datatake_start: datetime | None
    state: str
    """That of its row, or ``WITHDRAWN``."""
    rule: str | None
    reason: str | None
    """Why it was rejected or withdrawn."""
    location: str
    tracked_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    spoken: tuple[Judgement, ...] = ()
    """Rules of input quality control that say WARN or FAIL."""
    quality: str | None = None
    """What input quality control came to, None before it."""


def granules(session: Session) -> list[GranuleStatus]:
    """Return all granules by sensing time."""
    spoken = spoken_of_granules(session)
    standing = and_(
        col(WithdrawalRow.granule_id) == GranuleRow.id, col(WithdrawalRow.undone_at).is_(None)
    )
    rows = session.exec(
        select(GranuleRow, WithdrawalRow)
        .join(WithdrawalRow, standing, isouter=True)
        .order_by(col(GranuleRow.datatake_start), col(GranuleRow.id))
    ).all()
    return [_granule_status(row, withdrawal, spoken.get(row.id, ())) for row, withdrawal in rows]


def _granule_status(
    row: GranuleRow, withdrawal: WithdrawalRow | None, spoken: tuple[Judgement, ...]
) -> GranuleStatus:
    status = GranuleStatus(
        row.id,
        row.tile,
        row.datatake_start,
        row.state,
        row.rule,
        row.reason,
        row.location,
        row.tracked_at,
        spoken=spoken,
        quality=_quality(row, spoken),
    )
    if withdrawal is None:
        return status
    return replace(
        status,
        state=WITHDRAWN,
        rule=None,
        reason=withdrawal.reason,
        withdrawn_by=withdrawal.withdrawn_by,
        withdrawn_at=withdrawal.withdrawn_at,
    )


def _quality(row: GranuleRow, spoken: tuple[Judgement, ...]) -> str | None:
    if row.state == GranuleState.REJECTED:
        return "rejected"
    if row.state not in DECODED:
        return None
    return "accepted with warning" if spoken else "accepted"


def tracked(session: Session, tiles: tuple[str, ...] = ()) -> list[str]:
    """Return the ids of granules that wait for their ingest, oldest first."""
    query = select(GranuleRow.id).where(_waiting())
    if tiles:
        query = query.where(col(GranuleRow.tile).in_(tiles))
    return list(session.exec(query.order_by(col(GranuleRow.datatake_start), col(GranuleRow.id))))


def numbers_in_use(session: Session) -> set[int]:
    """Return the numbers of the revisions that are current, or may be without being composed.

    That is, those of mosaics that are to be settled, those that come back when a withdrawal is
    undone, and those that a person may release.
    """
    withdrawn_input = (
        select(RevisionInputRow)
        .join(GranuleRow, col(GranuleRow.id) == RevisionInputRow.granule_id)
        .where(RevisionInputRow.revision_id == RevisionRow.id, withdrawn())
        .exists()
    )
    return set(
        session.exec(
            select(RevisionRow.number)
            .join(MosaicRow, col(MosaicRow.id) == RevisionRow.mosaic_id)
            .where(
                or_(
                    col(RevisionRow.current).is_(other=True),
                    col(MosaicRow.state).in_(UNFINISHED),
                    withdrawn_input,
                    col(RevisionRow.state) == RevisionState.QUARANTINED,
                )
            )
        )
    )


def granule(session: Session, granule_id: str) -> Granule:
    """Return a granule as its source described it."""
    return Granule.from_json(session.get_one(GranuleRow, granule_id).record or "")


def published_inputs(
    session: Session, key: MosaicKey
) -> tuple[str, Definition, list[tuple[Granule, str]]]:
    """Return product path, definition and inputs of what readers get of a mosaic now."""
    row = find_mosaic(session, key)
    revision = current_revision(session, row.id or 0) if row else None
    if revision is None:
        raise BadInput(f"No mosaic {key} is published; `s2gm mosaics` lists those that are.")
    definition = Definition.from_json(revision.definition)
    return revision.product or "", definition, inputs_of(session, revision.id)


def counts(session: Session) -> dict[str, int]:
    """Return how many granules and mosaics are in each state."""
    state = case((withdrawn(), WITHDRAWN), else_=col(GranuleRow.state)).label("standing")
    granules = session.exec(select(state, func.count()).group_by(state)).all()
    mosaics = session.exec(select(MosaicRow.state, func.count()).group_by(MosaicRow.state)).all()
    return {f"granules.{state}": number for state, number in granules} | {
        f"mosaics.{state}": number for state, number in mosaics
    }


def waiting_by_tile(session: Session) -> dict[str, int]:
    """Return how many granules wait for their ingest, by tile."""
    query = select(GranuleRow.tile, func.count()).where(_waiting())
    pairs = session.exec(query.group_by(GranuleRow.tile).order_by(GranuleRow.tile)).all()
    return {tile or "": number for tile, number in pairs}


def _waiting() -> sa.ColumnElement[bool]:
    return and_(col(GranuleRow.state) == GranuleState.TRACKED, ~withdrawn())


def _status(session: Session, row: MosaicRow, decided: tuple[Decision, ...]) -> MosaicStatus:
    revision = current_revision(session, row.id or 0)
    inputs = inputs_of(session, revision.id) if revision else []
    ids = tuple(entry.id for entry, _ in inputs)
    shown = judged(session, revision) if revision else None
    stopped = _stopped(session, row)
    return MosaicStatus(
        tile=row.tile,
        period=row.kind,
        start=row.start,
        end=row.end,
        resolution=row.resolution,
        state=row.state,
        reason=row.reason,
        revision=revision.ordinal if revision else None,
        number=revision.number if revision else None,
        product=revision.product if revision else None,
        granules=ids,
        published_at=revision.published_at if revision else None,
        latency_seconds=_latency(session, ids, revision.published_at if revision else None),
        verdicts=verdicts_of(session, revision.id) if revision else {},
        quality=next((one.quality.value for one in (stopped, shown) if one), None),
        shown=shown,
        stopped=stopped,
        decisions=decided,
    )


def _stopped(session: Session, row: MosaicRow) -> Judged | None:
    """Return the revision for which a mosaic is not up to date, None where that has no such."""
    if row.state not in STOPPED:
        return None
    found = session.exec(
        select(RevisionRow)
        .where(RevisionRow.mosaic_id == row.id, RevisionRow.state == row.state)
        .order_by(col(RevisionRow.ordinal).desc())
    ).all()
    asked_for = (one for one in found if is_of_usable(session, row, one))
    newest = next(asked_for, found[0] if found else None)
    return judged(session, newest) if newest else None


def _latency(session: Session, ids: tuple[str, ...], published: datetime | None) -> float | None:
    if not ids or published is None:
        return None
    newest = max(
        session.exec(select(GranuleRow.tracked_at).where(col(GranuleRow.id).in_(ids))).all()
    )
    return (published - newest).total_seconds()
