"""What all parts of the API have in common: routes, parameters, and how they are kept."""

import hashlib
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.routing import APIRoute
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

PREFIX = "/api/v1"
LARGEST_PAGE = 200
"""Entries that one answer lists at most."""
USUAL_PAGE = 50
_FURTHEST = 10_000_000
_KEPT = "private, no-cache"
"""Whoever keeps an answer asks whether it still holds, by its ETag."""

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many entries to list.")]
Offset = Annotated[int, Query(ge=0, le=_FURTHEST, description="How many entries to pass over.")]
PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""A text without control characters."""
TileName = Annotated[
    str,
    Path(
        max_length=20, pattern=r"^[0-9A-Za-z]+$", description="Name of a tile.", examples=["31UDS"]
    ),
]
ProductId = Annotated[
    str,
    Path(
        max_length=100,
        pattern=r"^[0-9A-Za-z._-]+$",
        description="Name of a product.",
        examples=["S2GM_M10_20180601_20180630_31UDS_STD_v1.0.0_1"],
    ),
]


def _iso(value: object) -> object:
    """Take a date as ISO 8601 writes it, and not a number, which would count seconds."""
    if isinstance(value, str) and date.fromisoformat(value).isoformat() != value:
        raise ValueError("write it like 2018-06-01")
    return value


IsoDate = Annotated[date, BeforeValidator(_iso)]


class Route(APIRoute):
    """A route whose answers have an ETag; HEAD is answered like GET, without the body."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = set(options.pop("methods", None) or ("GET",))
        more = {"HEAD"} if "GET" in methods else set()
        super().__init__(path, endpoint, methods=methods | more, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await answer(request)
            return _kept(request, response) if request.method in ("GET", "HEAD") else response

        return handle


def area(name: str) -> APIRouter:
    """Return the router of one part of the API."""
    return APIRouter(prefix=PREFIX, tags=[name], route_class=Route)


def _kept(request: Request, response: Response) -> Response:
    if response.status_code != 200:
        return response
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["etag"], response.headers["cache-control"] = tag, _KEPT
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"etag": tag, "cache-control": _KEPT})
    if request.method == "HEAD":
        return Response(headers=dict(response.headers))
    return response
