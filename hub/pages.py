"""Pages: a template with what each of them shows, and the message that an action leaves behind."""

import base64
import binascii
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from catalog.engine import now
from hub import cookies
from hub.render import environment

_TEMPLATES = environment()
_SAID_SECONDS = 60
_LONGEST = 600


def page(request: Request, template: str, status: int = 200, **facts: object) -> Response:
    """Answer with a page; ``facts`` are what its template names besides those of the frame.

    Every template has, besides its own: ``visitor`` (None for a reader who is not signed in),
    ``is_known`` (False where nobody looked who asks),
    ``may_act``, ``token`` (for forms), ``now``, ``here`` (the path), ``address`` (with its query),
    ``navigation``, ``static(name)`` and ``said``.
    """
    response = HTMLResponse(render_page(request, template, **facts), status)
    if cookies.has(request, cookies.SAID):
        cookies.drop(request, response, cookies.SAID)
    return response


def render_page(request: Request, template: str, **facts: object) -> str:
    """Return the HTML of a page."""
    state = request.app.state
    visitor = getattr(request.state, "visitor", None)
    query = f"?{request.url.query}" if request.url.query else ""
    frame = {
        "visitor": visitor,
        "is_known": hasattr(request.state, "visitor"),
        "may_act": visitor is not None and visitor.operator,
        "may_read": visitor is not None or state.hub.workshop.settings.hub_public,
        "token": getattr(request.state, "form_token", ""),
        "now": now(),
        "here": request.url.path,
        "address": request.url.path + query,
        "navigation": state.navigation,
        "static": state.hub.files.address,
        "said": _read_said(cookies.read(request, cookies.SAID)),
    }
    return _TEMPLATES.get_template(template).render(frame | facts)


def went(request: Request, path: str, sentence: str = "") -> Response:
    """Answer an action: go to a page of this hub, which says once what was done."""
    response = RedirectResponse(local(path), 303)
    if sentence:
        value = base64.urlsafe_b64encode(sentence[:_LONGEST].encode()).decode()
        cookies.keep(request, response, cookies.SAID, value, _SAID_SECONDS)
    return response


def local(path: str) -> str:
    """Return a path of this hub as it is, and ``/`` for anything that could lead elsewhere."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return "/"
    parts = urlsplit(path)
    return "/" if parts.scheme or parts.netloc else path


def _read_said(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value).decode()[:_LONGEST]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
