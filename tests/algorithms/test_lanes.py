"""Pixels side by side: both ways to the sums, any number of observations, any place in a strip."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import Selection, select_observations
from algorithms.chunk import CHUNK, GROUP
from algorithms.indices import MEDOID_BANDS, SPECTRUM
from algorithms.lanes import vector_sums
from algorithms.medoid import BANDS, ROUNDING, ROWS, STRIDE, SUM, WEIGHT, plain_sums
from tests.algorithms import reference
from tests.algorithms.test_select import BANDS as NAMED
from tests.algorithms.test_select import cube

LAYERS = ("source", "valid_obs", "method", "medoid_mos")
EXTREME = (-32767, -32766, -4097, 0, 4097, 32766, 32767)


def spectra(kind: str, count: int, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Return int16[T, 8, P] that leads close sums together, or far apart."""
    shape = (count, len(SPECTRUM), pixels)
    base = rng.integers(0, 9000, shape[1:])
    values = {
        "near": base + rng.integers(0, 2, shape),
        "equal": np.broadcast_to(base, shape),
        "extreme": rng.choice(EXTREME, shape),
        "two extremes": rng.choice((-32767, 32767), shape),
        "wide": rng.integers(-32767, 32768, shape),
    }
    return values[kind].astype(np.int16)


def select(values: np.ndarray, shape: tuple[int, int], *, vector: bool) -> Selection:
    """Select by the medoid alone where every observation is valid."""
    stack = values.reshape(*values.shape[:2], *shape)
    scl = np.full((len(values), *shape), 4, np.uint8)
    zenith = np.zeros(scl.shape, np.float32)
    return select_observations(stack, scl, zenith, SPECTRUM, threshold=2, vector=vector)


@pytest.mark.parametrize("vector", [True, False])
@pytest.mark.parametrize("kind", ["near", "equal", "extreme", "two extremes", "wide"])
@settings(max_examples=12, deadline=None)
@given(st.integers(1, 80), st.integers(0, 2**32))
def test_winners_are_those_of_the_definition(
    kind: str, vector: bool, count: int, seed: int
) -> None:
    pixels = 3
    values = spectra(kind, count, pixels, np.random.default_rng(seed))
    found = select(values, (pixels, 1), vector=vector)
    for p in range(pixels):
        numbers = [dict(zip(SPECTRUM, map(int, one), strict=True)) for one in values[..., p]]
        best, total = reference.medoid(numbers)
        assert (found.source[p, 0], found.valid_obs[p, 0]) == (best, count)
        expected = total / count / 10000 if count > 1 else np.nan
        assert np.isclose(found.medoid_mos[p, 0], expected, rtol=1e-7, equal_nan=True)


@pytest.mark.parametrize("sums", [vector_sums, plain_sums])
@pytest.mark.parametrize("kind", ["near", "extreme", "wide"])
@pytest.mark.parametrize("count", [2, 5, 36, 80])
def test_float32_sums_err_less_than_the_certificate_assumes(
    sums: object, kind: str, count: int
) -> None:
    rng = np.random.default_rng(count)
    values = spectra(kind, count, GROUP, rng)[:, :BANDS].astype(np.float64)
    counts = np.sort(rng.integers(1, count + 1, GROUP)).astype(np.int32)
    counts[-1] = count
    floats = np.zeros((count + 1, ROWS, STRIDE), np.float32)
    floats[:count, :BANDS, :GROUP] = values
    there = np.arange(count)[:, None] < counts
    floats[:count, WEIGHT, :GROUP] = there
    sums(floats, counts)  # type: ignore[operator]
    apart = np.sqrt(((values[:, None] - values[None]) ** 2).sum(axis=2))
    exact = (apart * there[None]).sum(axis=1)
    error = np.abs(floats[:count, SUM, :GROUP] - exact)
    assert (error[there] <= ((counts + 5) * ROUNDING * exact)[there]).all()
    assert exact[there].max() > 0


@pytest.mark.parametrize("shape", [(1, 1), (300, 1), (1, CHUNK), (16, 16), (20, 33), (7, GROUP)])
@pytest.mark.parametrize("count", [1, 4, 7, 40])
def test_both_ways_agree_and_neighbours_do_not_matter(shape: tuple[int, int], count: int) -> None:
    side = max(shape)
    stack, scl, zenith = (
        np.ascontiguousarray(part[..., : shape[0], : shape[1]])
        for part in cube(sum(shape), count, side)
    )
    vector, plain = (
        select_observations(stack, scl, zenith, NAMED, vector=way) for way in (True, False)
    )
    turned = [part[..., ::-1, ::-1] for part in (stack, scl, zenith)]
    back = select_observations(*turned, NAMED, vector=True)
    for layer in LAYERS:
        once = getattr(vector, layer).tobytes()
        assert getattr(plain, layer).tobytes() == once
        assert getattr(back, layer)[::-1, ::-1].tobytes() == once


def test_a_band_of_no_use_to_the_medoid_may_not_be_missing_either() -> None:
    stack = np.full((6, len(NAMED), 1, CHUNK), 1000, np.int16)
    stack[2, NAMED.index("B05"), 0, 3] = reference.MISSING
    stack[3, NAMED.index("B8A"), 0, 3] = reference.MISSING
    scl = np.full((6, 1, CHUNK), 4, np.uint8)
    found = select_observations(stack, scl, np.zeros(scl.shape, np.float32), NAMED)
    assert found.valid_obs[0, 2:5].tolist() == [6, 4, 6]


def test_an_unused_band_does_not_move_the_medoid() -> None:
    rng = np.random.default_rng(7)
    values = spectra("wide", 9, CHUNK + 1, rng)
    other = values.copy()
    unused = [k for k, name in enumerate(SPECTRUM) if name not in MEDOID_BANDS]
    other[:, unused] = rng.integers(0, 9000, other[:, unused].shape)
    one, two = (select(v, (1, CHUNK + 1), vector=True) for v in (values, other))
    assert one.medoid_mos.tobytes() == two.medoid_mos.tobytes()
    assert len(np.unique(one.source)) > 2
