"""Read a product once, in strips of rows, for all rules that look at its pixels."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import rasterio
from rasterio.windows import Window

from products.bands import Layer
from products.product import ProductFacts
from products.raster_read import Array, layer_address

ROWS = 512
"""Rows read at a time: a row of blocks of our GeoTIFFs."""
UNREADABLE = (rasterio.errors.RasterioError, ValueError)
"""What reading raises."""
_ABOVE = 16
"""Rows before a strip that are kept, for what lies on both sides of its upper edge."""
_THINNED = 1024
"""Rows and columns of the thinned pixels, at most."""
_SIDE, _ACROSS = 128, 4
"""Side in pixels of the windows of a strip, and how many of them there are at most."""

Place = tuple[int, int]
"""Row and column."""
Thinned = Mapping[str, Array]
"""Stored values of chosen pixels by API id, each [N], one pixel after the other."""


@dataclass(frozen=True)
class Strip:
    """Some rows of a product."""

    top: int
    """First row."""
    layers: Mapping[str, Array]
    """Stored pixels [Y, X] by API id."""
    described: Mapping[str, Layer]
    """What the layers are, by API id."""
    step: int = 1
    """Every so many rows and columns are taken where pixels are thinned."""
    above: Mapping[str, Array] = field(default_factory=dict)
    """The last rows before these; none at the top of the product."""

    def __getitem__(self, api_id: str) -> Array:
        """Return the pixels of a layer."""
        return self.layers[api_id]

    def __contains__(self, api_id: str) -> bool:
        """Tell whether the product has a layer."""
        return api_id in self.layers

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        height, width = next(iter(self.layers.values())).shape
        return height, width

    @cached_property
    def chosen(self) -> Array:
        """bool[Y, X]: the pixels that show an observation."""
        return self._chosen(self.layers)

    def nodata(self, api_id: str) -> int:
        """Return what a layer stores where there is no observation."""
        return self.described[api_id].nodata

    def cut(self, api_id: str, first: int, last: int) -> Array:
        """Return rows ``first`` to ``last`` - 1 of a layer; negative ones lie above the strip."""
        return self._cut(self.above.get(api_id), self.layers[api_id], first, last)

    def cut_chosen(self, first: int, last: int) -> Array:
        """Return the same rows of ``chosen``."""
        above = self._chosen(self.above) if self.above else None
        return self._cut(above, self.chosen, first, last)

    @cached_property
    def thinned(self) -> Thinned:
        """The chosen pixels of every ``step``-th row and column."""
        rows = slice(-self.top % self.step, None, self.step)
        places = rows, slice(None, None, self.step)
        chosen = self.chosen[places]
        return {name: pixels[places][chosen] for name, pixels in self.layers.items()}

    def windows(self) -> Iterator[tuple[slice, slice]]:
        """Yield a few windows, evenly spaced across the strip, for what needs neighbours."""
        height, width = self.shape
        top = max(height - _SIDE, 0) // 2
        count = min(max(width // _SIDE, 1), _ACROSS)
        for left in np.linspace(0, max(width - _SIDE, 0), count + 2)[1:-1].astype(int).tolist():
            yield slice(top, top + _SIDE), slice(left, left + _SIDE)

    def _chosen(self, layers: Mapping[str, Array]) -> Array:
        if "INDEX" in layers:
            chosen: Array = layers["INDEX"] >= 0
            return chosen
        name = next(iter(layers))
        return np.not_equal(layers[name], self.nodata(name))

    def _cut(self, above: Array | None, pixels: Array, first: int, last: int) -> Array:
        if first >= 0:
            return pixels[first:last]
        if above is None or len(above) < -first:
            raise ValueError(f"there are no {-first} rows above row {self.top}")
        return np.concatenate([above[len(above) + first :], pixels[:last]])


class Reading:
    """The layers of a product folder, opened together.

    One that cannot be read leaves the strips, and ``unread`` says why.
    """

    def __init__(self, folder: Path, facts: ProductFacts) -> None:
        self.unread: dict[str, str] = {}
        """Why a layer cannot be read, by API id."""
        self._shape = facts.grid.shape
        self._described = {layer.api_id: layer for layer in facts.layers}
        self._addresses = {
            layer.api_id: layer_address(folder / facts.place / facts.layer_file(layer), layer)
            for layer in facts.layers
        }
        self._rasters: dict[str, rasterio.DatasetReader] = {}
        self._above: dict[str, Array] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name, address in self._addresses.items():
            try:
                raster = self._stack.enter_context(rasterio.open(address))
                _require(raster.shape, self._shape)
            except UNREADABLE as error:
                self.unread[name] = _first_line(error)
            else:
                self._rasters[name] = raster
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def strip_bytes(self) -> int:
        """What a strip takes up, before anybody looks at it."""
        rows, columns = self._shape
        pixel = sum(np.dtype(layer.dtype).itemsize for layer in self._described.values())
        return min(ROWS + _ABOVE, rows) * columns * pixel

    def strips(self, pool: Executor) -> Iterator[Strip]:
        """Read strip after strip, from north to south; the threads of a pool share the layers.

        Whoever drops each before asking for the next has one of them in memory. They end where no
        layer is left that can be read: how many there are is only what the metadata claim.
        """
        for top in range(0, self._shape[0], ROWS):
            if self.unread.keys() >= self._addresses.keys():
                return
            yield self._strip(pool, top)

    def _strip(self, pool: Executor, top: int) -> Strip:
        rows, columns = self._shape
        layers = self._read(pool, Window(0, top, columns, min(ROWS, rows - top)))
        above = {name: pixels for name, pixels in self._above.items() if name in layers}
        self._above = {name: pixels[-_ABOVE:].copy() for name, pixels in layers.items()}
        return Strip(top, layers, self._described, -(-max(rows, columns) // _THINNED), above)

    def _read(self, pool: Executor, window: Window) -> dict[str, Array]:
        reading = {
            name: pool.submit(raster.read, 1, window=window)
            for name, raster in self._rasters.items()
            if name not in self.unread
        }
        layers: dict[str, Array] = {}
        for name, pixels in reading.items():
            try:
                layers[name] = pixels.result()
            except UNREADABLE as error:
                self.unread[name] = _first_line(error)
        return layers


def _require(is_: tuple[int, int], should: tuple[int, int]) -> None:
    if is_ != should:
        told = [" x ".join(map(str, shape)) for shape in (is_, should)]
        raise ValueError(f"it has {told[0]} pixels, not {told[1]}")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0]
