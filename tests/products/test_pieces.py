"""How orders are laid out: lattices, zones, pieces."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from products.area import WGS84, Area, area_of, parse_area
from products.bands import LAYERS
from products.errors import BadInput
from products.formats import ProductFormat
from products.grid import Extent, Grid
from products.mgrs import tile_extent, tiles_of
from products.order import Order, ReferenceSystem
from products.period import Period, PeriodKind
from products.pieces import plan_pieces, snapped_grid, touches

UTM, DEGREES = ReferenceSystem
JUNE = Period(PeriodKind.MONTH, date(2018, 6, 1))
SIZES = {10: 12000, 20: 6000, 60: 2000}
"""Pixels per degree."""

resolutions = st.sampled_from([10, 20, 60])
Bounds = tuple[float, float, float, float]


def order(area: Area, resolution: int = 10, system: ReferenceSystem = UTM) -> Order:
    return Order("Test", area, JUNE, resolution, LAYERS, ProductFormat.GEO_TIFF, system)


def bounds_within(
    west: float, south: float, east: float, north: float
) -> st.SearchStrategy[Bounds]:
    """Boxes from a hair to a few thousand pixels wide."""
    span = (east - west) / 50
    return st.tuples(
        st.floats(west, east), st.floats(south, north), st.floats(span / 1e6, span),
        st.floats(span / 1e6, span),
    ).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))  # fmt: skip


def check_covers_and_is_smallest(grid: Grid, bounds: Bounds) -> None:
    hair = 2e-6 * grid.transform.a
    west, south, east, north = bounds
    left, bottom, right, top = grid.bounds
    assert left <= west + hair
    assert bottom <= south + hair
    assert right >= east - hair
    assert top >= north - hair
    size = grid.transform.a
    assert min(grid.shape) >= 1
    assert left + size > west - hair
    assert right - size < max(east, left + 2 * size) + hair
    assert top - size < north + hair
    assert bottom + size > min(south, top - 2 * size) - hair


@settings(max_examples=300)
@given(st.sampled_from([32601, 32631, 32660]), resolutions, bounds_within(1e5, -2e5, 9e5, 9.3e6))
def test_north_of_the_equator_edges_are_multiples_of_the_pixel(
    epsg: int, resolution: int, bounds: Bounds
) -> None:
    grid = snapped_grid(epsg, resolution, bounds)
    check_covers_and_is_smallest(grid, bounds)
    assert (grid.transform.a, grid.transform.e) == (resolution, -resolution)
    assert grid.transform.c % resolution == grid.transform.f % resolution == 0


@settings(max_examples=300)
@given(st.sampled_from([32701, 32733]), resolutions, bounds_within(1e5, 1.1e6, 9e5, 1e7))
def test_south_of_the_equator_northings_count_from_ten_million(
    epsg: int, resolution: int, bounds: Bounds
) -> None:
    grid = snapped_grid(epsg, resolution, bounds)
    check_covers_and_is_smallest(grid, bounds)
    assert grid.transform.c % resolution == 0
    assert (10_000_000 - grid.transform.f) % resolution == 0


@settings(max_examples=300)
@given(resolutions, bounds_within(-180, -80, 400, 84))
def test_degrees_are_cut_into_whole_parts(resolution: int, bounds: Bounds) -> None:
    grid = snapped_grid(WGS84, resolution, bounds)
    check_covers_and_is_smallest(grid, bounds)
    steps = SIZES[resolution]
    assert grid.transform.a == -grid.transform.e == 1 / steps
    for edge in (grid.transform.c, grid.transform.f):
        assert float(Fraction(round(edge * steps), steps)) == edge


@settings(max_examples=200)
@given(
    st.one_of(
        st.tuples(st.just(32631), bounds_within(1e5, 0, 9e5, 9.3e6)),
        st.tuples(st.just(32731), bounds_within(1e5, 1.1e6, 9e5, 1e7)),
        st.tuples(st.just(WGS84), bounds_within(-180, -80, 180, 84)),
    )
)
def test_the_pixel_sizes_nest(place: tuple[int, Bounds]) -> None:
    """A corner of a coarse pixel is one of fine pixels, and coarse grids hold the fine."""
    epsg, bounds = place
    fine, middle, coarse = (snapped_grid(epsg, size, bounds) for size in (10, 20, 60))
    for small, large, factor in ((fine, middle, 2), (middle, coarse, 3), (fine, coarse, 6)):
        columns = (small.transform.c - large.transform.c) / small.transform.a
        rows = (large.transform.f - small.transform.f) / small.transform.a
        assert abs(columns - round(columns)) < 1e-4
        assert abs(rows - round(rows)) < 1e-4
        assert round(columns) >= 0
        assert round(rows) >= 0
        assert round(columns) + small.shape[1] <= large.shape[1] * factor
        assert round(rows) + small.shape[0] <= large.shape[0] * factor


@pytest.mark.parametrize("tile", ["31UDS", "31UGS", "33TWM", "01KAA", "21MXT", "36NYH", "33XWJ"])
@pytest.mark.parametrize("resolution", [10, 20, 60])
def test_the_ground_of_a_tile_is_its_own_grid(tile: str, resolution: int) -> None:
    """In one piece or, where 10980 pixels are too many for one, as a tile."""
    extent = tile_extent(tile)
    (piece,) = plan_pieces(order(area_of(extent), resolution), {tile: extent})
    assert piece.grid == extent.grid(resolution)
    assert (piece.clip is None) == (resolution == 10)
    assert piece.place == (tile if resolution == 10 else "Test")


def test_the_centroid_decides_the_zone() -> None:
    for west, zone in ((5.8, 32631), (5.92, 32632)):
        (piece,) = plan_pieces(order(Area(box(west, 50, west + 0.2, 50.1), WGS84)), {})
        assert piece.grid.epsg == zone
    (piece,) = plan_pieces(order(Area(box(3, -0.1, 3.1, 0.05), WGS84)), {})
    assert piece.grid.epsg == 32731
    (piece,) = plan_pieces(order(Area(box(181, -17.1, 181.1, -17), WGS84)), {})
    assert piece.grid.epsg == 32701


def test_an_area_is_tiled_only_beyond_ten_thousand_pixels() -> None:
    inside = Area(box(500_000, 5_600_000, 600_000, 5_700_000), 32631)
    beyond = Area(box(500_000, 5_600_000, 600_001, 5_700_000), 32631)
    tiles = {name: tile_extent(name) for name in ("31UES", "31UDS")}
    (piece,) = plan_pieces(order(inside), tiles)
    assert piece.grid.shape == (10_000, 10_000)
    pieces = plan_pieces(order(beyond), tiles)
    assert [piece.place for piece in pieces] == ["31UDS", "31UES"]
    assert [piece.grid for piece in pieces] == [tiles[p.place].grid(10) for p in pieces]
    assert len(plan_pieces(order(beyond, 20), tiles)) == 1


def test_degrees_are_always_in_one_piece() -> None:
    (piece,) = plan_pieces(order(Area(box(2, 49, 9, 54), WGS84), 10, DEGREES), {})
    assert (piece.grid.epsg, piece.grid.shape) == (WGS84, (60_000, 84_000))
    (piece,) = plan_pieces(order(Area(box(179.5, -17, 180.5, -16), WGS84), 10, DEGREES), {})
    assert piece.grid.bounds == (179.5, -17, 180.5, -16)


@pytest.mark.parametrize(
    "area",
    [
        box(-180, -80, 180, 84),
        box(-180, -90, 180, 90),
        box(-25, 34, 45, 72),
        box(100, -50, 300, 70),
        MultiPolygon([box(-10, 36, 0, 44), box(170, -48, 179, -34)]),
    ],
)
def test_continents_are_tiled_whatever_their_zone_makes_of_them(area: Polygon) -> None:
    tiles = {name: tile_extent(name) for name in ("31UDS", "60HTE")}
    pieces = plan_pieces(order(Area(area, WGS84), 60), tiles)
    assert [piece.place for piece in pieces] == ["31UDS", "60HTE"]


def test_an_area_beyond_the_zones_has_no_grid_in_metres() -> None:
    with pytest.raises(BadInput, match="has no UTM zone"):
        plan_pieces(order(Area(box(0, 85, 1, 86), WGS84)), {})


# ------------------------------------------------------------------ which tiles an area touches


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-180, 179), st.floats(-79, 83), st.floats(0.001, 1.5), st.floats(0.001, 1.0),
    st.sampled_from([0, 360]),
)  # fmt: skip
def test_it_agrees_with_the_tile_grid(
    west: float, south: float, width: float, height: float, turn: int
) -> None:
    area = box(west + turn, south, west + turn + width, min(south + height, 84))
    names = tiles_of(area)
    for name in names:
        assert touches(Area(area, WGS84), tile_extent(name)), name
    neighbours = set(tiles_of(area.buffer(1).intersection(box(-180, -80, 539, 84)))) - set(names)
    for name in sorted(neighbours)[::7]:
        assert not touches(Area(area, WGS84), tile_extent(name)), name


WORLD = "POLYGON ((-180 -80, 180 -80, 180 84, -180 84, -180 -80))"


@pytest.mark.parametrize("tile", ["31UDS", "01KAA", "60HTE", "33XWJ", "21MXT", "01CCV"])
def test_the_world_touches_every_tile(tile: str) -> None:
    assert touches(parse_area(WORLD), tile_extent(tile))


def test_the_border_alone_does_not_count() -> None:
    extent = Extent(32631, 500_000, 5_700_000, 600, 600)
    for dx, hit in ((0, True), (599, True), (600, False), (-600, False)):
        west = extent.west + dx
        area = Area(box(west, extent.north - 600, west + 600, extent.north), 32631)
        assert touches(area, extent) is hit


def test_a_hole_around_a_tile_is_not_touched() -> None:
    extent = Extent(32631, 500_000, 5_600_000, 600, 600)
    ring = box(2, 50, 4, 51).difference(box(2.9, 50.4, 3.1, 50.7))
    assert not touches(Area(ring, WGS84), extent)
    assert touches(Area(box(2, 50, 4, 51), WGS84), extent)
