"""Spectra that are read from the working store by square are those read pixel by pixel."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from products.bands import BY_ID
from products.chunked import ChunkedWriter
from products.grid import Extent
from products.product import ProductFacts
from tasks.observation import Observation, layer_path, read_layer
from tasks.stack import Stack
from tasks.stored import stored_spectra

METRES = 7680
BANDS = {"B04": 10, "B11": 20}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    rng = np.random.default_rng(0)
    for band, size in BANDS.items():
        shape = (METRES // size, METRES // size)
        pixels = rng.integers(-200, 9000, shape).astype(np.int16)
        with ChunkedWriter(layer_path(tmp_path, band, size), shape, "int16", size) as writer:
            for rows in writer.strips:
                writer.write(pixels[rows])
    extent = Extent(32631, 0, METRES, METRES, METRES)
    layers = {band: (size,) for band, size in BANDS.items()}
    observation = Observation(tmp_path, extent, layers, 5000.0, (), "0")
    return Stack((), (observation,), 20)


def test_places_all_over_are_read_right(stack: Stack) -> None:
    side = METRES // 20
    rng = np.random.default_rng(1)
    places = [(int(y), int(x)) for y, x in rng.integers(0, side, (60, 2))]
    places += [(0, 0), (127, 128), (128, 127), (side - 1, side - 1), (0, 0)]
    facts = SimpleNamespace(layers=[BY_ID[name] for name in (*BANDS, "INDEX")])
    found = stored_spectra(stack, cast(ProductFacts, facts))(0, places)
    assert len(found) == len(places)
    for (row, column), spectrum in zip(places, found, strict=True):
        window = range(row, row + 1), range(column, column + 1)
        assert spectrum == {
            band: int(read_layer(stack.observations[0], band, 20, *window)[0, 0]) for band in BANDS
        }
