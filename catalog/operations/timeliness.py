"""Timeliness: from sensing, and from being visible at the source, to publication."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

import sqlalchemy as sa
from sqlmodel import Session, col

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
    published = col(PublicationRow.published_at)
    rows = session.execute(
        sa.select(
            col(PublicationRow.source),
            col(PublicationRow.from_archive),
            epoch(published) - epoch(col(PublicationRow.sensed_at)),
            epoch(published) - epoch(col(PublicationRow.tracked_at)),
        )
        .where(published >= since, published <= moment)
        .order_by(published.desc(), col(PublicationRow.id).desc())
    )
    found: dict[str, _Spans] = defaultdict(_Spans)
    for source, archived, sensing, visible in rows:
        spans = found[source]
        if archived:
            spans.archived += 1
        else:
            spans.sensing.append(sensing)
            spans.visible.append(visible)
    return tuple(_of_source(source, found[source], objectives) for source in sorted(found))


@dataclass
class _Spans:
    """The seconds that the publications of a source took, the last one first."""

    archived: int = 0
    sensing: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)


def _of_source(source: str, spans: _Spans, objectives: Objectives) -> SourceTimeliness:
    published = len(spans.visible)
    return SourceTimeliness(
        source,
        published,
        spans.archived,
        judged=published >= LAST,
        from_sensing=_way(spans.sensing, objectives.sensing_hours * HOUR),
        from_visible=_way(spans.visible, objectives.visible_hours * HOUR),
    )


def _way(spans: list[float], objective: float) -> Way | None:
    """Return how long a way took; ``spans`` are in seconds, the last publication first."""
    if not spans:
        return None
    ordered = sorted(spans)
    p50, p95 = (ordered[ceil(share * len(ordered)) - 1] for share in (0.5, 0.95))
    within, met = _kept(spans, objective)
    return Way(p50, p95, objective, within, met, not met and _kept(spans[:LAST], objective)[1])


def _kept(spans: list[float], objective: float) -> tuple[int, bool]:
    """Return how many kept the objective, and whether these are enough."""
    within = sum(span <= objective for span in spans)
    return within, within >= SHARE * len(spans)
