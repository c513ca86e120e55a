"""The files of products, their pictures and reports: of revisions that the catalog knows, alone.

No part of an address becomes part of a path before it was found in the catalog or in the product's
manifest; that what is then opened lies below the data root is asked once more.
"""

from pathlib import Path

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from catalog.operations.delivered import Delivered, delivered
from hub.guard import Reader, Visitor
from hub.state import Reading, Shop
from tasks.delivered import files_of, inside
from tasks.workshop import Workshop

router = APIRouter(include_in_schema=False)

_TYPES = {
    ".tiff": "image/tiff",
    ".nc": "application/x-netcdf",
    ".json": "application/json",
    ".xml": "application/xml",
    ".png": "image/png",
    ".html": "text/html; charset=utf-8",
}
_SAVED = (".tiff", ".nc")
"""What browsers save and do not show."""
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; sandbox"
)
"""A report has its styles and pictures within itself; nothing in it can run, load or ask."""


@router.api_route("/files/{product}/data/{path:path}", methods=["GET", "HEAD"])
def product_file(
    request: Request, session: Reading, shop: Shop, known: Reader, product: str, path: str
) -> Response:
    """Send a file of a product, or a range of it."""
    found = require_delivered(session, product, known)
    listed = {one.path: one for one in files_of(shop.home / found.product)}
    if path not in listed:
        raise HTTPException(404, f"The product {found.name} has no such file.")
    return _send(request, inside(shop.home / found.product, path))


@router.api_route("/files/{product}/quicklook.png", methods=["GET", "HEAD"])
def quicklook(
    request: Request, session: Reading, shop: Shop, known: Reader, product: str
) -> Response:
    """Send the true colour picture of a product."""
    return _picture(request, shop, require_delivered(session, product, known), "")


@router.api_route("/files/{product}/selection.png", methods=["GET", "HEAD"])
def selection(
    request: Request, session: Reading, shop: Shop, known: Reader, product: str
) -> Response:
    """Send the picture of method, valid observations and source of a product."""
    return _picture(request, shop, require_delivered(session, product, known), "-selection")


@router.api_route("/files/{product}/report.html", methods=["GET", "HEAD"])
def report_page(
    request: Request, session: Reading, shop: Shop, known: Reader, product: str
) -> Response:
    """Send the quality report for people."""
    page = require_delivered(session, product, known).page
    return _send(request, inside(shop.home, page) if page else None, _REPORT_POLICY)


@router.api_route("/files/{product}/report.json", methods=["GET", "HEAD"])
def report(request: Request, session: Reading, shop: Shop, known: Reader, product: str) -> Response:
    """Send the quality report for programs."""
    path = require_delivered(session, product, known).report
    return _send(request, inside(shop.home, path) if path else None)


def picture(shop: Workshop, name: str, kind: str = "") -> Path | None:
    """Return a picture of a product, ``""`` or ``"-selection"``, None where it was not drawn.

    ``name`` is one that the catalog gave.
    """
    return inside(shop.quicklooks, f"{name}{kind}.png")


def _picture(request: Request, shop: Workshop, found: Delivered, kind: str) -> Response:
    return _send(request, picture(shop, found.name, kind))


def require_delivered(session: Session, product: str, visitor: Visitor | None) -> Delivered:
    """Return a product that a visitor may see, or answer that there is none, or not for them."""
    found = delivered(session, product)
    if found is None:
        raise HTTPException(404, "The catalog has no product of this name.")
    if not found.is_published and visitor is None:
        raise HTTPException(403, f"{found.name} is not published; sign in to see its files.")
    return found


def _send(request: Request, path: Path | None, policy: str = _POLICY) -> Response:
    """Send a file as what its name says that it is, so that nothing in it can run."""
    media_type = _TYPES.get(path.suffix) if path else None
    if path is None or media_type is None:
        raise HTTPException(404, "This file is not there, or not any more.")
    try:
        facts = path.stat()
    except OSError as error:
        raise HTTPException(404, "This file is not there any more.") from error
    headers = {"content-security-policy": policy, "cache-control": "private, no-cache"}
    name = path.name if path.suffix in _SAVED else None
    response = FileResponse(
        path, headers=headers, media_type=media_type, filename=name, stat_result=facts
    )
    if response.headers["etag"] in request.headers.get("if-none-match", ""):
        kept = {key: response.headers[key] for key in ("etag", *headers)}
        return Response(status_code=304, headers=kept)
    return response
