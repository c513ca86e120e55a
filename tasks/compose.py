"""Compose: select per window, and write the layers of one product."""

from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from algorithms import Selection, one_per_datatake, select_observations
from algorithms.winners import Winners, gather_reflectance, take_between, take_repeated
from products.bands import REFLECTANCE, Layer
from products.grid import Grid
from products.raster_read import Array
from products.raster_write import LayerWriter
from tasks.ahead import ahead
from tasks.block import BlockReader, Inputs, plan_reading
from tasks.carry import Carrier
from tasks.observation import angle_lines, read_stored
from tasks.stack import ANGLE_LAYERS, COPIED_LAYERS, Stack
from tasks.tally import Tally
from tasks.window import Window, parts, rectangles, whole

_NO_REFLECTANCE = REFLECTANCE[0].nodata
_THREADS = 2
"""They share the layers of a window; no pixel depends on them."""


@dataclass(frozen=True)
class Cut:
    """How a grid is cut."""

    side: int
    """Side in pixels of the blocks, which are carried over or selected as a whole."""
    budget: int
    """Bytes that the inputs of what is selected at a time may take."""


@dataclass(frozen=True)
class Selected:
    """What was selected in one window; ``layer_pixels`` gives its layers."""

    stack: Stack
    window: Window
    reflectance: Array
    """uint16[B, Y, X]: the winners, as stored."""
    negative: Array
    """uint8[Y, X]: bands of the winner that were negative."""
    choice: Selection
    source: Array
    """int16[Y, X]: source_index."""
    winners: Winners
    """The pixels that each input won."""


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
    with ExitStack() as closing_up:
        for writer in writers.values():
            closing_up.callback(writer.close)
        if carrier:
            carrier.copy_kept({layer: writer.write for layer, writer in writers.items()})
            for (rows, columns), counted in carrier.kept:
                tally.carry(rows, columns, counted)
        touched = rectangles(carrier.touched) if carrier else [whole(grid)]
        composed = compose_windows(stack, touched, threshold, cut.budget, tally)
        threads = closing_up.enter_context(ThreadPoolExecutor(_THREADS))
        for block in closing_up.enter_context(closing(composed)):
            for _ in threads.map(partial(_write, block, writers), writers):
                pass
    return {layer: writer.path for layer, writer in writers.items()}, tally


def _write(block: Selected, writers: Mapping[Layer, LayerWriter], layer: Layer) -> None:
    rows, columns = block.window
    writers[layer].write(layer_pixels(block, layer), rows.start, columns.start)


def compose_windows(
    stack: Stack, windows: Iterable[Window], threshold: int, budget: int, tally: Tally
) -> Generator[Selected]:
    """Yield what was selected in windows, which are cut smaller as the budget asks.

    While the caller writes the layers of one window, the next is selected and the one after that is
    read, as far as ``budget`` bytes allow.
    """
    plan = plan_reading(stack, budget)
    cut = (part for window in windows for part in parts(*window, plan.shape))
    with ExitStack() as closing_up:
        reader = BlockReader(stack, plan)
        inputs = closing_up.enter_context(closing(ahead(reader.read, cut)))

        def select(read: Inputs) -> Selected:
            try:
                return select_block(read, stack, threshold)
            finally:
                reader.free(read)

        selected = closing_up.enter_context(closing(ahead(select, inputs)))
        closing_up.enter_context(reader)  # closed first, so that no stage waits for its memory
        for block in selected:
            tally.count(block.choice.method, block.source, *block.window)
            tally.count_clamped(block.negative, *block.window)
            yield block


def select_block(inputs: Inputs, stack: Stack, threshold: int) -> Selected:
    """Select in one window, and take the reflectance of the winners."""
    names = [granule.datatake for granule in stack.granules[::-1]]
    datatake = np.array([names.index(name) for name in names], np.int16)
    choice = select_observations(
        inputs.reflectance,
        one_per_datatake(inputs.scl, datatake),
        inputs.zenith,
        stack.bands,
        threshold=threshold,
    )
    stored, negative = gather_reflectance(inputs.reflectance, choice.source, _NO_REFLECTANCE)
    last = np.int16(len(stack.granules) - 1)
    source = np.where(choice.source >= 0, last - choice.source, np.int16(-1))
    winners = Winners.of(source, len(stack.granules))
    return Selected(stack, inputs.window, stored, negative, choice, source, winners)


def layer_pixels(block: Selected, layer: Layer) -> Array:
    """Return a layer of a window as it is stored, [Y, X]."""
    if layer.is_reflectance:
        pixels: Array = block.reflectance[block.stack.bands.index(layer.name)]
        return pixels
    if layer.api_id in ANGLE_LAYERS or layer.api_id in COPIED_LAYERS:
        return _from_winners(block, layer)
    return _counted(layer, block).astype(layer.dtype, copy=False)


def _counted(layer: Layer, block: Selected) -> Array:
    choice = block.choice
    match layer.api_id:
        case "INDEX":
            return block.source
        case "VALID_OBS":
            return np.where(choice.valid_obs == 0, layer.nodata, np.minimum(choice.valid_obs, 254))
        case "MEDOID_MOS":
            spread = np.rint(choice.medoid_mos.astype(np.float64) / layer.scale)
            return np.where(np.isnan(spread), layer.nodata, np.minimum(spread, 65534))
    raise ValueError(f"{layer.api_id} is not counted while composing")


def _from_winners(block: Selected, layer: Layer) -> Array:
    """Return a layer that is taken from the winners; where one lacks the layer, no data."""
    pixels = np.full(block.source.shape, layer.nodata, layer.dtype)
    for index in block.winners.observations:
        observation, places = block.stack.observations[index], block.winners.places(index)
        where = (block.stack.resolution, *block.window)
        if angle := ANGLE_LAYERS.get(layer.api_id):
            if angle in observation.angles:
                lines = angle_lines(observation, angle, *where)
                take_between(*lines, layer.scale, places, pixels)
        elif observation.has(copied := COPIED_LAYERS[layer.api_id]):
            read = read_stored(observation, copied, *where)
            take_repeated(read.block, read.factor, read.top, read.left, places, pixels)
    return pixels
