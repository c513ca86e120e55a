"""One mosaic, its revisions and inputs, and the files of products."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Path

from catalog.operations.revisions import RevisionFacts
from hub.api.common import IsoDate, Offset, ProductId, TileName, area
from hub.api.errors import errors
from hub.api.shapes import Granule, Input, Mosaic, shaped
from hub.delivered import picture, require_delivered
from hub.guard import Reader
from hub.mosaics import parse_key, require_mosaic
from hub.state import Reading, Shop
from products.mosaic import MosaicKey
from products.period import PeriodKind
from tasks.delivered import files_of
from tasks.workshop import Workshop

router = area("mosaics")
_MOSAIC = "/mosaics/{tile}/{period}/{start}/{resolution}"


def key_of(
    tile: TileName,
    period: Annotated[PeriodKind, Path(description="Kind of the period.", examples=["MONTH"])],
    start: Annotated[
        IsoDate, Path(description="First day of the period.", examples=["2018-06-01"])
    ],
    resolution: Annotated[
        int, Path(ge=10, le=60, description="Metres: 10, 20 or 60.", examples=[10])
    ],
) -> MosaicKey:
    """Return the mosaic that an address names."""
    return parse_key(tile, period.value, start.isoformat(), str(resolution))


Key = Annotated[MosaicKey, Depends(key_of)]


@dataclass(frozen=True)
class Revisions:
    """Some of the revisions of a mosaic, the newest first."""

    total: int
    """How many there are in all."""
    entries: tuple[RevisionFacts, ...]


@dataclass(frozen=True)
class Inputs:
    """What the revision that readers get, else the newest, is made of."""

    revision: str | None
    """Name of its product; None where no revision has been planned."""
    inputs: tuple[Input, ...]
    """In the order of the layer source_index."""
    others: tuple[Granule, ...]
    """Granules of its tile and dates that are not among the inputs, with the reason."""


@dataclass(frozen=True)
class LinkedFile:
    """A file of a product."""

    path: str
    """Below the base folder, for example ``31UDS/B02_M10_20180601_31UDS.tiff``."""
    size: int
    """Bytes."""
    sha256: str
    href: str
    """Where this hub serves it."""


@dataclass(frozen=True)
class Product:
    """The files of a product, its pictures and its reports, each where this hub serves it."""

    name: str
    state: str
    """``published``, ``stopped`` or ``rejected``."""
    files: tuple[LinkedFile, ...]
    """By path, the manifest the last; none where the manifest cannot be read."""
    quicklook: str | None
    """True colour picture; None where none was drawn."""
    selection: str | None
    """Picture of method, number of valid observations and source; None where none was drawn."""
    report_html: str | None
    """Quality report for people."""
    report_json: str | None
    """Quality report for programs."""


@router.get(_MOSAIC, response_model=Mosaic, responses=errors(404, 422))
def read_mosaic(session: Reading, key: Key, offset: Offset = 0) -> Any:
    """Tell all that is known of a mosaic.

    Of its revisions, 20 are listed from an offset on.
    """
    return shaped(require_mosaic(session, key, offset))


@router.get(f"{_MOSAIC}/revisions", responses=errors(404, 422))
def list_revisions(session: Reading, key: Key, offset: Offset = 0) -> Revisions:
    """List the revisions of a mosaic, with what changed from one to the next, 20 at a time."""
    found = require_mosaic(session, key, offset)
    return Revisions(found.total, found.revisions)


@router.get(f"{_MOSAIC}/inputs", response_model=Inputs, responses=errors(404, 422))
def list_inputs(session: Reading, key: Key) -> Any:
    """List the granules of which a mosaic is made, and those of its dates that are not in it."""
    found = require_mosaic(session, key, 0)
    revision = found.shown or found.newest
    return {
        "revision": revision.name if revision else None,
        "inputs": [shaped(one) for one in found.inputs],
        "others": [shaped(one) for one in found.others],
    }


@router.get("/products/{product}", responses=errors(403, 404, 422))
def read_product(session: Reading, shop: Shop, known: Reader, product: ProductId) -> Product:
    """List the files of a product with their checksums, its pictures and its reports.

    Products that are not published are shown to those who are signed in.
    """
    found = require_delivered(session, product, known)
    base = f"/files/{quote(found.name)}"
    files = files_of(shop.home / found.product)
    return Product(
        name=found.name,
        state=found.state,
        files=tuple(
            LinkedFile(one.path, one.size, one.sha256, f"{base}/data/{quote(one.path)}")
            for one in files
        ),
        quicklook=_picture(shop, found.name, "", f"{base}/quicklook.png"),
        selection=_picture(shop, found.name, "-selection", f"{base}/selection.png"),
        report_html=f"{base}/report.html" if found.page else None,
        report_json=f"{base}/report.json" if found.report else None,
    )


def _picture(shop: Workshop, name: str, kind: str, address: str) -> str | None:
    return address if picture(shop, name, kind) else None
