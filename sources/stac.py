"""STAC sources: a static catalog on disk or over HTTP, and the search of a STAC API."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from rasterio.warp import transform_bounds

from products.errors import BadInput, GranuleRejected, SourceUnavailable
from products.granule import Granule, Unreadable
from products.mgrs import tile_extent
from sources.source import Discovery, Source
from sources.stac_item import Json, granule_from_item, resolve, tile_of

_MAX_DOCUMENTS = 100_000
_TRIES = 3
_TIMEOUT_SECONDS = 60
_BEGINNING = datetime(2015, 6, 23, tzinfo=UTC)
"""Launch of Sentinel-2A."""


def open_stac(text: str, tiles: tuple[str, ...] = ()) -> Source:
    """Open a catalog or, where the document at the address offers a search, its API."""
    document = _read_root(text)
    if any(link.get("rel") == "search" for link in document.get("links", [])):
        if not tiles:
            raise BadInput(
                f"The STAC API {text} covers the whole world; say with --tile which tiles to keep."
            )
        return StacApi(text, tiles)
    return StaticCatalog(text if "://" in text else str(Path(text).resolve()))


@dataclass(frozen=True)
class StaticCatalog:
    """A catalog of linked JSON files; an item can be given by itself."""

    href: str

    @property
    def name(self) -> str:
        """Name of the source in the catalog."""
        return self.href

    def discover(self, cursor: str | None) -> Discovery:
        """Walk all links; a broken item becomes an ``Unreadable``, a broken root raises."""
        _read_root(self.href)
        return _discovery(_walk(self.href), cursor)


@dataclass(frozen=True)
class StacApi:
    """The search of a STAC API, tile by tile: nobody wants the whole world since 2015."""

    url: str
    tiles: tuple[str, ...]
    collection: str = "sentinel-2-l2a"
    overlap: timedelta = timedelta(days=14)
    """How far the search reaches back before the newest item seen: items come late."""

    @property
    def name(self) -> str:
        """Name of the source in the catalog."""
        return f"{self.url}#{self.collection}"

    def discover(self, cursor: str | None) -> Discovery:
        """Search every tile from its newest sensing time seen, less the overlap, until now.

        The cursor holds that time for each tile that was ever searched here.
        """
        newest = _cursor(cursor)
        items = []
        for tile in self.tiles:
            found = self._search(tile, newest.get(tile))
            items += found
            if moments := [moment for item in found if (moment := _sensed(item))]:
                newest[tile] = max(moments)
        pairs = ((item, self._address(item)) for item in items)
        return _discovery(pairs, json.dumps({k: newest[k].isoformat() for k in sorted(newest)}))

    def _search(self, tile: str, newest: datetime | None) -> list[Json]:
        """Return the items of a tile; those of its neighbours lie in the same box."""
        from pystac import STACError
        from pystac_client import Client
        from pystac_client.exceptions import APIError

        since = newest - self.overlap if newest else _BEGINNING
        try:
            client = Client.open(self.url, timeout=_TIMEOUT_SECONDS)
            search = client.search(
                collections=[self.collection],
                bbox=_box(tile),
                datetime=f"{since:%Y-%m-%dT%H:%M:%SZ}/..",
            )
            return [item for item in search.items_as_dicts() if tile_of(item) in (tile, None)]
        except (APIError, STACError, OSError) as error:
            raise SourceUnavailable(
                f"The STAC API {self.url} cannot be searched now ({_brief(error)}); "
                "it is asked again with the next run."
            ) from error

    def _address(self, item: Json) -> str:
        own = [link["href"] for link in item.get("links", []) if link.get("rel") == "self"]
        return str(own[0]) if own else f"{self.url}/collections/{self.collection}/items/"


def _cursor(text: str | None) -> dict[str, datetime]:
    """Return the newest sensing time seen, by tile.

    Cursors were once a single time for all tiles, which says nothing of any: search anew.
    """
    stated = json.loads(text) if text and text.startswith("{") else {}
    return {tile: datetime.fromisoformat(moment) for tile, moment in stated.items()}


def _box(tile: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a tile in degrees; west > east across 180 degrees."""
    ground = tile_extent(tile)
    east, south = ground.west + ground.width, ground.north - ground.height
    box: tuple[float, float, float, float] = transform_bounds(
        f"EPSG:{ground.epsg}", "EPSG:4326", ground.west, south, east, ground.north
    )
    return box


def _brief(error: Exception) -> str:
    """Return a reason of one line; pystac-client quotes whole pages that servers answer."""
    status = getattr(error, "status_code", None)
    return f"HTTP status {status}" if status else (str(error).splitlines() or [repr(error)])[0]


def _sensed(item: Json) -> datetime | None:
    """Return the sensing time; a broken item has none, and is reported when it is read."""
    try:
        moment = datetime.fromisoformat(str(item["properties"]["datetime"]))
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _discovery(items: Iterator[tuple[Any, str]], cursor: str | None) -> Discovery:
    granules: dict[str, Granule] = {}
    unreadable = []
    for item, base in items:
        try:
            if isinstance(item, Exception):
                raise GranuleRejected("metadata", f"{base} cannot be read ({item}).")
            granule = granule_from_item(item, base)
        except GranuleRejected as rejection:
            name = item.get("id") if isinstance(item, dict) else None
            unreadable.append(
                Unreadable(str(name or base), base, rejection.rule, str(rejection), str(item))
            )
        else:
            granules[granule.id] = granule
    return Discovery(tuple(granules[key] for key in sorted(granules)), tuple(unreadable), cursor)


def _walk(root: str) -> Iterator[tuple[Any, str]]:
    """Yield every item below a catalog with its address; a broken document as its exception."""
    waiting, seen = [root], {root}
    while waiting:
        address = waiting.pop()
        try:
            document = _read(address)
        except (OSError, ValueError, httpx.HTTPError) as error:
            yield error, address
            continue
        if document.get("type") == "Feature":
            yield document, address
            continue
        for link in document.get("links", []):
            target = resolve(str(link.get("href")), address)
            if link.get("rel") in ("child", "item") and target not in seen:
                seen.add(target)
                waiting.append(target)
        if len(seen) > _MAX_DOCUMENTS:
            raise BadInput(f"{root} links to more than {_MAX_DOCUMENTS} documents; give a part.")


def _read_root(address: str) -> Json:
    try:
        document = _read(address)
    except (OSError, httpx.HTTPError) as error:
        raise SourceUnavailable(
            f"The STAC catalog {address} cannot be read now ({error}); check the address."
        ) from error
    except ValueError as error:
        raise BadInput(f"{address} is not JSON ({error}); give a STAC catalog.json.") from error
    if "stac_version" not in document:
        raise BadInput(f"{address} is not a STAC document; give a STAC catalog.json or API.")
    return document


def _read(address: str) -> Json:
    text = _get(address) if "://" in address else Path(address).read_text(encoding="utf-8")
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("it is not a JSON object")
    return document


def _get(address: str) -> str:
    transport = httpx.HTTPTransport(retries=_TRIES)
    with httpx.Client(transport=transport, timeout=30, follow_redirects=True) as client:
        for attempt in range(1, _TRIES + 1):
            answer = client.get(address)
            if answer.status_code < 500 or attempt == _TRIES:
                break
        answer.raise_for_status()
        return answer.text
