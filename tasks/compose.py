"""Compose: select per block, and write the layers of one product."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import isqrt
from pathlib import Path

import numpy as np

from algorithms import Selection, one_per_datatake, select_observations
from algorithms.method import method_of
from products.bands import BY_ID, LAYERS, METHOD_FROM, MISSING, REFLECTANCE, Layer
from products.granule import Granule
from products.grid import Grid
from products.raster_read import Array
from products.raster_write import LayerWriter
from tasks.carry import Carrier, Read
from tasks.observation import Observation, read_angle, read_layer

_ANGLE_LAYERS = {
    "SUN_ZENITH": "sun_zenith",
    "SUN_AZIMUTH": "sun_azimuth",
    "VIEW_ZENITH_MEAN": "view_zenith",
    "VIEW_AZIMUTH_MEAN": "view_azimuth",
}
_COPIED = {"AOT": "AOT", "CLOUD": "CLOUD", "SNOW": "SNOW", "SCENE": "SCL"}
_BYTES_PER_VALUE = 4
"""int16 values, twice: as read and as gathered by the kernels."""

Placed = tuple[Layer, Array, int, int]
"""Pixels of a layer, and the row and column where they belong."""


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

    def _allows(self, layer: Layer) -> bool:
        if layer.is_reflectance:
            return layer.name in self.bands
        if angle := _ANGLE_LAYERS.get(layer.api_id):
            return any(angle in o.angles for o in self.observations)
        if copied := _COPIED.get(layer.api_id):
            return any(o.has(copied) for o in self.observations)
        return True


@dataclass
class Tally:
    """What was counted while composing."""

    methods: Counter[int] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)
    clamped_by_block: list[int] = field(default_factory=list)
    """Negative winners of each block, row by row."""

    @property
    def clamped(self) -> int:
        """Negative winners of all blocks."""
        return sum(self.clamped_by_block)


@dataclass(frozen=True)
class Cut:
    """How a grid is cut into blocks, and these where memory is short into parts."""

    side: int
    """Side of the blocks in pixels."""
    budget: int = 2 << 30
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
    tally = Tally()
    unchanged = carrier.unchanged() if carrier else {}
    writers = {
        layer: LayerWriter(folder / f"{layer.name}.tif", grid, layer.dtype, layer.nodata)
        for layer in stack.layers
        if layer not in unchanged
    }
    with ExitStack() as closing:
        for writer in writers.values():
            closing.callback(writer.close)
        read = closing.enter_context(carrier.opened()) if carrier else None
        for number, window in enumerate(blocks(grid, cut.side)):
            if carrier is None or read is None or carrier.touched[number]:
                made = select_layers(stack, window, threshold, cut, tally)
            else:
                made = carry_block(carrier, number, read, window, tuple(writers), tally)
            for layer, pixels, row, column in made:
                writers[layer].write(pixels, row, column)
    return {layer: writer.path for layer, writer in writers.items()}, tally


def carry_block(
    carrier: Carrier,
    number: int,
    read: Read,
    window: tuple[range, range],
    layers: tuple[Layer, ...],
    tally: Tally,
) -> Iterator[Placed]:
    """Yield the layers of one block as the current revision has them, renumbered."""
    deciding = {BY_ID[name]: read(BY_ID[name], *window) for name in METHOD_FROM}
    source = carrier.renumbered(deciding[BY_ID["INDEX"]])
    _count(tally, method_of(*deciding.values()), source)
    tally.clamped_by_block.append(carrier.clamped[number])
    deciding[BY_ID["INDEX"]] = source
    for layer in layers:
        pixels = deciding[layer] if layer in deciding else read(layer, *window)
        yield layer, pixels, window[0].start, window[1].start


def select_layers(
    stack: Stack, window: tuple[range, range], threshold: int, cut: Cut, tally: Tally
) -> Iterator[Placed]:
    """Yield the layers of one block, part by part as the memory allows."""
    tally.clamped_by_block.append(0)
    for rows, columns in parts(*window, block_side(stack, cut.budget)):
        for layer, pixels in compose_block(stack, rows, columns, threshold, tally):
            yield layer, pixels, rows.start, columns.start


def compose_block(
    stack: Stack, rows: range, columns: range, threshold: int, tally: Tally
) -> Iterator[tuple[Layer, Array]]:
    """Select the observations of one window and yield its layers as they are stored."""
    reflectance, selection = select_block(stack, rows, columns, threshold)
    source = np.where(selection.source >= 0, len(stack.granules) - 1 - selection.source, -1)
    _count(tally, selection.method, source)
    window = (rows, columns)
    for layer in stack.layers:
        if layer.is_reflectance:
            values = _gather(reflectance[:, stack.bands.index(layer.name)], selection.source)
            tally.clamped_by_block[-1] += int(((values < 0) & (values != MISSING)).sum())
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
    height, width = grid.shape
    yield from parts(range(height), range(width), side)


def parts(rows: range, columns: range, side: int) -> Iterator[tuple[range, range]]:
    """Yield squares that cover a window, row by row; the last ones may be smaller."""
    for row in range(0, len(rows), side):
        for column in range(0, len(columns), side):
            yield rows[row : row + side], columns[column : column + side]


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


def _count(tally: Tally, method: Array, source: Array) -> None:
    codes, counts = np.unique(method, return_counts=True)
    tally.methods.update(dict(zip(codes.tolist(), counts.tolist(), strict=True)))
    tally.used.update(np.unique(source[source >= 0]).tolist())


def _gather(values: Array, source: Array) -> Array:
    chosen: Array = np.take_along_axis(values, np.maximum(source, 0)[np.newaxis].astype(np.intp), 0)
    return np.where(source >= 0, chosen[0], MISSING)
