"""Look at a layer through the pixels of its smallest overview: cheap, and the same everywhere."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from products.overviews import LARGEST, kept_pixels
from products.raster_read import Array

_ROWS = 512
"""Rows decoded at a time where there is no overview."""
_PROOF = 16
"""Side in samples of the square by which an overview is compared with the layer itself."""


def read_sample(address: str | Path) -> Array:
    """Return at most 512 x 512 pixels of a raster's first band, none of them altered.

    They are those that ``products.overviews.kept_pixels`` names. An overview of that size is used
    where it shows them unchanged; averaged ones, of other makers, are passed over.
    """
    with rasterio.open(address) as file:
        rows, columns = kept_pixels(file.shape)
        small = _overview(address, file, (len(rows), len(columns)))
        if small is not None and _shows(file, small, rows, columns):
            return small
        return _picked(file, rows, columns)


def _overview(address: str | Path, file: Any, shape: tuple[int, int]) -> Array | None:
    """Read the overview of a shape, None where the file has none or its format blends pixels."""
    if file.shape == shape or file.driver != "GTiff":
        return None
    for level in range(len(file.overviews(1))):
        with rasterio.open(address, OVERVIEW_LEVEL=level) as smaller:
            if smaller.shape == shape:
                pixels: Array = smaller.read(1)
                return pixels
    return None


def _shows(file: Any, small: Array, rows: Array, columns: Array) -> bool:
    """Compare an overview with the layer in the middle."""
    down, right = (_middle(len(axis)) for axis in (rows, columns))
    picked = _window(file, rows[down], columns[right])
    return bool(np.array_equal(picked, small[down, right]))


def _middle(length: int) -> slice:
    first = max((length - _PROOF) // 2, 0)
    return slice(first, first + _PROOF)


def _picked(file: Any, rows: Array, columns: Array) -> Array:
    if max(file.shape) <= LARGEST:
        pixels: Array = file.read(1)
        return pixels
    strips = np.split(rows, np.searchsorted(rows, range(_ROWS, file.height, _ROWS)))
    return np.concatenate([_window(file, strip, columns) for strip in strips if len(strip)])


def _window(file: Any, rows: Array, columns: Array) -> Array:
    """Read some rows and columns, in order, through the smallest window that has them."""
    top, left = int(rows[0]), int(columns[0])
    window = Window(left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1)
    pixels: Array = file.read(1, window=window)[np.ix_(rows - top, columns - left)]
    return pixels
