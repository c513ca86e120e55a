"""Tally: what is counted while a mosaic is composed, block by block."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from algorithms.method import LABELS
from products.grid import Grid
from products.raster_read import Array


@dataclass
class BlockTally:
    """What was counted in one block."""

    clamped: int = 0
    """Negative winners, which are stored as 0: the layers do not show them."""
    methods: list[int] = field(default_factory=lambda: [0] * len(LABELS))
    """Pixels by the code of the method that chose them."""
    used: set[int] = field(default_factory=set)
    """Inputs that won a pixel, by source_index."""


@dataclass
class Tally:
    """What was counted in all blocks of a grid."""

    side: int
    """Side of the blocks in pixels."""
    across: int
    """Blocks per row of blocks."""
    blocks: list[BlockTally]
    """Row by row."""

    @classmethod
    def of(cls, grid: Grid, side: int) -> Self:
        """Return the tally of a grid before anything is counted."""
        down, across = (-(-length // side) for length in grid.shape)
        return cls(side, across, [BlockTally() for _ in range(down * across)])

    @property
    def clamped(self) -> int:
        """Negative winners of all blocks."""
        return sum(block.clamped for block in self.blocks)

    @property
    def methods(self) -> Counter[int]:
        """Pixels of all blocks by the code of their method."""
        counts = np.sum([block.methods for block in self.blocks], axis=0)
        return Counter({code: int(count) for code, count in enumerate(counts) if count})

    @property
    def used(self) -> set[int]:
        """Inputs that won a pixel of any block."""
        return set().union(*(block.used for block in self.blocks))

    def carry(self, rows: range, columns: range, counted: BlockTally) -> None:
        """Take over what was counted in a block when it was selected."""
        self.blocks[rows.start // self.side * self.across + columns.start // self.side] = counted

    def count(self, method: Array, source: Array, rows: range, columns: range) -> None:
        """Count the methods of a window, and which inputs won in it."""
        for block, inner in self._met(rows, columns):
            for code, pixels in enumerate(np.bincount(method[inner].ravel()).tolist()):
                block.methods[code] += pixels
            wins = np.bincount(source[inner].ravel() + 1)[1:]
            block.used.update(np.flatnonzero(wins).tolist())

    def count_clamped(self, negative: Array, rows: range, columns: range) -> None:
        """Count the negative winners of a window, uint8 or bool[Y, X]."""
        if not negative.any():
            return
        for block, inner in self._met(rows, columns):
            block.clamped += int(negative[inner].sum(dtype=np.int64))

    def _met(self, rows: range, columns: range) -> Iterator[tuple[BlockTally, tuple[slice, slice]]]:
        """Yield the blocks that a window meets, and which part of the window lies in each."""
        for down, y in _cut(rows, self.side):
            for right, x in _cut(columns, self.side):
                yield self.blocks[down * self.across + right], (y, x)


def _cut(pixels: range, side: int) -> Iterator[tuple[int, slice]]:
    for number in range(pixels.start // side, -(-pixels.stop // side)):
        first, last = max(number * side, pixels.start), min((number + 1) * side, pixels.stop)
        yield number, slice(first - pixels.start, last - pixels.start)
