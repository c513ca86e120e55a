"""SAFE folders: simulated ones, real metadata of ten products, and hostile ones."""

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from products.errors import GranuleRejected, SourceUnavailable
from sources.angles import read_angle_grids
from sources.safe import SafeFolder, read_metadata
from sources.simulator import SimulatedArchive
from sources.xml import parse_xml
from tests.real import ROOT, needs
from tests.tasks.helpers import tree

ARCHIVE = SimulatedArchive(start=date(2022, 1, 1), days=25, size=360)
BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<a>&b;</a>"""
LEAK = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"""


@pytest.fixture
def product(tmp_path: Path) -> Path:
    return ARCHIVE.write(ARCHIVE.deliveries()[0], tmp_path)


def test_a_simulated_product_is_read_back(product: Path) -> None:
    (granule,) = SafeFolder(product.parent).discover(None).granules
    assert (granule.tile, granule.satellite, granule.relative_orbit) == ("31UDS", "S2A", 51)
    assert (granule.baseline, granule.strip) == ("03.01", "20220101T105031")
    assert len(granule.images) == 32
    for image in granule.images:
        data = Path(image.href).read_bytes()
        assert image.size == len(data)
        assert image.checksum == f"sha3-256:{hashlib.sha3_256(data).hexdigest()}"


def test_offsets_come_from_the_xml(tmp_path: Path) -> None:
    later = next(d for d in ARCHIVE.deliveries() if d.baseline == 400)
    folder = ARCHIVE.write(later, tmp_path)
    offsets = {i.layer: i.offset for i in read_metadata(folder).images}
    assert {offsets[b] for b in ("B01", "B02", "B8A", "B12")} == {-1000}
    assert {offsets[b] for b in ("SCL", "AOT", "CLOUD")} == {0}


def test_the_same_seed_gives_the_same_bytes(product: Path, tmp_path: Path) -> None:
    again = ARCHIVE.write(ARCHIVE.deliveries()[0], tmp_path / "again")
    assert tree(again) == tree(product)


def test_the_archive_has_every_kind_of_trouble(tmp_path: Path) -> None:
    kinds = {delivery.kind for delivery in ARCHIVE.deliveries()}
    assert kinds == {"nominal", "late", "reprocessed", "corrupt"}
    edge = ARCHIVE.write(next(d for d in ARCHIVE.deliveries() if d.orbit == 94), tmp_path)
    with rasterio.open(next(edge.rglob("*B02_10m.jp2"))) as image:
        assert (image.read(1) == 0).any()
        assert image.nodata is None
    grids = read_angle_grids(next(edge.rglob("MTD_TL.xml")).read_bytes(), "edge")
    assert grids.view_zenith[0, 0] < 11 < grids.view_zenith[0, 3]


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("MTD_MSIL2A.xml", BOMB, "metadata"),
        ("MTD_MSIL2A.xml", LEAK, "metadata"),
        ("manifest.safe", LEAK, "metadata"),
        ("MTD_MSIL2A.xml", b"<html>404</html>", "missing-band"),
        ("MTD_MSIL2A.xml", b"", "metadata"),
        ("MTD_MSIL2A.xml", None, "missing-file"),
        ("manifest.safe", None, "missing-file"),
    ],
)
def test_bad_metadata_are_one_sentence(
    product: Path, name: str, data: bytes | None, rule: str
) -> None:
    (product / name).unlink()
    if data is not None:
        (product / name).write_bytes(data)
    (problem,) = SafeFolder(product.parent).discover(None).unreadable
    assert problem.rule == rule
    assert problem.id in problem.reason
    assert "root:" not in problem.reason


def test_a_missing_image_is_named(product: Path) -> None:
    next(product.rglob("*_B11_20m.jp2")).unlink()
    (problem,) = SafeFolder(product.parent).discover(None).unreadable
    assert "B11_20m.jp2" in problem.reason


def test_a_path_out_of_the_product_is_refused(product: Path) -> None:
    path = product / "MTD_MSIL2A.xml"
    text = path.read_text()
    inside = text[text.index("<IMAGE_FILE>") + 12 : text.index("</IMAGE_FILE>")]
    path.write_text(text.replace(inside, "../../../etc/T31UDS_B02_10m"))
    (problem,) = SafeFolder(product.parent).discover(None).unreadable
    assert "outside the product" in problem.reason


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        SafeFolder(tmp_path / "nowhere").discover(None)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    try:
        parse_xml(data, "x.xml")
    except GranuleRejected as rejection:
        assert "x.xml" in str(rejection)  # noqa: PT017


@pytest.mark.real_data
@needs("safe-metadata")
def test_ten_real_products() -> None:
    folders = sorted((ROOT / "safe-metadata").iterdir())
    granules = [read_metadata(folder) for folder in folders]
    found = {(g.satellite, f"{g.datatake_start:%Y%m%d}", g.baseline): g for g in granules}
    assert len(found) == 10
    for granule in granules:
        offsets = {i.offset for i in granule.images if i.layer.startswith("B")}
        assert offsets == ({-1000} if granule.baseline >= "04.00" else {0})
        assert all(i.size and i.checksum for i in granule.images)
        sizes = {(i.layer, i.resolution) for i in granule.images}
        assert {("B02", 10), ("B8A", 20), ("B01", 60), ("SCL", 20)} <= sizes
    twins = [g for g in granules if g.tile == "30TVN"]
    assert len({g.datatake for g in twins}) == 1
    assert len({g.strip for g in twins}) == 1


@pytest.mark.real_data
@needs("safe-metadata")
def test_real_angles_are_plausible() -> None:
    paths = sorted((ROOT / "safe-metadata").glob("*/GRANULE/*/MTD_TL.xml"))
    assert paths
    for path in paths:
        grids = read_angle_grids(path.read_bytes(), path.name)
        assert grids.view_zenith.shape == (23, 23)
        assert 0 <= np.nanmin(grids.view_zenith) <= np.nanmax(grids.view_zenith) < 13
        assert 15 < np.nanmean(grids.sun_zenith) < 85
