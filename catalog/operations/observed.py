"""What is observed of the operation at one moment; the judgement rests on nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from catalog.operation_tables import PublicationRow, TroubleKind, TroubleRow
from catalog.operations.clock import epoch
from catalog.operations.stages import Stage, stages
from catalog.operations.timeliness import Objectives, SourceTimeliness, timeliness
from catalog.operations.workers import Worker, workers
from catalog.revision import key_of
from catalog.tables import UNFINISHED, GranuleRow, MosaicRow, SourceRow
from catalog.usable import is_tracked, withdrawn
from products.mosaic import MosaicKey
from products.service import ARCHIVE_AFTER

_TOLD = 3
"""Troubles of one kind that are told one by one."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Room:
    """How much room there is for products."""

    free: int
    """Bytes."""
    needed: int
    """Bytes that must be free for the largest product that is in demand."""


@dataclass(frozen=True)
class OldestGranule:
    """The fresh granule that waits longest for its ingest; those from archives do not count."""

    id: str
    since: datetime


@dataclass(frozen=True)
class OldestMosaic:
    """The mosaic that waits longest for being settled; closed periods do not count."""

    key: MosaicKey
    state: str
    """``DUE``, ``COMPOSING`` or ``FAILED``."""
    since: datetime
    reason: str | None


@dataclass(frozen=True)
class Told:
    """One trouble of many."""

    subject: str
    message: str
    since: datetime


@dataclass(frozen=True)
class Troubled:
    """The open troubles of one kind that nobody dismissed."""

    kind: TroubleKind
    count: int
    since: datetime
    """When the first of them began."""
    first: tuple[Told, ...]
    """Some of them, those that began first."""


@dataclass(frozen=True)
class Observed:
    """Everything on which the judgement of the service rests."""

    moment: datetime
    workers: tuple[Worker, ...]
    stages: tuple[Stage, ...]
    timeliness: tuple[SourceTimeliness, ...]
    """Of the last 24 hours."""
    troubled: tuple[Troubled, ...]
    granule: OldestGranule | None
    mosaic: OldestMosaic | None
    sources: tuple[str, ...]
    """Names of the sources that were ever read, the last first."""
    last_event: datetime | None
    """When something was last tracked, ingested or published; None: never."""
    room: Room | None
    """None where it is not known."""


def observe(
    session: Session, moment: datetime, objectives: Objectives, room: Room | None = None
) -> Observed:
    """Observe the operation in a constant number of statements."""
    standing = stages(session, moment)
    waits_since = next(one.oldest_since for one in standing if one.name == "tracked")
    return Observed(
        moment=moment,
        workers=tuple(workers(session, moment)),
        stages=standing,
        timeliness=timeliness(session, moment - _DAY, moment, objectives),
        troubled=_troubled(session),
        granule=_oldest_granule(session, waits_since or moment),
        mosaic=_oldest_mosaic(session),
        sources=tuple(session.exec(select(SourceRow.name).order_by(col(SourceRow.seen_at).desc()))),
        last_event=_last_event(session),
        room=room,
    )


def _troubled(session: Session) -> tuple[Troubled, ...]:
    parts = []
    for kind in sorted(TroubleKind):
        own = [
            col(TroubleRow.kind) == kind,
            col(TroubleRow.ended_at).is_(None),
            col(TroubleRow.dismissed_at).is_(None),
        ]
        first = (
            sa.select(
                col(TroubleRow.kind),
                col(TroubleRow.subject),
                col(TroubleRow.message),
                col(TroubleRow.since),
                sa.select(func.count()).where(*own).scalar_subquery().label("n"),
            )
            .where(*own)
            .order_by(col(TroubleRow.since), col(TroubleRow.id))
            .limit(_TOLD)
            .subquery()
        )
        parts.append(sa.select(first))
    rows = session.execute(sa.union_all(*parts)).all()
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    return tuple(
        Troubled(
            TroubleKind(kind),
            some[0].n,
            some[0].since,
            tuple(Told(row.subject, row.message, row.since) for row in some),
        )
        for kind, some in found.items()
    )


def _oldest_granule(session: Session, waits_since: datetime) -> OldestGranule | None:
    """Granules that were old when they were tracked come from an archive; nobody waits for them.

    Of those, there may be very many; what was sensed long before the first that waits was tracked
    is one of them and need not be looked at.
    """
    age = epoch(col(GranuleRow.tracked_at)) - epoch(col(GranuleRow.datatake_start))
    found = session.exec(
        select(GranuleRow.id, GranuleRow.tracked_at)
        .where(
            is_tracked(),
            col(GranuleRow.datatake_start) >= waits_since - ARCHIVE_AFTER - _DAY,
            ~withdrawn(),
            age <= ARCHIVE_AFTER.total_seconds(),
        )
        .order_by(epoch(col(GranuleRow.tracked_at)), col(GranuleRow.id))  # read in no index's order
        .limit(1)
    ).first()
    return OldestGranule(*found) if found else None


def _oldest_mosaic(session: Session) -> OldestMosaic | None:
    closed_for = epoch(col(MosaicRow.due_since)) - epoch(col(MosaicRow.end))
    row = session.exec(
        select(MosaicRow)
        .where(
            col(MosaicRow.state).in_(UNFINISHED),
            closed_for <= (ARCHIVE_AFTER + _DAY).total_seconds(),
        )
        .order_by(col(MosaicRow.due_since), col(MosaicRow.id))
        .limit(1)
    ).first()
    return OldestMosaic(key_of(row), row.state, row.due_since, row.reason) if row else None


def _last_event(session: Session) -> datetime | None:
    latest = (
        sa.select(func.max(when).label("moment"))
        for when in (
            col(GranuleRow.tracked_at),
            col(GranuleRow.ingested_at),
            col(PublicationRow.published_at),
        )
    )
    union = sa.union_all(*latest).subquery()
    found: datetime | None = session.execute(sa.select(func.max(union.c.moment))).scalar_one()
    return found
