"""Merge: bring the mosaics of several tiles onto the grid of an order, pixel by pixel.

Every output pixel is a pixel of one tile's mosaic, whole and unaltered: the one that contains its
centre. Where tiles overlap, the tile of the same UTM zone comes first, then the order of names; the
first that has an observation counts. Nothing is blended.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
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
_NEEDED = ("INDEX", "VALID_OBS", "MEDOID_MOS")


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


@dataclass(frozen=True)
class _Pull:
    """Which pixels of a block come from one tile."""

    mosaic: TileMosaic
    window: Window
    rows: Array
    columns: Array
    here: Array
    """bool[Y, X]: the pixels of the block that are taken from this tile."""


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
    tally = MergeTally()
    with ExitStack() as open_files:
        writers = {
            layer: LayerWriter(folder / f"{layer.name}.tif", piece.grid, layer.dtype, layer.nodata)
            for layer in layers
        }
        for writer in writers.values():
            open_files.callback(writer.close)
        for rows, columns in _blocks(piece.grid):
            pulls, chosen = _pull_block(piece, ordered, period, rows, columns)
            for layer, writer in writers.items():
                pixels = _fill(layer, pulls, period, index, (len(rows), len(columns)))
                writer.write(pixels, rows.start, columns.start)
            _count(tally, pulls, period, index, chosen)
    return {layer: writer.path for layer, writer in writers.items()}, tally


def _blocks(grid: Grid) -> Iterator[tuple[range, range]]:
    for top in range(0, grid.shape[0], _SIDE):
        for left in range(0, grid.shape[1], _SIDE):
            yield (
                range(top, min(top + _SIDE, grid.shape[0])),
                range(left, min(left + _SIDE, grid.shape[1])),
            )


def _pull_block(
    piece: PlannedPiece, mosaics: Sequence[TileMosaic], period: Period, rows: range, columns: range
) -> tuple[list[_Pull], Array]:
    """Decide for every pixel of a block from which tile it comes; also which have observations."""
    x, y = _centres(piece.grid, rows, columns)
    wanted = _inside(piece, rows, columns)
    found = [
        pull
        for mosaic in mosaics
        if (pull := _covered(mosaic, piece.grid.epsg, x, y, wanted)) is not None
    ]
    chosen = np.zeros(wanted.shape, bool)
    observed = []
    for pull in found:
        source = _taken(pull, BY_ID["INDEX"], period)
        here = pull.here & (source >= 0) & ~chosen
        chosen |= here
        observed.append(here)
    left = wanted & ~chosen
    pulls = []
    for pull, here in zip(found, observed, strict=True):
        unseen = pull.here & left
        left &= ~unseen
        pulls.append(_Pull(pull.mosaic, pull.window, pull.rows, pull.columns, here | unseen))
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


def _covered(mosaic: TileMosaic, epsg: int, x: Array, y: Array, wanted: Array) -> _Pull | None:
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
    return _Pull(
        mosaic, window, np.where(here, rows - top, 0), np.where(here, columns - left, 0), here
    )


def _taken(pull: _Pull, layer: Layer, period: Period) -> Array:
    with rasterio.open(pull.mosaic.path(layer, period)) as file:
        source: Array = file.read(1, window=pull.window)
    taken: Array = source[pull.rows, pull.columns]
    return taken


def _fill(
    layer: Layer,
    pulls: Sequence[_Pull],
    period: Period,
    index: Mapping[str, int],
    shape: tuple[int, int],
) -> Array:
    pixels = np.full(shape, layer.nodata, layer.dtype)
    for pull in pulls:
        if not pull.here.any() or not pull.mosaic.path(layer, period).exists():
            continue
        values = _taken(pull, layer, period)
        if layer.api_id == "INDEX":
            values = _rebased(values, pull.mosaic, index)
        pixels[pull.here] = values[pull.here]
    return pixels


def _rebased(source: Array, mosaic: TileMosaic, index: Mapping[str, int]) -> Array:
    """Translate source_index of a tile's own list into the merged list; -1 stays."""
    table = np.array([*(index[granule.id] for granule in mosaic.granules), -1], np.int16)
    translated: Array = table[source]
    return translated


def _count(
    tally: MergeTally,
    pulls: Sequence[_Pull],
    period: Period,
    index: Mapping[str, int],
    chosen: Array,
) -> None:
    tally.methods[0] += int((~chosen).sum())
    for pull in pulls:
        layers = (_taken(pull, BY_ID[name], period) for name in _NEEDED)
        source, valid, spread = (values[pull.here & chosen] for values in layers)
        codes, numbers = np.unique(method_of(source, valid, spread), return_counts=True)
        tally.methods.update(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))
        tally.used.update(index[pull.mosaic.granules[i].id] for i in np.unique(source).tolist())
