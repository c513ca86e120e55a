"""Compose: select per block, and write the layers of one product."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import numpy as np

from algorithms import Selection, one_per_datatake, select_observations
from products.bands import LAYERS, MISSING, REFLECTANCE, Layer
from products.granule import Granule
from products.grid import Grid
from products.raster_read import Array
from products.raster_write import LayerWriter
from tasks.carry import Carrier, Input, Window
from tasks.observation import Observation, read_angle, read_layer
from tasks.tally import Tally

_ANGLE_LAYERS = {
    "SUN_ZENITH": "sun_zenith",
    "SUN_AZIMUTH": "sun_azimuth",
    "VIEW_ZENITH_MEAN": "view_zenith",
    "VIEW_AZIMUTH_MEAN": "view_azimuth",
}
_COPIED = {"AOT": "AOT", "CLOUD": "CLOUD", "SNOW": "SNOW", "SCENE": "SCL"}
_BYTES_PER_VALUE = 4
"""int16 values, twice: as read and as gathered by the kernels."""


@dataclass(frozen=True)
class Stack:
    """The inputs of one mosaic, in source_index order (oldest first)."""

    granules: tuple[Granule, ...]
    observations: tuple[Observation, ...]
    resolution: int

    @property
    def bands(self) -> tuple[str, ...]:
        """Reflectance bands that every input has."""
        return tuple(b.name for b in REFLECTANCE if all(o.has(b.name) for o in self.observations))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers that the inputs allow, in the order of the specification."""
        return tuple(layer for layer in LAYERS if self._allows(layer))

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What the layers depend on, by input."""
        return tuple(
            Input(observation.folder.name, observation.checksum, granule.datatake)
            for granule, observation in zip(self.granules, self.observations, strict=True)
        )

    def _allows(self, layer: Layer) -> bool:
        if layer.is_reflectance:
            return layer.name in self.bands
        if angle := _ANGLE_LAYERS.get(layer.api_id):
            return any(angle in o.angles for o in self.observations)
        if copied := _COPIED.get(layer.api_id):
            return any(o.has(copied) for o in self.observations)
        return True


@dataclass(frozen=True)
class Cut:
    """How a grid is cut."""

    side: int
    """Side in pixels of the blocks, which are carried over or selected as a whole."""
    budget: int
    """Bytes that the inputs of what is selected at a time may take."""


def compose(
    stack: Stack,
    grid: Grid,
    folder: Path,
    threshold: int,
    cut: Cut,
    carrier: Carrier | None = None,
) -> tuple[dict[Layer, Path], Tally]:
    """Write the layers into scratch files in ``folder``, those that ``carrier`` has unchanged not.

    Blocks that the carrier calls touched are selected, all where there is none; the pixels and the
    tally are the same either way. Raises CannotCarry where the carrier is not what it should be.
    """
    tally = Tally.of(grid, cut.side)
    unchanged = carrier.unchanged() if carrier else {}
    writers = {
        layer: LayerWriter(folder / f"{layer.name}.tif", grid, layer.dtype, layer.nodata)
        for layer in stack.layers
        if layer not in unchanged
    }
    with ExitStack() as closing:
        for writer in writers.values():
            closing.callback(writer.close)
        if carrier:
            carrier.copy_kept({layer: writer.write for layer, writer in writers.items()})
            for (rows, columns), counted in carrier.kept:
                tally.carry(rows, columns, counted)
        for window in carrier.touched if carrier else [_whole(grid)]:
            for rows, columns in parts(*window, block_side(stack, cut.budget)):
                for layer, pixels in compose_block(stack, rows, columns, threshold, tally):
                    writers[layer].write(pixels, rows.start, columns.start)
    return {layer: writer.path for layer, writer in writers.items()}, tally


def compose_block(
    stack: Stack, rows: range, columns: range, threshold: int, tally: Tally
) -> Iterator[tuple[Layer, Array]]:
    """Select the observations of one window and yield its layers as they are stored."""
    reflectance, selection = select_block(stack, rows, columns, threshold)
    source = np.where(selection.source >= 0, len(stack.granules) - 1 - selection.source, -1)
    tally.count(selection.method, source, rows, columns)
    window = (rows, columns)
    for layer in stack.layers:
        if layer.is_reflectance:
            values = _gather(reflectance[:, stack.bands.index(layer.name)], selection.source)
            tally.count_clamped((values < 0) & (values != MISSING), rows, columns)
            pixels = np.where(values == MISSING, layer.nodata, np.maximum(values, 0))
        else:
            pixels = _auxiliary(layer, stack, selection, source, window)
        yield layer, pixels.astype(layer.dtype)


def select_block(
    stack: Stack, rows: range, columns: range, threshold: int
) -> tuple[Array, Selection]:
    """Read the inputs of a block, newest first, and select.

    Returns reflectance int16[T, B, Y, X] and the selection, both counted from the newest input.
    """
    newest_first = stack.observations[::-1]
    shape = (len(rows), len(columns))
    reflectance = np.empty((len(newest_first), len(stack.bands), *shape), np.int16)
    scl = np.empty((len(newest_first), *shape), np.uint8)
    zenith = np.zeros((len(newest_first), *shape), np.float32)
    for t, observation in enumerate(newest_first):
        for b, band in enumerate(stack.bands):
            reflectance[t, b] = read_layer(observation, band, stack.resolution, rows, columns)
        scl[t] = read_layer(observation, "SCL", stack.resolution, rows, columns)
        if "view_zenith" in observation.angles:
            zenith[t] = read_angle(observation, "view_zenith", stack.resolution, rows, columns)
    names = [granule.datatake for granule in stack.granules[::-1]]
    datatake = np.array([names.index(name) for name in names], np.int16)
    scl = one_per_datatake(scl, datatake)
    return reflectance, select_observations(
        reflectance, scl, zenith, stack.bands, threshold=threshold
    )


def blocks(grid: Grid, side: int) -> Iterator[tuple[range, range]]:
    """Yield the row and column ranges of square blocks that cover a grid."""
    yield from parts(*_whole(grid), side)


def parts(rows: range, columns: range, side: int) -> Iterator[tuple[range, range]]:
    """Yield squares that cover a window, row by row; the last ones may be smaller."""
    for row in range(0, len(rows), side):
        for column in range(0, len(columns), side):
            yield rows[row : row + side], columns[column : column + side]


def _whole(grid: Grid) -> Window:
    height, width = grid.shape
    return range(height), range(width)


def block_side(stack: Stack, budget: int) -> int:
    """Return the side of the largest block, in pixels, whose inputs fit into the budget."""
    per_pixel = len(stack.granules) * (len(stack.bands) + 4) * _BYTES_PER_VALUE
    return max(32, min(1024, isqrt(budget // per_pixel) // 32 * 32))


def _auxiliary(
    layer: Layer,
    stack: Stack,
    selection: Selection,
    source: Array,
    window: tuple[range, range],
) -> Array:
    match layer.api_id:
        case "INDEX":
            return source
        case "VALID_OBS":
            return np.where(
                selection.valid_obs == 0, layer.nodata, np.minimum(selection.valid_obs, 254)
            )
        case "MEDOID_MOS":
            spread = np.rint(selection.medoid_mos.astype(np.float64) / layer.scale)
            return np.where(np.isnan(spread), layer.nodata, np.minimum(spread, 65534))
    return _from_winners(layer, stack, source, window)


def _from_winners(layer: Layer, stack: Stack, source: Array, window: tuple[range, range]) -> Array:
    """Fill a layer from the observations that won; where one lacks the layer, no data."""
    pixels = np.full(source.shape, layer.nodata, layer.dtype)
    for index in np.unique(source[source >= 0]):
        observation = stack.observations[index]
        here = source == index
        if angle := _ANGLE_LAYERS.get(layer.api_id):
            if angle in observation.angles:
                degrees = read_angle(observation, angle, stack.resolution, *window)
                pixels[here] = np.rint(degrees[here].astype(np.float64) / layer.scale)
        elif observation.has(_COPIED[layer.api_id]):
            values = read_layer(observation, _COPIED[layer.api_id], stack.resolution, *window)
            pixels[here] = values[here]
    return pixels


def _gather(values: Array, source: Array) -> Array:
    chosen: Array = np.take_along_axis(values, np.maximum(source, 0)[np.newaxis].astype(np.intp), 0)
    return np.where(source >= 0, chosen[0], MISSING)
