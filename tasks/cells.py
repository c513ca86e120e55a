"""Cells: where an observation has valid pixels, coarsely, counted once when it is decoded.

A granule can change a mosaic only where it has valid pixels, so the cells tell which blocks of a
mosaic a new granule leaves as they are. They count more than what counts in the end (the view
zenith, missing bands and unconfirmed snow are not looked at), never less.
"""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from algorithms.resample import upsample_nearest
from algorithms.scl import NODATA, VALID
from products.archive import read_arrays
from products.grid import Extent
from products.raster_read import Array

CELL = 2560
"""Side in metres: 128 SCL pixels of 20 m, counted from the tile's north-west corner."""
_FILE = "cells.npz"


@dataclass(frozen=True)
class Cells:
    """Pixels per cell, uint32[Y, X]; the last row and column of cells may reach over the tile."""

    valid: Array
    """With an SCL code of the valid set."""
    data: Array
    """With an SCL code other than 0."""

    def within(self, rows: range, columns: range, resolution: int) -> tuple[bool, bool]:
        """Tell whether the cells that a window of the output grid meets have valid pixels, data."""
        window = (_met(rows, resolution), _met(columns, resolution))
        return bool(self.valid[window].any()), bool(self.data[window].any())


def count_cells(scl: Array, resolution: int, extent: Extent) -> Cells:
    """Count the SCL pixels of ``resolution`` metres in the cells of a tile.

    Pixels of 60 m, which do not nest in cells, are counted as nine of 20 m.
    """
    pixels = upsample_nearest(scl, resolution // 20) if CELL % resolution else scl
    per_cell = CELL // (20 if CELL % resolution else resolution)
    shape = _shape(extent)
    return Cells(
        _sums(np.isin(pixels, VALID), per_cell, shape), _sums(pixels != NODATA, per_cell, shape)
    )


def save_cells(folder: Path, counted: Iterable[Cells]) -> Cells:
    """Write the cells of an observation beside it, and return them.

    SCL images of several pixel sizes need not agree: a mosaic reads the one that suits its
    resolution, so a cell has what the one with most has.
    """
    most = reduce(
        lambda a, b: Cells(np.maximum(a.valid, b.valid), np.maximum(a.data, b.data)), counted
    )
    np.savez(folder / _FILE, valid=most.valid, data=most.data)
    return most


def load_cells(folder: Path, extent: Extent) -> Cells | None:
    """Read the cells of an observation; None where it has none (older store) or they are broken.

    Cells that are not those of a tile of this extent are broken, too: a slice beyond them is empty.
    """
    try:
        stored = read_arrays(folder / _FILE)
        cells = Cells(stored["valid"], stored["data"])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    return cells if cells.valid.shape == cells.data.shape == _shape(extent) else None


def _shape(extent: Extent) -> tuple[int, int]:
    return -(-extent.height // CELL), -(-extent.width // CELL)


def _met(pixels: range, resolution: int) -> slice:
    return slice(pixels.start * resolution // CELL, -(-pixels.stop * resolution // CELL))


def _sums(mask: Array, per_cell: int, shape: tuple[int, int]) -> Array:
    height, width = (count * per_cell for count in shape)
    whole = np.zeros((height, width), np.bool_)
    whole[: mask.shape[0], : mask.shape[1]] = mask[:height, :width]
    counts: Array = whole.reshape(shape[0], per_cell, shape[1], per_cell).sum(
        axis=(1, 3), dtype=np.uint32
    )
    return counts
