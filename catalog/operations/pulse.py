"""What changed in the catalog, told cheaply: one short text per topic that differs afterwards."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from catalog.operation_tables import ActionRow, PublicationRow, TroubleRow, WorkerRow
from catalog.operations.workers import database_moment, is_silent
from catalog.tables import GranuleRow, MosaicRow, MosaicState

_PASSING = tuple(state for state in MosaicState if state is not MosaicState.PUBLISHED)
"""By far the most mosaics are published; none comes or goes there without one of these numbers."""
TOPICS = ("granules", "mosaics", "publications", "troubles", "workers", "actions")


def pulse(session: Session) -> Mapping[str, str]:
    """Return for each topic a text that is another one after something in it changed.

    Beats of workers do not count, for they change every second; what these work on does, and that
    one is silent.
    """
    mosaics = (
        select(MosaicRow.state, func.count(), func.max(MosaicRow.due_since))
        .where(col(MosaicRow.state).in_(_PASSING))
        .group_by(col(MosaicRow.state))
    )
    granules = _each(func.max(GranuleRow.tracked_at), func.max(GranuleRow.ingested_at))
    shown = sa.select(func.count()).where(
        col(TroubleRow.ended_at).is_(None), col(TroubleRow.dismissed_at).is_(None)
    )
    ended = sa.select(func.max(TroubleRow.ended_at)).where(col(TroubleRow.ended_at).is_not(None))
    troubles = _each(func.max(TroubleRow.seen_at)).add_columns(
        shown.scalar_subquery(), ended.scalar_subquery()
    )
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
        "granules": repr(session.execute(granules).one()),
        "mosaics": repr(sorted(map(repr, session.exec(mosaics)))),
        "publications": repr(session.exec(select(func.max(PublicationRow.id))).one()),
        "troubles": repr(session.execute(troubles).one()),
        "workers": repr(standing),
        "actions": repr(session.exec(select(func.max(ActionRow.id))).one()),
    }


def _each(*values: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Select each by itself: SQLite finds a maximum in an index where it is asked for alone."""
    return sa.select(*(sa.select(value).scalar_subquery() for value in values))
