"""Every pixel of an order is the pixel of a tile's mosaic that it should be."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, box
from shapely.geometry.base import BaseGeometry

from catalog.query import mosaics
from products.area import area_of
from products.bands import LAYERS, Layer
from products.formats import ProductFormat
from products.grid import Extent
from products.order import ReferenceSystem
from tasks import merge as merge_module
from tasks.tailor import tailor
from tasks.workshop import Workshop
from tests.tasks.tailor_reference import Delivered, Reference, differences, read
from tests.tasks.tailor_world import (
    DATE_LINE,
    NORTHERN,
    PACIFIC,
    SOUTH_CENTRE,
    SOUTHERN,
    order_of,
    square,
    taken_in,
    turned,
    write_world,
)

UTM, WGS84 = ReferenceSystem


@dataclass(frozen=True)
class World:
    workshop: Workshop
    tiles: dict[str, Delivered]


def _world(root: Path, archives: tuple, whole: BaseGeometry) -> World:
    write_world(root / "archive", archives)
    opened = taken_in(root / "home", root / "archive")
    tailor(opened, order_of(whole), root / "first")
    with opened.catalog.transaction() as session:
        found = {s.tile: opened.home / s.product / s.tile for s in mosaics(session)}
    assert set(found) == {archive.tile for archive in archives}
    return World(opened, {tile: read(folder) for tile, folder in found.items()})


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _world(tmp_path_factory.mktemp("north"), NORTHERN, square())


@pytest.fixture(scope="module")
def south(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _world(tmp_path_factory.mktemp("south"), SOUTHERN, square(centre=SOUTH_CENTRE))


@pytest.fixture(scope="module")
def pacific(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _world(tmp_path_factory.mktemp("pacific"), PACIFIC, square(centre=DATE_LINE))


def _compare(
    world: World,
    area: BaseGeometry,
    out: Path,
    layers: tuple[Layer, ...] = LAYERS,
    asked: BaseGeometry | None = None,
    **changes: object,
) -> dict[str, int]:
    folder = tailor(world.workshop, order_of(asked or area, layers=layers, **changes), out)
    delivered = read(folder / "Test")
    assert list(delivered.layers) == [layer.api_id for layer in layers]
    wrong, counts = differences(delivered, Reference(world.tiles, area), layers)
    assert wrong == []
    assert counts.pop("unsure") <= 0.02 * math.prod(delivered.shape)
    return counts


CASES = [
    (form, system, seed)
    for seed, (form, system) in enumerate((f, s) for f in ProductFormat for s in (UTM, WGS84))
]


@pytest.mark.parametrize(("form", "system", "seed"), CASES)
def test_every_pixel_of_every_layer_is_that_of_its_tile(
    north: World, tmp_path: Path, form: ProductFormat, system: ReferenceSystem, seed: int
) -> None:
    counts = _compare(north, turned(seed), tmp_path, form=form, system=system)
    assert min(counts[tile] for tile in ("31UGR", "31UGS", "32ULB")) > 20
    assert counts["empty"] > 20


@pytest.mark.parametrize("system", [UTM, WGS84])
def test_the_same_holds_south_of_the_equator(
    south: World, tmp_path: Path, system: ReferenceSystem
) -> None:
    counts = _compare(south, turned(3, SOUTH_CENTRE), tmp_path, system=system)
    assert min(counts["31HGD"], counts["32HKJ"]) > 20


@pytest.mark.parametrize("system", [UTM, WGS84])
@pytest.mark.parametrize("centre", [DATE_LINE, (-180.0, DATE_LINE[1])])
def test_the_same_holds_across_the_date_line(
    pacific: World, tmp_path: Path, system: ReferenceSystem, centre: tuple[float, float]
) -> None:
    """Whether the area runs on beyond 180 degrees or is cut there."""
    whole = turned(2, DATE_LINE)
    cut = whole
    if centre[0] < 0:
        west, east = (
            whole.intersection(box(170, -20, 180, 0)),
            whole.intersection(box(180, -20, 190, 0)),
        )
        cut = MultiPolygon([west, translate(east, -360)])
    counts = _compare(pacific, whole, tmp_path, system=system, asked=cut)
    assert counts["01KAB"] > 200
    bounds = etree.parse(next(tmp_path.rglob("inspire.xml"))).find(".//{*}EX_GeographicBoundingBox")
    west, east = (
        float(bounds.findtext(f"{{*}}{side}BoundLongitude/*")) for side in ("west", "east")
    )
    assert 179.99 < west < 180
    assert -180 < east < -179.99


@pytest.mark.parametrize("system", [UTM, WGS84])
def test_the_ground_of_a_tile_on_the_date_line(
    pacific: World, tmp_path: Path, system: ReferenceSystem
) -> None:
    tile = pacific.tiles["01KAB"]
    side = tile.size * tile.shape[0]
    ground = area_of(Extent(tile.epsg, int(tile.west), int(tile.north), int(side), int(side)))
    order = order_of(ground, system=system)
    delivered = read(tailor(pacific.workshop, order, tmp_path) / "Test")
    wrong, counts = differences(delivered, Reference(pacific.tiles, ground.to(4326)), LAYERS)
    assert wrong == []
    assert counts["01KAB"] > 0.5 * math.prod(tile.shape)
    assert max(delivered.shape) < 70


def test_blocks_do_not_show(north: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(tailor(north.workshop, order_of(turned(4)), tmp_path / "whole") / "Test")
    monkeypatch.setattr(merge_module, "_SIDE", 16)
    parts = read(tailor(north.workshop, order_of(turned(4)), tmp_path / "parts") / "Test")
    assert all((parts.layers[name] == pixels).all() for name, pixels in whole.layers.items())
    assert parts.granules == whole.granules


def test_without_source_index_the_other_layers_are_the_same(north: World, tmp_path: Path) -> None:
    whole = read(tailor(north.workshop, order_of(turned(5)), tmp_path) / "Test")
    chosen = tuple(layer for layer in LAYERS if layer.api_id in ("B11", "VALID_OBS"))
    few = read(tailor(north.workshop, order_of(turned(5), layers=chosen), tmp_path) / "Test")
    assert set(few.layers) == {"B11", "VALID_OBS"}
    assert all((few.layers[name] == whole.layers[name]).all() for name in few.layers)
