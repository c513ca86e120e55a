"""What the working store says of a product: the functions that quality control asks it through.

Its chunks are checked against what was decoded at ingest. Sources are not opened again: to read one
pixel of a JPEG 2000 is to decode a tile of it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import numpy as np

from algorithms.scl import NODATA, VALID
from products.bands import Layer
from products.granule import Granule
from products.product import ProductFacts
from products.raster_read import Array
from qc.comparison import MayDiffer
from qc.history import came_and_went
from qc.layers import Window
from qc.pixels import Place, Spectra
from qc.recomposed import Candidate, Candidates, Recompose
from tasks.compose import Cut, compose_windows, layer_pixels
from tasks.ingest import observation_folder
from tasks.observation import Observation, load_observation, read_angle, read_layer
from tasks.stack import Stack
from tasks.tally import Tally
from tasks.workshop import Workshop

_NEAR = 2560
"""Side in metres of squares whose pixels are read at once: they lie in one chunk of the store."""
_THREADS = 2
_COUNTS = np.isin(np.arange(256), VALID)
"""By SCL code: whether it may be valid."""
Inputs = Sequence[tuple[Granule, str]]
"""Granules with their checksums."""


def stored_spectra(stack: Stack, facts: ProductFacts) -> Spectra:
    """Return a function that gives an input's spectra at output pixels."""
    bands = [layer.name for layer in facts.layers if layer.is_reflectance]

    def spectra(index: int, places: Sequence[Place]) -> list[dict[str, int]]:
        return _spectra(stack.observations[index], bands, stack.resolution, places)

    return spectra


def stored_candidates(stack: Stack) -> Candidates:
    """Return a function that gives all observations of pixels, newest first."""

    def seen(t: int, places: Sequence[Place]) -> list[Candidate]:
        observation, datatake = stack.observations[t], stack.granules[t].datatake
        numbers = _spectra(observation, stack.bands, stack.resolution, places)
        scl = _values(observation, "SCL", stack.resolution, places)
        zenith = [_zenith(observation, stack.resolution, place) for place in places]
        return [Candidate(*each, datatake) for each in zip(numbers, scl, zenith, strict=True)]

    def candidates(places: Sequence[Place]) -> list[tuple[Candidate, ...]]:
        newest_first = reversed(range(len(stack.observations)))
        with ThreadPoolExecutor(_THREADS) as pool:
            by_observation = list(pool.map(lambda t: seen(t, places), newest_first))
        return list(zip(*by_observation, strict=True))

    return candidates


def recomposing(stack: Stack, facts: ProductFacts, cut: Cut) -> Recompose:
    """Return a function that composes windows of a product again."""

    def recompose(windows: Sequence[Window]) -> Iterator[tuple[Window, Mapping[Layer, Array]]]:
        tally = Tally.of(facts.grid, cut.side)
        composed = compose_windows(stack, windows, facts.threshold, cut.budget, tally)
        with closing(composed):
            for block in composed:
                yield block.window, {layer: layer_pixels(block, layer) for layer in stack.layers}

    return recompose


def where_inputs_count(
    workshop: Workshop, before: Inputs, now: Inputs, resolution: int
) -> MayDiffer | None:
    """Return where an input that came or went can change a pixel of a mosaic.

    That is where its scene class may be valid, or where it has data and another input of its
    datatake in its own list gives way to it. None where the working store lacks such an input.
    Raises CannotTell where the other inputs compete in another order.
    """
    changed = came_and_went(*([f"{g.id} {checksum}" for g, checksum in each]
                              for each in (before, now)))  # fmt: skip
    seen: list[tuple[Observation, bool]] = []
    for own in (before, now):
        datatakes = [granule.datatake for granule, _ in own]
        for granule, checksum in own:
            if f"{granule.id} {checksum}" in changed:
                observation = load_observation(observation_folder(workshop, granule))
                if observation is None or observation.checksum != checksum:
                    return None
                seen.append((observation, datatakes.count(granule.datatake) > 1))
    return partial(_where_any_counts, seen, resolution)


def _where_any_counts(
    seen: Sequence[tuple[Observation, bool]], resolution: int, window: Window
) -> Array:
    found = np.zeros((len(window[0]), len(window[1])), np.bool_)
    for observation, in_pair in seen:
        scl = read_layer(observation, "SCL", resolution, *window)
        found |= _COUNTS[scl]
        if in_pair:
            found |= scl != NODATA
    return found


def _spectra(
    observation: Observation, bands: Sequence[str], resolution: int, places: Sequence[Place]
) -> list[dict[str, int]]:
    columns = [_values(observation, band, resolution, places) for band in bands]
    return [dict(zip(bands, values, strict=True)) for values in zip(*columns, strict=True)]


def _values(
    observation: Observation, layer: str, resolution: int, places: Sequence[Place]
) -> list[int]:
    """Read single pixels, those that lie near each other at once."""
    squares: dict[Place, list[Place]] = defaultdict(list)
    for row, column in places:
        squares[row * resolution // _NEAR, column * resolution // _NEAR].append((row, column))
    found: dict[Place, int] = {}
    for near in squares.values():
        rows, columns = (range(min(axis), max(axis) + 1) for axis in zip(*near, strict=True))
        pixels = read_layer(observation, layer, resolution, rows, columns)
        found |= {(y, x): int(pixels[y - rows.start, x - columns.start]) for y, x in near}
    return [found[place] for place in places]


def _zenith(observation: Observation, resolution: int, place: Place) -> float:
    if "view_zenith" not in observation.angles:
        return 0.0
    row, column = place
    window = range(row, row + 1), range(column, column + 1)
    return float(read_angle(observation, "view_zenith", resolution, *window)[0, 0])
