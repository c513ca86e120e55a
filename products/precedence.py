"""Which of several deliveries of one acquisition counts (specification section 2.6)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from products.granule import Granule

COLLECTION_1 = ("05.00", "05.10")
IN_HOUSE = "99.99"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Rank = tuple[int, str, datetime, str]


def rank(granule: Granule) -> Rank:
    """Return a sort key, greatest wins: Collection-1, then the highest baseline, then the newest.

    Baseline 99.99 (an in-house processing of a mirror) ranks lowest although its number is highest.
    """
    level = 2 if granule.baseline in COLLECTION_1 else 1
    if granule.baseline == IN_HOUSE:
        level = 0
    return level, granule.baseline, granule.generated or _EPOCH, granule.id


def usable(granules: Iterable[Granule]) -> list[Granule]:
    """Return, of the granules of one tile, those that count, by (datatake, strip) the best ranked.

    Different datastrips of one datatake complement each other and all count; different
    processings of one strip supersede each other. The result does not depend on the order.
    """
    deliveries: dict[tuple[str, str], list[Granule]] = defaultdict(list)
    for granule in granules:
        deliveries[granule.datatake, granule.strip].append(granule)
    return sorted((max(group, key=rank) for group in deliveries.values()), key=lambda g: g.id)


def in_source_order(granules: Iterable[Granule]) -> list[Granule]:
    """Sort as source_index counts: oldest datatake first; within one, the best ranked last.

    Reversed, it is the order in which observations compete: newest first, best ranked first.
    """
    return sorted(granules, key=lambda g: (g.datatake_start, g.datatake, rank(g)))
