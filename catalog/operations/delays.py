"""How long publications took, counted by classes, for programs that watch over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, case, col, func

from catalog.operation_tables import PublicationRow
from catalog.operations.clock import HOUR, epoch
from catalog.operations.timeliness import Objectives

_SENSING = tuple(hours * HOUR for hours in (1, 3, 6, 12, 18, 24, 36, 48, 72, 120, 240, 720))
_VISIBLE = (60, 300, 900, 1800, *(hours * HOUR for hours in (1, 2, 4, 8, 24, 72)))


@dataclass(frozen=True)
class Bounds:
    """Upper bounds, in seconds, of the classes into which delays are counted, growing."""

    sensing: tuple[float, ...]
    """Of the time from sensing to publication."""
    visible: tuple[float, ...]
    """Of the time from being visible at the source to publication."""

    @classmethod
    def around(cls, objectives: Objectives) -> "Bounds":
        """Return bounds of which one is the objective, so that what keeps it is counted exactly.

        The one after it is not far, so that what misses it does not vanish above all bounds.
        """
        sensing, visible = objectives.sensing_hours * HOUR, objectives.visible_hours * HOUR
        return cls(
            tuple(sorted({*map(float, _SENSING), sensing, 2 * sensing})),
            tuple(sorted({*map(float, _VISIBLE), visible, 2 * visible})),
        )


@dataclass(frozen=True)
class Histogram:
    """How many delays are within each bound."""

    bounds: tuple[float, ...]
    """Seconds."""
    within: tuple[int, ...]
    """By bound, those within lower ones too."""
    number: int
    """All, also those above the last bound."""
    seconds: float
    """Sum of all delays."""


@dataclass(frozen=True)
class SourceDelays:
    """Publications whose newest granule came from one source."""

    source: str
    archived: int
    """Those of which the newest granule came from an archive; their delays tell nothing."""
    sensing: Histogram
    """Of the others, the time from sensing."""
    visible: Histogram
    """The time from being visible at the source."""


def delays(
    session: Session, since: datetime, moment: datetime, bounds: Bounds
) -> tuple[SourceDelays, ...]:
    """Return the delays of what was published from ``since`` to ``moment``, by source.

    One statement. The classes are counted in the database: a day of a large service has tens of
    thousands of publications.
    """
    published, fresh = col(PublicationRow.published_at), ~col(PublicationRow.from_archive)
    spans = (
        sa.select(
            col(PublicationRow.source).label("source"),
            case((fresh, 1), else_=0).label("fresh"),
            _span(published, col(PublicationRow.sensed_at), fresh).label("sensing"),
            _span(published, col(PublicationRow.tracked_at), fresh).label("visible"),
        )
        .where(published >= since, published <= moment)
        .cte("spans")
        .prefix_with("MATERIALIZED")  # else SQLite reckons each span anew for each bound
    ).c
    statement = (
        sa.select(
            spans.source,
            func.count(),
            func.sum(spans.fresh),
            *_measures(spans.sensing, bounds.sensing),
            *_measures(spans.visible, bounds.visible),
        )
        .group_by(spans.source)
        .order_by(spans.source)
    )
    return tuple(_of_source(row, bounds) for row in session.execute(statement).all())


def _span(end: Any, begin: Any, fresh: Any) -> sa.ColumnElement[float | None]:
    """Return seconds, None from an archive; never less than none, as clocks that differ tell."""
    return case((~fresh, None), (end <= begin, 0.0), else_=epoch(end) - epoch(begin))


def _measures(span: Any, bounds: Sequence[float]) -> list[sa.ColumnElement[Any]]:
    within = [func.count(case((span <= bound, 1))) for bound in bounds]
    return [func.coalesce(func.sum(span), 0.0), *within]


def _of_source(row: Sequence[Any], bounds: Bounds) -> SourceDelays:
    source, every, fresh, *measures = row
    after = 1 + len(bounds.sensing)
    return SourceDelays(
        source,
        every - fresh,
        Histogram(bounds.sensing, tuple(measures[1:after]), fresh, measures[0]),
        Histogram(bounds.visible, tuple(measures[after + 1 :]), fresh, measures[after]),
    )
