"""Orders are checked like mosaics: pieces, formats and reference systems make no difference."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import rasterio
import xarray as xr

from catalog.engine import now
from products import pieces
from products.bands import BY_ID
from products.errors import BadInput
from products.formats import ProductFormat
from products.order import ReferenceSystem
from products.product import ProductFacts
from products.raster_read import layer_address
from qc.finding import Finding, Verdict
from qc.layers import Piece
from qc.opened import open_product
from qc.report import render_report, whole
from tasks import tailor as tailor_module
from tasks.check import Checkup, check_folder
from tasks.reproduce import reproduce
from tasks.settings import Settings
from tasks.tailor import tailor
from tests.qc.pages import SCHEMA
from tests.tasks.conftest import Shop
from tests.tasks.tailor_world import order_of, square

FORMS = [
    (form, system)
    for form in (ProductFormat.GEO_TIFF, ProductFormat.JP2, ProductFormat.NETCDF)
    for system in ReferenceSystem
]


def checked(folder: Path, reference: Path | None = None, shop: Shop | None = None) -> Checkup:
    return check_folder(folder, reference, Settings(), shop.workshop if shop else None)


def those(checkup: Checkup, verdict: Verdict) -> set[str]:
    return {finding.rule for finding in checkup.findings if finding.verdict is verdict}


def of(checkup: Checkup, rule: str) -> Finding:
    return next(finding for finding in checkup.findings if finding.rule == rule)


@pytest.mark.parametrize(("form", "system"), FORMS)
def test_an_order_tells_all_that_was_written(
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: ProductFormat,
    system: ReferenceSystem,
) -> None:
    written: list[ProductFacts] = []

    def note(_folder: Path, facts: list[ProductFacts], _settings: Settings) -> list[Finding]:
        written.extend(facts)
        return []

    monkeypatch.setattr(tailor_module, "check_order", note)
    folder = tailor(shop.workshop, order_of(square(), form=form, system=system), tmp_path / "out")
    expected = [replace(f, created=f.created.replace(microsecond=0)) for f in written]
    assert open_product(folder) == expected


@pytest.mark.parametrize(("form", "system"), FORMS)
def test_an_order_is_checked_and_compared(
    shop: Shop, tmp_path: Path, form: ProductFormat, system: ReferenceSystem
) -> None:
    order = order_of(square(), form=form, system=system)
    folder = tailor(shop.workshop, order, tmp_path / "out")
    again = tailor(shop.workshop, order, tmp_path / "again")
    found = checked(folder, again)
    assert those(found, Verdict.FAIL) == set(), found.findings
    assert {"L2.1-reflectance", "L2.4-source", "L2.7-others", "L3.5-method"} <= those(
        found, Verdict.PASS
    )
    spoil(folder, form)
    found = checked(folder, again)
    assert {"L0.1-manifest", "L2.1-reflectance"} <= those(found, Verdict.FAIL)
    assert "B04 at 1 pixel, sum of differences 1" in of(found, "L2.1-reflectance").message


def spoil(folder: Path, form: ProductFormat) -> None:
    """Raise the reflectance of one pixel by one."""
    (facts,) = open_product(folder)
    piece = Piece(folder, facts)
    layer = BY_ID["B04"]
    path = piece.path(layer)
    if form is ProductFormat.NETCDF:
        with xr.open_dataset(path, mask_and_scale=False) as read:
            dataset = read.load()
        put(dataset["B04"].values[0])
        dataset.to_netcdf(path)
        return
    with rasterio.open(layer_address(path, layer)) as file:
        pixels, profile = file.read(1), file.profile
    put(pixels)
    kept = {key: profile[key] for key in ("crs", "transform", "nodata", "dtype", "width", "height")}
    lossless = {"QUALITY": "100", "REVERSIBLE": "YES"} if form is ProductFormat.JP2 else {}
    with rasterio.open(path, "w", driver=form.driver, count=1, **kept, **lossless) as file:
        file.write(pixels, 1)


def put(pixels: np.ndarray) -> None:
    row, column = (int(axis[0]) for axis in np.nonzero(pixels != 65535))
    pixels[row, column] += 1


def test_an_order_in_pieces(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LARGEST_SIDE", 20)
    order = order_of(square())
    folder = tailor(shop.workshop, order, tmp_path / "out")
    again = tailor(shop.workshop, order, tmp_path / "again")
    found = checked(folder, again)
    assert len(found.facts) == len(found.comparisons) > 1
    assert those(found, Verdict.FAIL) == set()
    places = sorted(path.name for path in folder.iterdir() if path.is_dir())
    assert [facts.place for facts in found.facts] == places
    told = json.loads(render_report(whole(found.facts), found.findings, now(), found.comparisons))
    jsonschema.validate(told, SCHEMA)
    assert (told["place"], told["statistics"]) == (", ".join(places), {})
    assert [each["place"] for each in told["comparisons"]] == places
    assert told["inputs"] == len({s.id for facts in found.facts for s in facts.sources})
    document = next((again / places[0]).glob("metadata_*.json"))
    shutil.rmtree(again / places[1])
    lacking = checked(folder, again)
    told = of(lacking, "L2.1-reflectance")
    assert told.verdict is Verdict.SKIPPED
    assert lacking.not_compared in told.message
    assert f"their pieces differ ({places[1]} against none more)" in told.message
    assert json.loads(document.read_bytes())["Tile_list"] == [places[0]]


def test_findings_of_pieces_are_told_together(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LARGEST_SIDE", 20)
    folder = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    broken = open_product(folder)[1]
    Piece(folder, broken).path(BY_ID["INDEX"]).write_bytes(b"broken")
    found = checked(folder)
    told = of(found, "L0.3-readable")
    assert told.verdict is Verdict.FAIL
    assert told.message.startswith(f"{broken.place}: {broken.place}/source_index_")
    assert open_product(folder)[0].place not in told.message
    assert those(found, Verdict.FAIL) == {"L0.1-manifest", "L0.3-readable"}


def test_orders_of_other_kinds_are_not_compared(shop: Shop, tmp_path: Path) -> None:
    folder = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    other = tailor(shop.workshop, order_of(square(), system=ReferenceSystem.WGS84), tmp_path)
    found = checked(folder, other)
    for rule in ("L2.1-reflectance", "L2.5-unchanged", "L3.1-inputs"):
        assert of(found, rule).verdict is Verdict.SKIPPED
        assert "their projections differ" in of(found, rule).message
    assert of(found, "L3.5-method").verdict is Verdict.PASS


def test_the_catalog_names_the_mosaics_of_an_order(shop: Shop, tmp_path: Path) -> None:
    folder = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    found = checked(folder, shop=shop)
    assert those(found, Verdict.FAIL) == set()
    told = of(found, "L3.3-blocks").message
    assert "It is an order, cut from published mosaics; check those: S2GM_M20_" in told
    for name in told.partition("those: ")[2].rstrip(".").split(", "):
        assert list(shop.home.glob(f"products/*/{name}"))
    with pytest.raises(BadInput, match="is an order, cut from mosaics; reproduce those: S2GM_M20_"):
        reproduce(shop.workshop, str(folder))
