"""Range, negatives, scale and offset: on small arrays, and on products spoilt for them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qc.finding import Finding, Verdict
from qc.pixels import check_pixels
from qc.reflectance import reflectance_rules
from qc.thresholds import Thresholds
from tasks.produce import Assembled
from tasks.workshop import Workshop
from tests.qc.conftest import Check, failing, speaking
from tests.qc.looked import BANDS, Pixels, facts, land, look
from tests.qc.spoil import read, rewrite

SHAPE = (40, 40)
LIMITS = Thresholds()


def judged(rule: str, layers: dict[str, Pixels], **statistics: float) -> Finding:
    told = facts(SHAPE, *layers, statistics=statistics)
    found = next(r for r in reflectance_rules(told, LIMITS) if r.id == rule)
    return look(found, layers)


def altered(change: Callable[[Pixels], Pixels], *bands: str) -> dict[str, Pixels]:
    """Return land of which some bands, all where none is named, are other than they should be."""
    layers = land(SHAPE)
    for band in bands or BANDS:
        wrong = change(layers[band].astype(float))
        layers[band] = np.clip(np.rint(wrong), 0, 65534).astype(np.uint16)
    return layers


@pytest.mark.parametrize("rule", ["L1.2-range", "L1.2-scale", "L1.2-offset"])
def test_land_is_plausible(rule: str) -> None:
    assert judged(rule, land(SHAPE)).verdict is Verdict.PASS


def test_brightness_above_one_counts_outside_snow() -> None:
    layers = land(SHAPE)
    layers["B03"][0, :16] = 10001  # a hundredth, the limit
    assert judged("L1.2-range", layers).verdict is Verdict.PASS
    layers["B03"][0, 16] = 10001
    assert judged("L1.2-range", layers).verdict is Verdict.WARN
    layers["SCENE"][0, 15:17] = 11
    assert judged("L1.2-range", layers).verdict is Verdict.PASS
    del layers["SCENE"]
    assert judged("L1.2-range", layers).verdict is Verdict.WARN


def test_range_of_a_product_that_is_all_snow_or_empty() -> None:
    layers = land(SHAPE)
    layers["SCENE"][:] = 11
    assert judged("L1.2-range", layers).verdict is Verdict.SKIPPED
    layers["INDEX"][:] = -1
    for rule in ("L1.2-range", "L1.2-scale", "L1.2-offset"):
        assert judged(rule, layers).verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("clamped", "verdict"), [(0, "PASS"), (880, "PASS"), (881, "WARN"), (8800, "WARN")]
)
def test_share_of_negatives(clamped: int, verdict: str) -> None:
    # half of 1600 pixels in 11 bands are chosen: 8800 reflectances
    found = judged("L1.2-negative", land(SHAPE), clamped_values=clamped, share_none=0.5)
    assert found.verdict == verdict
    assert found.value == round(clamped / 8800, 6)


def test_negatives_of_an_order_are_not_known() -> None:
    assert judged("L1.2-negative", land(SHAPE)).verdict is Verdict.SKIPPED


@pytest.mark.parametrize("factor", [10, 0.1, 4, 0.2])
def test_a_scale_factor_off(factor: float) -> None:
    found = judged("L1.2-scale", altered(lambda pixels: pixels * factor))
    assert found.verdict is Verdict.FAIL


@pytest.mark.parametrize("band", BANDS)
def test_a_scale_factor_off_in_one_band(band: str) -> None:
    found = judged("L1.2-scale", altered(lambda pixels: pixels * 10, band))
    assert found.verdict is Verdict.FAIL
    assert band in found.message


def test_bounds_of_medians() -> None:
    layers = land(SHAPE)
    layers["SCENE"][:] = 4
    layers["B03"][:] = 1800
    assert judged("L1.2-scale", layers).verdict is Verdict.PASS
    layers["B03"][:] = 1801
    found = judged("L1.2-scale", layers)
    assert found.verdict is Verdict.FAIL
    assert "median of B03 on vegetation is 0.1801" in found.message
    layers["B03"][:] = 49
    assert judged("L1.2-scale", layers).verdict is Verdict.FAIL


def test_an_offset_that_was_forgotten() -> None:
    found = judged("L1.2-offset", altered(lambda pixels: pixels + 1000))
    assert found.verdict is Verdict.FAIL
    assert "not taken off" in found.message


def test_an_offset_that_was_taken_off_twice() -> None:
    found = judged("L1.2-offset", altered(lambda pixels: pixels - 1000))
    assert found.verdict is Verdict.FAIL
    assert "twice" in found.message


def test_haze_is_no_offset() -> None:
    """On the haziest real day half of the vegetation was still below 0.1 in some band."""
    layers = land(SHAPE)
    hazy = np.zeros(SHAPE, bool)
    hazy[: SHAPE[0] // 2] = True
    for band in BANDS:
        layers[band][hazy] += 1000
    assert judged("L1.2-offset", layers).verdict is Verdict.PASS


def test_a_desert_shows_no_offset() -> None:
    layers = altered(lambda pixels: pixels + 1000)
    layers["SCENE"][:] = 5
    assert judged("L1.2-offset", layers).verdict is Verdict.SKIPPED


def everywhere(product: Path, change: Callable[[Pixels], Pixels], *bands: str) -> None:
    """Change reflectance in some bands of a product, no data apart."""
    for band in bands:
        pixels = read(product, band)
        wrong = np.clip(np.rint(change(pixels.astype(float))), 0, 65534).astype(pixels.dtype)
        rewrite(product, band, lambda _, p=pixels, w=wrong: np.where(p == 65535, p, w))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda pixels: pixels * 10, "L1.2-scale"),
        (lambda pixels: pixels / 10, "L1.2-scale"),
        (lambda pixels: pixels + 1000, "L1.2-offset"),
        (lambda pixels: pixels - 1000, "L1.2-offset"),
    ],
    ids=["times ten", "a tenth", "offset forgotten", "offset twice"],
)
def test_a_product_that_is_too_bright_or_too_dark(
    product: Path, check: Check, change: Callable[[Pixels], Pixels], rule: str
) -> None:
    everywhere(product, change, *BANDS)
    found = failing(check(product))
    assert {rule, "L3.2-spectra"} <= found
    assert found.isdisjoint({"L1.1-nodata", "L1.1-scl", "L1.4-shift", "L1.2-bands"})


def test_a_product_with_bright_pixels(product: Path, check: Check) -> None:
    def brighten(pixels: Pixels) -> Pixels:
        pixels[(pixels != 65535) & (np.arange(pixels.size).reshape(pixels.shape) % 20 == 0)] = 10500
        return pixels

    rewrite(product, "B04", brighten)
    found = check(product)
    assert "L1.2-range" in speaking(found, Verdict.WARN)


def test_a_product_of_which_much_was_negative(
    made: tuple[Workshop, Assembled], product: Path
) -> None:
    counted = made[1].facts.statistics | {"clamped_values": 3000}
    told = replace(made[1].facts, statistics=counted)
    assert speaking(check_pixels(product, told, 2), Verdict.WARN) == {"L1.2-negative"}
