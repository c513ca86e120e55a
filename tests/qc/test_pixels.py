"""One pass over the strips of a product, in every format, with whatever layers it has."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from products.bands import BY_ID, LAYERS
from products.formats import ProductFormat
from products.grid import Grid
from products.product import ProductFacts
from qc import strips as strips_module
from qc.catalogue import RULES
from qc.finding import Finding, Verdict
from qc.pixels import Work, check_pixels
from qc.strips import Reading, Strip
from qc.thresholds import Thresholds
from tests.products.made import ORIGINS, encode, facts_of, write_scratch
from tests.qc.looked import Pixels, land

SHAPE = (70, 64)
ALL = ["L0.3-readable", *(rule.id for rule in RULES.values() if rule.level == "L1")]


def sound(seed: int = 1) -> dict[str, Pixels]:
    """Make all layers of a product of two inputs that breaks no rule."""
    layers = land(SHAPE, seed)
    first = np.arange(SHAPE[0])[:, None] % 23 < 12
    chosen = np.ones(SHAPE, bool)
    chosen[:4, :9] = False
    angles = ("SUN_ZENITH", "SUN_AZIMUTH", "VIEW_ZENITH_MEAN", "VIEW_AZIMUTH_MEAN")
    layers |= {name: np.full(SHAPE, 900, np.uint16) for name in angles}
    layers |= {name: np.full(SHAPE, 7, BY_ID[name].dtype) for name in ("AOT", "CLOUD", "SNOW")}
    layers["VALID_OBS"] = np.full(SHAPE, 2, np.uint8)
    layers["MEDOID_MOS"] = np.full(SHAPE, 65535, np.uint16)
    layers["INDEX"] = np.broadcast_to(first, SHAPE).astype(np.int16)
    return {
        layer.api_id: np.where(chosen, layers[layer.api_id], layer.nodata).astype(layer.dtype)
        for layer in LAYERS
    }


def write(
    folder: Path, layers: dict[str, Pixels], form: ProductFormat, epsg: int = 32631
) -> ProductFacts:
    """Write some layers as they are delivered."""
    named = {BY_ID[name]: pixels for name, pixels in layers.items()}
    told = facts_of(Grid(epsg, 20, SHAPE, ORIGINS[epsg]), form, tuple(named))
    encode(folder / told.place, told, write_scratch(folder / "scratch", told.grid, named))
    return told


def verdicts(found: list[Finding]) -> dict[str, Verdict]:
    return {finding.rule: finding.verdict for finding in found}


@pytest.mark.parametrize("form", list(ProductFormat))
@pytest.mark.parametrize("epsg", [32631, 4326])
def test_every_format_is_judged_alike(tmp_path: Path, form: ProductFormat, epsg: int) -> None:
    told = write(tmp_path, sound(), form, epsg)
    found = check_pixels(tmp_path, told, 5)
    assert list(verdicts(found)) == ALL
    said = {rule: verdict for rule, verdict in verdicts(found).items() if verdict != "PASS"}
    silent = ("L1.1-grain", "L1.2-negative", "L1.4-blocks")
    assert said == dict.fromkeys(silent, Verdict.SKIPPED)


@pytest.mark.parametrize(
    "names",
    [
        ("B04",),
        ("B04", "B03", "B02"),
        ("SCENE",),
        ("INDEX",),
        ("AOT", "SUN_ZENITH"),
        ("B08", "INDEX"),
        ("VALID_OBS", "MEDOID_MOS", "INDEX"),
        ("B02", "B8A", "SCENE", "INDEX", "CLOUD"),
    ],
    ids=" ".join,
)
def test_an_order_of_few_layers(tmp_path: Path, names: tuple[str, ...]) -> None:
    made = sound()
    told = write(tmp_path, {name: made[name] for name in names}, ProductFormat.JP2)
    found = check_pixels(tmp_path, told, 5)
    assert list(verdicts(found)) == ALL
    assert set(verdicts(found).values()) <= {Verdict.PASS, Verdict.SKIPPED}
    assert all(finding.message.endswith(".") for finding in found)
    assert verdicts(found)["L1.1-index"] == ("PASS" if "INDEX" in names else "SKIPPED")
    assert verdicts(found)["L1.2-range"] == ("PASS" if names[0].startswith("B") else "SKIPPED")
    if "SUN_ZENITH" in names:
        assert verdicts(found)["L1.1-angles"] is Verdict.PASS


def test_what_is_lacking_is_named(tmp_path: Path) -> None:
    told = write(tmp_path, {"B04": sound()["B04"]}, ProductFormat.GEO_TIFF)
    found = {finding.rule: finding.message for finding in check_pixels(tmp_path, told, 5)}
    assert found["L1.1-scl"] == "The product has no INDEX, SCENE."
    assert found["L1.1-angles"].endswith("and VIEW_ZENITH_MEAN.") or "no " in found["L1.1-angles"]


def test_a_product_without_an_observation(tmp_path: Path) -> None:
    empty = {layer.api_id: np.full(SHAPE, layer.nodata, layer.dtype) for layer in LAYERS}
    told = write(tmp_path, empty, ProductFormat.GEO_TIFF)
    assert Verdict.FAIL not in verdicts(check_pixels(tmp_path, told, 5)).values()


def test_a_product_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    told = write(tmp_path, sound(), ProductFormat.GEO_TIFF)
    for path in tmp_path.rglob("*.tiff"):
        path.write_bytes(b"")
    said = verdicts(check_pixels(tmp_path, told, 5, work=Work(2)))
    assert list(said) == ALL
    assert Verdict.PASS not in said.values()


def test_a_product_of_unknown_threshold(tmp_path: Path) -> None:
    told = write(tmp_path, sound(), ProductFormat.GEO_TIFF)
    said = verdicts(check_pixels(tmp_path, told, 0))
    assert said["L1.1-spread"] is Verdict.SKIPPED
    assert said["L1.1-valid"] is Verdict.SKIPPED


def test_limits_are_those_given(tmp_path: Path) -> None:
    told = write(tmp_path, sound(), ProductFormat.GEO_TIFF)
    strict = Thresholds(view_zenith=8.99, aot=0.006, no_data=0.0, contrast=0.9)
    said = verdicts(
        check_pixels(tmp_path, replace(told, sources=told.sources * 2), 5, None, strict)
    )
    for rule in ("L1.1-zenith", "L1.1-layers", "L1.5-quicklook"):
        assert said[rule] is Verdict.FAIL
    assert said["L1.3-methods"] is Verdict.WARN


def test_strips_of_any_height_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sound()
    made["INDEX"][66, 3] = 9
    made["B03"][33] = 20000
    told = write(tmp_path, made, ProductFormat.GEO_TIFF)
    whole = check_pixels(tmp_path, told, 5)
    monkeypatch.setattr(strips_module, "ROWS", 32)
    cut = {finding.rule: finding for finding in check_pixels(tmp_path, told, 5)}
    windowed = {"L1.4-swath", "L1.4-shift"}
    assert [cut[f.rule] for f in whole if f.rule not in windowed] == [
        finding for finding in whole if finding.rule not in windowed
    ]


@pytest.mark.parametrize("budget", [0, 1 << 30], ids=["one strip", "two strips"])
@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, budget: int
) -> None:
    made = sound()
    made["INDEX"][66, 3] = made["INDEX"][9, 7] = 9
    made["B03"][33] = 20000
    made["VIEW_ZENITH_MEAN"][[40, 12], 5] = 1200
    told = write(tmp_path, made, ProductFormat.GEO_TIFF)
    monkeypatch.setattr(strips_module, "ROWS", 16)
    alone = check_pixels(tmp_path, told, 5, block=32)
    assert check_pixels(tmp_path, told, 5, block=32, work=Work(threads, budget)) == alone
    path = tmp_path / told.place / told.layer_file(BY_ID["B12"])
    content = path.read_bytes()
    path.write_bytes(content[:-2000] + bytes(2000))  # it opens, but cannot be decoded
    broken = check_pixels(tmp_path, told, 5, block=32)
    assert verdicts(broken)["L0.3-readable"] is Verdict.FAIL
    assert verdicts(broken)["L1.1-nodata"] is Verdict.SKIPPED
    assert check_pixels(tmp_path, told, 5, block=32, work=Work(threads, budget)) == broken


def test_strips_keep_what_lies_above_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = sound()
    told = write(tmp_path, {name: made[name] for name in ("B04", "INDEX")}, ProductFormat.GEO_TIFF)
    monkeypatch.setattr(strips_module, "ROWS", 32)
    with Reading(tmp_path, told) as reading, ThreadPoolExecutor(1) as pool:
        read = list(reading.strips(pool))
    assert [(strip.top, strip.shape) for strip in read] == [
        (0, (32, 64)),
        (32, (32, 64)),
        (64, (6, 64)),
    ]
    assert not read[0].above
    for strip in read[1:]:
        rows = slice(strip.top - 3, strip.top + 2)
        assert np.array_equal(strip.cut("B04", -3, 2), made["B04"][rows])
        assert np.array_equal(strip.cut_chosen(-3, 2), made["INDEX"][rows] >= 0)
        assert np.array_equal(strip.cut("B04", 1, 3), strip["B04"][1:3])
    with pytest.raises(ValueError, match="no 3 rows above row 0"):
        read[0].cut("B04", -3, 2)


def test_thinned_pixels_are_the_chosen_ones_of_a_grid() -> None:
    layers = {name: pixels[:, :50] for name, pixels in sound().items() if name in ("B04", "INDEX")}
    described = {name: BY_ID[name] for name in layers}
    parts = [
        Strip(top, {n: p[top : top + 25] for n, p in layers.items()}, described, 4).thinned["B04"]
        for top in range(0, 70, 25)
    ]
    grid = slice(None, None, 4), slice(None, None, 4)
    expected = layers["B04"][grid][layers["INDEX"][grid] >= 0]
    assert np.array_equal(np.concatenate(parts), expected)


def test_windows_lie_within_their_strip() -> None:
    for shape in ((3, 5), (128, 128), (512, 700), (90, 10980)):
        strip = Strip(0, {"INDEX": np.zeros(shape, np.int16)}, {"INDEX": BY_ID["INDEX"]})
        cut = [strip["INDEX"][window].shape for window in strip.windows()]
        assert cut
        assert set(cut) == {(min(shape[0], 128), min(shape[1], 128))}
        assert len(cut) <= 4


def test_the_catalogue_and_the_limits_agree() -> None:
    limits = Thresholds()
    for rule in RULES.values():
        assert not rule.limit or hasattr(limits, rule.limit)
