"""The map: the outlines of the tiles with their freshness."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from catalog.operations.tiles import TileFacts, all_tiles
from catalog.tables import TileRow
from products.errors import BadInput
from products.grid import Extent
from products.mgrs import tile_extent
from products.outline import Outline, outline


@dataclass(frozen=True)
class MapTile:
    """A tile on the map."""

    tile: TileFacts
    outline: Outline | None
    """The whole tile of the grid; of a name that is not in the grid the ground that its granules
    cover, None where they tell none."""


def map_tiles(session: Session, moment: datetime) -> tuple[MapTile, ...]:
    """Return all tiles with their outlines, by name. Three statements."""
    grounds = {
        row.name: Extent(row.epsg, row.west, row.north, row.width, row.height)
        for row in session.exec(select(TileRow))
    }
    return tuple(
        MapTile(tile, _outline(tile.name, grounds.get(tile.name)))
        for tile in all_tiles(session, moment)
    )


def _outline(name: str, ground: Extent | None) -> Outline | None:
    try:
        return outline(tile_extent(name))
    except BadInput:
        return outline(ground) if ground else None
