"""Resampling against plain loops."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.resample import (
    aggregate_mean,
    fill_nodes,
    interpolate_nodes,
    subsample_nearest,
    upsample_nearest,
)


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.sampled_from([2, 3, 6]))
def test_means_round_half_to_even_and_miss_nothing(seed: int, factor: int) -> None:
    rng = np.random.default_rng(seed)
    block = rng.integers(-20, 20, (3 * factor + 1, 2 * factor)).astype(np.int16)
    block[rng.random(block.shape) < 0.02] = -32768
    found = aggregate_mean(block, factor)
    assert found.shape == (3, 2)
    for y, x in np.ndindex(found.shape):
        part = block[y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
        missing = (part == -32768).any()
        expected = -32768 if missing else round(int(part.sum()) / factor**2)
        assert found[y, x] == expected


def test_nearest_takes_the_pixel_at_the_centre() -> None:
    block = np.arange(36).reshape(6, 6)
    assert subsample_nearest(block, 3).tolist() == [[7, 10], [25, 28]]
    assert subsample_nearest(block, 2).tolist() == [[7, 9, 11], [19, 21, 23], [31, 33, 35]]
    assert (subsample_nearest(upsample_nearest(block, 3), 3) == block).all()


def test_angles_do_not_depend_on_the_window() -> None:
    nodes = np.random.default_rng(0).uniform(0, 12, (4, 5))
    whole = interpolate_nodes(nodes, 5000.0, 20, range(700), range(900))
    part = interpolate_nodes(nodes, 5000.0, 20, range(123, 400), range(77, 651))
    assert (whole[123:400, 77:651] == part).all()
    assert np.isclose(whole[0, 0], nodes[0, 0], atol=0.05)
    plane = np.add.outer(np.arange(4.0), np.arange(5.0))
    centre = interpolate_nodes(plane, 5000.0, 20, range(250, 251), range(125, 126))
    assert np.isclose(centre[0, 0], (250.5 + 125.5) * 20 / 5000)


def test_one_node_is_a_constant_and_gaps_take_the_nearest() -> None:
    assert (interpolate_nodes(np.array([[7.5]]), 5000.0, 10, range(3), range(4)) == 7.5).all()
    nodes = np.array([[np.nan, 1.0], [np.nan, np.nan], [2.0, np.nan]])
    assert fill_nodes(nodes).tolist() == [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0]]
