"""Areas: what is understood, and one clear sentence for everything else."""

import json
import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Polygon, box, mapping

from products.area import MAX_RINGS, MAX_VERTICES, WGS84, Area, area_of, parse_area
from products.errors import BadInput
from products.mgrs import tile_extent

TRIANGLE = [[2.1, 50.8], [2.2, 50.8], [2.2, 50.9], [2.1, 50.8]]
PLAIN = Polygon(TRIANGLE)
GEOMETRY = {"type": "Polygon", "coordinates": [TRIANGLE]}


def feature(geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"name": "field"}, "geometry": geometry}


def collection(*geometries: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [feature(each) for each in geometries]}


# ------------------------------------------------------------------ what is understood


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.wkt,
        f"\n  {PLAIN.wkt.lower()}  \n",
        f"\ufeff{PLAIN.wkt}",
        "POLYGON Z ((2.1 50.8 7, 2.2 50.8 7, 2.2 50.9 nan, 2.1 50.8 7))",
        "POLYGON ZM ((2.1 50.8 7 1, 2.2 50.8 7 1, 2.2 50.9 7 1, 2.1 50.8 7 1))",
        json.dumps(GEOMETRY),
        f"\ufeff {json.dumps(GEOMETRY)}",
        json.dumps(feature(GEOMETRY)),
        json.dumps(collection(GEOMETRY)),
        json.dumps({"type": "Polygon", "coordinates": [[[*point, 7.0] for point in TRIANGLE]]}),
    ],
)
def test_ways_to_write_the_same_area(text: str) -> None:
    area = parse_area(text)
    assert area.epsg == WGS84
    assert area.geometry.equals(PLAIN)
    assert not area.geometry.has_z


def test_features_that_overlap_or_touch_become_one_area() -> None:
    parts = [box(2, 50, 3, 51), box(2.5, 50, 4, 51), box(6, 50, 7, 51)]
    area = parse_area(json.dumps(collection(*map(mapping, parts))))
    assert area.geometry.equals(MultiPolygon([box(2, 50, 4, 51), parts[2]]))


def test_holes_and_parts_stay() -> None:
    ring = box(2, 50, 3, 51).difference(box(2.4, 50.4, 2.6, 50.6))
    several = MultiPolygon([ring, box(5, 50, 6, 51)])
    assert parse_area(several.wkt).geometry.equals(several)
    assert parse_area(json.dumps(mapping(several))).geometry.equals(several)


@pytest.mark.parametrize(
    "text",
    [
        box(179, -17, 181, -16).wkt,
        MultiPolygon([box(179, -17, 180, -16), box(-180, -17, -179, -16)]).wkt,
        MultiPolygon([box(-180, -17, -179, -16), box(179, -17, 180, -16)]).wkt,
        json.dumps(collection(*map(mapping, (box(-180, -17, -179, -16), box(179, -17, 180, -16))))),
    ],
)
def test_an_area_across_the_date_line_is_one_piece(text: str) -> None:
    assert parse_area(text).geometry.equals(box(179, -17, 181, -16))


def test_areas_on_both_sides_of_greenwich_are_not_moved() -> None:
    several = MultiPolygon([box(-10, 50, -9, 51), box(9, 50, 10, 51)])
    assert parse_area(several.wkt).geometry.equals(several)


# ------------------------------------------------------------------ what is refused

DEEP = '{"type":"FeatureCollection","features":[' * 3000
BAD = [
    ("", "neither WKT nor GeoJSON"),
    ("\x00", "neither WKT nor GeoJSON"),
    ("\ud800", "neither WKT nor GeoJSON"),
    ("x" * 100_000, "neither WKT nor GeoJSON"),
    ("A\x1b[2J\nB", "neither WKT nor GeoJSON"),
    ("POLYGON", "neither WKT nor GeoJSON"),
    ("POLYGON ((0 0, 1 0, 1 1, 0 1))", "do not form a closed"),
    ("POLYGON ((0 0, 1 0, 1 1, 0 0)) POINT (1 1)", "neither WKT nor GeoJSON"),
    ("SRID=4326;POLYGON ((0 0, 1 0, 1 1, 0 0))", "neither WKT nor GeoJSON"),
    ("CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))", "neither WKT nor GeoJSON"),
    ("TIN (((0 0 0, 0 0 1, 0 1 0, 0 0 0)))", "neither WKT nor GeoJSON"),
    ("[]", "neither WKT nor GeoJSON"),
    ("POLYGON EMPTY", "is an empty polygon"),
    ("MULTIPOLYGON EMPTY", "is an empty polygon"),
    ("GEOMETRYCOLLECTION EMPTY", "is a GeometryCollection; give"),
    ("POINT (1 1)", "is a Point; give a Polygon"),
    ("LINESTRING (0 0, 1 1)", "is a LineString; give a Polygon"),
    ("LINEARRING (0 0, 1 1, 1 0, 0 0)", "is a LinearRing; give a Polygon"),
    ("GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)))", "is a GeometryCollection; give"),
    ("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", "mend it where it crosses"),
    ("POLYGON ((0 0, 1 0, 2 0, 0 0))", "not a valid polygon"),
    ("POLYGON ((0 0, 0 0, 0 0, 0 0))", "not a valid polygon"),
    ("MULTIPOLYGON (((0 0, 2 0, 2 2, 0 0)), ((1 0, 3 0, 3 2, 1 0)))", "mend it where it crosses"),
    ("POLYGON ((0 0, 9 0, 9 9, 0 0), (20 20, 21 20, 21 21, 20 20))", "not a valid polygon"),
    ("POLYGON ((0 0, nan 0, 1 1, 0 0))", "not a valid polygon"),
    ("POLYGON ((0 0, inf 0, 1 1, 0 0))", "in degrees"),
    ("POLYGON ((0 0, -inf 0, 1 1, 0 0))", "in degrees"),
    ("MULTIPOLYGON (((170 0, 180 0, 180 9, 170 0)), ((-180 0, nan 0, -170 1, -180 0)))", "valid"),
    ("POLYGON ((-1e308 0, 1e308 0, 1e308 1, -1e308 0))", "in degrees"),
    ("POLYGON ((500000 5600000, 510000 5600000, 510000 5610000, 500000 5600000))", "in degrees"),
    ("POLYGON ((50 170, 51 170, 51 171, 50 170))", "in degrees"),
    ("POLYGON ((0 -90, 1 -90, 1 -91, 0 -90))", "in degrees"),
    ("POLYGON ((-190 0, -170 0, -170 1, -190 0))", "beyond 180 across the date line"),
    ("{", "is not GeoJSON"),
    ("{}", "is not GeoJSON"),
    ('{"type": null}', "is not GeoJSON"),
    ('{"type": ["Polygon"]}', "is not GeoJSON"),
    ('{"type": "Circle"}', "is not GeoJSON"),
    ('{"type": "Polygon"}', "is not GeoJSON"),
    ('{"type": "Polygon", "coordinates": null}', "is an empty polygon"),
    ('{"type": "Polygon", "coordinates": "abc"}', "is not GeoJSON"),
    ('{"type": "Polygon", "coordinates": {"a": 1}}', "is not GeoJSON"),
    ('{"type": "Polygon", "coordinates": [[]]}', "is an empty polygon"),
    ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0]]]}', "is not GeoJSON"),
    ('{"type": "Polygon", "coordinates": [[[0], [1], [1], [0]]]}', "is not GeoJSON"),
    ('{"type": "Polygon", "coordinates": [[[0, 0], [null, 0], [1, 1], [0, 0]]]}', "is not GeoJSON"),
    ('{"type": "Polygon", "coordinates": [[[0, 0], [1e999, 0], [1, 1], [0, 0]]]}', "in degrees"),
    ('{"type": "Polygon", "coordinates": [[[0, 0], [NaN, 0], [1, 1], [0, 0]]]}', "not a valid"),
    (f'{{"type": "Polygon", "coordinates": [[[0, 0], [1{"0" * 400}, 0], [1, 1]]]}}', "Overflow"),
    (f'{{"type": "Polygon", "coordinates": [[[0, 0], [1{"0" * 5000}, 0], [1, 1]]]}}', "JSON"),
    (f'{{"type": "Polygon", "coordinates": {"[" * 500}{"]" * 500}}}', "is not GeoJSON"),
    ('{"type": "Feature", "geometry": null}', "is not GeoJSON"),
    ('{"type": "FeatureCollection", "features": []}', "give a Polygon"),
    ('{"type": "FeatureCollection", "features": null}', "is not GeoJSON"),
    ('{"type": "FeatureCollection", "features": [null]}', "is not GeoJSON"),
    (json.dumps(collection(GEOMETRY, {"type": "Point", "coordinates": [1, 1]})), "give a Polygon"),
    (DEEP, "is not GeoJSON"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BAD)
@pytest.mark.filterwarnings("error")
def test_bad_areas_get_one_clear_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse_area(text, "field.wkt")
    said = str(refusal.value)
    assert said.startswith("field.wkt ")
    assert said.endswith(".")
    assert said.isprintable()
    assert len(said) < 400
    assert sentence in said


def test_too_many_vertices_or_rings() -> None:
    angles = np.linspace(0, 2 * math.pi, MAX_VERTICES + 1, endpoint=False)
    fine = Polygon(np.column_stack([2 + np.cos(angles), 50 + np.sin(angles)]))
    with pytest.raises(BadInput, match="10002 vertices in 1 rings; simplify it"):
        parse_area(fine.wkt)
    crumbs = MultiPolygon([box(2 + i, 50, 2.5 + i, 51) for i in range(MAX_RINGS + 1)])
    with pytest.raises(BadInput, match="in 101 rings; simplify it"):
        parse_area(crumbs.wkt)
    assert parse_area(MultiPolygon(list(crumbs.geoms)[:-1]).wkt)


def _outcome(text: str) -> None:
    try:
        area = parse_area(text)
    except BadInput:
        return
    assert area.geometry.is_valid
    assert area.geometry.area > 0


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")) | st.text(max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    _outcome(text)
    _outcome("{" + text)
    _outcome(f"POLYGON (({text}))")


numbers = st.floats() | st.integers() | st.integers(-200, 200) | st.none() | st.text(max_size=3)
documents = st.recursive(
    numbers,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "geometry", "features"]), inner)
    ),
    max_leaves=20,
)
KINDS = st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection", "Point", "X"])


@settings(max_examples=200, deadline=None)
@given(KINDS, documents)
def test_no_document_raises_anything_else(kind: str, inner: Any) -> None:
    keys = ("coordinates", "geometry", "features", "geometries")
    _outcome(json.dumps({"type": kind} | dict.fromkeys(keys, inner)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(), st.floats()), min_size=3, max_size=8))
def test_no_ring_raises_anything_else(points: list[tuple[float, float]]) -> None:
    _outcome(json.dumps({"type": "Polygon", "coordinates": [[*points, points[0]]]}))


# ------------------------------------------------------------------ other reference systems


def test_edges_are_straight_in_degrees_also_in_metres() -> None:
    area = Area(box(0, 50, 6, 51), WGS84)
    moved = area.to(32631)
    change = Transformer.from_crs(WGS84, 32631, always_xy=True)
    middle = shapely.Point(change.transform(3, 51))
    assert moved.boundary.distance(middle) < 1
    corners = [change.transform(x, 51) for x in (0, 6)]
    assert shapely.LineString(corners).distance(middle) > 1000


@pytest.mark.parametrize("tile", ["31UDS", "29RKH", "21MXT", "01KAA", "01WCV", "33XWJ"])
def test_the_ground_of_a_tile_is_the_same_in_degrees(tile: str) -> None:
    area = area_of(tile_extent(tile))
    degrees = area.to(WGS84)
    west, south, east, north = degrees.bounds
    assert -180 <= west < east < 540
    assert east - west < 13
    assert north - south < 2
    back = Area(degrees, WGS84).to(area.epsg)
    assert back.symmetric_difference(area.geometry).area < 1e-4 * area.geometry.area


def test_the_centre_of_an_area_is_given_in_degrees() -> None:
    assert Area(box(179, -17, 183, -16), WGS84).centre == (181, -16.5)
    longitude, latitude = area_of(tile_extent("31UDS")).centre
    assert (round(longitude, 1), round(latitude, 1)) == (2.4, 51.0)
