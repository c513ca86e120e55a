"""Timeliness: from sensing, and from being visible at the source, to publication."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, func

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
    """Return the timeliness of what was published from ``since`` to ``moment``, by source.

    Two statements.
    """
    within = (col(PublicationRow.published_at) >= since, col(PublicationRow.published_at) <= moment)
    fresh = _fresh(session, within)
    archived = _archived(session, within)
    hours = (objectives.sensing_hours, objectives.visible_hours)
    return tuple(
        _of_source(source, fresh.get(source, ()), archived.get(source, 0), hours)
        for source in sorted({*fresh, *archived})
    )


def _fresh(
    session: Session, within: Sequence[sa.ColumnElement[bool]]
) -> dict[str, list[tuple[float, float]]]:
    """Return seconds from sensing and from being visible, by source, the newest first.

    They are ranked here and not in the database, which takes three times as long for it.
    """
    published = col(PublicationRow.published_at)
    rows = session.execute(
        sa.select(
            col(PublicationRow.source),
            epoch(published),
            epoch(col(PublicationRow.sensed_at)),
            epoch(col(PublicationRow.tracked_at)),
        )
        .where(*within, ~col(PublicationRow.from_archive))
        .order_by(published.desc(), col(PublicationRow.id).desc())
    )
    found: dict[str, list[tuple[float, float]]] = {}
    for source, end, sensed, tracked in rows:
        found.setdefault(source, []).append((end - sensed, end - tracked))
    return found


def _archived(session: Session, within: Sequence[sa.ColumnElement[bool]]) -> dict[str, int]:
    source = col(PublicationRow.source)
    rows = session.execute(
        sa.select(source, func.count())
        .where(*within, col(PublicationRow.from_archive))
        .group_by(source)
    )
    return {name: count for name, count in rows}  # noqa: C416 - rows are no pairs to the types


def _of_source(
    source: str,
    spans: Sequence[tuple[float, float]],
    archived: int,
    hours: tuple[float, float],
) -> SourceTimeliness:
    ways = [
        _way([pair[n] for pair in spans], each * HOUR) if spans else None
        for n, each in enumerate(hours)
    ]
    return SourceTimeliness(source, len(spans), archived, len(spans) >= LAST, *ways)


def _way(spans: Sequence[float], objective: float) -> Way:
    """Judge spans, the newest first."""
    ordered = sorted(spans)
    within, lately = bisect_right(ordered, objective), spans[:LAST]
    met = within >= SHARE * len(spans)
    kept = sum(span <= objective for span in lately)
    return Way(
        p50=_rank(ordered, 50),
        p95=_rank(ordered, 95),
        objective=objective,
        within=within,
        met=met,
        mended=not met and kept >= SHARE * len(lately),
    )


def _rank(ordered: Sequence[float], share: int) -> float:
    """Return the value that ``share`` of a hundred do not exceed, by nearest rank."""
    return ordered[-(-len(ordered) * share // 100) - 1]
