"""What went wrong, as a page for people and as problem+json (RFC 9457) for programs."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.pages import render_page
from products.errors import BadInput, S2GMError

MEDIA_TYPE = "application/problem+json"
_PROGRAMS = ("/api/", "/metrics", "/events", "/healthz", "/readyz", "/static/")
TITLES = {
    400: "The request cannot be understood",
    401: "Sign in first",
    403: "That is not allowed",
    404: "There is no such page",
    405: "That cannot be done here",
    409: "That cannot be done as things stand",
    413: "That is too much at once",
    421: "The hub does not answer under this name",
    422: "That cannot be done",
    429: "Too many attempts",
    503: "Not now",
}
"""What is wrong in a few words, by status."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """One thing that went wrong."""

    status: int
    title: str
    detail: str
    """What, where, and what to do."""
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    """By which the log tells more."""
    headers: Mapping[str, str] = field(default_factory=dict)


class ProblemDocument(BaseModel):
    """The members of problem+json that this hub sends; for the description of the API."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    id: str
    errors: list[dict[str, Any]] | None = None


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
    }
    for status, title in TITLES.items()
    if status in (401, 403, 404, 422, 503)
}
"""For ``responses`` of routes that programs use."""


def is_for_people(scope: Scope) -> bool:
    """Tell whether an answer is to be a page."""
    request = Request(scope)
    if request.url.path.startswith(_PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers


def answer_problem(scope: Scope, problem: Problem, **more: object) -> Response:
    """Return a problem in the form that whoever asked understands."""
    if is_for_people(scope):
        html = render_page(Request(scope), "problem.html", problem=problem)
        return HTMLResponse(html, problem.status, headers=dict(problem.headers))
    members = {k: v for k, v in asdict(problem).items() if k != "headers"}
    document = {"type": "about:blank", **members, **more}
    return JSONResponse(document, problem.status, dict(problem.headers), MEDIA_TYPE)


class Mishaps:
    """Turns what nobody foresaw into an answer with an id; the log has all of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            problem = Problem(
                500,
                "The hub made a mistake",
                "Nothing was changed that is not shown. Try again; if it happens again, give the "
                "number below to those who run the hub: its log tells more.",
            )
            _log.exception("Mishap %s at %s", problem.id, scope.get("path"))
            if scope["type"] != "http" or started:
                raise
            await answer_problem(scope, problem)(scope, receive, send)


def handle_problems(app: FastAPI) -> None:
    """Answer foreseen errors as problems."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(S2GMError, _on_purpose)
    for kind in (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError):
        app.add_exception_handler(kind, _catalog_away)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for this class
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    title = TITLES.get(error.status_code, "That did not work")
    detail = str(error.detail)
    if error.status_code == 404 and detail == "Not Found":
        detail = f"There is nothing at {request.url.path}."
    if error.status_code == 405:
        detail = f"{request.url.path} does not take {request.method}."
    problem = Problem(error.status_code, title, detail, headers=error.headers or {})
    return answer_problem(request.scope, problem)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for this class
    errors = [
        {"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()
    ]
    first = errors[0]
    problem = Problem(422, TITLES[422], f"{first['where']}: {first['what']}.")
    return answer_problem(request.scope, problem, errors=errors)


async def _on_purpose(request: Request, error: Exception) -> Response:
    status = 422 if isinstance(error, BadInput) else 503
    return answer_problem(request.scope, Problem(status, TITLES[status], str(error)))


async def _catalog_away(request: Request, error: Exception) -> Response:
    problem = Problem(
        503,
        "The catalog does not answer",
        "The service itself may go on. The hub tries again with every request; look whether the "
        "database of S2GM_DATABASE runs, and whether its disk is full.",
        headers={"retry-after": "5"},
    )
    _log.error(
        "Problem %s at %s: the catalog is away", problem.id, request.url.path, exc_info=error
    )
    return answer_problem(request.scope, problem)
