"""Which acquisitions of a tile were to be expected, learnt from those that came.

A Sentinel-2 satellite flies each of its 143 relative orbits again after ten days, so two
satellites see a tile from the same orbit every five days. No plan of the mission is asked; what is
expected follows from the passes that the catalog knows:

- A relative orbit of a satellite is expected every ten days, in step with its passes that came. It
  must have come twice, ten days or a multiple apart: one pass alone shows no repetition.
- It is expected only while its satellite was at work over the tile, that is, from the first to the
  last pass of this satellite over any orbit. Before and after, nothing is expected: neither what
  the service was never asked for, nor a satellite that was not yet, or no longer, there. So the
  newest pass can be missing unnoticed until the satellite comes by again.
- Where two passes of an orbit are not in step, its satellite was moved; nothing is expected
  between them, and on each side what is in step with that side.
- After ``LONG`` without any pass the count begins anew: such times were not asked for, as far as
  the catalog can tell.
- In the future, nothing is expected.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from sqlmodel import Session, col, select

from catalog.tables import GranuleRow

REPEAT = timedelta(days=10)
"""After which a satellite flies an orbit again."""
LONG = timedelta(days=30)
"""Without any pass for longer, nothing is known of the time between."""
_STEP = timedelta(hours=6)
"""By which passes may be off and still be in step; really it is less than a minute."""
_DATATAKE = re.compile(r"^(S2[A-Z])_(\d{8}T\d{6})_R(\d{3})$")


@dataclass(frozen=True, order=True)
class Pass:
    """One pass of a satellite over a tile: what a datatake is for the tile."""

    moment: datetime
    """Start of the datatake, UTC."""
    satellite: str
    """``S2A``, ``S2B``, ..."""
    orbit: int
    """Relative orbit, 1 to 143."""

    @property
    def day(self) -> date:
        """Its date, UTC."""
        return self.moment.date()


def parse_pass(datatake: str) -> Pass | None:
    """Return the pass that ``Granule.datatake`` names, None for another text."""
    found = _DATATAKE.match(datatake)
    if not found:
        return None
    satellite, stamp, orbit = found.groups()
    return Pass(parse_stamp(stamp), satellite, int(orbit))


def parse_stamp(stamp: str) -> datetime:
    """Return the moment of a stamp as product names have it, ``20180605T105031``, UTC."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


def passes_seen(session: Session, tile: str) -> frozenset[Pass]:
    """Return all passes over a tile of which something was delivered."""
    query = select(GranuleRow.datatake).where(
        GranuleRow.tile == tile, col(GranuleRow.datatake).is_not(None)
    )
    named = session.exec(query.distinct()).all()
    return frozenset(found for name in named if (found := parse_pass(name or "")))


def missing_passes(seen: Iterable[Pass], until: datetime) -> tuple[Pass, ...]:
    """Return the passes of a tile that were to be expected until a moment and did not come.

    Parameters
    ----------
    seen
        Passes that came, in any order.
    until
        The present moment, UTC.

    Returns
    -------
    tuple of Pass
        In order of time; together with ``seen`` they are all that was expected.
    """
    found: list[Pass] = []
    for span in _spans(sorted(seen, key=attrgetter("moment"))):
        found.extend(_missing_in(span))
    return tuple(sorted(one for one in found if one.moment <= until))


def _spans(seen: Sequence[Pass]) -> Iterator[list[Pass]]:
    """Cut passes, in order of time, wherever none came for long."""
    span: list[Pass] = []
    for one in seen:
        if span and one.moment - span[-1].moment > LONG:
            yield span
            span = []
        span.append(one)
    if span:
        yield span


def _missing_in(span: Sequence[Pass]) -> Iterator[Pass]:
    orbits: dict[tuple[str, int], list[datetime]] = defaultdict(list)
    at_work: dict[str, list[datetime]] = defaultdict(list)
    for one in span:
        orbits[one.satellite, one.orbit].append(one.moment)
        at_work[one.satellite].append(one.moment)
    for (satellite, orbit), moments in orbits.items():
        first, last = at_work[satellite][0], at_work[satellite][-1]
        for moment in _not_among(moments, first, last):
            yield Pass(moment, satellite, orbit)


def _not_among(moments: Sequence[datetime], first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the moments of an orbit, between first and last, at which it was not seen."""
    for earlier, later in pairwise(moments):
        count = _repeats(earlier, later)
        yield from (earlier + number * REPEAT for number in range(1, count))
    if len(moments) < 2:
        return
    if _repeats(moments[0], moments[1]):
        yield from _onwards(moments[0], -REPEAT, first, last)
    if _repeats(moments[-2], moments[-1]):
        yield from _onwards(moments[-1], REPEAT, first, last)


def _repeats(earlier: datetime, later: datetime) -> int:
    """Return how many repeats lie between two passes of an orbit, 0 where they are not in step."""
    count = round((later - earlier) / REPEAT)
    return count if abs(later - earlier - count * REPEAT) <= _STEP else 0


def _onwards(
    start: datetime, step: timedelta, first: datetime, last: datetime
) -> Iterator[datetime]:
    moment = start + step
    while first <= moment <= last:
        yield moment
        moment += step
