"""How an order is laid out: one grid, or one per tile (specification section 8).

==========  ====================================================================================
UTM         the zone of the area's centroid; pixels on the zone's nested grid, which begins on the
            equator (north: 0, 0; south: 0, 10,000,000), so that 10, 20 and 60 m pixels nest
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

from affine import Affine
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
    whole = _one_piece(order, utm_zone(*order.area.centre))
    if max(whole.grid.shape) <= LARGEST_SIDE:
        return (whole,)
    return tuple(
        PlannedPiece(tile, tiles[tile].grid(order.resolution), None) for tile in sorted(tiles)
    )


def touches(area: Area, extent: Extent) -> bool:
    """Tell whether an area and the ground of a tile share more than an edge."""
    if not _near(area, extent):
        return False
    shared = area.to(extent.epsg).intersection(area_of(extent).geometry)
    return bool(shared.area > 0)


def _near(area: Area, extent: Extent) -> bool:
    """Tell whether they could touch; a zone's projection is of no use on the world's other side."""
    longitude, latitude = area_of(extent).centre
    west, south, east, north = area.to(WGS84).bounds
    turned = (longitude - west + _NEAR_LONGITUDE) % 360
    beside = turned <= east - west + 2 * _NEAR_LONGITUDE
    return bool(beside) and south - _NEAR_LATITUDE <= latitude <= north + _NEAR_LATITUDE


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
    return math.floor(low + _HAIR), math.ceil(high - _HAIR)
