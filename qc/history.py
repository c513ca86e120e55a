"""A product beside its own past: the revision before, and the same period a year earlier.

A pixel depends on its valid observations alone, so from one revision to the next it may change only
where an input that came or went could count. Who has the inputs' pixels says exactly where that is;
from the products alone, the number of valid observations tells it where it can be told at all.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np

from products.bands import BY_ID, Layer
from products.product import ProductFacts, SourceEntry
from products.raster_read import Array
from qc.comparison import Comparison, MayDiffer, input_names, since
from qc.difference import Distribution
from qc.finding import Finding, Verdict, number_of
from qc.layers import UNREADABLE, Piece, Window, thinned, thinning
from qc.readable import why_unreadable

UNCHANGED, YEAR = "L2.5-unchanged", "L2.6-year"
_FEWEST = 100
"""Native pixels of a band, thinned, below which a distribution says nothing."""
_COMMON = 0.1
"""Of the pixels that one of two products shows, how many both must show to be compared."""
_MOST_COUNTED = 254
"""Where valid_obs ends; the next one may stand for more."""


class CannotTell(Exception):
    """It cannot be told where pixels may change; the sentence says why."""


def came_and_went(before: Sequence[str], now: Sequence[str]) -> set[str]:
    """Return the inputs that are in one list only.

    Raises CannotTell where the others compete in another order: then ties may be decided anew.
    """
    both = {*before} & {*now}
    if [each for each in before if each in both] != [each for each in now if each in both]:
        raise CannotTell("the inputs compete in another order than before")
    return {*before} ^ {*now}


def where_counts_differ(piece: Piece, before: Piece) -> MayDiffer:
    """Return where the number of valid observations tells that an input came or went.

    Raises CannotTell where pixels may change although the number stays: an input came while another
    went, or shares a day and satellite, so perhaps a datatake, with another one.
    """
    facts, old = piece.facts, before.facts
    if facts.period != old.period or len({*facts.tiles, *old.tiles}) > 1:
        raise CannotTell("they are not two revisions of one mosaic")
    if not (facts.threshold and old.threshold):
        raise CannotTell("one of them does not state its threshold of the medoid")
    if (facts.threshold, facts.algorithm) != (old.threshold, old.algorithm):
        raise CannotTell("they were composed by different definitions")
    names, old_names = input_names(facts, old)
    changed = came_and_went(old_names, names)
    if not changed:
        return _nowhere
    if changed & {*names} and changed & {*old_names}:
        raise CannotTell("inputs came and others went, which the products alone do not tell apart")
    if _share_a_datatake(facts if changed & {*names} else old, changed, names, old_names):
        raise CannotTell("an input came or went that may share its datatake with another one")
    if piece.layer("VALID_OBS") is None:
        raise CannotTell("inputs came or went, and VALID_OBS, which tells where, is not delivered")
    return partial(_counts_differ, piece, before)


def judge_unchanged(comparisons: Sequence[Comparison], reason: str | None = None) -> Finding:
    """Return what L2.5 says; ``reason``, where given, is why it cannot tell."""
    changed = sum(comparison.changed for comparison in comparisons)
    pixels = sum(comparison.pixels for comparison in comparisons)
    if reason is not None and changed:
        return Finding(UNCHANGED, Verdict.SKIPPED, f"It cannot be told what may change: {reason}.")
    if not changed:
        told = f"No pixel {since(comparisons[0])}."
        return Finding(UNCHANGED, Verdict.PASS, told, 0, 0)
    wrong = [(each, each.unexplained) for each in comparisons if each.unexplained]
    count = sum(unexplained.pixels for _, unexplained in wrong)
    if not wrong:
        told = f"{changed} of {pixels} pixels changed, all where an input that came or went counts."
        return Finding(UNCHANGED, Verdict.PASS, told, 0, 0)
    comparison, first = wrong[0]
    told = (
        f"{number_of(count, 'pixel')} changed since {comparison.reference} though no input that "
        f"came or went counts there, first {comparison.place} row {first.row} "
        f"column {first.column} ({first.layer})."
    )
    return Finding(UNCHANGED, Verdict.FAIL, told, count, 0)


def judge_year(pairs: Sequence[tuple[Piece, Piece]], limit: float) -> Finding:
    """Compare the distributions of reflectance with those of a year earlier, thinned (L2.6).

    Only pixels that both show are compared: another part of a tile is another landscape. The value
    is the largest Kolmogorov-Smirnov distance of any band.
    """
    earlier = str(pairs[0][1].facts.name)
    shifts: list[tuple[float, str]] = []
    for piece, other in pairs:
        try:
            shifts += _shifts(piece, other)
        except UNREADABLE:
            told = why_unreadable(piece, other)
            return Finding(YEAR, Verdict.SKIPPED, f"It cannot be compared with {earlier}: {told}.")
    if not shifts:
        few = (
            f"Too little is shown in both it and {earlier}: no band has {_FEWEST} native pixels in "
            f"common that are {_COMMON:.0%} of what one of them shows."
        )
        return Finding(YEAR, Verdict.SKIPPED, few)
    largest, band = max(shifts)
    told = f"{band} is least like {earlier}: its distribution is {largest:.2f} apart."
    verdict = Verdict.WARN if largest > limit else Verdict.PASS
    return Finding(YEAR, verdict, told, round(largest, 6), limit)


def _shifts(piece: Piece, other: Piece) -> list[tuple[float, str]]:
    """Return the distance of each band that can be compared; the pieces are ``paired``."""
    found = []
    for layer in piece.facts.layers:
        theirs = other.layer(layer.api_id)
        if layer.is_reflectance and theirs:
            mine, past = thinned(piece, layer), thinned(other, theirs)
            seen, before = mine != layer.nodata, past != theirs.nodata
            both, either = seen & before, seen | before
            if _is_enough(int(both.sum()), int(either.sum()), _repeats(piece, layer)):
                now = Distribution.of(mine[both], layer.nodata)
                then = Distribution.of(past[both], theirs.nodata)
                found.append((now.shift(then), layer.api_id))
    return found


def _is_enough(common: int, shown: int, repeats: float) -> bool:
    return common >= max(_FEWEST * repeats, _COMMON * shown)


def _repeats(piece: Piece, layer: Layer) -> float:
    """Return how many pixels of a thinned band are one of its native pixels."""
    grid = piece.facts.grid
    return max(layer.native / (grid.resolution * thinning(grid.shape)), 1.0) ** 2


def _share_a_datatake(
    facts: ProductFacts, changed: set[str], names: Sequence[str], old_names: Sequence[str]
) -> bool:
    """Tell whether an input that is in this list only may be of one datatake with another of it."""
    own = names if changed & {*names} else old_names
    sights = Counter(_sight(source) for source in facts.sources)
    return any(
        name in changed and sights[_sight(source)] > 1
        for name, source in zip(own, facts.sources, strict=True)
    )


def _sight(source: SourceEntry) -> tuple[str, str]:
    return source.satellite, source.date.isoformat()


def _nowhere(window: Window) -> Array:
    rows, columns = window
    return np.zeros((len(rows), len(columns)), np.bool_)


def _counts_differ(piece: Piece, before: Piece, window: Window) -> Array:
    now, then = (each.read(BY_ID["VALID_OBS"], window) for each in (piece, before))
    apart: Array = (now != then) | (now == _MOST_COUNTED)
    return apart
