"""Rasters that are not what their catalog says: each is rejected, by name, and all else goes on.

Of a file whose provider states no checksum, a flipped byte can go unnoticed: JPEG 2000 has no
checksum of its own, and a decoder gives other pixels without a word. Nothing here pretends
otherwise. Where the provider states a checksum, every flip is caught.
"""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from catalog.query import GranuleStatus, granules, mosaics
from products.errors import GranuleRejected
from products.granule import Granule
from sources.simulator import SimulatedArchive
from sources.stac_item import granule_from_item
from storage.s3 import S3Access
from tasks.decode import _decode_image
from tasks.fetch import Reach, verify
from tests.tasks.helpers import run, tree, workshop
from tests.tasks.stac_archive import deliveries, edit, state, write_item, write_root

_, _, THIRD = deliveries()
NAME = THIRD.name("31UDS")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three granules, and a data root that has published the first two."""
    root = tmp_path_factory.mktemp("hostile")
    items = [write_item(root / "archive", delivery) for delivery in deliveries()]
    catalog = write_root(root / "archive", items[:2])
    assert run(root / "home", catalog) == 1
    return root


@pytest.fixture
def third(base: Path, tmp_path: Path) -> Path:
    """The item of the third granule, free to be spoilt; beside it lies a data root."""
    shutil.copytree(base / "archive" / NAME, tmp_path / "archive" / NAME)
    shutil.copytree(base / "home", tmp_path / "home")
    return tmp_path / "archive" / NAME / "item.json"


def row_of_third(home: Path) -> GranuleStatus:
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        rows = {row.id: row for row in granules(session)}
    opened.catalog.close()
    others = [row.state for row_id, row in rows.items() if row_id != NAME]
    assert others == ["READY", "READY"]
    return rows[NAME]


def rejection(item: Path, file: str) -> str:
    """Offer the third granule; return the rule that rejected it, after all other claims hold."""
    home, root = item.parents[2] / "home", item.parents[1]
    before = tree(home / "products")
    assert before
    assert run(home, write_root(root, [item])) == 0
    assert tree(home / "products") == before
    assert not list((home / "working").rglob(f"{NAME}*"))
    row = row_of_third(home)
    assert row.state == "REJECTED"
    reason = row.reason or ""
    assert file in reason
    assert reason.endswith(".")
    assert len(reason.splitlines()) == 1
    return row.rule or ""


def granule_of(item: Path) -> Granule:
    return granule_from_item(json.loads(item.read_text()), str(item))


def image(item: Path, asset: str = "B04_10m") -> Path:
    return item.parent / f"{asset}.jp2"


def rewrite(
    path: Path,
    driver: str = "JP2OpenJPEG",
    bands: int = 1,
    alter: Callable[[np.ndarray], np.ndarray] = lambda pixels: pixels,
    **properties: object,
) -> None:
    """Write an image again with other pixels or properties, under the same name."""
    with rasterio.open(path) as file:
        profile = {k: file.profile[k] for k in ("crs", "transform", "dtype")} | properties
        pixels = alter(file.read(1).astype(str(profile["dtype"])))
    path.unlink()
    height, width = pixels.shape
    lossless = {"QUALITY": "100", "REVERSIBLE": "YES"} if driver == "JP2OpenJPEG" else {}
    with rasterio.open(
        path, "w", driver=driver, width=width, height=height, count=bands, **profile, **lossless
    ) as file:
        for band in range(bands):
            file.write(pixels, band + 1)
    path.with_suffix(".jp2.aux.xml").unlink(missing_ok=True)


def test_the_third_granule_is_fine_as_it_is(third: Path) -> None:
    home, root = third.parents[2] / "home", third.parents[1]
    assert run(home, write_root(root, [third])) == 1
    assert row_of_third(home).state == "READY"


def test_the_others_go_on_when_one_is_spoilt(base: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(base / "archive", tmp_path / "archive"))
    items = sorted(root.glob("*/item.json"))
    image(root / NAME / "item.json").write_bytes(b"")
    home = tmp_path / "home"
    assert run(home, write_root(root, items)) == 1
    assert row_of_third(home).state == "REJECTED"
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        (status,) = mosaics(session)
    assert len(status.granules) == 2
    assert tree(home / "products") == tree(base / "home" / "products")


@pytest.mark.parametrize("percent", [1, 5, 10, 25, 50, 75, 99])
def test_a_cut_image_is_never_pixels(third: Path, percent: int) -> None:
    path = image(third)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * percent // 100])
    assert rejection(third, path.name) == "image"


def test_not_even_the_last_byte_may_be_missing(third: Path) -> None:
    path = image(third)
    whole = path.read_bytes()
    (described,) = (i for i in granule_of(third).images if i.layer == "B04")
    near = Reach(third.parent, S3Access())

    def decode() -> None:
        _decode_image(granule_of(third), described, third.parent, near, None)

    decode()
    for length in [*range(0, len(whole) - 20, 97), *range(len(whole) - 20, len(whole))]:
        path.write_bytes(whole[:length])
        with pytest.raises(GranuleRejected):
            decode()
    assert rejection(third, path.name) == "image"


@pytest.mark.parametrize("asset", ["B04_10m", "SCL_20m"])
@pytest.mark.parametrize(
    ("properties", "rule"),
    [
        ({"crs": "EPSG:32632"}, "crs"),
        ({"crs": None}, "crs"),
        ({"bands": 2}, "image"),
        ({"driver": "GTiff", "dtype": "float32"}, "image"),
        ({"driver": "PNG", "crs": None}, "image"),
    ],
    ids=str,
)
def test_an_image_of_other_properties(
    third: Path, asset: str, properties: dict[str, object], rule: str
) -> None:
    rewrite(image(third, asset), **properties)  # type: ignore[arg-type]
    assert rejection(third, f"{asset}.jp2") == rule


@pytest.mark.parametrize(
    ("west", "size", "rule"),
    [
        (499980.5, 10, "geometry"),
        (499985, 10, "geometry"),
        (499990, 10, "tile-size"),
        (499980, 20, "geometry"),
        (499980, 12, "geometry"),
    ],
)
def test_an_image_off_its_grid(third: Path, west: float, size: int, rule: str) -> None:
    rewrite(image(third), transform=Affine(size, 0, west, 0, -size, 5700000))
    assert rejection(third, "B04_10m.jp2") == rule


def test_a_first_granule_off_the_grid_does_not_found_its_tile(third: Path) -> None:
    home = third.parents[2] / "fresh"
    for path in third.parent.glob("*.jp2"):
        size = int(path.stem[-3:-1])
        rewrite(path, transform=Affine(size, 0, 499985, 0, -size, 5700000))
    assert run(home, write_root(third.parents[1], [third])) == 0
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        (row,) = granules(session)
    assert (row.state, row.rule) == ("REJECTED", "geometry")


def test_a_granule_of_another_size(third: Path, tmp_path: Path) -> None:
    small = SimulatedArchive(start=deliveries()[0].sensed.date(), days=8, size=300)
    shutil.rmtree(third.parent)
    item = write_item(third.parents[1], THIRD, small)
    assert rejection(item, "B02_10m.jp2") == "tile-size"


@pytest.mark.parametrize("asset", ["B02_10m", "SCL_20m"])
def test_a_web_page_named_jp2(third: Path, asset: str) -> None:
    image(third, asset).write_text("<!DOCTYPE html><html><body>Please log in.</body></html>")
    assert rejection(third, f"{asset}.jp2") == "image"


@pytest.mark.parametrize(("dtype", "code"), [("uint16", 300), ("uint16", 12), ("uint8", 99)])
def test_impossible_classes(third: Path, dtype: str, code: int) -> None:
    path = image(third, "SCL_20m")

    def put(pixels: np.ndarray) -> np.ndarray:
        pixels[3, 4] = code
        return pixels

    rewrite(path, dtype=dtype, alter=put)
    assert rejection(third, "SCL_20m.jp2") == "range"


def test_a_missing_band(third: Path) -> None:
    edit(third, lambda document: document["assets"].pop("B11_20m"))
    assert rejection(third, "B11") == "missing-band"


def test_a_missing_file(third: Path) -> None:
    image(third, "B11_20m").unlink()
    assert rejection(third, "B11_20m.jp2") == "missing-file"


@pytest.mark.parametrize("algorithm", ["sha3-256", "md5"])
def test_with_a_checksum_every_flipped_byte_is_caught(third: Path, algorithm: str) -> None:
    state(third, algorithm)
    (b04,) = (entry for entry in granule_of(third).images if entry.layer == "B04")
    path = image(third)
    whole = path.read_bytes()
    verify(path, b04.href, b04.size, b04.checksum)
    rng = random.Random(5)
    for offset in rng.sample(range(len(whole)), 300):
        spoilt = bytearray(whole)
        spoilt[offset] ^= 1 << rng.randrange(8)
        path.write_bytes(spoilt)
        with pytest.raises(GranuleRejected) as caught:
            verify(path, b04.href, b04.size, b04.checksum)
        assert caught.value.rule == "checksum"
    assert rejection(third, path.name) == "checksum"


def test_with_a_size_every_cut_is_caught(third: Path) -> None:
    state(third)
    path = image(third)
    path.write_bytes(path.read_bytes()[:-1])
    assert rejection(third, path.name) == "size"


def test_pixels_of_the_rejected_are_never_seen(third: Path) -> None:
    rewrite(image(third), bands=2)
    rejection(third, "B04_10m.jp2")
    product = next((third.parents[2] / "home" / "products").rglob("source_index*.tiff"))
    with rasterio.open(product) as file:
        assert set(np.unique(file.read(1))) <= {-1, 0, 1}
