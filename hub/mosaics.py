"""One mosaic: its pictures, inputs, revisions, report and files."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from catalog.operations.calendar import CalendarMosaic
from catalog.operations.mosaic import MosaicDetail, mosaic_detail
from catalog.operations.revisions import PAGE, RevisionFacts
from hub.delivered import picture
from hub.guard import Reader
from hub.pages import page
from hub.state import Reading, Shop
from products.errors import BadInput
from products.grid import check_tile_name
from products.mosaic import MosaicKey
from products.naming import metadata_file, stac_file
from products.period import Period
from tasks.delivered import ProductFile, files_of
from tasks.workshop import Workshop

router = APIRouter(include_in_schema=False)
_RESOLUTIONS = (10, 20, 60)
_FURTHEST = 1_000_000


@dataclass(frozen=True)
class Shown:
    """What can be seen and fetched of a revision."""

    revision: RevisionFacts
    files: tuple[ProductFile, ...]
    quicklook: bool
    selection: bool
    links: tuple[tuple[str, str], ...]
    """Names and addresses of its metadata."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files)


@router.get("/mosaics/{tile}/{period}/{start}/{resolution}")
def show_mosaic(
    request: Request,
    session: Reading,
    shop: Shop,
    known: Reader,
    tile: str,
    period: str,
    start: str,
    resolution: str,
    offset: Annotated[int, Query(ge=0, le=_FURTHEST)] = 0,
) -> Response:
    """Show all that is known of a mosaic."""
    key = parse_key(tile, period, start, resolution)
    mosaic = require_mosaic(session, key, offset)
    stopped = mosaic.newest if mosaic.newest and mosaic.newest != mosaic.shown else None
    return page(
        request,
        "mosaic.html",
        key=key,
        mosaic=mosaic,
        stopped=stopped if stopped and stopped.quality else None,
        shown=_shown(shop, key, mosaic.shown, known is not None),
        held_back=_shown(shop, key, stopped, known is not None) if stopped else None,
        may_fetch=lambda one: one.state == "published" or known is not None,
        offset=offset,
        limit=PAGE,
        path=mosaic_path(mosaic),
    )


def parse_key(tile: str, period: str, start: str, resolution: str) -> MosaicKey:
    """Return the mosaic that an address names; what is none answers that there is no such page."""
    try:
        check_tile_name(tile)
        key = MosaicKey(tile, Period.parse(period, start), int(resolution))
    except (BadInput, ValueError) as error:
        raise HTTPException(404, f"There is no such mosaic. {error}") from error
    if key.resolution not in _RESOLUTIONS or mosaic_path(key) != (
        f"/mosaics/{tile}/{period}/{start}/{resolution}"
    ):
        raise HTTPException(404, "There is no such mosaic; its resolution is 10, 20 or 60.")
    return key


def mosaic_path(mosaic: MosaicKey | MosaicDetail | CalendarMosaic, tile: str = "") -> str:
    """Return the address of a mosaic's page."""
    if isinstance(mosaic, MosaicKey):
        kind, start, tile = mosaic.period.kind.value, mosaic.period.start, mosaic.tile
    else:
        kind, start = mosaic.kind, mosaic.start
        tile = tile or getattr(mosaic, "tile", "")
    return f"/mosaics/{tile}/{kind}/{start}/{mosaic.resolution}"


def require_mosaic(session: Session, key: MosaicKey, offset: int) -> MosaicDetail:
    """Return a mosaic with revisions from an offset on, or answer that there is no such mosaic."""
    mosaic = mosaic_detail(session, key, offset)
    if mosaic is None:
        raise HTTPException(
            404, f"The catalog has no mosaic {key}; the page of its tile lists those it has."
        )
    return mosaic


def _shown(
    shop: Workshop, key: MosaicKey, revision: RevisionFacts | None, may_see_all: bool
) -> Shown | None:
    if revision is None or not revision.product:
        return None
    if revision.state != "published" and not may_see_all:
        return None
    files = files_of(shop.home / revision.product)
    listed = {one.path for one in files}
    known = (key.period, key.resolution, key.tile)
    metadata = (
        ("Metadata (JSON)", f"{key.tile}/{metadata_file(*known)}"),
        ("INSPIRE (XML)", "inspire.xml"),
        ("STAC item (JSON)", stac_file(*known)),
    )
    return Shown(
        revision,
        files,
        quicklook=picture(shop, revision.name) is not None,
        selection=picture(shop, revision.name, "-selection") is not None,
        links=tuple(
            (name, f"/files/{revision.name}/data/{path}")
            for name, path in metadata
            if path in listed
        ),
    )
