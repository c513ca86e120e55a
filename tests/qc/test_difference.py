"""Counted statistics are those of the pixels themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.bands import BY_ID
from qc.difference import Differences, Distribution, LayerDifference, Likeness

LAYERS = ("B04", "SCENE", "INDEX", "SUN_ZENITH")


def pair(seed: int, name: str, spread: int, gaps: float) -> tuple[np.ndarray, np.ndarray]:
    """Random pixels of a layer, and some that differ from them a little, both with gaps."""
    layer, rng = BY_ID[name], np.random.default_rng(seed)
    low, high = (0, 200) if layer.dtype == "uint8" else (0, 30000)
    one = rng.integers(low, high, (37, 41)).astype(layer.dtype)
    other = np.clip(one.astype(int) + rng.integers(-spread, spread + 1, one.shape), low, high)
    other = other.astype(layer.dtype)
    for pixels in (one, other):
        pixels[rng.random(one.shape) < gaps] = layer.nodata
    return one, other


def counted(name: str, *pairs: tuple[np.ndarray, np.ndarray]) -> LayerDifference:
    tally = Differences(BY_ID[name], BY_ID[name])
    for one, other in pairs:
        tally.add(one, other)
    return tally.result()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32), st.sampled_from(LAYERS), st.integers(0, 90), st.sampled_from([0, 0.3])
)
def test_statistics_are_those_of_the_pixels(seed: int, name: str, spread: int, gaps: float) -> None:
    one, other = pair(seed, name, spread, gaps)
    layer = BY_ID[name]
    found = counted(name, (one[:20], other[:20]), (one[20:], other[20:]))
    both = (one != layer.nodata) & (other != layer.nodata)
    steps = one[both].astype(np.int64) - other[both]
    assert found.changed == (one != other).sum()
    assert found.one_sided == ((one == layer.nodata) != (other == layer.nodata)).sum()
    assert found.absolute == np.abs(steps).sum()
    assert found.median == np.median(steps)
    assert found.mean == pytest.approx(steps.mean())
    assert found.std == pytest.approx(steps.std(), abs=1e-5)


def test_where_pixels_differ_is_told() -> None:
    one, other = pair(5, "B04", 1, 0.2)
    assert (Differences(BY_ID["B04"], BY_ID["B04"]).add(one, other) == (one != other)).all()


def test_the_words_of_the_specification() -> None:
    one, _ = pair(1, "B04", 0, 0.2)
    data = one != 65535
    shifted = np.where(data, one + 3, one).astype(np.uint16)
    assert counted("B04", (one, one)).likeness is Likeness.EQUAL
    shift = counted("B04", (shifted, one))
    assert (shift.likeness, shift.median, shift.mean, shift.std) == ("constant shift", 3, 3, 0)
    one_off = shifted.copy()
    one_off[tuple(np.argwhere(data)[0])] += 1
    assert counted("B04", (one_off, one)).likeness is Likeness.HETEROGENEOUS
    gap = shifted.copy()
    gap[tuple(np.argwhere(data)[0])] = 65535
    assert counted("B04", (gap, one)).likeness is Likeness.HETEROGENEOUS


def test_a_layer_without_data_differs_only_where_the_other_has_some() -> None:
    nothing = np.full((4, 4), 255, np.uint8)
    some = nothing.copy()
    some[1, 2] = 4
    assert counted("SCENE", (nothing, nothing)).likeness is Likeness.EQUAL
    found = counted("SCENE", (nothing, some))
    assert (found.changed, found.one_sided, found.absolute) == (1, 1, 0)


def test_each_side_has_its_own_no_data() -> None:
    from dataclasses import replace

    theirs = replace(BY_ID["SUN_ZENITH"], nodata=-32768, dtype="int16")
    tally = Differences(BY_ID["SUN_ZENITH"], theirs)
    differs = tally.add(np.array([[65535, 4000]], np.uint16), np.array([[-32768, 4000]], np.int16))
    assert not differs.any()
    assert tally.result().likeness is Likeness.EQUAL


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 400), st.integers(1, 400), st.integers(1, 60000))
def test_the_distance_is_that_of_kolmogorov_and_smirnov(
    seed: int, count: int, other_count: int, highest: int
) -> None:
    rng = np.random.default_rng(seed)
    one = rng.integers(0, highest, count).astype(np.uint16)
    other = rng.integers(highest // 3, highest, other_count).astype(np.uint16)
    values = np.union1d(one, other)
    upto = [np.searchsorted(np.sort(x), values, side="right") / len(x) for x in (one, other)]
    found = Distribution.of(one, 65535).shift(Distribution.of(other, 65535))
    assert found == pytest.approx(np.abs(upto[0] - upto[1]).max())
    assert Distribution.of(one, 65535).median == np.median(one)


def test_no_pixel_has_no_distance() -> None:
    nothing = Distribution.of(np.array([65535], np.uint16), 65535)
    with pytest.raises(ValueError, match="without pixels"):
        nothing.shift(Distribution.of(np.array([1], np.uint16), 65535))
    with pytest.raises(ValueError, match="no median"):
        _ = nothing.median
