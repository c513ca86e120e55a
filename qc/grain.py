"""Layers of 20 m keep their pixels in products of 10 m: each is four equal ones (section 6)."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from products.grid import epsg_of
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict, number_of
from qc.rule import PixelRule, Stated, skipped
from qc.strips import Strip

RULE = "L1.1-grain"
_COARSE = 20
_FINE = 10
_REPEATED = ("CLOUD", "SNOW", "SCENE")
"""What is repeated besides reflectance; angles and counts are made for every pixel."""
_BLURRED = 0.5
"""Share of cells from which on a source counts as resampled before it came to us."""


def grain_rule(facts: ProductFacts) -> PixelRule:
    """Return the rule for a product, or why its pixels tell nothing about those of 20 m."""
    grid = facts.grid
    if grid.resolution != _FINE:
        return Stated(skipped(RULE, "Only at 10 m are pixels of 20 m repeated."))
    if any(epsg_of(tile) != grid.epsg for tile in facts.tiles):
        return Stated(skipped(RULE, "It was projected: pixels of 20 m no longer lie on its grid."))
    names = [
        layer.api_id
        for layer in facts.layers
        if (layer.is_reflectance and layer.native >= _COARSE) or layer.api_id in _REPEATED
    ]
    if not names:
        return Stated(skipped(RULE, "The product has no layer of 20 m."))
    first = (round(grid.transform.f / _FINE) % 2, -round(grid.transform.c / _FINE) % 2)
    return Grain(names, first)


class Grain:
    """Compare the four pixels of every cell of 20 m that come from one source."""

    id = RULE

    def __init__(self, names: Sequence[str], first: tuple[int, int]) -> None:
        self.needs = frozenset({"INDEX", *names})
        self._names = names
        self._first = first
        """Row and column at which the first cell of the grid of 20 m begins."""
        self._cells = 0
        self._broken: Counter[str] = Counter(dict.fromkeys(names, 0))

    def look(self, strip: Strip) -> None:
        """Count the cells of a strip, and those that are not of one value."""
        top = (self._first[0] - strip.top) % 2
        index = self._quarters(strip["INDEX"], top)
        whole = index[0] >= 0
        for other in index[1:]:
            whole &= other == index[0]
        self._cells += int(np.count_nonzero(whole))
        for name in self._names:
            pixels = self._quarters(strip[name], top)
            for other in pixels[1:]:
                self._broken[name] += int(np.count_nonzero(whole & (other != pixels[0])))

    def finding(self) -> Finding:
        """Fail where a cell is torn; a source that was resampled as a whole cannot be judged."""
        if not self._cells:
            return skipped(RULE, "No cell of 20 m comes from one source.")
        bands = [n for name, n in self._broken.items() if name.startswith("B")]
        if bands and min(bands) > _BLURRED * self._cells:
            return skipped(RULE, "Its sources were resampled: no band shows pixels of 20 m.")
        torn = {name: n for name, n in self._broken.items() if n}
        if not torn:
            return Finding(RULE, Verdict.PASS, f"Holds for {self._cells} cells of 20 m.", 0, 0)
        worst = max(torn, key=lambda name: torn[name])
        differ = number_of(torn[worst], "pixel differs", "pixels differ")
        told = (
            f"Broken in {', '.join(torn)}; in {worst}, {differ} from the first of the "
            f"same cell, of {self._cells} cells."
        )
        return Finding(RULE, Verdict.FAIL, told, torn[worst], 0)

    def _quarters(self, pixels: Array, top: int) -> list[Array]:
        left = self._first[1]
        height, width = (pixels.shape[0] - top) // 2 * 2, (pixels.shape[1] - left) // 2 * 2
        inner = pixels[top : top + height, left : left + width]
        return [inner[y::2, x::2] for y in range(2) for x in range(2)]
