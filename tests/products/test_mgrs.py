"""The tile grid by rule, against real corners, ESA's grid and a search through every tile."""

import hashlib
import itertools
import json
import re
from collections import defaultdict
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from products.errors import BadInput
from products.grid import Extent, epsg_of
from products.mgrs import SIZE, tile_extent, tiles_of, utm_zone
from tests.real import ROOT, needs

ZONES = [f"{zone:02d}" for zone in range(1, 61)]
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

longitudes = st.floats(-180, 180)
latitudes = st.floats(-79.9, 83.9)


@cache
def every_tile() -> dict[str, Extent]:
    """Try every name that can be written."""
    tiles = {}
    for parts in itertools.product(ZONES, LETTERS[2:22], LETTERS, LETTERS[:20]):
        name = "".join(parts)
        try:
            tiles[name] = tile_extent(name)
        except BadInput:
            continue
    return tiles


@cache
def tiles_by_zone() -> dict[int, tuple[list[str], np.ndarray]]:
    zones = defaultdict(list)
    for name, extent in every_tile().items():
        zones[extent.epsg].append((name, extent.west, extent.north))
    return {
        epsg: ([row[0] for row in rows], np.array([row[1:] for row in rows]))
        for epsg, rows in zones.items()
    }


@cache
def to_metres(epsg: int) -> Transformer:
    return Transformer.from_crs(4326, epsg, always_xy=True)


def tiles_around(lon: float, lat: float) -> set[str]:
    """Look for a point in every tile of every zone near it, metre by metre."""
    found: set[str] = set()
    for epsg, (names, corners) in tiles_by_zone().items():
        middle = 6 * (epsg % 100) - 183
        away = (lon - middle + 180) % 360 - 180
        if abs(away) < 30:
            x, y = to_metres(epsg).transform(middle + away, lat)
            east, south = x - corners[:, 0], corners[:, 1] - y
            inside = (east > 0) & (east < SIZE) & (south > 0) & (south < SIZE)
            found.update(names[index] for index in np.flatnonzero(inside))
    return found


# ------------------------------------------------------------------ corners


def test_the_names_are_those_of_esa_s_tiling_grid() -> None:
    # the digest was taken over the sorted names of the KML's 56,686 placemarks
    names = sorted(every_tile())
    assert len(names) == 56_686
    assert hashlib.sha256("\n".join(names).encode()).hexdigest() == (
        "0cb82f6317f7f7a3c88c6efa2b53647404f5a6878f795bfeb0653251753eb808"
    )


@pytest.mark.parametrize(
    ("name", "lon", "lat"),
    [
        ("01CCV", 177.189340362, -72.012477885),
        ("01CDH", 175.835686552, -82.796720111),
        ("01KAB", 179.258625322, -16.247762925),
        ("01NAA", 179.406870077, 0.903121030),
        ("04QFJ", -158.033253183, 21.700598725),
        ("18LUP", -76.824299380, -9.945890160),
        ("19HCC", -71.151023792, -33.420377955),
        ("21MXT", -56.100917184, -1.809051653),
        ("31NBA", 0.304463804, 0.903903731),
        ("31UDS", 1.560547850, 51.442345252),
        ("31VEH", 2.999626282, 61.334442483),
        ("31XDG", -1.437781054, 78.339009352),
        ("31XEL", 2.998719646, 81.956919404),
        ("32VKL", 3.708037536, 59.431105557),
        ("32VLR", 4.913343028, 63.969605124),
        ("33WVS", 12.452716716, 69.390970153),
        ("33XVG", 10.562218946, 78.339009352),
        ("33XXA", 18.060775236, 72.972797991),
        ("35XMG", 22.562218946, 78.339009352),
        ("37XDA", 35.938002683, 72.972779680),
        ("53KNR", 134.999806640, -21.703417285),
        ("56HLH", 150.848976208, -33.420377955),
        ("58GGR", 167.503548179, -44.225435455),
        ("60KYF", 178.880040242, -17.175690570),
        ("60XWF", 176.999387287, 72.995698910),
    ],
)
def test_corners_are_those_of_esa_s_tiling_grid(name: str, lon: float, lat: float) -> None:
    extent = tile_extent(name)
    x, y = to_metres(extent.epsg).transform(lon, lat)
    assert (extent.west, extent.north) == (pytest.approx(x, abs=0.3), pytest.approx(y, abs=0.3))


@pytest.mark.parametrize(
    ("name", "epsg", "west", "north"),
    [
        ("11SMS", 32611, 399960, 3700020),
        ("24XWR", 32624, 499980, 9100020),
        ("29RKH", 32629, 199980, 2800020),
        ("33TWL", 32633, 499980, 5100000),
        ("36NYH", 32636, 699960, 300000),
        ("46XES", 32646, 499980, 9200040),
        ("53HNA", 32753, 499980, 6100000),
        ("53HNV", 32753, 499980, 6000040),
        ("53KNR", 32753, 499980, 7600000),
    ],
)
def test_corners_of_delivered_granules(name: str, epsg: int, west: int, north: int) -> None:
    assert tile_extent(name) == Extent(epsg, west, north, 109_800, 109_800)


@pytest.mark.real_data
@needs("safe-metadata")
def test_corners_in_real_granule_metadata() -> None:
    seen = set()
    for path in ROOT.glob("safe-metadata/*/GRANULE/*/MTD_TL.xml"):
        text = path.read_text()
        name = re.findall(r"_T(\d\d\w{3})_N", text)[0]
        extent = tile_extent(name)
        assert re.findall(r"<HORIZONTAL_CS_CODE>EPSG:(\d+)<", text) == [str(extent.epsg)]
        assert re.findall(r"<ULX>(\d+)<", text) == [str(extent.west)] * 3
        assert re.findall(r"<ULY>(\d+)<", text) == [str(extent.north)] * 3
        seen.add(path)
    assert len(seen) == 8


@pytest.mark.real_data
@needs("safe-metadata")
def test_real_footprints_share_a_corner_with_their_tiles() -> None:
    seen = set()
    for path in ROOT.glob("safe-metadata/*/MTD_MSIL2A.xml"):
        name = re.findall(r"_T(\d\d\w{3})_", path.parent.name)[0]
        extent = tile_extent(name)
        text = re.findall(r"<EXT_POS_LIST>([^<]+)<", path.read_text())[0]
        lat, lon = np.array(text.split(), dtype=float).reshape(-1, 2).T
        x, y = to_metres(extent.epsg).transform(lon, lat)
        east, south = x - extent.west, extent.north - y
        # only vertices on the tile's corners are exact, those on a swath's edge may lie outside
        to_corner = [np.hypot(east - x, south - y).min() for x in (0, SIZE) for y in (0, SIZE)]
        assert min(to_corner) < 1
        seen.add(name)
    assert seen == {"30TVN", "31UFS"}


@pytest.mark.real_data
@needs("stac-items")
def test_corners_in_real_stac_items() -> None:
    seen = set()

    def check(node: object, tile: str) -> None:
        if isinstance(node, list):
            for item in node:
                check(item, tile)
        elif isinstance(node, dict):
            names = re.findall(r"_T?(\d\d[A-Z]{3})_", str(node.get("id", "")))
            tile = names[0] if names else tile
            if "proj:transform" in node:
                _, _, west, _, _, north = node["proj:transform"][:6]
                extent = tile_extent(tile)
                assert (extent.west, extent.north) == (west, north)
                seen.add(tile)
            for value in node.values():
                check(value, tile)

    for path in ROOT.glob("stac-items/*/*.json"):
        check(json.loads(path.read_text()), "")
    assert seen == {
        "24XWR", "32TMS", "33TWL", "33TWM", "36NYH", "46XER", "46XES", "47XMJ", "47XML",
    }  # fmt: skip


def test_corners_lie_outwards_on_the_60_m_grid_of_the_equator() -> None:
    for name, extent in every_tile().items():
        origin = 0 if name[2] >= "N" else 10_000_000
        assert extent.west % 60 == 0
        assert (extent.north - origin) % 60 == 0
        assert (-extent.west) % 100_000 < 60
        assert (extent.north - origin) % 100_000 < 60
        assert extent.epsg == epsg_of(name)


def test_neighbours_in_a_row_are_100_km_apart() -> None:
    rows = defaultdict(list)
    for extent in every_tile().values():
        rows[extent.epsg, extent.north].append(extent.west)
    steps = {b - a for wests in rows.values() for a, b in itertools.pairwise(sorted(wests))}
    assert steps == {99_960, 100_020}


def test_each_square_has_one_name_and_each_zone_two_hemispheres() -> None:
    places = {(extent.epsg, extent.west, extent.north) for extent in every_tile().values()}
    assert len(places) == len(every_tile())
    assert {epsg for epsg, _, _ in places} == {
        hemisphere + zone for hemisphere in (32600, 32700) for zone in range(1, 61)
    }


@pytest.mark.parametrize(
    "name",
    [
        "31UAS",  # a letter of this zone, but its square lies in zone 30
        "31UJS",  # a letter of zone 32
        "31UDN",  # a row of band T
        "30TXU",  # straddles 48 degrees, its centre in band U
        "32XMG",  # Svalbard has no zone 32
        "60NSA",  # zone 60 gives way to zone 1
        "01CDG",  # beyond the last row
    ],
)
def test_squares_outside_their_zone_and_band_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match=f"has no tile {name}: .*; look the name up"):
        tile_extent(name)


def test_what_is_no_name_is_refused() -> None:
    with pytest.raises(BadInput, match="like 31UDS"):
        tile_extent("31uds")


# ------------------------------------------------------------------ zones


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (3, 51, 32631),
        (-180, 10, 32601),
        (180, 10, 32601),
        (179.99, -10, 32760),
        (190, -10, 32702),
        (363, 0, 32631),
        (3, -1e-9, 32731),
        (5, 60, 32632),  # Bergen
        (2.99, 60, 32631),
        (5, 55.99, 32631),
        (5, 64, 32631),
        (8.99, 78, 32631),
        (9, 78, 32633),
        (20.99, 78, 32633),
        (21, 78, 32635),
        (33, 84, 32637),
        (41.99, 72, 32637),
        (42, 78, 32638),
        (9, 71.99, 32632),
        (-0.01, 78, 32630),
        (10, -78, 32732),
    ],
)
def test_utm_zones(lon: float, lat: float, epsg: int) -> None:
    assert utm_zone(lon, lat) == epsg


@given(longitudes, latitudes)
def test_a_point_is_near_the_middle_of_its_zone(lon: float, lat: float) -> None:
    middle = 6 * (utm_zone(lon, lat) % 100) - 183
    assert abs((lon - middle + 180) % 360 - 180) <= (6.0001 if lat >= 56 else 3.0001)


@pytest.mark.parametrize(
    ("lon", "lat"), [(0, 84.1), (0, -80.1), (0, 90), (float("nan"), 0), (0, float("nan"))]
)
def test_points_without_a_zone_are_refused(lon: float, lat: float) -> None:
    with pytest.raises(BadInput, match=r"has no UTM zone; .* latitude in -80\.\.84"):
        utm_zone(lon, lat)


# ------------------------------------------------------------------ areas


@given(longitudes, latitudes)
@settings(deadline=None, max_examples=200)
def test_a_tiny_area_has_all_tiles_that_contain_it_and_no_other(lon: float, lat: float) -> None:
    size = 1e-6
    area = box(lon, lat, lon + size, lat + size)
    corners = [(lon, lat), (lon + size, lat), (lon, lat + size), (lon + size, lat + size)]
    around = [tiles_around(*corner) for corner in corners]
    found = set(tiles_of(area))
    assert found, "the grid has a hole"
    assert set.intersection(*around) <= found <= set.union(*around)


@given(longitudes, st.floats(-79, 70), st.floats(0.01, 8), st.floats(0.01, 8))
@settings(deadline=None, max_examples=60)
def test_an_area_has_the_tiles_of_each_of_its_points(
    lon: float, lat: float, width: float, height: float
) -> None:
    found = set(tiles_of(box(lon, lat, lon + width, lat + height)))
    steps = np.linspace(0.001, 0.999, 7)
    points = [tiles_around(lon + width * x, lat + height * y) for x in steps for y in steps]
    assert set.union(*points) <= found


@given(st.sampled_from(sorted({"31UDS", "33XVG", "32VKL", "01KAB", "60KYF", "21MXT", "18LUP"})))
def test_a_tile_s_own_ground_has_the_tile_and_a_frame_around_it_does_not(name: str) -> None:
    extent = tile_extent(name)
    west, north = extent.west, extent.north
    back = Transformer.from_crs(extent.epsg, 4326, always_xy=True)

    def in_degrees(shape: Polygon) -> Polygon:
        def turn(metres: np.ndarray) -> np.ndarray:
            lon, lat = back.transform(metres[:, 0], metres[:, 1])
            return np.column_stack([np.where(lon < 0, lon + 360, lon), lat])

        return shapely.transform(shapely.segmentize(shape, 200), turn)

    tile = box(west, north - SIZE, west + SIZE, north)
    assert name in tiles_of(in_degrees(tile.buffer(-54_000)))
    assert name in tiles_of(in_degrees(tile.buffer(5, join_style="mitre") - tile.buffer(-5)))
    frame = tile.buffer(1000, join_style="mitre") - tile.buffer(2, join_style="mitre")
    assert name not in tiles_of(in_degrees(frame))


def test_one_field() -> None:
    assert tiles_of(box(2.50, 51.00, 2.51, 51.01)) == ("31UDS",)


def test_a_long_edge_follows_its_parallel() -> None:
    # a parallel bends: in this zone's metres the strip's ends lie 1.5 km north of its middle
    extent = tile_extent("31UES")
    back = Transformer.from_crs(extent.epsg, 4326, always_xy=True)
    lat = back.transform(500_000, extent.north)[1]
    assert "31UES" in tiles_of(box(1.1, lat - 0.001, 4.9, lat - 0.0009))
    assert "31UES" not in tiles_of(box(1.1, lat + 0.0001, 4.9, lat + 0.0002))


def test_fiji_in_every_way_to_write_it() -> None:
    over = tiles_of(box(176, -20, 182, -15))
    split = tiles_of(MultiPolygon([box(176, -20, 180, -15), box(-180, -20, -178, -15)]))
    turned = tiles_of(box(536, -20, 539.9, -15).union(box(179.8, -20, 182, -15)))
    assert over == split == turned
    assert {"01KAB", "60KYF", "01KCT", "60KXF"} <= set(over)
    assert {name[:2] for name in over} == {"01", "60"}


def test_a_box_over_180_degrees() -> None:
    over = tiles_of(box(179, 50, 181, 52))
    assert over == tiles_of(MultiPolygon([box(179, 50, 180, 52), box(-180, 50, -179, 52)]))
    assert {name[:2] for name in over} == {"01", "60"}
    assert tiles_of(box(181, 50, 182, 52)) == tiles_of(box(-179, 50, -178, 52))
    assert tiles_of(box(538, 50, 539.9, 52)) == tiles_of(box(178, 50, 179.9, 52))


def test_tiles_of_zone_60_reach_over_180_degrees() -> None:
    assert "60TYK" in tiles_of(box(-179.9, 40.2, -179.8, 40.3))
    assert "60TYK" in tiles_of(box(180.1, 40.2, 180.2, 40.3))


def test_norway_and_svalbard_have_no_tiles_of_zones_that_gave_way() -> None:
    bergen = tiles_of(box(5.1, 60.2, 5.6, 60.6))
    assert "32VKM" in bergen
    assert {name[:3] for name in bergen} == {"32V"}
    svalbard = tiles_of(box(10, 76, 34, 81))
    assert {name[:3] for name in svalbard} == {"31X", "33X", "35X", "37X"}


def test_both_sides_of_the_equator() -> None:
    # northern tiles reach 9.8 km over the equator, southern tiles end on it
    assert {name[2] for name in tiles_of(box(3.1, 0, 3.2, 0.05))} == {"N"}
    assert {name[2] for name in tiles_of(box(3.1, -0.05, 3.2, 0))} == {"N", "M"}
    assert {name[2] for name in tiles_of(box(3.1, -0.2, 3.2, -0.1))} == {"M"}


def test_the_world_has_every_tile_but_those_beyond_80_south() -> None:
    world = set(tiles_of(box(-180, -90, 180, 90)))
    rest = set(every_tile()) - world
    assert world < set(every_tile())
    assert {name[2] for name in rest} == {"C"}
    # 80 degrees south runs through the row of northings 1,100 to 1,200 km; four rows lie beyond
    assert {every_tile()[name].north // 100_000 for name in rest} == {8, 9, 10, 11}
    assert len(rest) == 2 * 120 + 2 * 60


def test_the_pole_s_part_of_an_area_is_left_out() -> None:
    assert tiles_of(box(10, 83, 12, 90)) == tiles_of(box(10, 83, 12, 84))
    assert tiles_of(box(10, -90, 12, -79)) == tiles_of(box(10, -80, 12, -79))


def test_an_area_may_touch_the_limit_along_a_line() -> None:
    hook = Polygon([(0, 83), (1, 83), (1, 84), (9, 84), (9, 86), (0, 86)])
    assert tiles_of(hook) == tiles_of(box(0, 83, 1, 84))


@pytest.mark.parametrize("area", [box(0, 84, 10, 90), box(0, -90, 10, -80)])
def test_poles_are_refused(area: Polygon) -> None:
    with pytest.raises(BadInput, match="wholly beyond 80 degrees south or 84 north"):
        tiles_of(area)


@pytest.mark.parametrize(
    ("area", "sentence"),
    [
        (LineString([(0, 0), (1, 1)]), "A LineString has no area"),
        (Polygon(), "not usable"),
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "not usable: Self-intersection"),
        (Polygon([(0, 0), (1, 0), (2, 0)]), "not usable"),
        (box(0, 0, 1e-7, 1e-7), "less than 10 square centimetres"),
        (box(-181, 0, -179, 1), "within -180..540"),
        (box(0, 0, 540, 1), "within -180..540"),
        (box(500_000, 5_600_000, 500_010, 5_600_010), "first, in degrees"),
    ],
)
def test_areas_that_are_none_are_refused(area: shapely.Geometry, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        tiles_of(area)


def test_an_area_with_a_hole_in_its_numbers_is_refused() -> None:
    with np.errstate(invalid="ignore"):
        area = shapely.from_wkt("POLYGON ((0 0, nan 0, 2 1, 0 0))")
    with pytest.raises(BadInput, match="not usable"):
        tiles_of(area)
