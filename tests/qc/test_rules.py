"""Every rule fails on a product that breaks it, and none speaks where it should not.

The spoilt products are sealed again: their manifests agree with their files, so a rule that
fails does so for what it found itself.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from qc.finding import Verdict
from qc.pixels import random_places
from tasks.produce import Assembled
from tasks.workshop import Workshop
from tests.qc.conftest import Check, failing, speaking
from tests.qc.spoil import Pixels, change, first, layer, read, rewrite, seal

INDEX, SCENE = "source_index", "quality_scene_classification"


@pytest.fixture
def unsampled(made: tuple[Workshop, Assembled], product: Path) -> Pixels:
    """Mask of the pixels that the spectra rule does not look at."""
    mask = np.ones(read(product, INDEX).shape, bool)
    for row, column in random_places(made[1].facts):
        mask[row, column] = False
    return mask


def test_the_untouched_product_passes(product: Path, check: Check) -> None:
    assert failing(check(product)) == set()
    seal(product)
    found = check(product)
    assert failing(found) == speaking(found, Verdict.WARN) == set()
    skipped = {rule for rule in speaking(found, Verdict.SKIPPED) if rule.startswith("L1")}
    assert skipped == {"L1.1-grain", "L1.4-blocks", "L1.4-swath"}


def test_spoiling_alone_breaks_nothing(product: Path, check: Check) -> None:
    for name in ("B04", INDEX, SCENE, "medoid_mos"):
        rewrite(product, name)
    assert failing(check(product)) == set()


def test_a_file_too_many(product: Path, check: Check) -> None:
    (product / "notes.txt").write_text("hello")
    seal(product)
    assert failing(check(product)) == {"L0.1-complete"}


def test_a_folder_of_another_name(product: Path, check: Check) -> None:
    renamed = product.rename(product.with_name(f"{product.name}0"))
    assert failing(check(renamed)) == {"L0.1-complete"}


def test_a_missing_layer_is_found_by_all_who_need_it(product: Path, check: Check) -> None:
    layer(product, "quality_aot").unlink()
    seal(product)
    assert failing(check(product)) == {"L0.1-complete"}
    layer(product, "B04").unlink()
    seal(product)
    found = check(product)
    needing = {
        "L0.3-rasters",
        "L1.1-nodata",
        "L1.2-bands",
        "L1.3-cloud",
        "L1.4-shift",
        "L3.2-spectra",
    }
    assert failing(found) == {"L0.1-complete"}
    for finding in (f for f in found if f.rule in needing):
        assert finding.verdict is Verdict.SKIPPED
        assert finding.message.startswith("B04")
        assert "missing (L0.1-complete)" in finding.message
    assert {"L1.1-scl", "L1.1-zenith", "L1.3-methods"} <= speaking(found, Verdict.PASS)


def test_a_broken_layer_is_a_finding(product: Path, check: Check) -> None:
    path = layer(product, "B04")
    path.write_bytes(path.read_bytes()[:400])
    seal(product)
    found = {finding.rule: finding for finding in check(product)}
    assert failing([*found.values()]) == {"L0.3-readable"}
    assert found["L0.3-readable"].message == (
        f"31UDS/{path.name} cannot be read: the file is damaged or cut short. Fetch the product "
        "again from where it came, or put it back with `s2gm repair`."
    )
    for rule in ("L0.3-rasters", "L1.1-nodata", "L3.2-spectra"):
        assert found[rule].verdict is Verdict.SKIPPED
        assert found[rule].message == "B04 cannot be read (L0.3-readable), which this rule needs."
    assert not [f.message for f in found.values() if str(product) in f.message]


def test_layers_that_are_cut_short_are_told_once(product: Path, check: Check) -> None:
    for name in ("B02", "B03", "source_index"):
        path = layer(product, name)
        path.write_bytes(path.read_bytes()[:-20])
    seal(product)
    found = check(product)
    assert failing(found) == {"L0.3-readable"}
    assert [f.rule for f in found if "B03_M" in f.message] == ["L0.3-readable"]
    assert "L3.5-method" in speaking(found, Verdict.SKIPPED)


@pytest.mark.parametrize("key", ["size", "sha256", "path"])
def test_a_manifest_that_says_something_else(product: Path, check: Check, key: str) -> None:
    path = product / "manifest.json"
    document = json.loads(path.read_text())
    document["files"][3][key] = {"size": 1, "sha256": "0" * 64, "path": "nowhere"}[key]
    path.write_text(json.dumps(document))
    also = set() if key == "path" else {"L0.4-stac"}
    assert failing(check(product)) == {"L0.1-manifest"} | also


def test_a_manifest_that_is_none(product: Path, check: Check) -> None:
    (product / "manifest.json").write_text("{}")
    assert failing(check(product)) == {"L0.1-manifest"}


def test_a_file_changed_after_the_manifest(product: Path, check: Check) -> None:
    path = layer(product, "B04")
    data = bytearray(path.read_bytes())
    data.extend(b"\0")
    path.write_bytes(data)
    assert failing(check(product)) == {"L0.1-manifest"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("gmd:dateStamp", "gmd:oddStamp"), ("_v1.0.0_", "_v1.0.1_"), ("</gmd:MD_Metadata>", "")],
)
def test_a_broken_inspire_record(product: Path, check: Check, old: str, new: str) -> None:
    path = product / "inspire.xml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    seal(product)
    assert failing(check(product)) == {"L0.2-inspire"}


@pytest.mark.parametrize("key", ["Title", "Geometry", "Band_interpretations"])
def test_a_document_without_a_key(product: Path, check: Check, key: str) -> None:
    path = next(product.rglob("metadata_*.json"))
    document = json.loads(path.read_text())
    del document[key]
    path.write_text(json.dumps(document))
    seal(product)
    assert failing(check(product)) == {"L0.4-json"}


def test_a_document_without_an_input(product: Path, check: Check) -> None:
    path = next(product.rglob("metadata_*.json"))
    document = json.loads(path.read_text())
    document["Source_product_list"].popitem()
    path.write_text(json.dumps(document))
    seal(product)
    assert failing(check(product)) == {"L0.4-json", "L3.1-inputs"}
    path.write_text("<html>")
    seal(product)
    assert failing(check(product)) == {"L0.4-json"}


@pytest.mark.parametrize(
    "properties",
    [
        {"nodata": 0},
        {"nodata": None},
        {"crs": "EPSG:32632"},
        {"crs": None},
        {"transform": Affine(20, 0, 499960, 0, -20, 5700000)},
        {"dtype": "float32"},
        {"driver": "GTiff"},
        {"scales": (0.01,)},
        {"offsets": (-0.1,)},
        {"units": ("percent",)},
    ],
    ids=str,
)
def test_a_raster_of_other_properties(
    product: Path, check: Check, properties: dict[str, object]
) -> None:
    rewrite(product, "B04", **properties)  # type: ignore[arg-type]
    assert failing(check(product)) == {"L0.3-rasters"}


def test_a_raster_of_another_size(product: Path, check: Check) -> None:
    rewrite(product, "quality_aot", lambda pixels: pixels[:-1])
    found = check(product)
    assert failing(found) == {"L0.3-rasters"}
    (unread,) = (f for f in found if f.rule == "L1.1-layers")
    assert unread.message == "AOT is of another size (L0.3-rasters), which this rule needs."


def test_a_band_of_another_size_is_a_finding(product: Path, check: Check) -> None:
    rewrite(product, "B04", lambda pixels: pixels[:-1])
    found = check(product)
    assert failing(found) == {"L0.3-rasters"}
    assert {"L1.1-nodata", "L3.2-spectra"} <= speaking(found, Verdict.SKIPPED)


@pytest.mark.parametrize("code", [0, 1, 3, 7, 8, 9, 10, 255])
def test_a_chosen_pixel_of_an_invalid_class(product: Path, check: Check, code: int) -> None:
    change(product, SCENE, first(read(product, INDEX) >= 0), code)
    assert failing(check(product)) == {"L1.1-scl"}


def test_a_class_where_nothing_was_chosen(product: Path, check: Check) -> None:
    change(product, SCENE, first(read(product, INDEX) < 0), 4)
    assert failing(check(product)) == {"L1.1-scl"}


def test_an_index_outside_the_list(
    made: tuple[Workshop, Assembled], product: Path, check: Check, unsampled: Pixels
) -> None:
    beyond = len(made[1].facts.sources)
    change(product, INDEX, first((read(product, INDEX) >= 0) & unsampled), beyond)
    assert failing(check(product)) == {"L1.1-index"}


def test_an_index_outside_the_list_where_spectra_are_read_again(
    made: tuple[Workshop, Assembled], product: Path, check: Check, unsampled: Pixels
) -> None:
    beyond = len(made[1].facts.sources)
    change(product, INDEX, first((read(product, INDEX) >= 0) & ~unsampled), beyond)
    assert failing(check(product)) == {"L1.1-index", "L3.2-spectra"}


def test_an_index_below_none(product: Path, check: Check) -> None:
    change(product, INDEX, first(read(product, INDEX) < 0), -2)
    assert failing(check(product)) == {"L1.1-index"}


def test_a_medoid_without_a_spread_and_a_spread_without_a_medoid(
    product: Path, check: Check
) -> None:
    spread = read(product, "medoid_mos")
    change(product, "medoid_mos", first(spread != 65535), 65535)
    assert failing(check(product)) == {"L1.1-spread", "L3.5-method"}
    rewrite(product, "medoid_mos", lambda _: spread)
    assert failing(check(product)) == set()
    change(product, "medoid_mos", first(spread == 65535), 3)
    assert failing(check(product)) == {"L1.1-spread"}


@pytest.mark.parametrize("band", ["B03", "B04", "B12"])
def test_a_chosen_pixel_without_reflectance(
    product: Path, check: Check, unsampled: Pixels, band: str
) -> None:
    change(product, band, first((read(product, INDEX) >= 0) & unsampled), 65535)
    assert failing(check(product)) == {"L1.1-nodata"}


def test_reflectance_where_nothing_was_chosen(product: Path, check: Check) -> None:
    change(product, "B8A", first(read(product, INDEX) < 0), 1234)
    assert failing(check(product)) == {"L1.1-nodata"}


def test_a_view_from_too_far_aside(product: Path, check: Check) -> None:
    chosen = first(read(product, INDEX) >= 0)
    change(product, "view_zenith_mean", chosen, 1100)
    assert failing(check(product)) == set()
    change(product, "view_zenith_mean", chosen, 1101)
    assert failing(check(product)) == {"L1.1-zenith"}


@pytest.mark.parametrize("band", ["B02", "B8A", "B12"])
def test_reflectance_one_step_off(
    product: Path, check: Check, unsampled: Pixels, band: str
) -> None:
    place = first((read(product, INDEX) >= 0) & ~unsampled)
    change(product, band, place, int(read(product, band)[place]) + 1)
    assert failing(check(product)) == {"L3.2-spectra"}


def test_an_index_that_names_another_input(product: Path, check: Check, unsampled: Pixels) -> None:
    index = read(product, INDEX)
    place = first((index > 0) & ~unsampled)
    change(product, INDEX, place, int(index[place]) - 1)
    assert failing(check(product)) == {"L3.2-spectra"}
