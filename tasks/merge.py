"""Merge: bring the mosaics of several tiles onto the grid of an order, pixel by pixel.

Every output pixel is a pixel of one tile's mosaic, whole and unaltered: the one that contains its
centre. Where tiles overlap, the tile of the same UTM zone comes first, then the order of names; the
first that has an observation counts. Nothing is blended.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.features import geometry_mask
from rasterio.windows import Window

from algorithms.locate import pixels_at
from algorithms.method import method_of
from products.bands import BY_ID, Layer
from products.granule import Granule
from products.grid import Grid
from products.naming import layer_file
from products.period import Period
from products.pieces import PlannedPiece
from products.raster_read import Array
from products.raster_write import LayerWriter

_SIDE = 1024
_MARGIN = 100.0
"""Metres by which the projected bounds of a block may be off."""


@dataclass(frozen=True)
class TileMosaic:
    """A published mosaic of one tile from which orders are cut."""

    tile: str
    revision: str
    folder: Path
    """Base folder of the product."""
    grid: Grid
    granules: tuple[Granule, ...]
    """Its inputs in source_index order."""
    checksums: tuple[str, ...]
    threshold: int

    def path(self, layer: Layer, period: Period) -> Path:
        """Return the file of a layer."""
        name = layer_file(layer, period, self.grid.resolution, self.tile)
        return self.folder / self.tile / name


@dataclass
class MergeTally:
    """What was counted while merging."""

    methods: Counter[int] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)
    """Values of source_index in the merged list."""


class _Files:
    """The layers of the mosaics, kept open while blocks need them."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._open: dict[tuple[str, str], rasterio.DatasetReader] = {}

    def read(self, mosaic: TileMosaic, layer: Layer, window: Window) -> Array:
        key = (mosaic.tile, layer.api_id)
        if key not in self._open:
            self._open[key] = rasterio.open(mosaic.path(layer, self._period))
        pixels: Array = self._open[key].read(1, window=window)
        return pixels

    def keep(self, tiles: set[str]) -> None:
        """Close the layers of all other tiles: an order may have more than a process may open."""
        for key in [key for key in self._open if key[0] not in tiles]:
            self._open.pop(key).close()

    def close(self) -> None:
        self.keep(set())


@dataclass(frozen=True)
class _Pull:
    """Which pixels of a block come from one tile."""

    mosaic: TileMosaic
    window: Window
    rows: Array
    columns: Array
    here: Array
    """bool[Y, X]: the pixels of the block that are taken from this tile."""
    source: Array
    """int16[Y, X]: its source_index at the pixels that it covers; -1 without an observation."""

    def take(self, files: _Files, layer: Layer) -> Array:
        """Return a layer of the tile, [Y, X]; only where ``here`` is set it means something."""
        taken: Array = files.read(self.mosaic, layer, self.window)[self.rows, self.columns]
        return taken


def merge(
    piece: PlannedPiece,
    mosaics: Sequence[TileMosaic],
    period: Period,
    layers: Sequence[Layer],
    index: Mapping[str, int],
    folder: Path,
) -> tuple[dict[Layer, Path], MergeTally]:
    """Write the layers of a piece into scratch files in ``folder``.

    ``index`` gives the position of every granule in the merged source list. Memory is bounded by
    blocks of 1024 pixels a side.
    """
    ordered = sorted(mosaics, key=lambda m: (m.grid.epsg != piece.grid.epsg, m.tile))
    present = {
        m.tile: {layer for layer in layers if m.path(layer, period).exists()} for m in mosaics
    }
    tally = MergeTally()
    with ExitStack() as open_files:
        files = _Files(period)
        open_files.callback(files.close)
        writers = {
            layer: LayerWriter(folder / f"{layer.name}.tif", piece.grid, layer.dtype, layer.nodata)
            for layer in layers
        }
        for writer in writers.values():
            open_files.callback(writer.close)
        for rows, columns in _blocks(piece.grid):
            pulls, chosen = _pull_block(piece, ordered, files, rows, columns)
            files.keep({pull.mosaic.tile for pull in pulls})
            for layer, writer in writers.items():
                having = [pull for pull in pulls if layer in present[pull.mosaic.tile]]
                pixels = _fill(layer, having, files, index, chosen.shape)
                writer.write(pixels, rows.start, columns.start)
            _count(tally, pulls, files, index, chosen)
    return {layer: writer.path for layer, writer in writers.items()}, tally


def _blocks(grid: Grid) -> Iterator[tuple[range, range]]:
    for top in range(0, grid.shape[0], _SIDE):
        for left in range(0, grid.shape[1], _SIDE):
            yield (
                range(top, min(top + _SIDE, grid.shape[0])),
                range(left, min(left + _SIDE, grid.shape[1])),
            )


def _pull_block(
    piece: PlannedPiece, mosaics: Sequence[TileMosaic], files: _Files, rows: range, columns: range
) -> tuple[list[_Pull], Array]:
    """Decide for every pixel of a block from which tile it comes; also which have observations."""
    x, y = _centres(piece.grid, rows, columns)
    wanted = _inside(piece, rows, columns)
    found = [
        pull
        for mosaic in mosaics
        if _near(mosaic, piece.grid.epsg, x, y)
        and (pull := _covered(mosaic, files, piece.grid.epsg, x, y, wanted)) is not None
    ]
    chosen = np.zeros(wanted.shape, bool)
    observed = []
    for pull in found:
        here = pull.here & (pull.source >= 0) & ~chosen
        chosen |= here
        observed.append(here)
    left = wanted & ~chosen
    pulls = []
    for pull, here in zip(found, observed, strict=True):
        unseen = pull.here & left
        left &= ~unseen
        pulls.append(replace(pull, here=here | unseen))
    return pulls, chosen


def _centres(grid: Grid, rows: range, columns: range) -> tuple[Array, Array]:
    column, row = np.meshgrid(np.array(columns) + 0.5, np.array(rows) + 0.5)
    x = grid.transform.c + column * grid.transform.a
    return x, grid.transform.f + row * grid.transform.e


def _inside(piece: PlannedPiece, rows: range, columns: range) -> Array:
    shape = (len(rows), len(columns))
    if piece.clip is None:
        return np.ones(shape, bool)
    shift = piece.grid.transform.translation(columns.start, rows.start)
    inside: Array = geometry_mask(
        [piece.clip], shape, piece.grid.transform @ shift, all_touched=False, invert=True
    )
    return inside


def _near(mosaic: TileMosaic, epsg: int, x: Array, y: Array) -> bool:
    """Tell whether a block may touch a tile, so that not every point is projected for every one."""
    bounds = (x.min(), y.min(), x.max(), y.max())
    if epsg != mosaic.grid.epsg:
        change = Transformer.from_crs(epsg, mosaic.grid.epsg, always_xy=True)
        bounds = change.transform_bounds(*bounds)
    west, south, east, north = mosaic.grid.bounds
    return bool(
        bounds[0] < east + _MARGIN
        and bounds[2] > west - _MARGIN
        and bounds[1] < north + _MARGIN
        and bounds[3] > south - _MARGIN
    )


def _covered(
    mosaic: TileMosaic, files: _Files, epsg: int, x: Array, y: Array, wanted: Array
) -> _Pull | None:
    """Find the pixels of a tile that contain the points; None where there is none."""
    grid = mosaic.grid
    if epsg != grid.epsg:
        x, y = Transformer.from_crs(epsg, grid.epsg, always_xy=True).transform(x, y)
    origin = (grid.transform.c, grid.transform.f)
    rows, columns, inside = pixels_at(x, y, origin, grid.transform.a, grid.shape)
    here = inside & wanted
    if not here.any():
        return None
    top, left = int(rows[here].min()), int(columns[here].min())
    height, width = int(rows[here].max()) + 1 - top, int(columns[here].max()) + 1 - left
    window = Window(left, top, width, height)
    rows, columns = np.where(here, rows - top, 0), np.where(here, columns - left, 0)
    source = files.read(mosaic, BY_ID["INDEX"], window)[rows, columns]
    return _Pull(mosaic, window, rows, columns, here, source)


def _fill(
    layer: Layer,
    pulls: Sequence[_Pull],
    files: _Files,
    index: Mapping[str, int],
    shape: tuple[int, ...],
) -> Array:
    pixels = np.full(shape, layer.nodata, layer.dtype)
    for pull in pulls:
        if pull.here.any():
            is_index = layer.api_id == "INDEX"
            values = _rebased(pull, index) if is_index else pull.take(files, layer)
            pixels[pull.here] = values[pull.here]
    return pixels


def _rebased(pull: _Pull, index: Mapping[str, int]) -> Array:
    """Translate source_index of a tile's own list into the merged list; -1 stays."""
    table = np.array([*(index[granule.id] for granule in pull.mosaic.granules), -1], np.int16)
    translated: Array = table[pull.source]
    return translated


def _count(
    tally: MergeTally,
    pulls: Sequence[_Pull],
    files: _Files,
    index: Mapping[str, int],
    chosen: Array,
) -> None:
    tally.methods[0] += int((~chosen).sum())
    for pull in pulls:
        here = pull.here & chosen
        if not here.any():
            continue
        valid, spread = (
            pull.take(files, BY_ID[name])[here] for name in ("VALID_OBS", "MEDOID_MOS")
        )
        source = pull.source[here]
        codes, numbers = np.unique(method_of(source, valid, spread), return_counts=True)
        tally.methods.update(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))
        tally.used.update(index[pull.mosaic.granules[i].id] for i in np.unique(source).tolist())
