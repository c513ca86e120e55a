"""Methods, and what looks like cloud: on small arrays, and on a product with a pasted cloud."""

from pathlib import Path

import numpy as np
import pytest

from products.period import PeriodKind
from qc.choice import choice_rules, judge_cloud, judge_methods
from qc.finding import Finding, Verdict
from qc.quantity import share
from qc.thresholds import Thresholds
from tests.qc.conftest import Check, failing, speaking
from tests.qc.looked import BANDS, Pixels, facts, land, look
from tests.qc.spoil import read, rewrite

LIMITS = Thresholds()
DAY, TEN, MONTH = PeriodKind.DAY, PeriodKind.TENDAYS, PeriodKind.MONTH


@pytest.mark.parametrize(
    ("none", "single", "kind", "inputs", "verdict"),
    [
        (50, 10, MONTH, 9, Verdict.PASS),
        (51, 10, MONTH, 9, Verdict.WARN),
        (51, 10, TEN, 3, Verdict.WARN),
        (51, 10, MONTH, 2, Verdict.PASS),  # no data is natural with two inputs
        (99, 1, DAY, 4, Verdict.PASS),
        (0, 50, MONTH, 9, Verdict.PASS),
        (0, 51, MONTH, 9, Verdict.WARN),
        (0, 51, MONTH, 5, Verdict.WARN),
        (0, 51, MONTH, 4, Verdict.PASS),  # fewer than a medoid needs
        (0, 100, DAY, 5, Verdict.PASS),
    ],
)
def test_shares_of_methods(
    none: int, single: int, kind: PeriodKind, inputs: int, verdict: Verdict
) -> None:
    counts = {0: none, 1: single, 3: 100 - none - single}
    found = judge_methods(counts, kind, inputs, 5, LIMITS)
    assert found.verdict is verdict
    assert f"none {none}.0%, single observation {single}.0%" in found.message


def test_the_number_is_that_of_the_share_that_speaks() -> None:
    single = judge_methods({0: 10, 1: 90}, MONTH, 9, 5, LIMITS)
    assert (single.value, single.limit) == (0.9, LIMITS.single)
    assert single.quantity == share("pixels with one valid observation", "single")
    none = judge_methods({0: 90, 1: 10}, MONTH, 9, 5, LIMITS)
    assert (none.value, none.limit, none.quantity) == (0.9, LIMITS.no_data, None)
    # nobody knows how many are enough for a medoid
    assert judge_methods({0: 10, 1: 90}, MONTH, 9, 0, LIMITS).verdict is Verdict.PASS


def test_methods_are_counted_over_all_strips() -> None:
    layers = {
        "INDEX": np.array([[-1, 0], [0, 0], [1, 1]], np.int16),
        "VALID_OBS": np.array([[255, 1], [2, 3], [5, 6]], np.uint8),
        "MEDOID_MOS": np.array([[65535, 65535], [65535, 65535], [90, 80]], np.uint16),
    }
    found = rule("L1.3-methods", layers, rows=2)
    assert "none 16.7%, single observation 16.7%, STC 33.3%, MEDOID 33.3%" in found.message


def rule(name: str, layers: dict[str, Pixels], rows: int = 512) -> Finding:
    told = facts(next(iter(layers.values())).shape, *layers)
    return look(next(r for r in choice_rules(told, LIMITS) if r.id == name), layers, rows)


def cloudy(blue: int, green: int, red: int, scene: int = 5, count: int = 10) -> Verdict:
    """Judge a thousand pixels, of which some are of one colour."""
    layers = {"B02": 500, "B03": 800, "B04": 900, "SCENE": 4}
    thinned = {name: np.full(1000, value) for name, value in layers.items()}
    for name, value in zip(layers, (blue, green, red, scene), strict=True):
        thinned[name][:count] = value
    return judge_cloud(thinned, LIMITS.cloud).verdict


@pytest.mark.parametrize(
    ("colour", "verdict"),
    [
        ((4500, 4500, 4600), Verdict.WARN),
        ((2001, 2500, 3000), Verdict.WARN),
        ((2000, 2500, 3000), Verdict.PASS),  # too dark
        ((2001, 2500, 3079), Verdict.PASS),  # coloured
        ((1659, 2376, 3408), Verdict.PASS),  # a desert
    ],
)
def test_what_is_white_as_cloud(colour: tuple[int, int, int], verdict: Verdict) -> None:
    assert cloudy(*colour) is verdict
    assert cloudy(*colour, scene=11) is Verdict.PASS


def test_how_much_cloud_is_told() -> None:
    assert cloudy(4500, 4500, 4500, count=5) is Verdict.PASS
    assert cloudy(4500, 4500, 4500, count=6) is Verdict.WARN
    empty = {name: np.zeros(0) for name in ("B02", "B03", "B04", "SCENE")}
    assert judge_cloud(empty, LIMITS.cloud).verdict is Verdict.SKIPPED


def white(size: int = 4, **values: int) -> Finding:
    """Judge vegetation with a white square of which nothing else is changed."""
    layers = land((40, 40))
    layers["SCENE"][:] = 4
    for name, value in ({"B02": 6000, "B03": 6000, "B04": 6000, "B08": 6000} | values).items():
        layers[name][8 : 8 + size, 12 : 12 + size] = value
    return rule("L1.3-class", layers)


def test_white_vegetation() -> None:
    found = white()
    assert (found.verdict, found.value) == (Verdict.FAIL, 0.01)
    assert white(size=3).verdict is Verdict.PASS
    assert white(B02=3000).verdict is Verdict.PASS
    assert white(B08=9000).verdict is Verdict.PASS  # an NDVI of 0.2
    assert white(B08=8999).verdict is Verdict.FAIL
    assert white(SCENE=5).verdict is Verdict.PASS
    assert white(INDEX=-1, SCENE=255).verdict is Verdict.PASS


def test_squares_with_gaps_are_not_counted() -> None:
    layers = land((8, 8))
    layers["INDEX"][::4, ::4] = -1
    assert rule("L1.3-class", layers).verdict is Verdict.SKIPPED


def paste(product: Path, place: tuple[slice, slice], *bands: str) -> None:
    """Put a white blob over some bands, the other layers untouched."""
    for band in bands:
        pixels = read(product, band)
        inside = pixels[place]
        inside[inside != 65535] = 6500
        rewrite(product, band, lambda _, changed=pixels: changed)


def squares(product: Path, code: int) -> list[tuple[slice, slice]]:
    """Return the squares of 4 x 4 pixels that are of one class."""
    scene = read(product, "quality_scene_classification")
    rows, columns = (range(0, length - 3, 4) for length in scene.shape)
    places = [(slice(y, y + 4), slice(x, x + 4)) for y in rows for x in columns]
    return [place for place in places if (scene[place] == code).all()]


@pytest.mark.parametrize("bands", [("B02", "B03", "B04"), BANDS], ids=["visible", "all"])
def test_a_cloud_pasted_over_vegetation(
    product: Path, check: Check, bands: tuple[str, ...]
) -> None:
    paste(product, squares(product, 4)[0], *bands)
    found = check(product)
    assert "L1.3-class" in failing(found)
    assert "L1.3-cloud" in speaking(found, Verdict.WARN)


@pytest.mark.parametrize("code", [5, 6])
def test_a_cloud_pasted_over_ground_or_water(product: Path, check: Check, code: int) -> None:
    paste(product, squares(product, code)[0], *BANDS)
    assert "L1.3-cloud" in speaking(check(product), Verdict.WARN)
