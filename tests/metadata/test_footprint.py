"""Outlines in longitude and latitude."""

import pytest
from affine import Affine
from hypothesis import given, settings
from pyproj import Geod, Transformer
from shapely import Point
from shapely.geometry import shape

from metadata.footprint import footprint
from products.grid import Extent, Grid
from tests.metadata.facts import any_facts

TILE = Extent(32631, 399960, 5700000, 109800, 109800).grid(60)
ACROSS = Extent(32601, 339960, 7200000, 109800, 109800).grid(60)


def rings(geometry: dict) -> list[list[list[float]]]:
    if geometry["type"] == "Polygon":
        return geometry["coordinates"]
    return [ring for polygon in geometry["coordinates"] for ring in polygon]


@given(any_facts())
@settings(max_examples=100, deadline=None)
def test_outlines_are_valid_counter_clockwise_and_within_the_globe(facts: object) -> None:
    geometry, (west, south, east, north) = footprint(facts.grid)  # type: ignore[attr-defined]
    assert shape(geometry).is_valid
    assert (geometry["type"] == "MultiPolygon") == (west > east)
    for ring in rings(geometry):
        assert ring[0] == ring[-1]
        assert shape({"type": "Polygon", "coordinates": [ring]}).exterior.is_ccw
        for longitude, latitude in ring:
            assert -180 <= longitude <= 180
            assert south <= latitude <= north
            if west <= east:
                assert west <= longitude <= east
            else:
                assert longitude >= west or longitude <= east


@pytest.mark.parametrize("grid", [TILE, ACROSS])
def test_the_outline_contains_exactly_the_pixels_of_the_grid(grid: Grid) -> None:
    outline = shape(footprint(grid)[0])
    to_degrees = Transformer.from_crs(grid.epsg, 4326, always_xy=True)
    west, south, east, north = grid.bounds
    middles = [(west, (south + north) / 2, 1, 0), (east, (south + north) / 2, -1, 0),
               ((west + east) / 2, south, 0, 1), ((west + east) / 2, north, 0, -1)]  # fmt: skip
    for x, y, inward_x, inward_y in middles:
        for metres, inside in ((30, True), (-30, False)):
            place = to_degrees.transform(x + metres * inward_x, y + metres * inward_y)
            assert outline.contains(Point(place)) is inside


def test_the_area_at_the_antimeridian_is_that_of_the_tile() -> None:
    geometry, box = footprint(ACROSS)
    assert geometry["type"] == "MultiPolygon"
    assert len(geometry["coordinates"]) == 2
    area = abs(Geod(ellps="WGS84").geometry_area_perimeter(shape(geometry))[0])
    assert area == pytest.approx(109800**2, rel=2e-3)
    assert (box[0] > 179, box[2] < -178) == (True, True)


def test_degrees_are_taken_as_they_are() -> None:
    grid = Grid(4326, 10, (600, 1200), Affine(1 / 12000, 0, 3, 0, -1 / 12000, 50.65))
    geometry, box = footprint(grid)
    assert box == (3, 50.6, 3.1, 50.65)
    assert geometry["coordinates"] == [
        [[3, 50.6], [3.1, 50.6], [3.1, 50.65], [3, 50.65], [3, 50.6]]
    ]


def test_a_grid_in_degrees_may_run_past_180_or_around_the_globe() -> None:
    past = Grid(4326, 60, (100, 400), Affine(0.01, 0, 178, 0, -0.01, 10))
    geometry, box = footprint(past)
    assert box == (178, 9, -178, 10)
    assert [ring[0][0] > 0 for ring in rings(geometry)] == [True, False]
    world = Grid(4326, 60, (180, 360), Affine(1, 0, -180, 0, -1, 90))
    assert footprint(world)[1] == (-180, -90, 180, 90)
