"""The outline of a grid in longitude and latitude, as GeoJSON wants it (RFC 7946)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pyproj import Transformer
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import translate
from shapely.geometry.polygon import orient

from products.grid import Grid

Box = tuple[float, float, float, float]
_GEOGRAPHIC = 4326
_PIECES = 16
"""Straight pieces per edge: keeps a 110 km edge within a few metres of its curve."""
_DIGITS = 7
"""Decimals of a degree: about a centimetre."""


def footprint(grid: Grid) -> tuple[dict[str, Any], Box]:
    """Return geometry and bounding box (west, south, east, north) of a grid in degrees.

    Rings run counter-clockwise. A grid that crosses the antimeridian becomes a MultiPolygon, and
    the west of its box is greater than the east.
    """
    polygon = orient(Polygon([(round(x, _DIGITS), round(y, _DIGITS)) for x, y in _ring(grid)]))
    west, south, east, north = polygon.bounds
    if west >= -180 and east <= 180:
        outline = {"type": "Polygon", "coordinates": [_coordinates(polygon)]}
        return outline, (west, south, east, north)
    pieces = [[_coordinates(piece)] for piece in _split(polygon)]
    outline = {"type": "MultiPolygon", "coordinates": pieces}
    return outline, (_within(west), south, _within(east), north)


def _ring(grid: Grid) -> list[tuple[float, float]]:
    """Walk along the edges from the south-west corner, eastwards; the first point is the last."""
    west, south, east, north = grid.bounds
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    if grid.epsg == _GEOGRAPHIC:
        return corners
    points = [
        (x0 + (x1 - x0) * step / _PIECES, y0 + (y1 - y0) * step / _PIECES)
        for (x0, y0), (x1, y1) in pairwise(corners)
        for step in range(_PIECES)
    ]
    points.append(corners[-1])
    transformer = Transformer.from_crs(grid.epsg, _GEOGRAPHIC, always_xy=True)
    xs, ys = zip(*points, strict=True)
    longitudes, latitudes = transformer.transform(xs, ys)
    return list(zip(_unwrapped(longitudes), latitudes, strict=True))


def _unwrapped(longitudes: Sequence[float]) -> list[float]:
    """Let longitudes run on beyond 180 degrees instead of jumping to the other side."""
    first = longitudes[0]
    return [longitude - 360 * round((longitude - first) / 360) for longitude in longitudes]


def _split(polygon: Polygon) -> list[Polygon]:
    """Cut at the antimeridian; the piece that lies east of Greenwich comes first."""
    pieces = []
    for turn in (-360, 0, 360):
        part = polygon.intersection(box(turn - 180, -90, turn + 180, 90))
        if isinstance(part, Polygon | MultiPolygon) and not part.is_empty:
            shifted = translate(part, xoff=-turn).normalize()
            pieces += [shifted] if isinstance(shifted, Polygon) else list(shifted.geoms)
    return sorted((orient(piece) for piece in pieces), key=lambda piece: -piece.bounds[0])


def _coordinates(polygon: Polygon) -> list[list[float]]:
    return [[round(x, _DIGITS), round(y, _DIGITS)] for x, y in polygon.exterior.coords]


def _within(longitude: float) -> float:
    return round((longitude + 180) % 360 - 180, _DIGITS)
