"""Orders: the same twice, late granules, tiles, missing layers, and nothing half."""

import errno
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import netCDF4
import pytest
from pyproj import Transformer
from rasterio._err import CPLE_AppDefinedError
from shapely.geometry import box

from catalog.affected import request_mosaic
from catalog.claim import claim
from catalog.query import mosaics
from products import pieces as pieces_module
from products.area import area_of
from products.bands import LAYERS
from products.errors import BadInput, NeedsOperator, SourceUnavailable
from products.formats import ProductFormat
from products.mgrs import tile_extent
from products.mosaic import MosaicKey
from products.naming import ProductName
from products.order import ReferenceSystem
from products.period import Period, PeriodKind
from tasks import package as package_module
from tasks.cycle import plan, run_once
from tasks.tailor import tailor
from tests.tasks.conftest import LACKING, Shop
from tests.tasks.helpers import tree, workshop
from tests.tasks.tailor_reference import read
from tests.tasks.tailor_world import NOTHING, layers_named, order_of, square

FIRST_QUARTER = Period(PeriodKind.QUARTER, date(2022, 1, 1))
MARCH = Period(PeriodKind.MONTH, date(2022, 3, 1))


def left_in(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir()) if out.exists() else []


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def states(shop: Shop) -> dict[tuple[str, str], str]:
    with shop.workshop.catalog.transaction() as session:
        return {(status.tile, status.period): status.state for status in mosaics(session)}


def bring_late_granule(shop: Shop) -> str:
    for folder in shop.late.iterdir():
        shutil.copytree(folder, shop.home / "inbox" / folder.name)
    run_once(shop.workshop, str(shop.home / "inbox"), NOTHING)
    return next(shop.late.iterdir()).stem


# ------------------------------------------------------------------ the same, and something new


def test_the_same_order_again_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    folder = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    before = stamps(tmp_path / "out")
    assert tailor(shop.workshop, order_of(square()), tmp_path / "out") == folder
    assert stamps(tmp_path / "out") == before


def test_another_place_gets_the_same_bytes(shop: Shop, tmp_path: Path) -> None:
    first, second = (tailor(shop.workshop, order_of(square()), tmp_path / n) for n in "ab")
    assert first.name == second.name
    assert tree(first) == tree(second)


def test_the_order_of_vertices_is_not_another_order(shop: Shop, tmp_path: Path) -> None:
    (x, y), *others = list(square().exterior.coords)[:-1]
    ring = [*others, (x, y), others[0]]
    text = f"POLYGON (({', '.join(f'{a!r} {b!r}' for a, b in ring)}))"
    assert tailor(shop.workshop, order_of(text), tmp_path) == tailor(
        shop.workshop, order_of(square()), tmp_path
    )


def test_what_differs_gets_a_number_of_its_own(shop: Shop, tmp_path: Path) -> None:
    orders = [
        order_of(square()),
        order_of(square(0.007)),
        order_of(square(), name="Other"),
        order_of(square(), layers=layers_named("B04", "B03")),
        order_of(square(), layers=layers_named("B03", "B04")),
        order_of(square(), form=ProductFormat.JP2),
    ]
    folders = [tailor(shop.workshop, order, tmp_path) for order in orders]
    assert len({ProductName.parse(folder.name).number for folder in folders}) == len(orders)


def test_a_late_granule_gives_a_new_product(shop: Shop, tmp_path: Path) -> None:
    first = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    before = tree(first)
    late = bring_late_granule(shop)
    assert states(shop) == {("31UGS", "MONTH"): "DUE", ("31UGR", "MONTH"): "PUBLISHED"}
    second = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    assert ProductName.parse(second.name).number > ProductName.parse(first.name).number
    assert late in read(second / "Test").granules.values()
    assert late not in read(first / "Test").granules.values()
    assert tree(first) == before


def test_a_period_that_nobody_demanded_is_composed_and_kept_current(
    shop: Shop, tmp_path: Path
) -> None:
    assert ("31UGS", "QUARTER") not in states(shop)
    order = order_of(square(), period=FIRST_QUARTER)
    first = tailor(shop.workshop, order, tmp_path)
    assert len(read(first / "Test").granules) == 4
    assert states(shop)["31UGS", "QUARTER"] == "PUBLISHED"
    bring_late_granule(shop)
    assert states(shop)["31UGS", "QUARTER"] == "DUE"
    assert len(read(tailor(shop.workshop, order, tmp_path) / "Test").granules) == 5


def test_the_pixels_of_a_product_follow_one_definition(shop: Shop, tmp_path: Path) -> None:
    """Mosaics that were made with another threshold are made anew, not mixed in."""
    two = workshop(shop.home, threshold=2)
    folder = tailor(two, order_of(square()), tmp_path)
    with two.catalog.transaction() as session:
        assert {status.revision for status in mosaics(session)} == {2}
    delivered = read(folder / "Test")
    twice = delivered.layers["VALID_OBS"] == 2
    assert twice.any()
    assert (delivered.layers["MEDOID_MOS"][twice] != 65535).all()
    back = tailor(shop.workshop, order_of(square()), tmp_path)
    assert (read(back / "Test").layers["MEDOID_MOS"] == 65535).all()


# ------------------------------------------------------------------ tiles and layers


def test_a_large_area_is_delivered_tile_by_tile(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces_module, "LARGEST_SIDE", 20)
    folder = tailor(shop.workshop, order_of(square()), tmp_path)
    items = {f"stac_M20_20220101_{tile}.json" for tile in ("31UGR", "31UGS")}
    assert {path.name for path in folder.iterdir()} == {
        "31UGS", "31UGR", "inspire.xml", "manifest.json", *items
    }  # fmt: skip
    with shop.workshop.catalog.transaction() as session:
        published = {s.tile: shop.home / s.product / s.tile for s in mosaics(session)}
    for tile, original in published.items():
        delivered, mosaic = read(folder / tile), read(original)
        assert (delivered.epsg, delivered.west, delivered.north, delivered.size) == (
            mosaic.epsg, mosaic.west, mosaic.north, mosaic.size,
        )  # fmt: skip
        assert delivered.granules == mosaic.granules
        assert set(delivered.layers) == set(mosaic.layers)
        for name, pixels in mosaic.layers.items():
            assert (delivered.layers[name] == pixels).all(), (tile, name)


def test_tiles_are_not_needed_where_degrees_are_asked_for(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces_module, "LARGEST_SIDE", 20)
    folder = tailor(shop.workshop, order_of(square(), system=ReferenceSystem.WGS84), tmp_path)
    assert (folder / "Test").is_dir()


def document(folder: Path) -> dict:
    return json.loads(next(folder.rglob("metadata_*.json")).read_text())


def test_a_band_that_one_tile_lacks_is_left_out_and_named(shop: Shop, tmp_path: Path) -> None:
    folder = tailor(shop.workshop, order_of(square()), tmp_path)
    assert [m["Name"] for m in document(folder)["Missing_layers"]] == ["B01", "B05"]
    delivered = read(folder / "Test")
    assert {layer.api_id for layer in LAYERS} - set(delivered.layers) == {"B01", "B05"}
    from_lower = [i for i, name in delivered.granules.items() if "_T31UGR_" in name]
    lower = delivered.layers["INDEX"] == from_lower[0]
    assert lower.any()
    assert (delivered.layers["AOT"][lower] == 65535).all()
    assert (delivered.layers["AOT"][~lower & (delivered.layers["INDEX"] >= 0)] != 65535).all()


def test_each_tile_has_what_its_own_sources_have(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces_module, "LARGEST_SIDE", 20)
    folder = tailor(shop.workshop, order_of(square()), tmp_path)
    lacking = set(LACKING)
    assert lacking <= set(read(folder / "31UGS").layers)
    assert not lacking & set(read(folder / "31UGR").layers)
    only = tailor(shop.workshop, order_of(square(), layers=layers_named("B01")), tmp_path)
    assert (only / "31UGS").is_dir()
    assert not (only / "31UGR").exists()


def test_a_band_that_no_piece_can_have_is_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="deliver none of B01, B05; choose other bands"):
        tailor(shop.workshop, order_of(square(), layers=layers_named("B01", "B05")), tmp_path)


@pytest.mark.parametrize("form", ProductFormat)
def test_layers_come_in_the_order_in_which_they_were_asked_for(
    shop: Shop, tmp_path: Path, form: ProductFormat
) -> None:
    asked = layers_named("SCENE", "B8A", "INDEX", "B02")
    names = [layer.name for layer in asked]
    folder = tailor(shop.workshop, order_of(square(), layers=asked, form=form), tmp_path)
    assert [band["Name"] for band in document(folder)["Band_interpretations"]] == names
    if form is ProductFormat.NETCDF:
        with netCDF4.Dataset(next(folder.rglob("*.nc"))) as file:
            assert [name for name in file.variables if name in names] == names


def test_the_ground_of_a_tile_is_cut_in_its_own_zone(shop: Shop, tmp_path: Path) -> None:
    """Also where its centre lies in the next zone, as that of 31UGS does."""
    area = area_of(tile_extent("31UGS"))
    order = order_of(area, resolution=60, layers=layers_named("B04"))
    geometry = document(tailor(shop.workshop, order, tmp_path))["Geometry"]
    assert geometry["CRS"] == "EPSG:32631"
    assert (geometry["Image_width"], geometry["Image_height"]) == (1830, 1830)


# ------------------------------------------------------------------ nothing half


class Stop(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "raised"),
    [(Stop(), Stop), (OSError(errno.ENOSPC, "No space left on device"), NeedsOperator)],
)
def test_what_fails_at_the_last_moment_leaves_nothing(
    shop: Shop, tmp_path: Path, error: Exception, raised: type[Exception]
) -> None:
    def point(name: str) -> None:
        if name == "tailor.before_move":
            raise error

    out = tmp_path / "out"
    with pytest.raises(raised) as caught:
        tailor(replace(shop.workshop, point=point), order_of(square()), out)
    if raised is NeedsOperator:
        assert "No space left on device" in str(caught.value)
    assert left_in(out) == []
    assert tailor(shop.workshop, order_of(square()), out).is_dir()


@pytest.mark.parametrize(
    "error", [CPLE_AppDefinedError(3, 1, "compress tile failed"), RuntimeError("NetCDF: HDF error")]
)
def test_a_disk_that_is_full_while_encoding_is_one_sentence(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(package_module, "encode_layers", full)
    with pytest.raises(NeedsOperator, match="could not be encoded"):
        tailor(shop.workshop, order_of(square()), tmp_path / "out")
    assert left_in(tmp_path / "out") == []


def test_what_a_killed_order_left_is_swept_by_the_next(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tests.tasks.killable_tailor", str(shop.home), str(out)]
    assert subprocess.run(command, check=False).returncode == -9
    (left,) = left_in(out)
    assert left.startswith(".s2gm-")
    plan(shop.workshop, NOTHING)  # a run of the service forgets the dead worker
    folder = tailor(shop.workshop, order_of(square()), out)
    assert left_in(out) == [folder.name]


def test_the_work_of_the_living_is_left_alone(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out"
    seen: list[str] = []

    def point(name: str) -> None:
        if name == "tailor.before_move":
            other = workshop(shop.home)
            tailor(other, order_of(square(), name="Other"), out)
            seen.extend(left_in(out))

    folder = tailor(replace(shop.workshop, point=point), order_of(square()), out)
    assert len([name for name in seen if name.startswith(".s2gm-")]) == 1
    assert len(left_in(out)) == 2
    assert folder.is_dir()


def test_two_that_deliver_the_same_at_once_both_get_it(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def point(name: str) -> None:
        if name == "tailor.before_move":
            tailor(workshop(shop.home), order_of(square()), out)

    folder = tailor(replace(shop.workshop, point=point), order_of(square()), out)
    assert left_in(out) == [folder.name]


def test_a_product_that_was_changed_is_not_passed_off_as_delivered(
    shop: Shop, tmp_path: Path
) -> None:
    (tailor(shop.workshop, order_of(square()), tmp_path) / "inspire.xml").write_text("gone")
    with pytest.raises(BadInput, match=r"inspire.xml is broken.*remove the folder and order again"):
        tailor(shop.workshop, order_of(square()), tmp_path)


# ------------------------------------------------------------------ mosaics that cannot be cut


def test_a_damaged_mosaic_is_named_and_nothing_is_cut(shop: Shop, tmp_path: Path) -> None:
    with shop.workshop.catalog.transaction() as session:
        product = next(shop.home / s.product for s in mosaics(session) if s.tile == "31UGS")
    next(product.rglob("B8A_*.tiff")).unlink()
    with pytest.raises(NeedsOperator, match=r"damaged: 31UGS/B8A_M20_20220101_31UGS.tiff is missi"):
        tailor(shop.workshop, order_of(square()), tmp_path / "out")
    assert left_in(tmp_path / "out") == []


def test_a_mosaic_that_another_worker_composes_is_not_left_out(shop: Shop, tmp_path: Path) -> None:
    with shop.workshop.catalog.transaction() as session:
        row = request_mosaic(session, MosaicKey("31UGS", FIRST_QUARTER, 60))
        claim(session, row.id, shop.workshop.definition, "somebody", 60)
    with pytest.raises(SourceUnavailable, match="being composed by another worker; order again"):
        tailor(
            shop.workshop, order_of(square(), period=FIRST_QUARTER, resolution=60), tmp_path / "out"
        )
    assert left_in(tmp_path / "out") == []


def test_an_area_outside_the_data_names_its_tiles(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"on 31UDQ.*has granules of 31UGR, 31UGS, 32ULB"):
        tailor(shop.workshop, order_of(box(2.3, 48.8, 2.31, 48.81)), tmp_path / "out")
    with pytest.raises(BadInput, match="no observation of 31UGR, 31UGS, 32ULB in MONTH 2022-03-01"):
        tailor(shop.workshop, order_of(square(), period=MARCH), tmp_path / "out")
    assert left_in(tmp_path / "out") == []


def test_an_area_without_any_observed_pixel_is_refused(shop: Shop, tmp_path: Path) -> None:
    """The area touches 31UGS, but so little that no pixel centre lies in it."""
    x, y = Transformer.from_crs(32631, 4326, always_xy=True).transform(733440, 5595100)
    sliver = box(x - 1e-5, y - 1e-5, x + 1e-5, y + 1e-5)
    with pytest.raises(BadInput, match="No pixel of the area has an observation in MONTH"):
        tailor(shop.workshop, order_of(sliver), tmp_path / "out")
    assert left_in(tmp_path / "out") == []
