"""Do the bands lie on each other: none may be shifted by a pixel against those like it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict
from qc.rule import ENOUGH, measured, skipped
from qc.strips import Strip

RULE = "L1.4-shift"
_GROUPS = (("B02", "B03", "B04"), ("B05", "B11", "B12"), ("B06", "B07", "B8A"))
"""Bands of one native pixel size whose edges are alike; every two of a group are compared."""
_WEAK = ("B04", "B08")
"""Their edges are less alike; what this pair says of B04 is not asked."""
_COARSEST = ("B01", "B02")
"""Compared at 60 m only: elsewhere B01 has no edges of its own."""
_REACH = 2
"""Shifts that are tried, in pixels to each side."""
_FEWEST = ENOUGH
"""Pixels that a window must have for its correlations to count."""
_CLEAR = 0.3
"""A shift counts only where edges correlate at least so much with it."""
_ADDED = 200
"""Added to stored values before their logarithm, so that the noise of dark pixels counts little."""
_STILL = 1e-12
"""Variance of edges below which they do not vary."""
_LARGEST = 98
"""Percentile to which edges are cut, so that a few bright roofs do not decide."""

Shift = tuple[int, int]
"""By how many rows and columns the second band is off."""
Pair = tuple[str, str]


class Registration:
    """Correlate the edges of like bands, shifted by a few pixels, in the windows of all strips."""

    id = RULE

    def __init__(self, facts: ProductFacts, limit: float) -> None:
        self._limit = limit
        bands = {layer.api_id for layer in facts.layers if layer.is_reflectance}
        pairs = [pair for group in _GROUPS for pair in combinations(group, 2)]
        pairs += [_WEAK, _COARSEST] if facts.grid.resolution == 60 else [_WEAK]
        self._pairs = [pair for pair in pairs if bands.issuperset(pair)]
        self.needs = frozenset(band for pair in self._pairs for band in pair) or frozenset(_WEAK)
        self._surfaces: dict[Pair, list[Array]] = defaultdict(list)

    def look(self, strip: Strip) -> None:
        """Correlate the edges in the windows of a strip."""
        for window in strip.windows():
            chosen = strip.chosen[window]
            if np.count_nonzero(_inner(chosen)) < _FEWEST:
                continue
            edges = {band: _edges(strip[band][window], chosen) for band in self.needs}
            for a, b in self._pairs:
                surface = correlate(*edges[a], *edges[b])
                if surface is not None:
                    self._surfaces[a, b].append(surface)

    def finding(self) -> Finding:
        """Judge the mean of the correlations over all windows."""
        found = {
            pair: Displacement.of(np.mean(surfaces, axis=0))
            for pair, surfaces in self._surfaces.items()
        }
        return judge_shifts(found, self._limit)


@dataclass(frozen=True)
class Displacement:
    """At which shift two bands fit best."""

    shift: Shift
    gain: float
    """How much better their edges correlate there than without a shift."""
    correlation: float

    @classmethod
    def of(cls, surface: Array) -> "Displacement":
        """Find the best shift in correlations by shift, float[2 R + 1, 2 R + 1]."""
        row, column = np.unravel_index(int(surface.argmax()), surface.shape)
        best = float(surface[row, column])
        gain = best - float(surface[_REACH, _REACH])
        return cls((int(row) - _REACH, int(column) - _REACH), gain, best)


def judge_shifts(found: Mapping[Pair, Displacement], limit: float) -> Finding:
    """Fail where one band explains every shifted pair, warn where several bands are off.

    The bands see a moving or high cloud at different places, all of them: that is no error.
    """
    if not found:
        return skipped(RULE, f"No window shows {_FEWEST} pixels of two like bands.")
    off = {pair: d for pair, d in found.items() if d.gain > limit and d.correlation > _CLEAR}
    largest = max(d.gain for d in found.values())
    if not off:
        told = f"{len(found)} pairs of bands fit best where they are."
        return measured(RULE, Verdict.PASS, told, largest, limit)
    suspects = sorted({band for pair in off for band in pair})
    guilty = [band for band in suspects if _explains(band, off, found)]
    first, shifted = max(off.items(), key=lambda item: item[1].gain)
    told = f"{first[1]} fits {first[0]} better shifted by {shifted.shift[0]} rows and "
    told += f"{shifted.shift[1]} columns (correlation of edges +{shifted.gain:.2f})"
    if guilty:
        told = f"{' or '.join(guilty)} is shifted: {told}."
        return measured(RULE, Verdict.FAIL, told, largest, limit)
    told += "; no single band explains this, so clouds are likelier than an error."
    return measured(RULE, Verdict.WARN, told, largest, limit)


def _explains(
    band: str, off: Mapping[Pair, Displacement], found: Mapping[Pair, Displacement]
) -> bool:
    """Tell whether a band is in all pairs that are off, and off in all its pairs."""
    asked = [pair for pair in found if band in pair and not (pair == _WEAK and band == _WEAK[0])]
    return all(band in pair for pair in off) and all(pair in off for pair in asked or off)


def _edges(pixels: Array, chosen: Array) -> tuple[Array, Array]:
    """Return the strength of edges, float64[Y, X], and where it is known, bool[Y, X]."""
    logs = np.log(pixels.astype(np.float64) + _ADDED)
    strength, known = np.zeros_like(logs), np.zeros_like(chosen)
    down, right = logs[2:, 1:-1] - logs[:-2, 1:-1], logs[1:-1, 2:] - logs[1:-1, :-2]
    strength[1:-1, 1:-1] = np.hypot(down, right)
    known[1:-1, 1:-1] = (
        chosen[1:-1, 1:-1]
        & (chosen[2:, 1:-1] & chosen[:-2, 1:-1])
        & (chosen[1:-1, 2:] & chosen[1:-1, :-2])
    )
    if known.any():
        strength = np.minimum(strength, np.percentile(strength[known], _LARGEST))
    return strength, known


def correlate(first: Array, known: Array, second: Array, also: Array) -> Array | None:
    """Return the correlation of edges for every shift, None where too few are known."""
    height, width = first.shape
    surface = np.zeros((2 * _REACH + 1, 2 * _REACH + 1))
    fixed = _powers(_inner(first), _inner(known)).reshape(3, -1)
    moving = _powers(second, also)
    for row, column in np.ndindex(surface.shape):
        place = slice(row, height - 2 * _REACH + row), slice(column, width - 2 * _REACH + column)
        sums = fixed @ moving[:, *place].reshape(3, -1).T
        if sums[0, 0] < _FEWEST:
            return None
        surface[row, column] = _correlation(sums)
    return surface


def _powers(edges: Array, known: Array) -> Array:
    """Return 1, the edges and their squares where they are known, else 0; float64[3, Y, X]."""
    there = np.where(known, edges, 0.0)
    return np.stack([known.astype(np.float64), there, there**2])


def _correlation(sums: Array) -> float:
    """Return the correlation of a and b from the sums of a**i b**j over all pixels, [3, 3]."""
    count, a, b = sums[0, 0], sums[1, 0], sums[0, 1]
    spreads = sums[2, 0] - a * a / count, sums[0, 2] - b * b / count
    if min(spreads) <= _STILL * count:
        return 0.0
    return float((sums[1, 1] - a * b / count) / np.sqrt(spreads[0] * spreads[1]))


def _inner(pixels: Array) -> Array:
    return pixels[_REACH:-_REACH, _REACH:-_REACH]
