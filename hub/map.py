"""The map of the tiles, coloured by how fresh what readers get of each is."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from catalog.operations.map import MapTile, map_tiles
from catalog.operations.tiles import Freshness, TileFacts, all_tiles
from hub.pages import page
from hub.state import Moment, Reading

router = APIRouter(include_in_schema=False)
LISTED = 500
"""Tiles that the page lists under each freshness; the list of tiles has all."""
SHAPES = {
    Freshness.DAYS_3: "fresh-3",
    Freshness.DAYS_10: "fresh-10",
    Freshness.DAYS_30: "fresh-30",
    Freshness.OLDER: "fresh-older",
    Freshness.NOTHING: "fresh-nothing",
}
"""The class in the style sheet of each freshness: a colour and a dash."""
_LOOK = ("failed", "stopped", "rejected")


@dataclass(frozen=True)
class Group:
    """The tiles of one freshness."""

    freshness: Freshness
    shape: str
    tiles: tuple[TileFacts, ...]


@router.get("/map")
def show_map(request: Request, session: Reading, moment: Moment) -> Response:
    """Show the map, its legend, and the same as a list."""
    found = all_tiles(session, moment)
    return page(
        request,
        "map.html",
        groups=tuple(_groups(found)),
        total=len(found),
        listed=LISTED,
        look=_LOOK,
    )


@router.get("/map/tiles.json")
def tiles_json(session: Reading, moment: Moment) -> Response:
    """Send the outlines of the tiles as GeoJSON (RFC 7946) for the map's script."""
    features = [_feature(one) for one in map_tiles(session, moment) if one.outline]
    document = {"type": "FeatureCollection", "features": features}
    return JSONResponse(document, media_type="application/geo+json")


def _groups(tiles: Iterable[TileFacts]) -> Iterable[Group]:
    known = tuple(tiles)
    for freshness, shape in SHAPES.items():
        own = tuple(one for one in known if one.freshness is freshness)
        yield Group(freshness, shape, own)


def _feature(one: MapTile) -> dict[str, object]:
    tile = one.tile
    return {
        "type": "Feature",
        "id": tile.name,
        "geometry": {"type": "Polygon", "coordinates": [one.outline]},
        "properties": {
            "name": tile.name,
            "tone": f"{SHAPES[tile.freshness]}{' look' if tile.state in _LOOK else ''}",
            "text": _text(tile),
            "href": f"/tiles/{quote(tile.name, safe='')}",
        },
    }


def _text(tile: TileFacts) -> str:
    newest = f" ({tile.shown_at.date()})" if tile.shown_at else ""
    return f"{tile.freshness}{newest}; state: {tile.state}"
