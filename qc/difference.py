"""How a layer differs from the same layer of another product, and how its values are distributed.

Everything is counted, so that sums, means and medians are exact and memory does not grow with the
product.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from products.bands import Layer
from products.raster_read import Array

_LOWEST, _HIGHEST = -(1 << 15), (1 << 16) - 1
"""What any layer can hold."""
_VALUES = _HIGHEST - _LOWEST + 1


class Likeness(StrEnum):
    """What the specification says of two layers (section 12, L2.2)."""

    EQUAL = "equal"
    CONSTANT_SHIFT = "constant shift"
    HETEROGENEOUS = "heterogeneous"


@dataclass(frozen=True)
class LayerDifference:
    """How a layer differs, over all pixels, in stored values: the product less its reference."""

    layer: str
    """API id."""
    changed: int
    """Pixels that differ, those with data in one product only among them."""
    one_sided: int
    """Pixels with data in one product only."""
    absolute: int
    """Sum of absolute differences where both have data."""
    median: float
    """Of the differences where both have data, as are the next two; 0 where none has."""
    mean: float
    std: float

    @property
    def likeness(self) -> Likeness:
        """Tell in the words of the specification."""
        if self.changed == 0:
            return Likeness.EQUAL
        if self.one_sided == 0 and self.mean == self.median and self.std == 0:
            return Likeness.CONSTANT_SHIFT
        return Likeness.HETEROGENEOUS


class Differences:
    """Count the differences of a layer, strip by strip."""

    def __init__(self, layer: Layer, reference: Layer) -> None:
        self._layer, self._reference = layer, reference
        self._both = self._one_sided = 0
        self._found = np.zeros(2 * _VALUES - 1, np.int64)
        """Pixels by difference, where it is not 0."""

    def add(self, pixels: Array, reference: Array) -> Array:
        """Count pixels of any integer type; return where they differ, bool of their shape."""
        data, other = pixels != self._layer.nodata, reference != self._reference.nodata
        both = data & other
        one_sided: Array = data != other
        apart: Array = both & (pixels != reference)
        self._both += int(both.sum())
        self._one_sided += int(one_sided.sum())
        if apart.any():
            steps = pixels[apart].astype(np.int64) - reference[apart]
            self._found += np.bincount(steps + (_VALUES - 1), minlength=len(self._found))
        return apart | one_sided

    def result(self) -> LayerDifference:
        """Return what was counted."""
        steps = np.flatnonzero(self._found)
        counts, values = self._found[steps], steps - (_VALUES - 1)
        apart = int(counts.sum())
        total = int((counts * values).sum())
        squares = float((counts * values.astype(np.float64) ** 2).sum())
        mean = total / self._both if self._both else 0.0
        spread = max(squares / self._both - mean**2, 0.0) if self._both else 0.0
        one_step = len(steps) == 1 and apart == self._both
        return LayerDifference(
            layer=self._layer.api_id,
            changed=apart + self._one_sided,
            one_sided=self._one_sided,
            absolute=int((counts * np.abs(values)).sum()),
            median=self._median(),
            mean=mean,
            std=0.0 if one_step else float(np.sqrt(spread)),
        )

    def _median(self) -> float:
        if self._both == 0:
            return 0.0
        counts = self._found.copy()
        counts[_VALUES - 1] = self._both - counts.sum()
        return _median(counts) - (_VALUES - 1)


@dataclass(frozen=True)
class Distribution:
    """How often each value occurs in a layer, no data aside."""

    counts: Array
    """int64, by value from -32768 to 65535."""

    @classmethod
    def of(cls, pixels: Array, nodata: int) -> "Distribution":
        """Count pixels of any integer type."""
        values = pixels[pixels != nodata].astype(np.int64) - _LOWEST
        return cls(np.bincount(values, minlength=_VALUES))

    @property
    def total(self) -> int:
        """Pixels with data."""
        return int(self.counts.sum())

    @property
    def median(self) -> float:
        """Median of the stored values; raises ValueError where there is none."""
        return _median(self.counts) + _LOWEST

    def shift(self, other: "Distribution") -> float:
        """Return the Kolmogorov-Smirnov distance: 0 the same distribution, 1 no value in common.

        It is the largest difference between the shares of pixels up to any one value. Raises
        ValueError where one has no pixel.
        """
        if not (self.total and other.total):
            raise ValueError("a distribution without pixels has no distance")
        mine, theirs = (np.cumsum(each.counts) / each.total for each in (self, other))
        return float(np.abs(mine - theirs).max())


def _median(counts: Array) -> float:
    """Return the median place of counted things, as numpy's median of all of them."""
    upto = np.cumsum(counts)
    total = int(upto[-1])
    if total == 0:
        raise ValueError("there is no median of nothing")
    low, high = np.searchsorted(upto, [(total - 1) // 2 + 1, total // 2 + 1])
    return (int(low) + int(high)) / 2
