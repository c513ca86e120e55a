"""Outlines of tiles in degrees, against the tiles' own projection."""

from itertools import pairwise

import pytest
from pyproj import Transformer

from products.mgrs import tile_extent
from products.outline import outline


@pytest.mark.parametrize("tile", ["31UDS", "01CCV", "33XVH", "21MYT", "60WWD"])
def test_corners_are_those_of_the_tile_and_the_ring_is_closed(tile: str) -> None:
    extent = tile_extent(tile)
    ring = outline(extent)
    assert ring[0] == ring[-1]
    back = Transformer.from_crs(4326, extent.epsg, always_xy=True)
    east, north = back.transform([x for x, _ in ring], [y for _, y in ring])
    corners = set(zip(map(round, east[::4]), map(round, north[::4]), strict=True))
    west, top = extent.west, extent.north
    for x in (west, west + extent.width):
        for y in (top, top - extent.height):
            assert any(abs(x - a) <= 2 and abs(y - b) <= 2 for a, b in corners)


@pytest.mark.parametrize("tile", ["01WCQ", "60WWD", "01CCV"])
def test_a_tile_over_the_date_line_does_not_tear(tile: str) -> None:
    longitudes = [x for x, _ in outline(tile_extent(tile))]
    assert max(longitudes) - min(longitudes) < 30


def test_the_ring_goes_round_clockwise() -> None:
    ring = outline(tile_extent("31UDS"))
    area = sum(a * d - c * b for (a, b), (c, d) in pairwise(ring))
    assert area < 0
