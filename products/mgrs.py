"""The Sentinel-2 tile grid by rule: names, corners, and the tiles of an area.

The grid takes its names from MGRS: 100 km squares of the UTM zones, numbered here by column
(1 holds eastings of 100 to 200 km) and row (0 holds the first 100 km north of the equator, -1 the
first 100 km south of it). It differs from MGRS in three points, all read off ESA's tiling grid
(the KML of 56,686 tiles, with which names and corners from these rules agree without exception):

- a square has one name: where it straddles two latitude bands, that of the band at its centre;
- where zones meet, a square of the eastern zone is left out if squares of the western zone cover
  all its ground in its own zone; the count starts at 180 degrees, so zone 1 keeps all its squares
  and zone 60 gives way on both sides;
- band C goes on beyond 80 degrees, to 83.7 south.

A tile's ground is its square from the upper left corner on, 109.8 km wide and high, the corner
moved outwards (west, north) to the next multiple of 60 m from the zone's origin on the equator
(specification section 2.5).
"""

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from products.errors import BadInput
from products.grid import Extent, check_tile_name, epsg_of

SIZE = 109_800
"""Metres, width and height of a tile."""
SOUTH, NORTH = -80.0, 84.0
"""Degrees of latitude between which UTM zones, and so orders, exist."""

_SQUARE = 100_000
_NORTHING = 10_000_000
_LETTERS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_BANDS = ("NPQRSTUVWX", "MLKJHGFEDC")
_BAND_STARTS = (0, 9, 18, 27, 35, 44, 53, 62, 71, 80)
_ROW_COUNTS = (94, 93)

_COLUMNS = ((91, 5, 5), (81, 4, 5), (71, 4, 6), (60, 3, 6), (47, 3, 7), (29, 2, 7), (0, 2, 8))
"""From this distance to the equator in rows: first and last column of the zones 2 to 59."""
_UNEVEN: tuple[tuple[tuple[int, ...], int, int, int, int], ...] = (
    ((31,), 63, 69, 3, 5),
    ((32,), 63, 70, 2, 6),
    ((32, 34, 36), 79, 79, 5, 6),
    ((32, 34, 36), 80, 93, 1, 0),
    ((31,), 79, 80, 4, 7),
    ((31,), 81, 90, 4, 6),
    ((33, 35), 79, 80, 3, 7),
    ((33, 35), 81, 85, 3, 6),
    ((33, 35), 86, 90, 4, 6),
    ((37,), 79, 80, 3, 6),
    ((37,), 81, 85, 3, 5),
    ((33, 35, 37), 91, 93, 4, 5),
)
"""Norway and Svalbard: zones, first and last row, first and last column (1, 0: none)."""

_STEP = 0.02
"""Degrees between vertices; a chord then leaves its parallel by less than 0.1 m."""
_TOUCH = 1e-3
"""Square metres that rounding of coordinates can fake where an area only touches a tile."""


def tile_extent(name: str) -> Extent:
    """Return the ground of a tile, or raise BadInput where the grid has no tile of this name.

    Parameters
    ----------
    name
        Zone, latitude band and square, such as ``31UDS``.

    Returns
    -------
    Extent
        Zone, upper left corner, width and height in metres.
    """
    check_tile_name(name)
    zone, band = int(name[:2]), name[2]
    column = _LETTERS[(zone - 1) % 3].find(name[3]) + 1
    cycle = _ROWS.index(name[4]) - _row_offset(zone)
    for row in _rows_of(band):
        if (row - cycle) % len(_ROWS) == 0 and column in _columns(zone, row):
            west, north = _corner(column, row)
            false = 0 if row >= 0 else _NORTHING
            return Extent(epsg_of(name), west, north + false, SIZE, SIZE)
    raise BadInput(
        f"The Sentinel-2 grid has no tile {name}: zone {zone:02d} has no square {name[3:]} of its "
        f"own in latitude band {band}; look the name up in ESA's tiling grid."
    )


def utm_zone(lon: float, lat: float) -> int:
    """Return the EPSG code of a point's UTM zone, with Norway's and Svalbard's wide zones.

    Parameters
    ----------
    lon, lat
        Degrees, WGS 84; longitudes outside -180..180 are wrapped.
    """
    if not (math.isfinite(lon) and SOUTH <= lat <= NORTH):
        raise BadInput(
            f"The point {lon}, {lat} has no UTM zone; give longitude, latitude in degrees with "
            f"the latitude in {SOUTH:g}..{NORTH:g}."
        )
    lon = (lon + 180) % 360 - 180
    zone = min(int((lon + 180) // 6) + 1, 60)
    if 56 <= lat < 64 and 3 <= lon < 12:
        zone = 32
    elif lat >= 72 and 0 <= lon < 42:
        zone = 31 + 2 * int((lon + 3) // 12)
    return (32600 if lat >= 0 else 32700) + zone


def tiles_of(polygon: BaseGeometry) -> tuple[str, ...]:
    """Return the names of all tiles that share ground with an area, sorted.

    Tiles overlap, so even a small area may have several. An area that only touches a tile's
    border does not count. What lies beyond 84 degrees north and 80 south is left out, although
    the grid itself goes on to 83.7 south.

    Parameters
    ----------
    polygon
        Polygon or MultiPolygon, degrees of WGS 84, longitude (-180..540) first; it may run over
        180 degrees or be split there. Edges are straight in degrees.
    """
    ground = _checked(polygon)
    found: set[str] = set()
    for zone in range(1, 61):
        for part in _around(ground, zone):
            found.update(_hits(_in_zone(part, zone), zone))
    if not found:  # the grid has no holes
        raise BadInput("The polygon covers less than 10 square centimetres; give a larger one.")
    return tuple(sorted(found))


def _checked(polygon: BaseGeometry) -> MultiPolygon:
    """Return the area between the latitude limits, or raise BadInput."""
    if not isinstance(polygon, (Polygon, MultiPolygon)):
        raise BadInput(f"A {polygon.geom_type} has no area; give a Polygon or MultiPolygon.")
    if polygon.is_empty or not polygon.is_valid or polygon.area == 0:
        raise BadInput(
            f"The polygon is not usable: {shapely.is_valid_reason(polygon)}, area "
            f"{polygon.area:g} square degrees; give one with area whose rings do not cross."
        )
    west, south, east, north = polygon.bounds
    if not (west >= -180 and east < 540 and south >= -90 and north <= 90):
        raise BadInput(
            f"The polygon reaches from {west:g}, {south:g} to {east:g}, {north:g}; give longitude "
            "first, in degrees, within -180..540 and -90..90."
        )
    ground = _areas(polygon.intersection(shapely.box(west, SOUTH, east, NORTH)))
    if ground.is_empty:
        raise BadInput(
            f"The polygon lies wholly beyond {-SOUTH:g} degrees south or {NORTH:g} north, where "
            "there are no UTM zones; give one with ground between these latitudes."
        )
    return ground


def _around(ground: BaseGeometry, zone: int) -> Iterator[BaseGeometry]:
    """Yield the parts of an area that a zone's tiles may reach, its longitudes near the zone's.

    ``turn`` is how far around the globe the area's longitudes have run from the zone's.
    """
    middle = 6 * zone - 183
    west, south, east, north = ground.bounds
    # the farthest tile corner lies 4.8 degrees from the middle up to 55 degrees, 13.2 beyond
    reach = 5 if max(-south, north) <= 55 else 15
    for turn in (-360, 0, 360, 720):
        left, right = middle + turn - reach, middle + turn + reach
        if west < right and left < east:
            part = _areas(ground.intersection(shapely.box(left, south, right, north)))
            if not part.is_empty:
                yield shapely.transform(part, lambda degrees, turn=turn: degrees - (turn, 0))


def _areas(geometry: BaseGeometry) -> MultiPolygon:
    """Return the polygons of a clipped area without the lines and points where it touched."""
    return MultiPolygon([part for part in shapely.get_parts(geometry) if part.area > 0])


def _in_zone(part: BaseGeometry, zone: int) -> BaseGeometry:
    """Return an area in the zone's metres, its edges bent as straight lines in degrees are."""
    to_zone = _to_zone(zone)
    bent = shapely.transform(
        shapely.segmentize(part, _STEP),
        lambda degrees: np.column_stack(to_zone.transform(degrees[:, 0], degrees[:, 1])),
    )
    return shapely.make_valid(bent, method="structure", keep_collapsed=False)


def _hits(part: BaseGeometry, zone: int) -> Iterator[str]:
    """Yield the zone's tiles that share more than ``_TOUCH`` with an area in its metres."""
    if part.is_empty:  # a sliver that rounding to metres has closed
        return
    _, south, _, north = part.bounds
    first = max(int(south // _SQUARE) - 1, -_ROW_COUNTS[1])
    last = min(int(north // _SQUARE) + 1, _ROW_COUNTS[0] - 1)
    squares = [(column, row) for row in range(first, last + 1) for column in _columns(zone, row)]
    if not squares:
        return
    corners = np.array([_corner(*square) for square in squares])
    west, top = corners[:, 0], corners[:, 1]
    tiles = shapely.box(west, top - SIZE, west + SIZE, top)
    shapely.prepare(part)
    shared = shapely.contains(part, tiles)
    border = shapely.intersects(part, tiles) & ~shared
    shared[border] = shapely.area(shapely.intersection(part, tiles[border])) > _TOUCH
    for index in np.flatnonzero(shared):
        yield _name(zone, *squares[index])


@cache
def _to_zone(zone: int) -> Transformer:
    """Return degrees to metres of the zone, northings negative south of the equator."""
    return Transformer.from_crs(4326, 32600 + zone, always_xy=True)


def _corner(column: int, row: int) -> tuple[int, int]:
    """Return west and north edge in metres, north counted from the equator."""
    return column * _SQUARE // 60 * 60, -(-(row + 1) * _SQUARE // 60) * 60


def _columns(zone: int, row: int) -> range:
    """Return the columns of a zone's tiles in a row."""
    for zones, lowest, highest, first, last in _UNEVEN:
        if zone in zones and lowest <= row <= highest:
            return range(first, last + 1)
    distance = row if row >= 0 else -1 - row
    first, last = next((first, last) for start, first, last in _COLUMNS if distance >= start)
    if zone == 1:
        first = 9 - last
    elif zone == 60:
        last = 9 - first
    return range(first, last + 1)


def _rows_of(band: str) -> range:
    """Return the rows whose squares are named after a latitude band."""
    south = band < "N"
    index = _BANDS[south].index(band)
    start, end = (*_BAND_STARTS, _ROW_COUNTS[south])[index : index + 2]
    return range(-end, -start) if south else range(start, end)


def _row_offset(zone: int) -> int:
    """Return by how many letters the rows of a zone start after A on the equator."""
    return 0 if zone % 2 else 5


def _name(zone: int, column: int, row: int) -> str:
    """Return the tile name of a square."""
    south = row < 0
    distance = -1 - row if south else row
    band = sum(distance >= start for start in _BAND_STARTS) - 1
    letters = _LETTERS[(zone - 1) % 3][column - 1] + _ROWS[(row + _row_offset(zone)) % 20]
    return f"{zone:02d}{_BANDS[south][band]}{letters}"
