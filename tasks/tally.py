"""Tally: what is counted while a mosaic is composed."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from products.grid import Grid
from products.raster_read import Array


@dataclass
class Tally:
    """What was counted while composing."""

    side: int
    """Side of the blocks in pixels."""
    by_block: Array
    """int64[Y, X]: negative winners, which are clamped to 0, of each block."""
    methods: Counter[int] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, grid: Grid, side: int) -> Self:
        """Return the tally of a grid before anything is counted."""
        rows, columns = (-(-length // side) for length in grid.shape)
        return cls(side, np.zeros((rows, columns), np.int64))

    @property
    def clamped(self) -> int:
        """Negative winners of all blocks."""
        return int(self.by_block.sum())

    def count(self, method: Array, source: Array) -> None:
        """Count the methods of a window, and which inputs won in it."""
        counts = np.bincount(method.ravel())
        self.methods.update({code: int(counts[code]) for code in np.flatnonzero(counts).tolist()})
        self.used.update(np.flatnonzero(np.bincount(source.ravel() + 1)[1:]).tolist())

    def count_clamped(self, negative: Array, rows: range, columns: range) -> None:
        """Count the negative winners of a window, uint8[Y, X], which may meet several blocks."""
        if not negative.any():
            return
        counts = negative.astype(np.int64)
        for axis, pixels in enumerate((rows, columns)):
            edges = range(pixels.start // self.side + 1, -(-pixels.stop // self.side))
            starts = [0, *(edge * self.side - pixels.start for edge in edges)]
            counts = np.add.reduceat(counts, starts, axis)
        top, left = rows.start // self.side, columns.start // self.side
        self.by_block[top : top + counts.shape[0], left : left + counts.shape[1]] += counts
