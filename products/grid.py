"""MGRS tiles and the nested 10, 20, 60 m pixel grids on them (specification section 8)."""

import re
from dataclasses import dataclass

from affine import Affine

from products.errors import BadInput

_TILE = re.compile(r"^(0[1-9]|[1-5]\d|60)([C-HJ-NP-X])([A-HJ-NP-Z])([A-HJ-NP-V])$")


def check_tile_name(name: str) -> str:
    """Return the name, or raise BadInput where it is not an MGRS tile such as ``31UDS``."""
    if not _TILE.match(name):
        raise BadInput(
            f"{name!r} is not an MGRS tile; write zone, latitude band and square, like 31UDS."
        )
    return name


def epsg_of(tile: str) -> int:
    """Return the UTM zone's EPSG code: 326zz north (bands N to X), 327zz south (C to M)."""
    zone, band = int(tile[:2]), tile[2]
    return (32600 if band >= "N" else 32700) + zone


@dataclass(frozen=True)
class Grid:
    """A north-up pixel grid, in metres of a UTM zone or in degrees (EPSG:4326)."""

    epsg: int
    resolution: int
    """Nominal pixel size in metres: 10, 20 or 60."""
    shape: tuple[int, int]
    """Rows and columns."""
    transform: Affine
    """From column, row to the coordinates of pixel corners."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, in units of the reference system."""
        rows, columns = self.shape
        west, north = self.transform.c, self.transform.f
        return (
            west,
            north + rows * self.transform.e,
            west + columns * self.transform.a,
            north,
        )

    def pixel(self, east: float, north: float) -> tuple[int, int]:
        """Return row and column of the pixel that contains a point, or raise BadInput."""
        column = int((east - self.transform.c) // self.transform.a)
        row = int((north - self.transform.f) // self.transform.e)
        rows, columns = self.shape
        if not (0 <= row < rows and 0 <= column < columns):
            west, south, east_, north_ = self.bounds
            raise BadInput(
                f"The point {east}, {north} lies outside the tile; "
                f"east must be in {west}..{east_} and north in {south}..{north_} (metres, UTM)."
            )
        return row, column


@dataclass(frozen=True)
class Extent:
    """The ground that a tile's granules cover, in metres of its UTM zone."""

    epsg: int
    west: int
    north: int
    width: int
    """Metres, west to east."""
    height: int
    """Metres, north to south."""

    def grid(self, resolution: int) -> Grid:
        """Return the pixel grid; pixels that the extent does not fill whole are left out."""
        return Grid(
            self.epsg,
            resolution,
            (self.height // resolution, self.width // resolution),
            Affine(resolution, 0, self.west, 0, -resolution, self.north),
        )
