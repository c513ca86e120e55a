"""STAC sources: a static catalog on disk or over HTTP, and the search of a STAC API."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from products.errors import BadInput, GranuleRejected, SourceUnavailable
from products.granule import Granule, Unreadable
from sources.source import Discovery, Source
from sources.stac_item import Json, granule_from_item, resolve

_MAX_DOCUMENTS = 100_000
_TRIES = 3
_BEGINNING = datetime(2015, 6, 23, tzinfo=UTC)
"""Launch of Sentinel-2A."""


def open_stac(text: str, tiles: tuple[str, ...] = ()) -> Source:
    """Open a catalog or, where the document at the address offers a search, its API."""
    document = _read_root(text)
    if any(link.get("rel") == "search" for link in document.get("links", [])):
        return StacApi(text, tiles=tiles)
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
    """The search of a STAC API."""

    url: str
    collection: str = "sentinel-2-l2a"
    tiles: tuple[str, ...] = ()
    overlap: timedelta = timedelta(days=14)
    """How far the search reaches back before the newest item seen: items come late."""

    @property
    def name(self) -> str:
        """Name of the source in the catalog."""
        return f"{self.url}#{self.collection}"

    def discover(self, cursor: str | None) -> Discovery:
        """Search from the cursor (newest sensing time seen), less the overlap, until now."""
        from pystac_client import Client
        from pystac_client.exceptions import APIError

        since = (datetime.fromisoformat(cursor) - self.overlap) if cursor else _BEGINNING
        try:
            client = Client.open(self.url)
            search = client.search(
                collections=[self.collection], datetime=f"{since:%Y-%m-%dT%H:%M:%SZ}/.."
            )
            items = [item for item in search.items_as_dicts() if self._wanted(item)]
        except (APIError, OSError) as error:
            raise SourceUnavailable(
                f"The STAC API {self.url} cannot be searched now ({_brief(error)}); "
                "it is asked again with the next run."
            ) from error
        newest = max((_sensed(item) for item in items), default=cursor)
        return _discovery(((item, self._address(item)) for item in items), newest)

    def _wanted(self, item: Json) -> bool:
        code = str(item.get("properties", {}).get("grid:code", ""))
        return not self.tiles or code.removeprefix("MGRS-") in self.tiles

    def _address(self, item: Json) -> str:
        own = [link["href"] for link in item.get("links", []) if link.get("rel") == "self"]
        return str(own[0]) if own else f"{self.url}/collections/{self.collection}/items/"


def _brief(error: Exception) -> str:
    """Return a reason of one line; pystac-client quotes whole pages that servers answer."""
    status = getattr(error, "status_code", None)
    return f"HTTP status {status}" if status else (str(error).splitlines() or [repr(error)])[0]


def _sensed(item: Json) -> str:
    return str(item["properties"]["datetime"])


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
