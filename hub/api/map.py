"""The map of the tiles, as GeoJSON (RFC 7946)."""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from catalog.operations.map import MapTile, map_tiles
from hub.api.common import area
from hub.api.errors import errors
from hub.api.shapes import Tile
from hub.state import Moment, Reading
from products.outline import Outline

router = area("map")


@dataclass(frozen=True)
class Polygon:
    """The outline of a tile."""

    type: Literal["Polygon"]
    coordinates: tuple[Outline]
    """One ring of longitudes and latitudes, WGS 84; beyond 180 degrees where the tile goes on."""


@dataclass(frozen=True)
class Feature:
    """A tile on the map."""

    type: Literal["Feature"]
    id: str
    """Name of the tile."""
    geometry: Polygon | None
    """None where nothing tells where the tile lies."""
    properties: Tile


@dataclass(frozen=True)
class FeatureCollection:
    """All tiles, by name."""

    type: Literal["FeatureCollection"]
    features: tuple[Feature, ...]


class GeoJSON(JSONResponse):
    """What the description calls the answer; the answer itself is written at once."""

    media_type = "application/geo+json"


_WRITER = TypeAdapter(FeatureCollection)


@router.get("/map", response_model=FeatureCollection, response_class=GeoJSON, responses=errors())
def read_map(session: Reading, moment: Moment) -> Response:
    """Draw the outlines of all tiles, with how fresh each is, as GeoJSON."""
    features = tuple(map(_feature, map_tiles(session, moment)))
    body = _WRITER.dump_json(FeatureCollection("FeatureCollection", features))
    return Response(body, media_type=GeoJSON.media_type)


def _feature(one: MapTile) -> Feature:
    ground = Polygon("Polygon", (one.outline,)) if one.outline else None
    return Feature("Feature", one.tile.name, ground, Tile(**vars(one.tile)))
