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
class Extent:
    """The ground that a tile's granules cover, in metres of its UTM zone."""

    epsg: int
    west: int
    north: int
    width: int
    """Metres, west to east."""
    height: int
    """Metres, north to south."""

    def grid(self, resolution: int) -> "Grid":
        """Return the pixel grid; pixels that the extent does not fill whole are left out."""
        return Grid(self, resolution)


@dataclass(frozen=True)
class Grid:
    """A pixel grid on an extent."""

    extent: Extent
    resolution: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.extent.height // self.resolution, self.extent.width // self.resolution

    @property
    def transform(self) -> Affine:
        """Affine transform from column, row to easting, northing of pixel corners."""
        size = self.resolution
        return Affine(size, 0, self.extent.west, 0, -size, self.extent.north)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres."""
        rows, columns = self.shape
        return (
            self.extent.west,
            self.extent.north - rows * self.resolution,
            self.extent.west + columns * self.resolution,
            self.extent.north,
        )

    def pixel(self, east: float, north: float) -> tuple[int, int]:
        """Return row and column of the pixel that contains a point, or raise BadInput."""
        column = int((east - self.extent.west) // self.resolution)
        row = int((self.extent.north - north) // self.resolution)
        rows, columns = self.shape
        if not (0 <= row < rows and 0 <= column < columns):
            west, south, east_, north_ = self.bounds
            raise BadInput(
                f"The point {east}, {north} lies outside the tile; "
                f"east must be in {west}..{east_} and north in {south}..{north_} (metres, UTM)."
            )
        return row, column
