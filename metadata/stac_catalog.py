"""The static STAC catalog beside the products: one collection per period kind and resolution.

::

    catalog.json
    s2gm-month-10m/collection.json
    s2gm-month-10m/<item id>.json
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from metadata.document import SUMMARY
from metadata.stac import (
    CONSTELLATION,
    GEOJSON,
    STAC_VERSION,
    collection_id,
    license_link,
    providers,
)
from metadata.stac_layers import extensions_of, single_layer
from products.bands import LAYERS
from products.period import PeriodKind
from products.product import Contact

CATALOG_ID = "s2gm"
KEYWORDS = ("Sentinel-2", "Copernicus", "mosaic", "composite", "medoid", "surface reflectance")
_JSON = "application/json"


@dataclass(frozen=True, order=True)
class Member:
    """What a collection says about one of its items."""

    id: str
    bbox: tuple[float, float, float, float]
    """West, south, east, north in degrees; west is greater across the antimeridian."""
    start: str
    end: str
    crs: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Take it from a rendered item."""
        properties = item["properties"]
        west, south, east, north = item["bbox"]
        return cls(
            item["id"],
            (west, south, east, north),
            properties["start_datetime"],
            properties["end_datetime"],
            properties["proj:code"],
        )


def render_collection(
    kind: PeriodKind, resolution: int, contact: Contact, members: Iterable[Member]
) -> dict[str, Any]:
    """Render a collection; the order in which its members come does not matter.

    Without members it claims the whole world from the first Sentinel-2 year on.
    """
    ordered = sorted(members)
    name = collection_id(kind, resolution)
    return {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": sorted(extensions_of(LAYERS)),
        "id": name,
        "title": f"{kind.label} Sentinel-2 mosaics, {resolution} m",
        "description": SUMMARY,
        "keywords": [*KEYWORDS, kind.label.lower()],
        "license": "other",
        "providers": providers(contact),
        "extent": _extent(ordered),
        "summaries": _summaries(resolution, ordered),
        "item_assets": {layer.name: single_layer(layer, resolution) for layer in LAYERS},
        "links": [
            {"rel": "root", "href": "../catalog.json", "type": _JSON},
            {"rel": "parent", "href": "../catalog.json", "type": _JSON},
            license_link(contact),
            *({"rel": "item", "href": f"./{m.id}.json", "type": GEOJSON} for m in ordered),
        ],
    }


def render_catalog(
    contact: Contact, collections: Sequence[tuple[PeriodKind, int]]
) -> dict[str, Any]:
    """Render the root, with a child for each period kind and resolution."""
    kinds = list(PeriodKind)
    ordered = sorted(set(collections), key=lambda pair: (kinds.index(pair[0]), pair[1]))
    return {
        "type": "Catalog",
        "stac_version": STAC_VERSION,
        "id": CATALOG_ID,
        "title": "Sentinel-2 mosaics",
        "description": f"Mosaics of {contact.organisation}. {SUMMARY}",
        "links": [
            {"rel": "root", "href": "./catalog.json", "type": _JSON},
            license_link(contact),
            *(
                {
                    "rel": "child",
                    "href": f"./{collection_id(kind, resolution)}/collection.json",
                    "type": _JSON,
                    "title": f"{kind.label} Sentinel-2 mosaics, {resolution} m",
                }
                for kind, resolution in ordered
            ),
        ],
    }


def _extent(members: Sequence[Member]) -> dict[str, Any]:
    if not members:
        return {
            "spatial": {"bbox": [[-180, -90, 180, 90]]},
            "temporal": {"interval": [["2015-07-01T00:00:00Z", None]]},
        }
    times = [min(member.start for member in members), max(member.end for member in members)]
    return {
        "spatial": {"bbox": [_around([member.bbox for member in members])]},
        "temporal": {"interval": [times]},
    }


def _around(boxes: Sequence[tuple[float, float, float, float]]) -> list[float]:
    """Return the box of boxes; all longitudes as soon as one crosses the antimeridian."""
    wests, souths, easts, norths = zip(*boxes, strict=True)
    if any(west > east for west, _, east, _ in boxes):
        return [-180, min(souths), 180, max(norths)]
    return [min(wests), min(souths), max(easts), max(norths)]


def _summaries(resolution: int, members: Sequence[Member]) -> dict[str, Any]:
    summaries: dict[str, Any] = {
        "constellation": [CONSTELLATION["constellation"]],
        "instruments": CONSTELLATION["instruments"],
        "gsd": [resolution],
    }
    if members:
        summaries["proj:code"] = sorted({member.crs for member in members})
    return summaries
