"""What programs that watch the service are told: numbers of now, and of the last day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, func

from catalog.engine import database_clock
from catalog.operation_tables import AttemptRow, PublicationRow, TroubleKind, TroubleRow
from catalog.operations.delays import Bounds, SourceDelays, delays
from catalog.operations.observed import Observed
from catalog.operations.stages import GRANULES
from catalog.operations.timeliness import Objectives
from catalog.operations.workers import Standing, Worker
from catalog.quality_tables import CheckVerdict
from catalog.tables import (
    GranuleState,
    MosaicRow,
    MosaicState,
    RevisionRow,
    RevisionState,
    SourceRow,
    VerdictRow,
)
from catalog.usable import count_withdrawn

DAY = timedelta(hours=24)
GUESSING = timedelta(minutes=15)
"""Over which failed sign-ins are counted; the hub's limit of attempts is of this time, too."""
HELD, ORPHANED, EXPIRED = "held", "orphaned", "expired"
LEASES = (HELD, ORPHANED, EXPIRED)
"""A lease is held by a worker that lives, or by one that is silent or ended, or it is over."""
_GONE = (Standing.SILENT, Standing.DIED, Standing.ENDED)


@dataclass(frozen=True)
class TroubleCount:
    """How many troubles of a kind and rule stand."""

    kind: TroubleKind
    rule: str
    """The rule that a granule broke, or the class of the error; empty where there is none."""
    dismissed: bool
    count: int


@dataclass(frozen=True)
class SourceRead:
    """When a source was last read to its end."""

    source: str
    seen_at: datetime


@dataclass(frozen=True)
class Metrics:
    """The numbers that are counted besides what the judgement of the service rests on."""

    delays: tuple[SourceDelays, ...]
    """Of the publications of the last 24 hours, by source."""
    troubles: tuple[TroubleCount, ...]
    """That are not mended."""
    stopped: Mapping[str, int]
    """Mosaics that quality control stopped, by each rule that failed."""
    leases: Mapping[str, int]
    """By the words of ``LEASES``."""
    workers: Mapping[Standing, int]
    """Processes that live, or ended within the last day."""
    sources: tuple[SourceRead, ...]
    granules: int
    """Granules that ever became visible."""
    publications: int
    """Publications ever."""
    sign_in_failures: int
    """Of the last 15 minutes."""


def metrics(session: Session, seen: Observed, objectives: Objectives) -> Metrics:
    """Return the numbers at the moment that was observed, from the same view of the catalog.

    The number of statements depends on nothing, and each finds its rows by an index.
    """
    waiting, publications, failures = _counted(session, seen.moment)
    return Metrics(
        delays=delays(session, seen.moment - DAY, seen.moment, Bounds.around(objectives)),
        troubles=_troubles(session),
        stopped=_stopped(session),
        leases=_leases(session, seen.workers),
        workers=Counter(worker.standing for worker in seen.workers),
        sources=_sources(session),
        granules=sum(stage.count for stage in seen.stages if stage.of == GRANULES) + waiting,
        publications=publications,
        sign_in_failures=failures,
    )


def _counted(session: Session, moment: datetime) -> Sequence[int]:
    """Count granules withdrawn before their ingest (no stage has them), and what ever happened."""
    published = sa.select(func.count()).select_from(PublicationRow)
    tried = sa.select(func.count()).where(col(AttemptRow.tried_at) > moment - GUESSING)
    row = session.execute(
        sa.select(
            count_withdrawn(GranuleState.TRACKED),
            published.scalar_subquery(),
            tried.scalar_subquery(),
        )
    ).one()
    return tuple(row)


def _troubles(session: Session) -> tuple[TroubleCount, ...]:
    dismissed = sa.case((col(TroubleRow.dismissed_at).is_(None), 0), else_=1)
    keys = (col(TroubleRow.kind), func.coalesce(col(TroubleRow.rule), ""), dismissed)
    rows = session.execute(
        sa.select(*keys, func.count())
        .where(col(TroubleRow.ended_at).is_(None))
        .group_by(*keys)
        .order_by(*keys)
    )
    return tuple(
        TroubleCount(TroubleKind(kind), rule, bool(dismissed), count)
        for kind, rule, dismissed, count in rows
    )


def _stopped(session: Session) -> dict[str, int]:
    rows = session.execute(
        sa.select(col(VerdictRow.rule), func.count(col(MosaicRow.id).distinct()))
        .join(RevisionRow, col(RevisionRow.id) == col(VerdictRow.revision_id))
        .join(MosaicRow, col(MosaicRow.id) == col(RevisionRow.mosaic_id))
        .where(
            col(MosaicRow.state) == MosaicState.QUARANTINED,
            col(RevisionRow.state) == RevisionState.QUARANTINED,
            col(VerdictRow.verdict) == CheckVerdict.FAIL,
        )
        .group_by(col(VerdictRow.rule))
        .order_by(col(VerdictRow.rule))
    )
    return {rule: count for rule, count in rows}  # noqa: C416 - rows are no pairs to the types


def _leases(session: Session, known: Sequence[Worker]) -> dict[str, int]:
    gone = {worker.name for worker in known if worker.standing in _GONE}
    clock = database_clock(session)
    rows = session.execute(
        sa.select(col(MosaicRow.lease_owner), col(MosaicRow.lease_until)).where(
            col(MosaicRow.state) == MosaicState.COMPOSING
        )
    )
    counts = dict.fromkeys(LEASES, 0)
    for owner, until in rows:
        over = EXPIRED if (until or 0) <= clock else None
        counts[over or (ORPHANED if owner in gone else HELD)] += 1
    return counts


def _sources(session: Session) -> tuple[SourceRead, ...]:
    rows = session.execute(
        sa.select(col(SourceRow.name), col(SourceRow.seen_at)).order_by(col(SourceRow.name))
    )
    return tuple(SourceRead(name, seen) for name, seen in rows)
