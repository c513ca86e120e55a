"""Timeliness: from sensing, and from being visible at the source, to publication."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, case, col, func

from catalog.operation_tables import PublicationRow
from catalog.operations.clock import HOUR, epoch

LAST = 10
"""Publications of a source by which one judges how it stands now; fewer are not judged at all."""
SHARE = 0.9
"""Of the publications, how many shall keep an objective."""


@dataclass(frozen=True)
class Objectives:
    """Within how many hours nine of ten mosaics shall show a granule."""

    sensing_hours: float
    """Counted from its sensing."""
    visible_hours: float
    """Counted from when it became visible at its source."""


@dataclass(frozen=True)
class Way:
    """How long one way took, over all publications of a source in the time asked for."""

    p50: float
    """Seconds within which half of them came, by nearest rank."""
    p95: float
    """Seconds within which 95 of 100 came."""
    objective: float
    """Seconds within which nine of ten shall come."""
    within: int
    """How many kept the objective."""
    met: bool
    """Whether nine of ten did."""
    mended: bool
    """Whether it is not met, but nine of the last ten kept it: it is no longer missed."""


@dataclass(frozen=True)
class SourceTimeliness:
    """How timely the granules of a source were published in mosaics."""

    source: str
    published: int
    """Publications whose newest granule was fresh when it was tracked; only these are timed."""
    archived: int
    """Publications whose newest granule came from an archive."""
    judged: bool
    """Whether there are enough to judge: nine of ten can be told from ten on."""
    from_sensing: Way | None
    """None where nothing fresh was published."""
    from_visible: Way | None


def timeliness(
    session: Session, since: datetime, moment: datetime, objectives: Objectives
) -> tuple[SourceTimeliness, ...]:
    """Return the timeliness of what was published from ``since`` to ``moment``, by source."""
    hours = (objectives.sensing_hours, objectives.visible_hours)
    rows = session.execute(_statement(since, moment, [each * HOUR for each in hours])).all()
    return tuple(_of_source(row, hours) for row in rows)


def _statement(since: datetime, moment: datetime, limits: list[float]) -> sa.Select[Any]:
    """Rank in the database: a day of a large service has tens of thousands of publications."""
    source, published = col(PublicationRow.source), col(PublicationRow.published_at)
    fresh = ~col(PublicationRow.from_archive)
    of_source: dict[str, Any] = {"partition_by": [source, fresh]}
    spans = [
        epoch(published) - epoch(begin)
        for begin in (col(PublicationRow.sensed_at), col(PublicationRow.tracked_at))
    ]
    newest: list[Any] = [published.desc(), col(PublicationRow.id).desc()]
    ranked = (
        sa.select(
            source.label("source"),
            fresh.label("fresh"),
            func.count().over(**of_source).label("n"),
            func.row_number().over(**of_source, order_by=newest).label("age"),
            *(span.label(f"span{n}") for n, span in enumerate(spans)),
            *(
                func.row_number().over(**of_source, order_by=span).label(f"rank{n}")
                for n, span in enumerate(spans)
            ),
        )
        .where(published >= since, published <= moment)
        .subquery()
    )
    measures: list[Any] = []
    for n, limit in enumerate(limits):
        span, rank = ranked.c[f"span{n}"], ranked.c[f"rank{n}"]
        kept = sa.and_(ranked.c.fresh, span <= limit)
        measures += [
            func.min(case((sa.and_(ranked.c.fresh, rank * 100 >= ranked.c.n * share), span)))
            for share in (50, 95)
        ]
        measures += [
            func.count(case((kept, 1))),
            func.count(case((sa.and_(kept, ranked.c.age <= LAST), 1))),
        ]
    return (
        sa.select(
            ranked.c.source,
            func.count(case((ranked.c.fresh, 1))),
            func.count(case((~ranked.c.fresh, 1))),
            *measures,
        )
        .group_by(ranked.c.source)
        .order_by(ranked.c.source)
    )


def _of_source(row: Any, hours: tuple[float, float]) -> SourceTimeliness:
    source, published, archived, *measures = row
    ways = [
        _way(measures[4 * n : 4 * n + 4], published, each * HOUR) if published else None
        for n, each in enumerate(hours)
    ]
    return SourceTimeliness(source, published, archived, published >= LAST, *ways)


def _way(measures: list[Any], published: int, objective: float) -> Way:
    p50, p95, within, lately = measures
    met = within >= SHARE * published
    mended = not met and lately >= SHARE * min(published, LAST)
    return Way(p50, p95, objective, within, met, mended)
