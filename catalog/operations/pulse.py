"""What changed in the catalog, told cheaply: one short text per topic that differs afterwards."""

from collections.abc import Mapping

from sqlmodel import Session, col, func, select

from catalog.operation_tables import ActionRow, PublicationRow, TroubleRow, WorkerRow
from catalog.operations.workers import database_moment, is_silent
from catalog.tables import GranuleRow, MosaicRow

TOPICS = ("granules", "mosaics", "publications", "troubles", "workers", "actions")


def pulse(session: Session) -> Mapping[str, str]:
    """Return for each topic a text that is another one after something in it changed.

    Beats of workers do not count, for they change every second; what these work on does, and that
    one is silent.
    """
    mosaics = select(MosaicRow.state, func.count(), func.max(MosaicRow.due_since)).group_by(
        col(MosaicRow.state)
    )
    granules = select(func.max(GranuleRow.tracked_at), func.max(GranuleRow.ingested_at))
    troubles = select(
        func.count(), func.max(TroubleRow.seen_at), func.max(TroubleRow.dismissed_at)
    ).where(col(TroubleRow.ended_at).is_(None))
    workers = (
        select(WorkerRow.name, WorkerRow.doing, WorkerRow.seen_at, WorkerRow.beat_seconds)
        .where(col(WorkerRow.ended_at).is_(None))
        .order_by(col(WorkerRow.name))
    )
    moment = database_moment(session)
    standing = [
        (name, doing, is_silent(seen_at, beat_seconds, moment))
        for name, doing, seen_at, beat_seconds in session.exec(workers)
    ]
    return {
        "granules": repr(session.exec(granules).one()),
        "mosaics": repr(sorted(map(repr, session.exec(mosaics)))),
        "publications": repr(session.exec(select(func.max(PublicationRow.id))).one()),
        "troubles": repr(session.exec(troubles).one()),
        "workers": repr(standing),
        "actions": repr(session.exec(select(func.max(ActionRow.id))).one()),
    }
