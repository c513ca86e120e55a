"""The compiled selection against the literal reference, on random and on real pixels."""

import json
import os
from pathlib import Path

import numba
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import explain_pixel, one_per_datatake, select_observations
from algorithms.cloudtest import cloud_test
from algorithms.indices import B8A, SPECTRUM, brightness, haze, mndwi, ndvi
from algorithms.medoid import exact_sum
from algorithms.resample import aggregate_mean
from qc import reference

BANDS = ("B12", "B02", "B03", "B05", "B04", "B06", "B08", "B8A", "B11")
REAL = Path(os.environ.get("S2GM_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))

GOLDEN = {
    "vegetation": ((0.03, 0.06, 0.03, 0.45, 0.47, 0.18, 0.08), (-0.0196, -0.5, 0.4096, 0.875), 0),
    "soil": ((0.08, 0.11, 0.15, 0.25, 0.27, 0.33, 0.28), (-0.0175, -0.5, 0.4971, 0.25), 0),
    "water": ((0.04, 0.04, 0.02, 0.01, 0.01, 0.005, 0.004), (-0.0215, 0.7778, 0.0416, -0.3333), 0),
    "thick": ((0.45, 0.45, 0.46, 0.50, 0.50, 0.35, 0.28), (-0.1665, 0.125, 0.9896, 0.0417), 1),
    "thin": ((0.20, 0.19, 0.18, 0.35, 0.36, 0.25, 0.18), (-0.0900, -0.1364, 0.5610, 0.3208), 1),
    "snow": ((0.80, 0.80, 0.78, 0.75, 0.72, 0.10, 0.08), (-0.2921, 0.7778, 1.3033, -0.0196), 1),
    "dark": ((0.02, 0.02, 0.015, 0.03, 0.03, 0.02, 0.01), (-0.0087, 0.0, 0.0476, 0.3333), 0),
    "city": ((0.18, 0.19, 0.20, 0.25, 0.26, 0.24, 0.22), (-0.0720, -0.1163, 0.5108, 0.1111), 1),
}  # fmt: skip

# Lush vegetation, deep water and wet snow lead to steps 1, 2 and 6 of the tree.
EXTREMES = (
    (0.02, 0.04, 0.02, 0.35, 0.36, 0.25, 0.10),
    (0.05, 0.04, 0.03, 0.01, 0.01, 0.005, 0.004),
    (0.80, 0.80, 0.80, 0.45, 0.72, 0.10, 0.08),
)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_vectors(name: str) -> None:
    (b02, b03, b04, b08, b8a, b11, b12), expected, cloud = GOLDEN[name]
    s = np.array([b02, b03, b04, 0.0, b08, b8a, b11, b12])
    found = (haze(s), mndwi(s), brightness(s, B8A), ndvi(s))
    assert np.allclose(found, expected, atol=5e-5)
    assert bool(cloud_test(s)) == bool(cloud)


def test_the_compact_cloud_test_equals_the_full_form() -> None:
    rng = np.random.default_rng(1)
    for s in np.concatenate([rng.uniform(-0.05, 1, (20000, 8)), rng.gamma(1, 0.1, (20000, 8))]):
        assert cloud_test(s) == reference.cloud_full(dict(zip(SPECTRUM, s, strict=True)))


def cube(seed: int, count: int, side: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random pixels that reach every rule: mixed kinds of surface, ties, gaps, undefined ratios."""
    wanted, count = count, max(count, 1)
    rng = np.random.default_rng(seed)
    named = [v[0] for v in GOLDEN.values()] + list(EXTREMES)
    kinds = np.array([[*v[:3], v[3] * 0.8, *v[3:]] for v in named])
    order = ("B02", "B03", "B04", "B06", "B08", "B8A", "B11", "B12")
    mix = rng.dirichlet(np.full(len(kinds), 0.2), (count, side, side)) @ kinds
    mix = mix * rng.uniform(0.2, 1.3, (count, side, side, 1))
    steady = rng.random((side, side)) < 0.3
    mix[:, steady] = mix[0, steady] * rng.normal(1, 0.01, (count, int(steady.sum()), 1))
    values = np.rint(mix * 10000).astype(np.int16)
    bands = [values[..., order.index(b)] if b in order else values[..., 2] for b in BANDS]
    stack = np.stack(bands, axis=1)
    if count > 2:
        twin = rng.random((side, side)) < 0.3
        stack[2][:, twin] = stack[0][:, twin]
    stack[rng.random(stack.shape) < 0.004] = reference.MISSING
    stack[:, BANDS.index("B08")] = np.where(
        rng.random((count, side, side)) < 0.05,
        -stack[:, BANDS.index("B04")].clip(0),
        stack[:, BANDS.index("B08")],
    )
    codes = [2, 4, 5, 6, 6, 11, 11, 0, 1, 3, 7, 8, 9, 10]
    scl = rng.choice(codes, (count, side, side)).astype(np.uint8)
    scl[:, steady] = rng.choice([4, 6, 11], int(steady.sum()))
    zenith = rng.choice([2.0, 10.99, 11.0, np.nan], (count, side, side), p=[0.8, 0.1, 0.06, 0.04])
    return stack[:wanted], scl[:wanted], zenith[:wanted].astype(np.float32)


def assert_equal_to_reference(
    stack: np.ndarray, scl: np.ndarray, zenith: np.ndarray, threshold: int, bands: tuple[str, ...]
) -> set[int | None]:
    found = select_observations(stack, scl, zenith, bands, threshold=threshold)
    steps = set()
    for y, x in np.ndindex(scl.shape[1:]):
        numbers = [
            {b: int(v) for b, v in zip(bands, stack[t, :, y, x], strict=True)}
            for t in range(len(scl))
        ]
        codes = [int(c) for c in scl[:, y, x]]
        angles = [float(z) for z in zenith[:, y, x]]
        source, valid, method, spread, step = reference.select_pixel(
            numbers, codes, angles, threshold
        )
        got = (found.source[y, x], found.valid_obs[y, x], found.method[y, x])
        assert got == (source, valid, method), (y, x, step)
        assert np.isclose(found.medoid_mos[y, x], spread, rtol=1e-6, equal_nan=True)
        steps.add(step)
        if (y + x) % 5 == 0:
            story = explain_pixel(
                stack[:, :, y, x], scl[:, y, x], zenith[:, y, x], bands, threshold=threshold
            )
            assert (story.winner, story.valid_obs, story.method) == (source, valid, method)
            assert story.step == step
            assert sum(c.valid for c in story.candidates) == valid
    return steps


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 9), st.sampled_from([4, 5]))
def test_the_kernel_equals_the_reference(seed: int, count: int, threshold: int) -> None:
    assert_equal_to_reference(*cube(seed, count), threshold, BANDS)


def test_every_step_of_the_tree_is_reached() -> None:
    steps: set[int | None] = set()
    for seed in range(12):
        steps |= assert_equal_to_reference(*cube(seed, 4, 30), 5, BANDS)
    assert steps == {None, 1, 2, 3, 4, 5, 6, 7, 8}


def test_a_bright_cloud_alone_gives_no_pixel() -> None:
    stack = np.full((2, len(BANDS), 1, 1), 7000, np.int16)
    found = select_observations(
        stack, np.full((2, 1, 1), 4, np.uint8), np.zeros((2, 1, 1), np.float32), BANDS
    )
    assert (found.source[0, 0], found.valid_obs[0, 0], found.method[0, 0]) == (-1, 2, 0)


def test_the_newest_wins_a_tie_exactly() -> None:
    rng = np.random.default_rng(3)
    corner = rng.integers(0, 3000, (len(BANDS), 20, 20)).astype(np.int16)
    step = rng.integers(0, 900, (len(BANDS), 20, 20)).astype(np.int16)
    # 0 and 1 mirror each other, so do 2 and 3: equal multisets of distances in another order.
    stack = np.stack([corner + step, corner - step, corner + step, corner - step, corner - step,
                      corner + step])  # fmt: skip
    scl = np.full((6, 20, 20), 4, np.uint8)
    found = select_observations(stack, scl, np.zeros((6, 20, 20), np.float32), BANDS)
    assert (found.source == 0).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=60), st.randoms())
def test_exact_sums_do_not_depend_on_order(terms: list[float], rng: object) -> None:
    mixed = list(terms)
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    assert exact_sum(np.array(terms)) == exact_sum(np.array(mixed))


def test_threads_do_not_change_the_result() -> None:
    stack, scl, zenith = cube(5, 8, 40)
    many = select_observations(stack, scl, zenith, BANDS)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        one = select_observations(stack, scl, zenith, BANDS)
    finally:
        numba.set_num_threads(before)
    for name in ("source", "valid_obs", "method", "medoid_mos"):
        assert getattr(many, name).tobytes() == getattr(one, name).tobytes()


def test_bad_arguments_are_named() -> None:
    stack, scl, zenith = cube(1, 3)
    with pytest.raises(ValueError, match="lacks B12"):
        select_observations(stack[:, 1:], scl, zenith, BANDS[1:])
    with pytest.raises(ValueError, match="scl has shape"):
        select_observations(stack, scl[:2], zenith, BANDS)
    with pytest.raises(ValueError, match="at least 2"):
        select_observations(stack, scl, zenith, BANDS, threshold=1)


def test_one_observation_per_datatake() -> None:
    scl = np.array([[[0, 4]], [[5, 5]], [[6, 0]]], np.uint8)
    kept = one_per_datatake(scl, np.array([0, 0, 1], np.int16))
    assert kept.tolist() == [[[0, 4]], [[5, 0]], [[6, 0]]]


@pytest.mark.real_data
@pytest.mark.skipif(
    not (REAL / "l2a-31UDS").exists(),
    reason="the real acquisitions are not part of the repository; set S2GM_REAL_DATA",
)
def test_the_kernel_equals_the_reference_on_real_acquisitions() -> None:
    fine, coarse = ("B02", "B03", "B04", "B08"), ("B06", "B8A", "B11", "B12")
    stack, scl, zenith = [], [], []
    for folder in sorted((REAL / "l2a-31UDS" / "items").iterdir())[-60:]:
        read = {b: _read(folder / f"{b}.tif") for b in (*fine, *coarse, "SCL")}
        at_20 = [aggregate_mean(read[b].astype(np.int16), 2) for b in fine]
        stack.append([*at_20, *(read[b].astype(np.int16) for b in coarse)])
        scl.append(read["SCL"].astype(np.uint8))
        facts = json.loads((folder / f"{folder.name}.json").read_text())["properties"]
        zenith.append(np.full(scl[-1].shape, facts["view:incidence_angle"], np.float32))
    cubes = (np.array(stack, np.int16), np.array(scl), np.array(zenith))
    for few in (4, 12, 60):
        window = (part[:few, ..., 10:20, 10:20] for part in cubes)
        assert_equal_to_reference(*window, 5, (*fine, *coarse))


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as file:
        return file.read(1)
