"""Seams: steps at the borders of the blocks in which we work, and between sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict
from qc.quantity import share
from qc.rule import ENOUGH, PixelRule, measured, skipped
from qc.strips import Strip
from qc.thresholds import Thresholds

_CHUNK = 256
"""Sides of everything that is read or written at a time are multiples of this."""
_STRETCHES = (128, 256)
"""Pixels along a border that are looked at together, at least and at most: the side of a block."""
_SHORTEST = 100
"""Pixels of a stretch that must have an observation on both sides."""
_COARSE = 20
"""Pixel size in metres of the scene classification, and so of what is valid."""
_TINY = 10.0
"""Added to both steps before they are compared: a thousandth of reflectance is no seam."""
_STRAIGHT = 0.6
"""More changes of the source along a border than beside it, as a share, from which on it is one."""
_MANY = 2
"""Stretches from which on a seam is no accident of the landscape."""
_WITH_SEAM = share("stretches of border with a seam", "seams")
_OFFSETS = (-2, -1, 0, 1, 2)
"""Lines that are compared, in pixels of the layer; the middle one is the border."""
_BORDER = 2
"""Where the border is among them."""


def seam_rules(facts: ProductFacts, block: int, limits: Thresholds) -> list[PixelRule]:
    """Return the rules; ``block`` is the side in pixels of the blocks that are selected."""
    return [Blocks(facts, block, limits), Swaths(facts, limits.swath)]


@dataclass(frozen=True)
class _Seam:
    """The stretch of a border with the largest step."""

    ratio: float
    layer: str
    where: str


class Blocks:
    """Compare the steps across borders of blocks with the steps beside them, in every layer.

    The step across a stretch of border is the median of the differences of its neighbours. Pixels
    that are repeated because a band is coarser are skipped, so like is compared with like.
    """

    id = "L1.4-blocks"

    def __init__(self, facts: ProductFacts, block: int, limits: Thresholds) -> None:
        self._limits = limits
        resolution = facts.grid.resolution
        self._grain = {
            layer.api_id: max(layer.native // resolution, 1)
            for layer in facts.layers
            if layer.is_reflectance
        }
        self._source_grain = max(_COARSE // resolution, 1)
        self.needs = frozenset({"INDEX", *self._grain})
        rows, columns = facts.grid.shape
        self._rows, self._columns = _borders(rows, block), _borders(columns, block)
        self._stretch = min(max(block, _STRETCHES[0]), _STRETCHES[1])
        self._looked = self._seams = 0
        self._worst = _Seam(0.0, "", "")

    def look(self, strip: Strip) -> None:
        """Measure the stretches of border that lie in a strip, or at its upper edge."""
        height, width = strip.shape
        for column in self._columns:
            self._measure(strip, column, height, rows=False)
        for row in self._rows:
            if 0 <= row - strip.top < height:
                self._measure(strip, row, width, rows=True)

    def finding(self) -> Finding:
        """Warn of a seam, fail where there are many."""
        if not self._looked:
            return skipped(self.id, "No border of blocks has enough pixels on both sides.")
        worst, limit = self._worst, self._limits.seam
        told = f"Of {self._looked} stretches of border between blocks, {self._seams} show a seam"
        told += f"; the largest step is {worst.ratio:.1f} times those beside it, in {worst.layer} "
        told += f"at {worst.where}."
        many = self._seams >= _MANY and self._seams > self._limits.seams * self._looked
        if many:
            part, most = self._seams / self._looked, self._limits.seams
            return measured(self.id, Verdict.FAIL, told, part, most, _WITH_SEAM)
        verdict = Verdict.WARN if self._seams else Verdict.PASS
        return measured(self.id, verdict, told, worst.ratio, limit)

    def _measure(self, strip: Strip, line: int, length: int, *, rows: bool) -> None:
        sources = self._lines(strip, "INDEX", line, self._source_grain, rows=rows)
        layers = {n: self._lines(strip, n, line, g, rows=rows) for n, g in self._grain.items()}
        for first in range(0, length, self._stretch):
            stretch = slice(first, first + self._stretch)
            if np.count_nonzero(~np.isnan(sources[stretch, _BORDER])) < _SHORTEST:
                continue
            self._looked += 1
            found = {name: _ratio(steps[stretch]) for name, steps in layers.items()}
            straight = _extra_changes(sources[stretch]) > _STRAIGHT
            if straight or max(found.values(), default=0) > self._limits.seam:
                self._seams += 1
            self._remember(found, strip.top, line, first, rows=rows)

    def _remember(
        self, found: Mapping[str, float], top: int, line: int, first: int, *, rows: bool
    ) -> None:
        for name, ratio in found.items():
            if ratio > self._worst.ratio:
                place = (line, first) if rows else (top + first, line)
                self._worst = _Seam(ratio, name, f"row {place[0]}, column {place[1]}")

    def _lines(self, strip: Strip, name: str, line: int, grain: int, *, rows: bool) -> Array:
        """Return absolute differences across a border and the lines beside it, float[length, 5].

        NaN where a pixel has no observation, and beyond what can be seen of the product.
        """
        steps = np.full((max(strip.shape), len(_OFFSETS)), np.nan)
        for place, offset in enumerate(_OFFSETS):
            pair = _pair(strip, name, line + offset * grain, rows=rows)
            if pair is not None:
                before, after, seen = pair
                apart = np.abs(after.astype(np.float64) - before)
                steps[: len(apart), place] = np.where(seen, apart, np.nan)
        return steps


def _borders(length: int, block: int) -> list[int]:
    return sorted({*range(block, length, block), *range(_CHUNK, length, _CHUNK)})


def _pair(strip: Strip, name: str, line: int, *, rows: bool) -> tuple[Array, Array, Array] | None:
    """Return the pixels before and after a line, and where both show an observation."""
    height, width = strip.shape
    if rows:
        last = line - strip.top
        depth = len(strip.above.get(name, ()))
        if not 1 - depth <= last < height:
            return None
        pixels, chosen = strip.cut(name, last - 1, last + 1), strip.cut_chosen(last - 1, last + 1)
    else:
        if not 1 <= line < width:
            return None
        columns = slice(line - 1, line + 1)
        pixels, chosen = strip[name][:, columns].T, strip.chosen[:, columns].T
    return pixels[0], pixels[1], chosen[0] & chosen[1]


def _ratio(steps: Array) -> float:
    """Return the median step across a border against that of the lines beside it."""
    ordered = np.sort(steps.T, axis=1)  # NaN come last
    known = np.count_nonzero(~np.isnan(ordered), axis=1)
    lines = np.arange(len(known))
    medians = (ordered[lines, np.maximum(known - 1, 0) // 2] + ordered[lines, known // 2]) / 2
    beside = _mean(np.delete(medians, _BORDER))
    return 0.0 if np.isnan(beside) else float((medians[_BORDER] + _TINY) / (beside + _TINY))


def _extra_changes(steps: Array) -> float:
    """Return by how much the source changes more often across a border than beside it."""
    shares = [_mean(np.where(np.isnan(line), np.nan, line != 0)) for line in steps.T]
    beside = _mean(np.delete(shares, _BORDER))
    return 0.0 if np.isnan(beside) else float(shares[_BORDER] - beside)


def _mean(values: Array) -> float:
    """Return the mean of what is known, NaN where nothing is: lines outside are not."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else np.nan


class Swaths:
    """Compare neighbours of two sources with neighbours of one, in the windows of all strips."""

    id = "L1.4-swath"

    def __init__(self, facts: ProductFacts, limit: float) -> None:
        self._limit = limit
        resolution = facts.grid.resolution
        names = [
            layer.api_id
            for layer in facts.layers
            if layer.is_reflectance and layer.native <= max(resolution, _COARSE // 2)
        ]
        self.needs = frozenset({"INDEX", *names})
        self._apart = {name: np.zeros(65536, np.int64) for name in names}
        self._within = {name: np.zeros(65536, np.int64) for name in names}

    def look(self, strip: Strip) -> None:
        """Count the steps between neighbours, by their size."""
        for window in strip.windows():
            for first, second in _neighbours():
                index = strip["INDEX"][window]
                both = (index[first] >= 0) & (index[second] >= 0)
                changes = index[first] != index[second]
                for name in self._apart:
                    pixels = strip[name][window].astype(np.int32)
                    steps = np.abs(pixels[second] - pixels[first])
                    self._apart[name] += np.bincount(steps[both & changes], minlength=65536)
                    self._within[name] += np.bincount(steps[both & ~changes], minlength=65536)

    def finding(self) -> Finding:
        """Warn where sources do not fit together."""
        counts = [
            min(int(part[name].sum()) for part in (self._apart, self._within))
            for name in self._apart
        ]
        if not counts or min(counts) < ENOUGH:
            return skipped(
                self.id, f"Fewer than {ENOUGH} neighbours are of two sources, or of one."
            )
        ratios = {
            name: (_median(self._apart[name]) + _TINY) / (_median(self._within[name]) + _TINY)
            for name in self._apart
        }
        ratio = float(np.median(list(ratios.values())))
        told = (
            f"Where the source changes, neighbours differ {ratio:.1f} times as much as within one "
            "source."
        )
        verdict = Verdict.WARN if ratio > self._limit else Verdict.PASS
        return measured(self.id, verdict, told, ratio, self._limit)


def _neighbours() -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    every, head, tail = slice(None), slice(None, -1), slice(1, None)
    yield (every, head), (every, tail)
    yield (head, every), (tail, every)


def _median(counts: Array) -> float:
    return float(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
