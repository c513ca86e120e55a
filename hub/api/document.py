"""The description of the API (OpenAPI 3.1), made of its routes."""

import json
from collections.abc import Iterable, Iterator
from copy import copy
from functools import cache
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from hub.api import account, actions, failures, gate, map, mosaics, runs, status, tiles
from hub.api.errors import SCHEMA
from hub.api.fields import answer_of, tell_fields
from hub.api.reason import Reason
from hub.guard import TOKEN_HEADER
from hub.problems import ProblemDocument

VERSION = "1.0"
AREAS = (
    status.router,
    tiles.router,
    map.router,
    mosaics.router,
    gate.router,
    failures.router,
    runs.router,
    actions.router,
    account.router,
)
"""All parts of the API; each is a tag of its description."""
_TAGS = {
    "status": "How the service stands, in the words of the overview and of `s2gm status`.",
    "tiles": "Tiles, their completeness day by day, and their granules.",
    "map": "The outlines of the tiles.",
    "mosaics": "One mosaic, its revisions and inputs, and the files of products.",
    "gate": "What quality control stopped, and the decisions of operators.",
    "failures": "What went wrong, and what operators do about it.",
    "runs": "Workers, turns, and room.",
    "log": "What people did.",
    "account": "Who asks.",
}
_ABOUT = (
    "For programs, all that the pages of the hub show and do. Lists take `limit` (at most 200) and "
    "`offset`, and tell their `total`. Times are UTC, as ISO 8601 writes them. Every GET answers "
    "HEAD too, and has an ETag: ask with `If-None-Match` whether it changed. Errors are problem "
    "documents (RFC 9457) whose `detail` says what, where, and what to do. Whoever may see the "
    "pages may read; only operators may POST, with the session's token in the header "
    "`X-S2GM-Token`, and their reason is kept for good."
)


_ETAG = {
    "description": "Changes with the answer.",
    "schema": {"type": "string", "examples": ['"0a8bd6fd1c9a4eb7"']},
}
_UNCHANGED = {"description": "It is as it was under the ETag that `If-None-Match` named."}


@cache
def describe(public: bool, cookie: str) -> dict[str, Any]:
    """Return the description for a hub: whether everybody may read, and its session's cookie."""
    document = get_openapi(
        title="S2GM hub",
        version=VERSION,
        summary="Watch and operate the Sentinel-2 Global Mosaic service.",
        description=_ABOUT,
        routes=list(_routes()),
        tags=[{"name": name, "description": about} for name, about in _TAGS.items()],
        servers=[{"url": "/", "description": "This hub"}],
    )
    parts = document["components"]
    parts["schemas"][SCHEMA] = ProblemDocument.model_json_schema()
    tell_fields(parts["schemas"], (route.response_model for route in _routes()))
    tell_fields(parts["schemas"], [Reason])
    _prune(document)
    parts["securitySchemes"] = _schemes(cookie)
    for method, operation in _operations(document):
        _complete(method, operation, public)
    return document


def _routes() -> Iterator[APIRoute]:
    """Return the routes as they are described: HEAD goes without saying."""
    for router in AREAS:
        for route in router.routes:
            assert isinstance(route, APIRoute)  # noqa: S101 - areas have no others
            told = copy(route)
            told.methods = (route.methods or set()) - {"HEAD"}
            told.operation_id = route.name.replace("_", "-")
            summary, _, rest = route.description.partition("\n\n")
            told.summary = " ".join(summary.split()).removesuffix(".")
            told.description = rest
            told.response_description = answer_of(route.response_model)
            yield told


def _prune(document: dict[str, Any]) -> None:
    """Take out the schemas of which no request and no answer is made."""
    schemas = document["components"]["schemas"]
    told = json.dumps(document)
    while idle := [name for name in schemas if f'"#/components/schemas/{name}"' not in told]:
        for name in idle:
            del schemas[name]
        told = json.dumps(document)


def _schemes(cookie: str) -> dict[str, Any]:
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "The cookie that signing in at `/sign-in` sets.",
        },
        "token": {
            "type": "apiKey",
            "in": "header",
            "name": TOKEN_HEADER,
            "description": "The `token` that `GET /api/v1/account` tells.",
        },
    }


def _complete(method: str, operation: dict[str, Any], public: bool) -> None:
    """Add who may ask, and how answers are kept."""
    if method != "get":
        operation["security"] = [{"session": [], "token": []}]
        return
    operation["security"] = [{"session": []}, *([{}] if public else [])]
    answers = operation["responses"]
    answers["200"]["headers"] = {"ETag": _ETAG}
    operation["responses"] = dict(sorted({**answers, "304": _UNCHANGED}.items()))


def _operations(document: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    return (each for path in document["paths"].values() for each in path.items())
