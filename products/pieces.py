"""How an order is laid out: one grid, or one per tile (specification section 8).

==========  ====================================================================================
UTM         the zone of the area's centroid, or a tile's own where the area is a tile; pixels on the
            zone's nested grid, which begins on the equator (north: 0, 0; south: 0, 10,000,000), so
            that 10, 20 and 60 m pixels nest
WGS84       1/12000, 1/6000 or 1/2000 degree for 10, 20, 60 m, counted from 180 W, 90 N: a pixel is
            never coarser than its nominal size, the sizes nest, and 1/12000 is the grid of
            ESA WorldCover; always in one piece
one piece   the smallest such grid around the area; pixels whose centre lies outside it hold no data
tiled       UTM only, where a side would exceed 10,000 pixels: the whole ground of every tile that
            the area touches, in the tile's own zone, not clipped, as in near-real-time production
==========  ====================================================================================
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import shapely
from affine import Affine
from shapely.geometry import MultiPolygon, box
from shapely.geometry.base import BaseGeometry

from products.area import WGS84, Area, area_of
from products.grid import Extent, Grid
from products.mgrs import utm_zone
from products.order import Order, ReferenceSystem

LARGEST_SIDE = 10_000
_STEPS_PER_DEGREE = 120_000
"""Divided by the nominal pixel size in metres it gives pixels per degree."""
_SOUTH = 10_000_000
_NEAR_LONGITUDE, _NEAR_LATITUDE = 12.0, 1.5
"""Degrees from a tile's centre beyond which nothing touches it, up to 84 degrees of latitude."""
_WIDEST = 60
"""Degrees of longitude from which an area exceeds 10,000 pixels of 60 m, up to 84 of latitude."""
_HAIR = 1e-6
"""Part of a pixel by which an edge may miss a grid line and still lie on it."""


@dataclass(frozen=True)
class PlannedPiece:
    """One folder of an order, before any pixel is read."""

    place: str
    """Name of the folder."""
    grid: Grid
    clip: BaseGeometry | None
    """In the grid's reference system; pixels whose centre lies outside hold no data."""


def plan_pieces(order: Order, tiles: Mapping[str, Extent]) -> tuple[PlannedPiece, ...]:
    """Lay out an order; ``tiles`` are the tiles that the area touches, with their ground."""
    if order.system is ReferenceSystem.WGS84:
        return (_one_piece(order, WGS84),)
    if order.area.epsg != WGS84:
        zone = order.area.epsg
    else:
        zone = utm_zone(*order.area.centre)
        west, _, east, _ = order.area.geometry.bounds
        if east - west > _WIDEST:  # where the zone's projection may have no coordinates
            return _per_tile(order, tiles)
    whole = _one_piece(order, zone)
    return (whole,) if max(whole.grid.shape) <= LARGEST_SIDE else _per_tile(order, tiles)


def _per_tile(order: Order, tiles: Mapping[str, Extent]) -> tuple[PlannedPiece, ...]:
    return tuple(
        PlannedPiece(tile, tiles[tile].grid(order.resolution), None) for tile in sorted(tiles)
    )


def touches(area: Area, extent: Extent) -> bool:
    """Tell whether an area and the ground of a tile share more than an edge."""
    near = _near(area, extent)
    if near.geometry.is_empty:
        return False
    shared = near.to(extent.epsg).intersection(area_of(extent).geometry)
    return bool(shared.area > 0)


def _near(area: Area, extent: Extent) -> Area:
    """Return the part of an area that could touch a tile.

    A zone's projection is of no use on the other side of the world.
    """
    longitude, latitude = area_of(extent).centre
    reach = [
        box(
            longitude + turn - _NEAR_LONGITUDE, latitude - _NEAR_LATITUDE,
            longitude + turn + _NEAR_LONGITUDE, latitude + _NEAR_LATITUDE,
        )
        for turn in (-360, 0, 360)
    ]  # fmt: skip
    if area.epsg == WGS84:
        parts = shapely.get_parts(area.geometry.intersection(shapely.union_all(reach)))
        return Area(MultiPolygon([part for part in parts if part.area > 0]), WGS84)
    beside = any(area.to(WGS84).intersects(each) for each in reach)
    return area if beside else Area(MultiPolygon(), area.epsg)


def _one_piece(order: Order, epsg: int) -> PlannedPiece:
    clip = order.area.to(epsg)
    return PlannedPiece(order.name, snapped_grid(epsg, order.resolution, clip.bounds), clip)


def snapped_grid(epsg: int, resolution: int, bounds: tuple[float, float, float, float]) -> Grid:
    """Return the smallest grid on the lattice of a reference system that covers the bounds."""
    west, south, east, north = bounds
    if epsg == WGS84:
        steps = _STEPS_PER_DEGREE // resolution
        left, right = _outward(west * steps, east * steps)
        top, bottom = _outward((90 - north) * steps, (90 - south) * steps)
        transform = Affine(1 / steps, 0, left / steps, 0, -1 / steps, (90 * steps - top) / steps)
        return Grid(epsg, resolution, (bottom - top, right - left), transform)
    origin = _SOUTH if epsg // 100 == 327 else 0
    left, right = _outward(west / resolution, east / resolution)
    top, bottom = _outward((origin - north) / resolution, (origin - south) / resolution)
    transform = Affine(resolution, 0, left * resolution, 0, -resolution, origin - top * resolution)
    return Grid(epsg, resolution, (bottom - top, right - left), transform)


def _outward(low: float, high: float) -> tuple[int, int]:
    first = math.floor(low + _HAIR)
    return first, max(math.ceil(high - _HAIR), first + 1)
