"""The outline of a tile in degrees, as maps draw it."""

from functools import cache

import numpy as np
from pyproj import Transformer

from products.grid import Extent

Outline = tuple[tuple[float, float], ...]
"""Longitude and latitude of the corners and points between them, the first one again at the end.

Longitudes go beyond 180 degrees where the tile does, so that the outline does not tear.
"""
_PIECES = 4
"""Per edge; a chord then leaves its edge by less than a pixel of a map of the whole tile."""


@cache
def outline(extent: Extent) -> Outline:
    """Return the outline of a tile's ground, clockwise from its upper left corner, WGS 84."""
    steps = np.arange(_PIECES) / _PIECES
    zeros, ones = np.zeros(_PIECES), np.ones(_PIECES)
    across = np.concatenate((steps, ones, 1 - steps, zeros, [0]))
    down = np.concatenate((zeros, steps, ones, 1 - steps, [0]))
    east = extent.west + across * extent.width
    north = extent.north - down * extent.height
    longitude, latitude = _to_degrees(extent.epsg).transform(east, north)
    if np.ptp(longitude) > 180:
        longitude = np.where(longitude < 0, longitude + 360, longitude)
    return tuple(
        (round(float(x), 5), round(float(y), 5)) for x, y in zip(longitude, latitude, strict=True)
    )


@cache
def _to_degrees(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, 4326, always_xy=True)
