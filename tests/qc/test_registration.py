"""A band that is shifted is found and named; clouds that move are not called an error."""

from pathlib import Path

import numpy as np
import pytest

from qc.finding import Finding, Verdict
from qc.picture import judge_picture
from qc.registration import Displacement, Registration, correlate, judge_shifts
from qc.thresholds import Thresholds
from tests.qc.conftest import Check, failing
from tests.qc.looked import BANDS, Pixels, facts, land, look
from tests.qc.spoil import read, rewrite

LIMIT = Thresholds().shift
SHAPE = (60, 60)
SHIFTED = tuple(band for band in BANDS if band != "B01")


def judge(layers: dict[str, Pixels], resolution: int = 20) -> Finding:
    shape = next(iter(layers.values())).shape
    return look(Registration(facts(shape, *layers, resolution=resolution), LIMIT), layers)


def test_a_landscape_lies_on_itself() -> None:
    found = judge(land(SHAPE))
    assert (found.verdict, found.value) == (Verdict.PASS, 0)


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (-1, -1), (0, 2)])
@pytest.mark.parametrize("band", SHIFTED)
def test_a_shifted_band_is_named(band: str, shift: tuple[int, int]) -> None:
    layers = land(SHAPE)
    layers[band] = np.roll(layers[band], shift, (0, 1))
    found = judge(layers)
    assert found.verdict is Verdict.FAIL
    assert found.message.startswith(f"{band} is shifted")


def test_b01_is_compared_at_60_m() -> None:
    layers = land(SHAPE)
    layers["B01"] = np.roll(layers["B01"], 1, 0)
    assert judge(layers).verdict is Verdict.PASS
    assert judge(layers, resolution=60).verdict is Verdict.FAIL


def test_two_bands_alone_cannot_say_which_is_shifted() -> None:
    layers = {name: land(SHAPE)[name] for name in ("B06", "B07", "INDEX")}
    layers["B06"] = np.roll(layers["B06"], 1, 0)
    assert "B06 or B07 is shifted" in judge(layers).message


def off(gain: float = 0.3, correlation: float = 0.8) -> Displacement:
    return Displacement((1, 0), gain, correlation)


STILL = Displacement((0, 0), 0.0, 0.9)


def test_several_shifted_bands_are_likelier_clouds() -> None:
    pairs = {("B02", "B03"): off(), ("B02", "B04"): off(), ("B03", "B04"): STILL}
    assert judge_shifts(pairs, LIMIT).verdict is Verdict.FAIL
    assert judge_shifts(pairs | {("B05", "B12"): off()}, LIMIT).verdict is Verdict.WARN
    assert judge_shifts(pairs | {("B02", "B04"): STILL}, LIMIT).verdict is Verdict.WARN


def test_bounds_of_a_shift() -> None:
    for found, verdict in (
        (off(LIMIT), Verdict.PASS),
        (off(LIMIT + 0.001), Verdict.FAIL),
        (off(0.3, 0.3), Verdict.PASS),
    ):
        assert judge_shifts({("B04", "B08"): found}, LIMIT).verdict is verdict


def test_too_few_pixels_are_not_compared() -> None:
    layers = land(SHAPE)
    layers["INDEX"][::3] = -1
    assert judge(layers).verdict is Verdict.SKIPPED
    tiny = {name: pixels[:3, :3] for name, pixels in land(SHAPE).items()}
    assert judge(tiny).verdict is Verdict.SKIPPED


@pytest.mark.parametrize("band", ["B03", "B08", "B11"])
def test_a_product_with_a_shifted_band(product: Path, check: Check, band: str) -> None:
    pixels = read(product, band)
    rolled = np.roll(pixels, 1, 1)
    filled = np.where(rolled == 65535, pixels, rolled)
    rewrite(product, band, lambda _: np.where(pixels == 65535, pixels, filled))
    found = failing(check(product))
    assert {"L1.4-shift", "L3.2-spectra"} <= found
    assert "L1.1-nodata" not in found


def picture(contrast: int, size: int = 200) -> Verdict:
    values = np.full(size, 900, np.uint16)
    values[: size // 2] += np.uint16(contrast)
    grey = np.full(size, 700, np.uint16)
    thinned = {"B04": grey, "B03": values, "B02": grey}
    return judge_picture(thinned, Thresholds().contrast).verdict


def test_a_picture_of_one_colour() -> None:
    assert picture(10) is Verdict.PASS
    assert picture(9) is Verdict.FAIL
    assert picture(0, 199) is Verdict.SKIPPED


def test_a_product_of_one_colour(product: Path, check: Check) -> None:
    for band in ("B02", "B03", "B04"):
        rewrite(product, band, lambda pixels: np.where(pixels == 65535, pixels, 800))
    assert "L1.5-quicklook" in failing(check(product))


def test_correlations_are_those_of_the_pixels_that_both_know() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(1, 0.3, (2, 40, 50))
    known, also = rng.random((2, 40, 50)) < 0.8
    surface = correlate(a, known, b, also)
    assert surface is not None
    for row, column in np.ndindex(surface.shape):
        place = slice(row, 36 + row), slice(column, 46 + column)
        both = known[2:-2, 2:-2] & also[place]
        expected = np.corrcoef(a[2:-2, 2:-2][both], b[place][both])[0, 1]
        assert surface[row, column] == pytest.approx(expected, abs=1e-12)
    still = correlate(np.full_like(a, 0.3), known, b, also)
    assert still is not None
    assert not still.any()
    assert correlate(a, known, b, also & (rng.random((40, 50)) < 0.05)) is None
