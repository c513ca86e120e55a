"""Granules enter here: what a source delivered is recorded, once, with the source's cursor."""

from collections.abc import Iterable

from sqlmodel import Session

from catalog.checked import forget_checks, record_rejection
from catalog.engine import now
from catalog.operation_tables import TroubleKind
from catalog.operations.troubles import end_trouble, open_trouble
from catalog.tables import GranuleRow, GranuleState, SourceRow
from products.granule import Granule, Unreadable


def register(
    session: Session,
    source: str,
    granules: Iterable[Granule],
    unreadable: Iterable[Unreadable],
    cursor: str | None,
) -> list[str]:
    """Record deliveries and return the ids that are new or delivered again after a rejection.

    A granule that is known and was not rejected is left as it is; a rejected one is tried again
    only when its fingerprint changed. The cursor moves in the same transaction.
    """
    moment = now()
    row = session.get(SourceRow, source) or SourceRow(name=source, seen_at=moment)
    row.cursor, row.seen_at = cursor, moment
    session.add(row)
    session.flush()
    fresh = [granule.id for granule in granules if _record(session, source, granule)]
    for problem in unreadable:
        _record_unreadable(session, source, problem)
    return fresh


def newly_unreadable(session: Session, unreadable: Iterable[Unreadable]) -> list[Unreadable]:
    """Return the deliveries that ``register`` will reject now, and has not rejected before."""
    known = ((problem, session.get(GranuleRow, problem.id)) for problem in unreadable)
    return [
        problem
        for problem, row in known
        if row is None or _delivered_again(row, problem.fingerprint)
    ]


def cursor_of(session: Session, source: str) -> str | None:
    """Return how far a source has been read, None for a new one."""
    row = session.get(SourceRow, source)
    return row.cursor if row else None


def _record(session: Session, source: str, granule: Granule) -> bool:
    known = session.get(GranuleRow, granule.id)
    if known and not _delivered_again(known, granule.fingerprint):
        return False
    row = known or GranuleRow(
        id=granule.id, source=source, state=GranuleState.TRACKED, tracked_at=now()
    )
    row.state, row.rule, row.reason = GranuleState.TRACKED, None, None
    row.tile, row.datatake = granule.tile, granule.datatake
    row.datatake_start, row.location = granule.datatake_start, granule.location
    row.record, row.fingerprint = granule.to_json(), granule.fingerprint
    session.add(row)
    if known:
        forget_checks(session, granule.id)
        end_trouble(session, TroubleKind.GRANULE, granule.id)
    return True


def _record_unreadable(session: Session, source: str, problem: Unreadable) -> None:
    known = session.get(GranuleRow, problem.id)
    if known and not _delivered_again(known, problem.fingerprint):
        return
    row = known or GranuleRow(
        id=problem.id, source=source, state=GranuleState.REJECTED, tracked_at=now()
    )
    row.state, row.rule, row.reason = GranuleState.REJECTED, problem.rule, problem.reason
    row.location, row.fingerprint = problem.location, problem.fingerprint
    session.add(row)
    session.flush()
    record_rejection(session, problem.id, problem.rule, problem.reason)
    open_trouble(session, TroubleKind.GRANULE, problem.id, problem.reason, row.tile, problem.rule)


def _delivered_again(known: GranuleRow, fingerprint: str) -> bool:
    return known.state == GranuleState.REJECTED and known.fingerprint != fingerprint
