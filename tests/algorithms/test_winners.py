"""What is taken from the winners pixel by pixel is what whole windows would give."""

import numpy as np
import pytest

from algorithms.resample import interpolate_nodes, node_lines, repeat_into
from algorithms.winners import Winners, take_between, take_repeated

ROWS, COLUMNS, OBSERVATIONS = range(37, 90), range(128, 199), 6


@pytest.fixture
def source() -> np.ndarray:
    shape = (len(ROWS), len(COLUMNS))
    drawn = np.random.default_rng(7).integers(-1, OBSERVATIONS, shape).astype(np.int16)
    drawn[drawn == 3] = 2
    return drawn


def test_every_pixel_is_its_winners(source: np.ndarray) -> None:
    winners = Winners.of(source, OBSERVATIONS)
    assert winners.observations == [0, 1, 2, 4, 5]
    for t in range(OBSERVATIONS):
        assert winners.places(t).tolist() == np.flatnonzero(source == t).tolist()


def test_nobody_wins_where_nothing_was_chosen() -> None:
    winners = Winners.of(np.full((4, 5), -1, np.int16), 3)
    assert winners.observations == []
    assert [winners.places(t).size for t in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("factor", [1, 2, 6])
def test_repeated_pixels(source: np.ndarray, factor: int) -> None:
    block = np.random.default_rng(1).integers(0, 999, (70, 90)).astype(np.uint16)
    top, left = (1, 1) if factor > 1 else (0, 3)
    whole = np.empty(source.shape, np.uint16)
    repeat_into(block, factor, top, left, whole)
    out = np.full(source.shape, 65535, np.uint16)
    take_repeated(block, factor, top, left, Winners.of(source, OBSERVATIONS).places(2), out)
    assert np.array_equal(out, np.where(source == 2, whole, 65535))


@pytest.mark.parametrize("resolution", [10, 60])
def test_angles_between_nodes(source: np.ndarray, resolution: int) -> None:
    nodes = np.random.default_rng(2).uniform(0, 12, (5, 4))
    where = (nodes, 5000.0, resolution, ROWS, COLUMNS)
    whole = np.rint(interpolate_nodes(*where).astype(np.float64) / 0.01)
    out = np.full(source.shape, 65535, np.uint16)
    take_between(*node_lines(*where), 0.01, Winners.of(source, OBSERVATIONS).places(4), out)
    assert np.array_equal(out, np.where(source == 4, whole, 65535))
