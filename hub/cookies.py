"""The cookies of the hub; behind TLS they are bound to TLS and to this host."""

from starlette.requests import Request
from starlette.responses import Response

SESSION = "s2gm"
"""Holds the token of a session."""
VISIT = "s2gm-visit"
"""Proves that the form to sign in was shown to this browser."""
SAID = "s2gm-said"
"""What an action did, for the next page."""


def has(request: Request, name: str) -> bool:
    """Tell whether the browser sent a cookie."""
    return full_name(request, name) in request.cookies


def read(request: Request, name: str) -> str:
    """Return what a cookie holds, empty where there is none."""
    return request.cookies.get(full_name(request, name), "")


def keep(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Have the browser keep a cookie out of the reach of scripts and of other sites' requests."""
    response.set_cookie(
        full_name(request, name),
        value,
        seconds,
        httponly=True,
        samesite="lax",
        secure=_is_https(request),
    )


def drop(request: Request, response: Response, name: str) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(
        full_name(request, name), httponly=True, samesite="lax", secure=_is_https(request)
    )


def full_name(request: Request, name: str) -> str:
    """Return under which name the browser keeps a cookie: behind TLS it has a prefix."""
    return f"__Host-{name}" if _is_https(request) else name


def _is_https(request: Request) -> bool:
    return bool(request.app.state.hub.workshop.settings.hub_https)
