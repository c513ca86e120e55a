"""The description of the API itself, for programs and as a page for people."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import cookies
from hub.api.common import PREFIX, Route
from hub.api.document import describe
from hub.pages import page

router = APIRouter(include_in_schema=False)
documents = APIRouter(include_in_schema=False, route_class=Route)


@documents.get(f"{PREFIX}/openapi.json")
def read_document(request: Request) -> dict[str, Any]:
    """Send the description of the API."""
    return _document(request)


@router.get("/api")
def show(request: Request) -> Response:
    """Show the API: every address, what it takes, and what it answers."""
    document = _document(request)
    parts = [
        (tag, [one for one in _operations(document) if tag["name"] in one["tags"]])
        for tag in document["tags"]
    ]
    return page(request, "api.html", document=document, parts=parts)


def _document(request: Request) -> dict[str, Any]:
    public = request.app.state.hub.workshop.settings.hub_public
    return describe(public, cookies.full_name(request, cookies.SESSION))


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"path": path, "method": method.upper(), "parameters": [], "description": ""} | operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
