"""One owner per mosaic: claims with a lease and an epoch, and the final transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from catalog.checked import Judgement
from catalog.engine import database_clock, now
from catalog.operation_tables import TroubleKind
from catalog.operations.publications import record_publication
from catalog.operations.troubles import end_trouble, open_trouble
from catalog.quality import why_stopped
from catalog.quality_tables import ReportRow
from catalog.revision import key_of, make_current, plan_revision, reopen, retire_current
from catalog.tables import MosaicRow, MosaicState, RevisionRow, RevisionState, VerdictRow
from products.errors import LeaseLost
from products.mosaic import Definition, MosaicKey
from products.period import PeriodKind


@dataclass(frozen=True)
class Claim:
    """The right to compose one revision, until the lease ends."""

    mosaic_id: int
    key: MosaicKey
    revision_id: str
    number: int
    owner: str
    epoch: int
    wanted: int


@dataclass(frozen=True)
class Report:
    """Where the quality report of a revision lies, below the data root."""

    verdict: str
    """The gravest of its rules."""
    path: str
    """The JSON."""
    page: str | None = None
    """For people."""


@dataclass(frozen=True)
class Outcome:
    """What became of a claimed revision."""

    state: RevisionState
    product: str
    """Path below the data root."""
    manifest: str
    verdicts: tuple[Judgement, ...]
    reason: str | None = None
    report: Report | None = None


def plan_due(
    session: Session,
    definition: Definition,
    tiles: Iterable[str],
    kinds: Iterable[PeriodKind],
    resolutions: Iterable[int],
) -> list[int]:
    """Return the ids of the due mosaics that match, with their revisions numbered in order.

    Failed mosaics are tried again. An empty ``tiles`` means all.
    """
    query = select(MosaicRow).where(
        col(MosaicRow.state).in_([MosaicState.DUE, MosaicState.FAILED]),
        col(MosaicRow.kind).in_(tuple(kinds)),
        col(MosaicRow.resolution).in_(tuple(resolutions)),
    )
    if names := tuple(tiles):
        query = query.where(col(MosaicRow.tile).in_(names))
    rows = sorted(session.exec(query).all(), key=lambda row: (row.end, str(key_of(row))))
    for row in rows:
        plan_revision(session, row, definition)
    return [row.id or 0 for row in rows]


def claim(
    session: Session,
    mosaic_id: int,
    definition: Definition,
    owner: str,
    lease_seconds: float,
    is_whole: Callable[[RevisionRow], bool] = lambda _published: True,
) -> Claim | None:
    """Take a due mosaic; None where there is nothing to compose or another worker has it.

    Where its inputs are those of a revision published before, that one is shown again, provided
    that its product ``is_whole``; where they are those of one that was stopped, the mosaic stands
    as that one does; where it has no inputs left, its revision is retired.
    """
    row = session.exec(select(MosaicRow).where(MosaicRow.id == mosaic_id).with_for_update()).one()
    clock = database_clock(session)
    if row.state == MosaicState.COMPOSING and (row.lease_until or 0) > clock:
        return None
    if row.state not in (MosaicState.DUE, MosaicState.FAILED, MosaicState.COMPOSING):
        return None
    revision = plan_revision(session, row, definition)
    if revision and revision.state == RevisionState.PUBLISHED and not is_whole(revision):
        reopen(session, revision)
    if settled := _settled(revision):
        _settle(session, row, revision, settled)
        return None
    row.state, row.lease_owner = MosaicState.COMPOSING, owner
    row.lease_until, row.epoch = clock + lease_seconds, row.epoch + 1
    row.claimed_at = now()
    session.add(row)
    assert revision is not None  # noqa: S101 - narrowed by _settled
    return Claim(mosaic_id, key_of(row), revision.id, revision.number, owner, row.epoch, row.wanted)


def renew(session: Session, held: Claim, lease_seconds: float) -> None:
    """Extend the lease, or raise LeaseLost."""
    row = _held(session, held)
    row.lease_until = database_clock(session) + lease_seconds
    session.add(row)


def commit(session: Session, held: Claim, outcome: Outcome) -> None:
    """Record the outcome and show a passed revision to readers, or raise LeaseLost."""
    row = _held(session, held)
    revision = session.get_one(RevisionRow, held.revision_id)
    moment = now()
    revision.state = outcome.state
    revision.product, revision.manifest = outcome.product, outcome.manifest
    revision.published_at = moment if outcome.state == RevisionState.PUBLISHED else None
    session.add(revision)
    session.flush()
    _record(session, revision.id, outcome, moment)
    if outcome.state == RevisionState.PUBLISHED:
        record_publication(session, revision, row)
        make_current(session, revision)
    end_trouble(session, TroubleKind.MOSAIC, str(held.key))
    after = MosaicState(outcome.state.value)
    _release(session, row, after if row.wanted == held.wanted else MosaicState.DUE, outcome.reason)


def _record(session: Session, revision_id: str, outcome: Outcome, moment: datetime) -> None:
    for one in outcome.verdicts:
        session.add(VerdictRow(revision_id=revision_id, checked_at=moment, **vars(one)))
    if outcome.report:
        told = vars(outcome.report)
        session.add(ReportRow(revision_id=revision_id, checked_at=moment, **told))


def fail(session: Session, held: Claim, reason: str, rule: str | None = None) -> None:
    """Give a mosaic back with the reason why it could not be composed; ``rule``: kind of error."""
    _release(session, _held(session, held), MosaicState.FAILED, reason)
    open_trouble(session, TroubleKind.MOSAIC, str(held.key), reason, held.key.tile, rule)


def break_leases(session: Session, is_dead: Callable[[str], bool]) -> int:
    """Give back the mosaics of workers that are known to be dead, or whose lease ended."""
    clock = database_clock(session)
    rows = session.exec(
        select(MosaicRow)
        .where(MosaicRow.state == MosaicState.COMPOSING)
        .order_by(MosaicRow.tile, MosaicRow.kind, col(MosaicRow.start), col(MosaicRow.resolution))
        .with_for_update()
    ).all()
    broken = [
        row for row in rows if (row.lease_until or 0) <= clock or is_dead(row.lease_owner or "")
    ]
    for row in broken:
        _release(session, row, MosaicState.DUE, None)
    return len(broken)


def _settled(revision: RevisionRow | None) -> MosaicState | None:
    if revision is None:
        return MosaicState.EMPTY
    if revision.state == RevisionState.PLANNED:
        return None
    return MosaicState(revision.state)


def _settle(
    session: Session, row: MosaicRow, revision: RevisionRow | None, settled: MosaicState
) -> None:
    """Leave a mosaic as its inputs ask for, without composing anything."""
    if revision is None:
        retire_current(session, row.id or 0)
        reason = "No usable granule of its dates is left."
    elif revision.state == RevisionState.PUBLISHED:
        make_current(session, revision)
        reason = None
    else:
        reason = why_stopped(session, revision)
    end_trouble(session, TroubleKind.MOSAIC, str(key_of(row)))
    _release(session, row, settled, reason)


def _held(session: Session, held: Claim) -> MosaicRow:
    row = session.exec(
        select(MosaicRow)
        .where(
            MosaicRow.id == held.mosaic_id,
            MosaicRow.epoch == held.epoch,
            MosaicRow.lease_owner == held.owner,
            MosaicRow.state == MosaicState.COMPOSING,
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise LeaseLost(f"{held.key}: another worker has taken over; nothing was committed.")
    return row


def _release(session: Session, row: MosaicRow, state: MosaicState, reason: str | None) -> None:
    row.state, row.reason = state, reason
    row.lease_owner = row.lease_until = row.claimed_at = None
    session.add(row)
