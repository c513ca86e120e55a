"""A STAC 1.1 item of a product: what catalogs and readers of cloud-optimised rasters want.

Two forms of it exist. The one in the folder of a product never changes, so it names no other
revision and no catalog. The one in the static catalog beside the products (`stac_catalog`) has
`Versions` and is made from it, anew when a successor is published.

The inputs are named in ``processing:lineage``: links with ``derived_from`` need an address, and
sources may have none that a reader could open. The full list is in the JSON metadata.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from metadata.document import SUMMARY
from metadata.footprint import footprint
from metadata.stac_layers import (
    FILE,
    GRID,
    PROCESSING,
    PROJECTION,
    TIMESTAMPS,
    VERSION,
    all_layers,
    extensions_of,
    has_method,
    single_layer,
)
from products.formats import ProductFormat
from products.grid import epsg_of
from products.netcdf import mid_period
from products.period import Period, PeriodKind
from products.product import Contact, FileFact, ProductFacts

STAC_VERSION = "1.1.0"
GEOJSON = "application/geo+json"
_XML = "application/xml"
CONSTELLATION = {"constellation": "sentinel-2", "instruments": ["msi"]}
_SHA2_256 = "1220"
"""Multihash prefix: code of the digest, then its 32 bytes of length."""


@dataclass(frozen=True)
class Versions:
    """Where a revision stands among the others of its mosaic, by item ids of one collection."""

    latest: str | None
    """None where no revision is published any more."""
    predecessor: str | None = None
    successor: str | None = None
    withdrawn: bool = False
    """Whether it should not be used although nothing succeeds it."""
    published: datetime | None = None
    """When it was published; None where nobody noted it."""


def render_item(
    facts: ProductFacts, contact: Contact, files: Mapping[str, FileFact]
) -> dict[str, Any]:
    """Render the item of one piece of a product; no clock is read.

    ``files`` has size and digest of the product's files, by path below its folder, in which the
    item lies too.
    """
    geometry, box = footprint(facts.grid)
    return {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _extensions(facts),
        "id": item_id(facts),
        "geometry": geometry,
        "bbox": list(box),
        "properties": _properties(facts, contact),
        "links": [license_link(contact)],
        "assets": _assets(facts, files),
    }


def shelve_item(
    item: Mapping[str, Any], collection: str, versions: Versions, base: str
) -> dict[str, Any]:
    """Make the member of a collection from the item of a product.

    ``base`` leads from the collection's folder to the product's, with a slash at the end.
    """
    extensions = set(item["stac_extensions"])
    properties = dict(item["properties"])
    properties["deprecated"] = versions.withdrawn or versions.latest != item["id"]
    if versions.published:
        extensions.add(TIMESTAMPS)
        properties["published"] = _moment(versions.published)
    return {
        **item,
        "stac_extensions": sorted(extensions),
        "properties": properties,
        "collection": collection,
        "links": [*_memberships(), *_relatives(versions), *item["links"]],
        "assets": {
            key: {**asset, "href": base + asset["href"].removeprefix("./")}
            for key, asset in item["assets"].items()
        },
    }


def render_bytes(document: Mapping[str, Any]) -> bytes:
    """Render an item, collection or catalog as a file; the same document gives the same bytes."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def item_id(facts: ProductFacts) -> str:
    """Return the product's name, with the place where the product has several pieces."""
    name = str(facts.name)
    return name if facts.place == facts.name.order else f"{name}_{facts.place}"


def collection_id(kind: PeriodKind, resolution: int) -> str:
    """Return for example ``s2gm-month-10m``."""
    return f"s2gm-{kind.lower()}-{resolution}m"


def license_link(contact: Contact) -> dict[str, str]:
    """Return the link that STAC asks for where a licence has no SPDX name."""
    return {"rel": "license", "href": contact.license_url, "title": "Terms of use"}


def providers(contact: Contact) -> list[dict[str, Any]]:
    """Return who made the granules and who made the mosaic."""
    return [
        {
            "name": "Copernicus Programme, European Space Agency",
            "roles": ["producer", "licensor"],
            "url": "https://www.copernicus.eu",
        },
        {"name": contact.organisation, "roles": ["processor", "host"], "url": contact.url},
    ]


def period_bounds(period: Period) -> tuple[str, str]:
    """Return the first and the last second of a period."""
    return f"{period.start.isoformat()}T00:00:00Z", f"{period.end.isoformat()}T23:59:59Z"


def _extensions(facts: ProductFacts) -> list[str]:
    with_method = facts.form is ProductFormat.NETCDF and has_method(facts.layers)
    used = [PROJECTION, PROCESSING, FILE, VERSION]
    used += extensions_of(facts.layers, with_method=with_method)
    if _grid_code(facts):
        used.append(GRID)
    return sorted(used)


def _properties(facts: ProductFacts, contact: Contact) -> dict[str, Any]:
    start, end = period_bounds(facts.period)
    return {
        "title": f"Sentinel-2 mosaic of {facts.place}, {_spell(facts.period)}",
        "description": SUMMARY,
        # Not null: stackstac and others read no other time. The middle, as in the NetCDF files.
        "datetime": _moment(mid_period(facts.period)),
        "start_datetime": start,
        "end_datetime": end,
        "created": _moment(facts.created),
        "license": "other",
        "providers": providers(contact),
        **CONSTELLATION,
        **_platform(facts),
        "gsd": facts.grid.resolution,
        **_projection(facts),
        **_grid_code(facts),
        "processing:level": "L3",
        "processing:facility": contact.organisation,
        "processing:software": {"S2GM": facts.name.version},
        "processing:lineage": _lineage(facts),
        "version": f"{facts.name.version}_{facts.name.number}",
    }


def _spell(period: Period) -> str:
    days: tuple[date, ...] = (period.start, period.end)
    return " to ".join(day.isoformat() for day in dict.fromkeys(days))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _platform(facts: ProductFacts) -> dict[str, str]:
    """Name the satellite where there is only one; STAC allows no list."""
    satellites = {source.satellite for source in facts.sources}
    if len(satellites) != 1:
        return {}
    return {"platform": f"sentinel-{satellites.pop()[1:].lower()}"}


def _projection(facts: ProductFacts) -> dict[str, Any]:
    transform = facts.grid.transform
    return {
        "proj:code": f"EPSG:{facts.grid.epsg}",
        "proj:shape": list(facts.grid.shape),
        "proj:transform": [float(value) for value in transform[:6]],
        "proj:bbox": [float(value) for value in facts.grid.bounds],
    }


def _grid_code(facts: ProductFacts) -> dict[str, str]:
    """Name the MGRS tile where the piece is one, on the grid of its zone."""
    is_tile = facts.place in facts.tiles and epsg_of(facts.place) == facts.grid.epsg
    return {"grid:code": f"MGRS-{facts.place}"} if is_tile else {}


def _lineage(facts: ProductFacts) -> str:
    count = len(facts.sources)
    granules = "1 Sentinel-2 L2A granule" if count == 1 else f"{count} Sentinel-2 L2A granules"
    sentences = [
        f"Composed by {facts.algorithm} from {granules}, "
        f"{sum(source.used for source in facts.sources)} of them used; "
        f"medoid from {facts.threshold} valid observations, decision tree below."
    ]
    if facts.missing:
        names = ", ".join(layer.name for layer in facts.missing)
        sentences.append(f"Layers that the sources do not have are left out: {names}.")
    inputs = ", ".join(source.id for source in facts.sources)
    return " ".join([*sentences, *facts.notes, f"Inputs in the order of source_index: {inputs}."])


def _memberships() -> list[dict[str, str]]:
    collection = {"href": "./collection.json", "type": "application/json"}
    return [
        {"rel": "root", "href": "../catalog.json", "type": "application/json"},
        {"rel": "parent", **collection},
        {"rel": "collection", **collection},
    ]


def _relatives(versions: Versions) -> list[dict[str, str]]:
    named = (
        ("predecessor-version", versions.predecessor),
        ("successor-version", versions.successor),
        ("latest-version", versions.latest),
    )
    return [
        {"rel": rel, "href": f"./{name}.json", "type": GEOJSON, "title": name}
        for rel, name in named
        if name
    ]


def _assets(facts: ProductFacts, files: Mapping[str, FileFact]) -> dict[str, Any]:
    described = {
        **_layer_assets(facts),
        "metadata": (
            f"{facts.place}/{facts.metadata_file}",
            {"type": "application/json", "title": "JSON metadata", "roles": ["metadata"]},
        ),
        "inspire": (
            "inspire.xml",
            {"type": _XML, "title": "INSPIRE metadata", "roles": ["metadata", "iso-19139"]},
        ),
    }
    return {
        key: {
            "href": f"./{path}",
            **fields,
            "file:size": files[path].size,
            "file:checksum": f"{_SHA2_256}{files[path].sha256}",
        }
        for key, (path, fields) in described.items()
    }


def _layer_assets(facts: ProductFacts) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return path and fields of the layers' files by asset key."""
    media = {"type": facts.form.media_type}
    resolution = facts.grid.resolution
    paths = {layer: f"{facts.place}/{facts.layer_file(layer)}" for layer in facts.layers}
    if facts.form is ProductFormat.NETCDF:
        return {"netcdf": (paths[facts.layers[0]], media | all_layers(facts.layers, resolution))}
    assets = {
        layer.name: (path, media | single_layer(layer, resolution)) for layer, path in paths.items()
    }
    if facts.form is ProductFormat.JP2:
        sidecar = {"type": _XML, "roles": ["metadata"]}
        assets |= {
            f"{layer.name}-aux": (
                f"{path}.aux.xml",
                sidecar | {"title": f"Scale and nodata of {layer.name}, for GDAL"},
            )
            for layer, path in paths.items()
        }
    return assets
