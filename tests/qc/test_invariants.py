"""What holds for every pixel, on small arrays and on spoilt products."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qc.finding import Finding, Verdict
from qc.grain import grain_rule
from qc.invariants import invariants
from qc.quantity import PIXELS
from qc.rule import PixelRule
from qc.thresholds import Thresholds
from tasks.check import check_product
from tasks.produce import Assembled
from tasks.workshop import Workshop
from tests.qc.conftest import Check, failing
from tests.qc.looked import Pixels, facts, land, look
from tests.qc.spoil import change, first, read

INDEX = "source_index"


def rule_named(rule: str, *names: str, threshold: int = 5) -> PixelRule:
    rules = invariants(facts((1, 1), *names), threshold, Thresholds())
    return next(found for found in rules if found.id == rule)


def valid(index: int, count: int, threshold: int = 5) -> Verdict:
    """Judge one pixel of two inputs."""
    layers = {"INDEX": np.array([[index]], np.int16), "VALID_OBS": np.array([[count]], np.uint8)}
    return look(rule_named("L1.1-valid", *layers, threshold=threshold), layers).verdict


@pytest.mark.parametrize(
    ("index", "count", "threshold", "verdict"),
    [
        (-1, 255, 5, Verdict.PASS),  # nothing valid was seen
        (-1, 2, 5, Verdict.PASS),  # the STC refused all: nothing but bright clouds
        (-1, 2, 0, Verdict.SKIPPED),  # nobody knows from how many on the medoid is sought
        (-1, 0, 0, Verdict.SKIPPED),  # others write 0 where none is valid
        (-1, 1, 5, Verdict.FAIL),  # a single one is always taken
        (-1, 0, 5, Verdict.FAIL),  # none is no data
        (-1, 2, 2, Verdict.FAIL),  # the medoid never refuses
        (-1, 3, 5, Verdict.FAIL),  # there are two inputs
        (0, 1, 5, Verdict.PASS),
        (1, 2, 5, Verdict.PASS),
        (1, 3, 5, Verdict.FAIL),
        (0, 0, 5, Verdict.FAIL),
        (0, 255, 5, Verdict.FAIL),
    ],
)
def test_valid_obs_agrees_with_the_choice(
    index: int, count: int, threshold: int, verdict: Verdict
) -> None:
    assert valid(index, count, threshold) is verdict


def snow(**bands: int) -> Verdict:
    spectrum = {"B02": 3000, "B03": 3000, "B04": 3000, "B8A": 3000, "B11": 600, "B12": 500} | bands
    layers: dict[str, Pixels] = {
        name: np.array([[value]], np.uint16) for name, value in spectrum.items()
    }
    layers |= {"INDEX": np.zeros((1, 1), np.int16), "SCENE": np.full((1, 1), 11, np.uint8)}
    return look(rule_named("L1.1-snow", *layers), layers).verdict


@pytest.mark.parametrize(
    ("bands", "verdict"),
    [
        ({}, Verdict.PASS),
        ({"B11": 749}, Verdict.PASS),  # NDSI just above 0.6
        ({"B11": 751}, Verdict.FAIL),
        ({"B8A": 67}, Verdict.PASS),  # brightness just above 0.36
        ({"B8A": 66}, Verdict.FAIL),
        ({"B11": 0, "B12": 0}, Verdict.PASS),  # stored from negatives
        ({"B03": 0}, Verdict.PASS),  # green may have been negative: not to be told
    ],
)
def test_snow_is_confirmed_from_stored_values(bands: dict[str, int], verdict: Verdict) -> None:
    assert snow(**bands) is verdict


def test_bounds_of_angles_and_layers() -> None:
    highest = {"SUN_ZENITH": 9000, "SUN_AZIMUTH": 36000, "VIEW_AZIMUTH_MEAN": 36000}
    for name, bound in highest.items():
        assert one("L1.1-angles", name, bound).verdict is Verdict.PASS
        assert one("L1.1-angles", name, 65535).verdict is Verdict.PASS
        assert one("L1.1-angles", name, bound + 1).verdict is Verdict.FAIL
        assert one("L1.1-angles", name, 1, index=-1).verdict is Verdict.FAIL
    for name, bound in {"AOT": 10000, "CLOUD": 100, "SNOW": 100}.items():
        assert one("L1.1-layers", name, bound).verdict is Verdict.PASS
        assert one("L1.1-layers", name, bound + 1).verdict is Verdict.FAIL
        assert one("L1.1-layers", name, 0, index=-1).verdict is Verdict.FAIL


def one(rule: str, name: str, value: int, index: int = 0) -> Finding:
    layers = {"INDEX": np.array([[index]], np.int16), name: np.array([[value]], np.uint16)}
    return look(rule_named(rule, *layers), layers)


def test_the_first_broken_pixel_is_named_across_strips() -> None:
    layers = {"INDEX": np.zeros((9, 4), np.int16)}
    layers["INDEX"][5, 2] = layers["INDEX"][8, 0] = 7
    found = look(rule_named("L1.1-index", "INDEX"), layers, rows=4)
    assert (found.value, found.limit) == (2, 0)
    assert "row 5, column 2" in found.message


@pytest.mark.parametrize(
    ("layer", "legal", "beyond", "rule"),
    [
        ("sun_zenith", 9000, 9001, "L1.1-angles"),
        ("sun_azimuth", 36000, 36001, "L1.1-angles"),
        ("view_azimuth_mean", 36000, 36001, "L1.1-angles"),
        ("quality_aot", 10000, 10001, "L1.1-layers"),
        ("quality_cloud_confidence", 100, 101, "L1.1-layers"),
        ("quality_snow_confidence", 100, 254, "L1.1-layers"),
    ],
)
def test_a_value_beyond_its_range(
    product: Path, check: Check, layer: str, legal: int, beyond: int, rule: str
) -> None:
    chosen = first(read(product, INDEX) >= 0)
    if int(read(product, layer)[chosen]) != legal:
        change(product, layer, chosen, legal)
    assert failing(check(product)) == set()
    change(product, layer, chosen, beyond)
    assert failing(check(product)) == {rule}


@pytest.mark.parametrize(
    ("layer", "rule"),
    [
        ("sun_azimuth", "L1.1-angles"),
        ("view_zenith_mean", "L1.1-angles"),
        ("quality_aot", "L1.1-layers"),
        ("valid_obs", "L1.1-valid"),
    ],
)
def test_a_value_where_nothing_was_chosen(
    product: Path, check: Check, layer: str, rule: str
) -> None:
    change(product, layer, first(read(product, INDEX) < 0), 1)
    assert failing(check(product)) == {rule}


@pytest.mark.parametrize("count", [0, 255])
def test_a_chosen_pixel_of_which_nothing_was_valid(product: Path, check: Check, count: int) -> None:
    single = (read(product, INDEX) >= 0) & (read(product, "valid_obs") == 1)
    change(product, "valid_obs", first(single), count)
    assert failing(check(product)) == {"L1.1-valid", "L3.5-method"}


def test_more_valid_observations_than_inputs(product: Path, check: Check) -> None:
    medoid = read(product, "medoid_mos") != 65535
    change(product, "valid_obs", first(medoid), 200)
    assert failing(check(product)) == {"L1.1-valid"}


def test_snow_that_is_none(product: Path, check: Check) -> None:
    green = read(product, "quality_scene_classification") == 4
    change(product, "quality_scene_classification", first(green), 11)
    assert failing(check(product)) == {"L1.1-snow"}


def coarse(north: int = 5629680) -> dict[str, Pixels]:
    """Make layers of 10 m whose bands of 20 m are repeated on the grid that starts at ``north``."""
    shift = north // 10 % 2
    layers = land((24, 20))
    small = land((16, 16), seed=2)
    small["SCENE"] = np.random.default_rng(5).integers(4, 6, (16, 16), np.uint8)
    for name in ("B05", "B06", "B8A", "SCENE"):
        halved = small[name]
        layers[name] = halved.repeat(2, 0).repeat(2, 1)[2 - shift :][:24, :20]
    return {name: layers[name] for name in ("INDEX", "B04", "B05", "B06", "B8A", "SCENE")}


def grain(layers: dict[str, Pixels], north: int = 5629680, **changes: object) -> Finding:
    size = next(iter(layers.values())).shape
    told = facts(size, *layers, resolution=10, north=north, **changes)  # type: ignore[arg-type]
    rule = grain_rule(told)
    return look(rule, layers, rows=7)


@pytest.mark.parametrize("north", [5629680, 5629670])
def test_cells_of_20_m_are_whole(north: int) -> None:
    whole = coarse(north)
    assert grain(whole, north).verdict is Verdict.PASS
    whole["INDEX"][5:9, 5:9] = np.arange(16).reshape(4, 4)  # sources may change within a cell
    whole["B05"][5:9, 5:9] += np.arange(16, dtype=np.uint16).reshape(4, 4)
    assert grain(whole, north).verdict is Verdict.PASS


@pytest.mark.parametrize("band", ["B05", "B8A", "SCENE"])
def test_a_layer_that_is_shifted_tears_cells(band: str) -> None:
    torn = coarse()
    torn[band] = np.roll(torn[band], 1, 1)
    found = grain(torn)
    assert found.verdict is Verdict.FAIL
    assert f"in {band}," in found.message


def test_a_band_of_10_m_in_the_place_of_one_of_20_m() -> None:
    layers = coarse()
    layers["B04"], layers["B05"] = layers["B05"], layers["B04"]
    assert grain(layers).verdict is Verdict.FAIL


def test_where_cells_tell_nothing() -> None:
    layers = coarse()
    fine = {name: np.arange(480, dtype=p.dtype).reshape(24, 20) for name, p in layers.items()}
    fine["INDEX"] = layers["INDEX"]
    for found, reason in (
        (grain(fine), "resampled"),
        (grain(layers, tiles=("32UMB",)), "projected"),
        (grain({"INDEX": layers["INDEX"] * 0 - 1, "B05": layers["B05"]}), "No cell"),
        (grain({"INDEX": layers["INDEX"], "B04": layers["B04"]}), "no layer of 20 m"),
    ):
        assert found.verdict is Verdict.SKIPPED
        assert reason in found.message


def test_a_view_is_measured_in_degrees_against_its_limit() -> None:
    zenith = np.full((9, 4), 700, np.uint16)
    zenith[0, 0] = 65535
    layers = {"INDEX": np.zeros((9, 4), np.int16), "VIEW_ZENITH_MEAN": zenith}
    found = look(rule_named("L1.1-zenith", *layers), layers, rows=4)
    assert (found.verdict, found.value, found.limit) == (Verdict.PASS, 7.0, 11.0)
    zenith[5, 2], zenith[8, 0] = 1101, 1234
    found = look(rule_named("L1.1-zenith", *layers), layers, rows=4)
    assert (found.verdict, found.value, found.limit) == (Verdict.FAIL, 12.34, 11.0)
    assert found.message == (
        "Up to 12.34 degrees; 2 pixels beyond 11, the first at row 5, column 2."
    )


def test_thick_aerosol_is_told_from_a_layer_that_is_broken() -> None:
    thick, broken = one("L1.1-layers", "AOT", 10001), one("L1.1-layers", "AOT", 9, index=-1)
    assert (thick.value, thick.limit, thick.quantity) == (10.001, 10.0, None)
    assert (broken.value, broken.limit, broken.quantity) == (1, 0, PIXELS)
    both = one("L1.1-layers", "AOT", 10001, index=-1)
    assert both.value == 10.001
    assert "Broken at 1 pixel," in both.message
    alone = one("L1.1-layers", "SNOW", 101)
    assert (alone.value, alone.limit, alone.quantity) == (1, 0, PIXELS)


def test_aerosol_without_a_scale_is_not_judged_in_silence() -> None:
    told = facts((1, 1), "INDEX", "AOT")
    unscaled = tuple(replace(layer, scale=0.0) for layer in told.layers)
    rules = invariants(replace(told, layers=unscaled), 4, Thresholds())
    (rule,) = (rule for rule in rules if rule.id == "L1.1-layers")
    layers = {"INDEX": np.zeros((1, 1), np.int16), "AOT": np.full((1, 1), 9, np.uint16)}
    found = look(rule, layers)
    assert (found.verdict, found.quantity) == (Verdict.PASS, PIXELS)
    assert found.message.endswith("The product states 0 as the scale of AOT.")


def test_a_pixel_of_an_input_that_is_said_to_be_unused(
    made: tuple[Workshop, Assembled], product: Path
) -> None:
    opened, good = made
    used = int(read(product, "source_index").max())
    sources = [
        replace(source, used=source.used and number != used)
        for number, source in enumerate(good.facts.sources)
    ]
    claimed = replace(good.facts, sources=tuple(sources))
    found = {f.rule: f for f in check_product(opened, product, claimed, good.stack).findings}
    assert found["L1.1-index"].verdict is Verdict.FAIL
