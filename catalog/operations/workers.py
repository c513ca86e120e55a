"""Workers: who works on the data root, what they do, and who was not heard of again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from catalog.engine import database_clock
from catalog.operation_tables import WorkerRow
from catalog.revision import key_of
from catalog.tables import MosaicRow, MosaicState

_REMEMBERED = timedelta(days=1)
"""How long an ended worker is listed."""
_MOST_ENDED = 50


class Standing(StrEnum):
    """How a worker stands, in a word."""

    WORKING = "working"
    WAITING = "waiting"
    SILENT = "silent"
    """It has not said for some time that it lives: it hangs, is cut off, or died just now."""
    DIED = "died"
    """It ended without saying so."""
    ENDED = "ended"


@dataclass(frozen=True)
class Lease:
    """A mosaic that a worker composes."""

    mosaic: str
    """``str(MosaicKey)``."""
    tile: str
    since: datetime | None
    until: datetime
    """When others may take it over, unless the worker extends it."""


@dataclass(frozen=True)
class Worker:
    """A process that works on the data root."""

    name: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    """When it last said that it lives."""
    ended_at: datetime | None
    doing: str
    """What it works on, in words; empty where it waits."""
    holds: tuple[Lease, ...]
    """The mosaics that it composes, by name."""
    standing: Standing


def greet(session: Session, name: str, host: str, pid: int, beat_seconds: float) -> None:
    """Record that a worker begins, or is back."""
    moment = database_moment(session)
    row = session.get(WorkerRow, name) or WorkerRow(
        name=name, host=host, pid=pid, started_at=moment, seen_at=moment, beat_seconds=beat_seconds
    )
    row.seen_at, row.beat_seconds = moment, beat_seconds
    row.ended_at, row.died, row.doing = None, False, ""
    session.add(row)


def beat(session: Session, name: str, doing: str) -> bool:
    """Record that a worker lives and what it does; False where it never greeted.

    One that others took for dead lives again.
    """
    done = session.execute(
        sa.update(WorkerRow)
        .where(col(WorkerRow.name) == name)
        .values(seen_at=database_moment(session), doing=doing, ended_at=None, died=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def leave(session: Session, name: str) -> None:
    """Record that a worker ends as it should."""
    moment = database_moment(session)
    session.execute(
        sa.update(WorkerRow)
        .where(col(WorkerRow.name) == name)
        .values(seen_at=moment, ended_at=moment, doing="", died=False)
    )


def mark_dead(session: Session, names: Iterable[str]) -> int:
    """Record that workers ended without saying so; return how many of them had not ended yet."""
    done = session.execute(
        sa.update(WorkerRow)
        .where(col(WorkerRow.name).in_(tuple(names)), col(WorkerRow.ended_at).is_(None))
        .values(ended_at=database_moment(session), died=True)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def unended(session: Session) -> dict[str, datetime]:
    """Return the workers that have not ended, as far as is known, with when each was last seen."""
    query = select(WorkerRow.name, WorkerRow.seen_at).where(col(WorkerRow.ended_at).is_(None))
    return dict(session.exec(query.order_by(WorkerRow.name)).all())


def workers(session: Session, moment: datetime) -> list[Worker]:
    """Return the workers that live, or ended within the last day, the latest to start first."""
    recent = col(WorkerRow.ended_at) >= moment - _REMEMBERED
    rows = session.exec(
        select(WorkerRow)
        .where(or_(col(WorkerRow.ended_at).is_(None), recent))
        .order_by(
            col(WorkerRow.ended_at).isnot(None),
            col(WorkerRow.started_at).desc(),
            col(WorkerRow.name),
        )
    ).all()
    living = [row for row in rows if row.ended_at is None]
    ended = [row for row in rows if row.ended_at is not None][:_MOST_ENDED]
    held = _held(session)
    return [_worker(row, held.get(row.name, ()), moment) for row in (*living, *ended)]


def is_silent(seen_at: datetime, beat_seconds: float, moment: datetime) -> bool:
    """Tell whether a worker missed so many beats that it may not live any more."""
    return moment - seen_at > timedelta(seconds=3 * beat_seconds + 1)


def database_moment(session: Session) -> datetime:
    """Return the present moment by the database's clock, by which workers are heard."""
    return datetime.fromtimestamp(database_clock(session), UTC)


def _held(session: Session) -> dict[str, tuple[Lease, ...]]:
    rows = session.exec(select(MosaicRow).where(MosaicRow.state == MosaicState.COMPOSING)).all()
    found: dict[str, tuple[Lease, ...]] = {}
    for row in sorted(rows, key=lambda row: str(key_of(row))):
        until = datetime.fromtimestamp(row.lease_until or 0, UTC)
        lease = Lease(str(key_of(row)), row.tile, row.claimed_at, until)
        found[row.lease_owner or ""] = (*found.get(row.lease_owner or "", ()), lease)
    return found


def _worker(row: WorkerRow, holds: tuple[Lease, ...], moment: datetime) -> Worker:
    return Worker(
        name=row.name,
        host=row.host,
        pid=row.pid,
        started_at=row.started_at,
        seen_at=row.seen_at,
        ended_at=row.ended_at,
        doing=row.doing,
        holds=holds,
        standing=_standing(row, moment),
    )


def _standing(row: WorkerRow, moment: datetime) -> Standing:
    if row.ended_at is not None:
        return Standing.DIED if row.died else Standing.ENDED
    if is_silent(row.seen_at, row.beat_seconds, moment):
        return Standing.SILENT
    return Standing.WORKING if row.doing else Standing.WAITING
