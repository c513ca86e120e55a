"""Read the layers of a product as it lies on the disk: window by window, or thinned."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.windows

from products.bands import Layer
from products.formats import ProductFormat
from products.product import ProductFacts
from products.raster_read import Array, layer_address

Window = tuple[range, range]
"""Rows and columns."""
_ROWS, _COLUMNS = 512, 4096
"""Of a window: whole blocks of our GeoTIFFs, 4 MiB of 16 bit."""
_LARGEST = 1024
"""Rows and columns of a thinned layer, at most about."""

UNREADABLE = (rasterio.errors.RasterioError, OSError, ValueError, IndexError)
"""What reading raises; a layer of another size than the others shows as one of the last two."""


@dataclass(frozen=True)
class Piece:
    """One folder of layers, and what its metadata say."""

    folder: Path
    """Base folder of the product."""
    facts: ProductFacts

    def path(self, layer: Layer) -> Path:
        """Return the file of a layer."""
        return self.folder / self.facts.place / self.facts.layer_file(layer)

    def layer(self, name: str) -> Layer | None:
        """Return a delivered layer by its API id, None where it is not delivered."""
        return next((layer for layer in self.facts.layers if layer.api_id == name), None)

    def open(self, layer: Layer) -> Any:
        """Open a layer with rasterio; the caller closes it."""
        return rasterio.open(layer_address(self.path(layer), layer))

    def read(self, layer: Layer, window: Window) -> Array:
        """Read a window of a layer, as it is stored."""
        with self.open(layer) as file:
            return read_window(file, window)


def read_window(file: Any, window: Window) -> Array:
    """Read a window of an opened layer; raises ValueError where the file does not have it."""
    rows, columns = window
    place = rasterio.windows.Window(columns.start, rows.start, len(columns), len(rows))
    pixels: Array = file.read(1, window=place)
    if pixels.shape != (len(rows), len(columns)):
        raise ValueError(f"{file.name} has {file.height} rows and {file.width} columns")
    return pixels


def windows(shape: tuple[int, int]) -> Iterator[Window]:
    """Yield windows that cover a grid, row by row, so that the memory for each is bounded."""
    height, width = shape
    for top in range(0, height, _ROWS):
        for left in range(0, width, _COLUMNS):
            yield range(top, min(top + _ROWS, height)), range(left, min(left + _COLUMNS, width))


@contextmanager
def opened(piece: Piece, layers: Sequence[Layer]) -> Iterator[list[Any]]:
    """Open layers, in order."""
    with ExitStack() as stack:
        yield [stack.enter_context(piece.open(layer)) for layer in layers]


def thinning(shape: tuple[int, int]) -> int:
    """Return every how many rows and columns of a grid ``thinned`` takes one."""
    return -(-max(shape) // _LARGEST)


def thinned(piece: Piece, layer: Layer) -> Array:
    """Read a layer thinned to at most about 1024 pixels a side; none of them is averaged.

    A cloud-optimised GeoTIFF has such pixels in its overviews; a JPEG 2000 does not, as smaller
    pictures in it are averages.
    """
    height, width = piece.facts.grid.shape
    step = thinning((height, width))
    with piece.open(layer) as file:
        if step == 1 or piece.facts.form is ProductFormat.GEO_TIFF:
            shape = (height // step or 1, width // step or 1)
            pixels: Array = file.read(1, out_shape=shape)
            return pixels
        taken = np.empty((-(-height // step), -(-width // step)), layer.dtype)
        for rows, columns in windows((height, width)):
            inner = (slice(-each.start % step, None, step) for each in (rows, columns))
            outer = (
                slice(-(-each.start // step), -(-each.stop // step)) for each in (rows, columns)
            )
            taken[tuple(outer)] = read_window(file, (rows, columns))[tuple(inner)]
    return taken
