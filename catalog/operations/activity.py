"""What happened in the last 24 hours, hour by hour."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from catalog.operation_tables import PublicationRow, TroubleRow
from catalog.operations.clock import HOUR, hour_number
from catalog.quality_tables import CheckVerdict, ReportRow
from catalog.tables import GranuleRow

HOURS = 24


@dataclass(frozen=True)
class Hour:
    """What happened in one hour of the clock, UTC."""

    start: datetime
    tracked: int
    """Granules that became visible at their source."""
    ingested: int
    """Granules decoded."""
    published: int
    """Revisions shown to readers."""
    stopped: int
    """Revisions that quality control stopped."""
    failed: int
    """Troubles that began: granules rejected, mosaics that failed, sources away, broken turns."""


def activity(session: Session, moment: datetime) -> tuple[Hour, ...]:
    """Return the last 24 hours of the clock, oldest first; the last is the one that runs."""
    running = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    starts = [running - timedelta(hours=back) for back in reversed(range(HOURS))]
    counted = _counted(session, starts[0], moment)
    names = ("tracked", "ingested", "published", "stopped", "failed")
    return tuple(
        Hour(start, *(counted[name, int(start.timestamp()) // HOUR] for name in names))
        for start in starts
    )


def _counted(session: Session, begin: datetime, end: datetime) -> Counter[tuple[str, int]]:
    failed = col(ReportRow.verdict) == CheckVerdict.FAIL
    happened: dict[str, tuple[Any, Any]] = {
        "tracked": (col(GranuleRow.tracked_at), sa.true()),
        "ingested": (col(GranuleRow.ingested_at), sa.true()),
        "published": (col(PublicationRow.published_at), sa.true()),
        "stopped": (col(ReportRow.checked_at), failed),
        "failed": (col(TroubleRow.since), sa.true()),
    }
    parts = []
    for name, (when, condition) in happened.items():
        hour = hour_number(when)
        parts.append(
            sa.select(sa.literal(name), hour, func.count())
            .where(when >= begin, when <= end, condition)
            .group_by(hour)
        )
    rows = session.execute(sa.union_all(*parts)).all()
    return Counter({(name, hour): count for name, hour, count in rows})
