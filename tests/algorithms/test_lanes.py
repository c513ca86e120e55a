"""Pixels side by side: both ways to the medoid, any number of observations, anywhere in a strip."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import Selection, select_observations
from algorithms.abreast import (
    NARROW,
    Abreast,
    add_ranges,
    line_up_records,
    medoids_abreast,
    new_abreast,
    vector_sums,
)
from algorithms.chunk import CHUNK, NUMBER, WORDS, new_chunk, rank_pixels, read_chunk
from algorithms.indices import MEDOID_BANDS, SPECTRUM
from algorithms.lanes import WIDTH
from algorithms.medoid import (
    ROUNDING,
    medoid,
    new_scratch,
    plain_sums,
    tolerance,
    total_distance,
)
from qc import reference
from tests.algorithms.test_select import BANDS as NAMED
from tests.algorithms.test_select import cube

LAYERS = ("source", "valid_obs", "method", "medoid_mos")
EXTREME = (-32767, -32766, -4097, 0, 4097, 32766, 32767)
USED = [k for k in range(len(SPECTRUM)) if k != NUMBER]


def spectra(kind: str, count: int, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Return int16[T, 8, P] that leads close sums together, or far apart."""
    shape = (count, len(SPECTRUM), pixels)
    base = rng.integers(0, 9000, shape[1:])
    lonely = rng.integers(0, 9000, shape)
    lonely[:, :, ::3] = rng.choice(EXTREME, lonely[:, :, ::3].shape)
    apart = rng.choice((-11500, 11500), shape)
    apart[0], apart[-1] = -11500, 11500
    values = {
        "usual": rng.integers(-200, 9000, shape),
        "near": base + rng.integers(0, 2, shape),
        "equal": np.broadcast_to(base, shape),
        "narrow": rng.choice((-8650, 8650), shape),
        "not narrow": apart,
        "extreme": rng.choice(EXTREME, shape),
        "two extremes": rng.choice((-32767, 32767), shape),
        "wide": rng.integers(-32767, 32768, shape),
        "lonely": lonely,
    }
    return values[kind].astype(np.int16)


KINDS = [
    "usual",
    "near",
    "equal",
    "narrow",
    "not narrow",
    "extreme",
    "two extremes",
    "wide",
    "lonely",
]


def select(values: np.ndarray, shape: tuple[int, int], *, vector: bool) -> Selection:
    """Select by the medoid alone where every observation is valid."""
    stack = values.reshape(*values.shape[:2], *shape)
    scl = np.full((len(values), *shape), 4, np.uint8)
    zenith = np.zeros(scl.shape, np.float32)
    return select_observations(stack, scl, zenith, SPECTRUM, threshold=2, vector=vector)


def listed(values: np.ndarray) -> np.ndarray:
    """Return the records int16[P, T, 8] of int16[T, 8, P], each with its number."""
    records = np.ascontiguousarray(values.transpose(2, 0, 1))
    records[..., NUMBER] = np.arange(len(values))
    return records


def side_by_side(records: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, Abreast]:
    """Return the flat words of the records int16[WIDTH, T, 8], and room to work on them."""
    found = new_abreast(records.shape[1])
    found.starts[:] = np.arange(WIDTH) * records.shape[1] * WORDS
    # as left behind by other pixels
    found.weights[:], found.sums[:] = np.nan, np.nan
    return records.view(np.uint32).reshape(-1), found


def ascending(count: int, least: int, rng: np.random.Generator) -> np.ndarray:
    """Return int32[WIDTH] numbers of observations, the last of them ``count``."""
    counts = np.sort(rng.integers(min(least, count), count + 1, WIDTH)).astype(np.int32)
    counts[-1] = count
    return counts


@pytest.mark.parametrize("vector", [True, False])
@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize(
    ("kind", "certain", "beyond"),
    [("usual", True, False), ("narrow", None, False), ("near", None, False),
     ("equal", False, False), ("wide", None, True), ("not narrow", None, True),
     ("two extremes", None, True)],
)  # fmt: skip
@pytest.mark.parametrize("count", [3, 8, 37, 80])
def test_every_way_to_a_winner_is_taken_and_agrees(
    kind: str, certain: bool | None, beyond: bool, count: int
) -> None:
    rng = np.random.default_rng(count)
    records = listed(spectra(kind, count, WIDTH, rng))
    counts = ascending(count, 3, rng)
    words, found = side_by_side(records, counts)
    medoids_abreast(words, counts, found)
    assert (found.ranges > NARROW).all() == beyond
    scratch = new_scratch(count)
    for lane, n in enumerate(counts):
        mine = records[lane, :n]
        limit = found.smallest[lane] * tolerance(n)
        if certain is not None and not beyond:
            assert (found.smallest[WIDTH + lane] > limit) == certain
        best, total = medoid(mine, scratch)
        assert total == total_distance(mine, best)
        if certain and not beyond:
            assert found.best[lane] >= 0
        if found.best[lane] >= 0:
            assert (found.best[lane], found.total[lane]) == (best, total)
        else:
            assert beyond or not certain


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 5, 36, 80])
def test_what_is_found_abreast_is_exact_up_to_narrow(kind: str, count: int) -> None:
    rng = np.random.default_rng(count)
    records = listed(spectra(kind, count, WIDTH, rng))
    counts = ascending(count, 1, rng)
    words, found = side_by_side(records, counts)
    medoids_abreast(words, counts, found)
    for lane, n in enumerate(counts):
        if found.ranges[lane] <= NARROW:
            sums = found.sums.reshape(-1, WIDTH)[:, lane]
            assert found.row[lane] == np.argmin(sums[:n])
            assert found.smallest[lane] == sums[:n].min()
            assert found.smallest[WIDTH + lane] == np.sort([*sums[:n], np.inf])[1]
            best = int(found.row[lane])
            assert found.total[lane] == total_distance(records[lane, :n], best)


@pytest.mark.parametrize("kind", ["usual", "near", "narrow"])
@pytest.mark.parametrize("count", [2, 5, 36, 37, 80])
def test_sums_abreast_err_less_than_the_certificate_assumes(kind: str, count: int) -> None:
    rng = np.random.default_rng(count)
    values = spectra(kind, count, WIDTH, rng)
    counts = ascending(count, 1, rng)
    words, found = side_by_side(listed(values), counts)
    line_up_records(words, counts, found)
    vector_sums(found, counts)
    there = np.arange(count)[:, None] < counts
    exact = exact_sums(values, there)
    error = np.abs(found.sums.reshape(-1, WIDTH)[:count] - exact)
    assert (error[there] <= ((counts + 5) * ROUNDING * exact)[there]).all()
    assert exact[there].max() > 0


@pytest.mark.parametrize("kind", ["near", "extreme", "wide"])
@pytest.mark.parametrize("count", [2, 5, 36, 80])
def test_plain_sums_err_less_than_the_certificate_assumes(kind: str, count: int) -> None:
    values = spectra(kind, count, WIDTH, np.random.default_rng(count))
    exact = exact_sums(values, np.ones((count, WIDTH), bool))
    for p, records in enumerate(listed(values)):
        scratch = new_scratch(count)
        plain_sums(records, scratch.values, scratch.sums)
        error = np.abs(scratch.sums - exact[:, p])
        assert (error <= (count + 5) * ROUNDING * exact[:, p]).all()
    assert exact.max() > 0


def exact_sums(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return float64[T, P] sums of the distances to those that are there."""
    used = values[:, USED].astype(np.float64)
    apart = np.sqrt(((used[:, None] - used[None]) ** 2).sum(axis=2))
    sums: np.ndarray = (apart * there[None]).sum(axis=1)
    return sums


@pytest.mark.parametrize("kind", KINDS)
def test_ranges_tell_what_is_narrow(kind: str) -> None:
    values = spectra(kind, 9, WIDTH, np.random.default_rng(1))
    counts = np.full(WIDTH, 9, np.int32)
    words, found = side_by_side(listed(values), counts)
    line_up_records(words, counts, found)
    add_ranges(found, 9)
    ranges = np.ptp(values[:, USED].astype(np.float64), axis=0)
    expected = (ranges**2).sum(axis=0)
    assert ((found.ranges <= NARROW) == (expected <= NARROW)).all()
    narrow = expected <= NARROW
    assert np.allclose(found.ranges[narrow], expected[narrow], rtol=1e-6)


@pytest.mark.parametrize("band", USED)
@pytest.mark.parametrize(("step", "narrow"), [(32766, True), (32767, False), (65534, False)])
def test_one_band_alone_can_lie_too_far_apart(band: int, step: int, narrow: bool) -> None:
    values = np.zeros((4, len(SPECTRUM), WIDTH), np.int16)
    values[0, band], values[2, band] = -32767, step - 32767
    values[1, band] = values[3, band] = -32767
    counts = np.full(WIDTH, 4, np.int32)
    words, found = side_by_side(listed(values), counts)
    medoids_abreast(words, counts, found)
    assert ((found.ranges <= NARROW) == narrow).all()
    assert (found.best == -1).all(), "three records are equal"
    assert medoid(listed(values)[0], new_scratch(4)) == (0, float(step))


def test_lists_that_end_early_go_on_with_their_last_record() -> None:
    rng = np.random.default_rng(2)
    records = listed(spectra("wide", 12, WIDTH, rng))
    counts = np.sort(rng.integers(0, 12, WIDTH)).astype(np.int32)
    counts[0], counts[-1] = 0, 12
    words, found = side_by_side(records, counts)
    line_up_records(words, counts, found)
    lined = found.words.view(np.int16).reshape(12, WORDS, WIDTH, 2)
    lined = lined.transpose(0, 2, 1, 3).reshape(12, WIDTH, len(SPECTRUM))
    weights = found.weights.reshape(-1, WIDTH)
    for lane, n in enumerate(counts):
        for i in range(12):
            assert (lined[i, lane, USED] == records[lane, min(i, max(n - 1, 0)), USED]).all()
            assert i < counts[0] or weights[i, lane] == (i < n)
    assert (lined[..., NUMBER] == 0).all()


def test_a_chunk_lists_what_is_valid_newest_first() -> None:
    stack, scl, zenith = (part.reshape(*part.shape[:-2], -1) for part in cube(4, 9, 32))
    bands = [NAMED.index(name) for name in SPECTRUM]
    places = np.array([*bands, NAMED.index("B05")])
    chunk = new_chunk(9, len(NAMED), CHUNK)
    # twice: what the chunk before left behind does not matter
    for start in (CHUNK, 2 * CHUNK):
        read_chunk(stack, scl, zenith, places, start, chunk)
        rank_pixels(chunk)
        assert (np.sort(chunk.pixels) == np.arange(CHUNK)).all()
        assert (np.diff(chunk.counts) >= 0).all()
        for p, n in zip(chunk.pixels, chunk.counts, strict=True):
            at = start + p
            valid = [
                t
                for t in range(9)
                if reference.is_valid(
                    {b: int(v) for b, v in zip(NAMED, stack[t, :, at], strict=True)},
                    scl[t, at],
                    zenith[t, at],
                )
            ]
            records = chunk.records[p, :n].view(np.int16)
            assert records[:, NUMBER].tolist() == valid
            assert (records[:, USED] == stack[valid][:, bands, at][:, USED]).all()


@pytest.mark.parametrize("shape", [(1, 1), (300, 1), (1, CHUNK), (16, 16), (20, 33), (7, WIDTH)])
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
    for kind in ("usual", "wide"):
        values = spectra(kind, 9, CHUNK + 1, rng)
        other = values.copy()
        unused = [k for k, name in enumerate(SPECTRUM) if name not in MEDOID_BANDS]
        other[:, unused] = rng.integers(0, 9000, other[:, unused].shape)
        one, two = (select(v, (1, CHUNK + 1), vector=True) for v in (values, other))
        assert one.medoid_mos.tobytes() == two.medoid_mos.tobytes()
        assert len(np.unique(one.source)) > 2
