"""Exchanged bands are named, one by one; what cannot be told is known."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from qc.band_order import judge_order
from qc.finding import Finding, Verdict
from qc.thresholds import Thresholds
from tests.qc.conftest import Check, failing
from tests.qc.looked import BANDS, Pixels, land
from tests.qc.spoil import read, rewrite

LIMIT = Thresholds().exchange
ALIKE = {("B07", "B08"), ("B08", "B8A")}
"""Simulated land gives no reason to tell these apart."""
CONFUSED = {("B06", "B08")}
"""Found, but exchanging another pair mends it as well."""


def judge(layers: dict[str, Pixels], bands: tuple[str, ...] = BANDS) -> Finding:
    return judge_order({name: pixels.ravel() for name, pixels in layers.items()}, bands, LIMIT)


def written(product: Path) -> dict[str, Pixels]:
    """Return the chosen pixels of a product."""
    chosen = read(product, "source_index") >= 0
    layers = {band: read(product, band)[chosen] for band in BANDS}
    return layers | {"SCENE": read(product, "quality_scene_classification")[chosen]}


def test_a_sound_product_is_in_order(product: Path) -> None:
    found = judge(written(product))
    assert (found.verdict, found.limit) == (Verdict.PASS, LIMIT)


@pytest.mark.parametrize(("first", "second"), list(combinations(BANDS, 2)))
def test_any_two_bands_exchanged(product: Path, first: str, second: str) -> None:
    layers = written(product)
    layers[first], layers[second] = layers[second], layers[first]
    found = judge(layers)
    if (first, second) in ALIKE:
        assert found.verdict is Verdict.PASS
    else:
        assert found.verdict is Verdict.FAIL
        assert (f"{first} and {second} seem" in found.message) == ((first, second) not in CONFUSED)


def test_order_is_judged_among_the_bands_there_are(product: Path) -> None:
    layers = written(product)
    layers["B02"], layers["B04"] = layers["B04"], layers["B02"]
    assert judge(layers, ("B02", "B04")).verdict is Verdict.FAIL
    assert judge(layers, ("B03", "B04")).verdict is Verdict.PASS  # only B04 is another
    assert judge(layers, ("B02", "B03", "B04", "B08")).verdict is Verdict.FAIL
    assert judge(layers, ("B02",)).verdict is Verdict.SKIPPED


def test_a_wrong_band_that_no_exchange_mends() -> None:
    layers = land((40, 40))
    layers["B05"][:] = 20
    found = judge(layers)
    assert found.verdict is Verdict.WARN
    assert "No exchange" in found.message


def test_without_land_nothing_is_told() -> None:
    layers = land((40, 40))
    layers["SCENE"][:] = 6
    assert judge(layers).verdict is Verdict.SKIPPED
    layers = {name: pixels[:10, :10] for name, pixels in land((40, 40)).items()}
    assert judge(layers).verdict is Verdict.SKIPPED


def test_a_band_without_variation_correlates_with_none() -> None:
    layers = land((40, 40), noise=0)
    for name in BANDS:
        layers[name][:] = np.median(layers[name])
    layers["SCENE"][:] = 2
    assert judge(layers).verdict is Verdict.PASS


@pytest.mark.parametrize(("first", "second"), [("B02", "B04"), ("B04", "B08"), ("B03", "B11")])
def test_a_product_with_exchanged_bands(
    product: Path, check: Check, first: str, second: str
) -> None:
    pixels = {band: read(product, band) for band in (first, second)}
    rewrite(product, first, lambda _: pixels[second])
    rewrite(product, second, lambda _: pixels[first])
    found = failing(check(product))
    assert {"L1.2-bands", "L3.2-spectra"} <= found
    assert "L1.1-nodata" not in found
