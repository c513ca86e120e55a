"""Areas that people ask for: polygons in degrees, or the ground of a tile (section 8)."""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from products.errors import BadInput
from products.grid import Extent

WGS84 = 4326
MAX_VERTICES = 10_000
MAX_RINGS = 100
_STEP_DEGREES = 0.01
_STEP_METRES = 500.0
"""Edges are divided into pieces of this length before they are brought to another system."""
_LONGEST_REASON = 120
"""Characters of somebody else's error message that are worth repeating."""


@dataclass(frozen=True)
class Area:
    """A polygon, also with holes or in several parts, in a reference system."""

    geometry: BaseGeometry
    epsg: int
    """4326 (longitude, latitude in degrees) or a UTM zone (metres)."""

    def to(self, epsg: int) -> BaseGeometry:
        """Return the polygon in another reference system, its edges divided before."""
        if epsg == self.epsg:
            return self.geometry
        step = _STEP_DEGREES if self.epsg == WGS84 else _STEP_METRES
        fine = shapely.segmentize(self.geometry, step)
        change = Transformer.from_crs(self.epsg, epsg, always_xy=True)
        moved = shapely.transform(fine, change.transform, interleaved=False)
        if epsg == WGS84 and moved.bounds[2] - moved.bounds[0] > 180:
            moved = shapely.transform(moved, _beyond_date_line)
        if moved.is_valid:
            return moved
        return shapely.make_valid(moved, method="structure", keep_collapsed=False)

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the centroid; it decides the UTM zone of a product."""
        point = self.geometry.centroid
        change = Transformer.from_crs(self.epsg, WGS84, always_xy=True)
        longitude, latitude = change.transform(point.x, point.y)
        return float(longitude), float(latitude)


def area_of(extent: Extent) -> Area:
    """Return the ground of a tile as an area, in its own UTM zone."""
    west, north = extent.west, extent.north
    return Area(box(west, north - extent.height, west + extent.width, north), extent.epsg)


def parse_area(text: str, where: str = "The area") -> Area:
    """Parse WKT or GeoJSON, longitude and latitude in degrees, or raise BadInput in a sentence."""
    stripped = text.lstrip("\ufeff").strip()
    with np.errstate(invalid="ignore"):
        is_json = stripped[:1] == "{"
        geometry = _from_geojson(stripped, where) if is_json else _from_wkt(stripped, where)
        return Area(_checked(geometry, where), WGS84)


def _beyond_date_line(degrees: Any) -> Any:
    """Count longitudes west of Greenwich on from 180, for ground that lies across the date line."""
    return np.column_stack([degrees[:, 0] + np.where(degrees[:, 0] < 0, 360, 0), degrees[:, 1]])


def _from_wkt(text: str, where: str) -> BaseGeometry:
    try:
        return shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, NotImplementedError, UnicodeError) as error:
        raise BadInput(
            f"{where} is neither WKT nor GeoJSON ({_reason(error)}); write it like "
            "POLYGON ((2.1 50.8, 2.2 50.8, 2.2 50.9, 2.1 50.8)), longitude first."
        ) from error


def _from_geojson(text: str, where: str) -> BaseGeometry:
    try:
        document = json.loads(text)
        geometries = [shape(part) for part in _geometries(document)]
    except _UNREADABLE as error:
        raise BadInput(
            f"{where} is not GeoJSON with a polygon ({type(error).__name__}: {_reason(error)}); "
            "export it as GeoJSON in EPSG:4326."
        ) from error
    if any(not geometry.is_valid for geometry in geometries) or len(geometries) == 1:
        return geometries[0] if len(geometries) == 1 else _first_invalid(geometries)
    return shapely.union_all(geometries)


_UNREADABLE = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError,
    shapely.errors.ShapelyError,
)  # fmt: skip
"""What ``json`` and shapely raise on documents that are no GeoJSON."""


def _reason(error: Exception) -> str:
    """Return the first line of a library's message, printable and short."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return "".join(c if c.isprintable() else "?" for c in line[:_LONGEST_REASON])


def _first_invalid(geometries: list[BaseGeometry]) -> BaseGeometry:
    return next(geometry for geometry in geometries if not geometry.is_valid)


def _geometries(document: dict[str, Any]) -> list[dict[str, Any]]:
    match document["type"]:
        case "FeatureCollection":
            return [part for one in document["features"] for part in _geometries(one)]
        case "Feature":
            return [document["geometry"]]
    return [document]


def _checked(geometry: BaseGeometry, where: str) -> BaseGeometry:
    if not isinstance(geometry, Polygon | MultiPolygon):
        raise BadInput(f"{where} is a {geometry.geom_type}; give a Polygon or MultiPolygon.")
    if geometry.is_empty:
        raise BadInput(f"{where} is an empty polygon; draw one that encloses something.")
    _check_size(geometry, where)
    geometry = _joined_at_date_line(geometry)
    west, south, east, north = geometry.bounds
    if not all(math.isfinite(value) for value in geometry.bounds) or (
        west < -180 or east > 540 or east - west > 360 or south < -90 or north > 90
    ):
        raise BadInput(
            f"{where} reaches from {west}, {south} to {east}, {north}; coordinates are longitude "
            "(-180 to 180, beyond 180 across the date line) and latitude in degrees."
        )
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        raise BadInput(f"{where} is not a valid polygon ({reason}); mend it where it crosses.")
    if geometry.area == 0:
        raise BadInput(f"{where} is an empty polygon; draw one that encloses something.")
    return shapely.force_2d(geometry)


def _joined_at_date_line(geometry: BaseGeometry) -> BaseGeometry:
    """Join an area that was cut at 180 degrees, by moving its western parts beyond."""
    west, _, east, _ = geometry.bounds
    parts = shapely.get_parts(geometry)
    if len(parts) < 2 or not east - west > 180:
        return geometry
    moved = [translate(part, 360) if part.bounds[2] <= 0 else part for part in parts]
    return shapely.union_all(moved) if all(p.is_valid for p in moved) else geometry


def _check_size(geometry: BaseGeometry, where: str) -> None:
    vertices = shapely.get_num_coordinates(geometry)
    parts = shapely.get_parts(geometry)
    rings = sum(1 + shapely.get_num_interior_rings(part) for part in parts)
    if vertices > MAX_VERTICES or rings > MAX_RINGS:
        raise BadInput(
            f"{where} has {vertices} vertices in {rings} rings; simplify it to at most "
            f"{MAX_VERTICES} vertices and {MAX_RINGS} rings."
        )
