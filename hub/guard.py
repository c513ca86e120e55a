"""Who may in: sessions, operators, and proof that a form comes from a page of this hub."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from catalog.engine import now
from catalog.operations.sign_ins import find
from hub import cookies
from hub.problems import is_for_people
from hub.state import hub_of

OPEN = ("/sign-in", "/healthz", "/readyz")
"""What everybody may ask, whether or not the hub is public."""
TOKEN_HEADER = "x-s2gm-token"  # noqa: S105 - the name of a header
_SAFE = ("GET", "HEAD", "OPTIONS")
_OURS = ("same-origin", "none")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in."""

    account: str
    operator: bool
    """Whether the account may act, not only look."""
    form_token: str
    sign_in: str
    """Under which the session is filed."""


def visitor(request: Request) -> Visitor | None:
    """Return who sends a request, None where nobody is signed in."""
    hub = hub_of(request)
    found = None
    if token := cookies.read(request, cookies.SESSION):
        moment = now()
        with hub.workshop.catalog.view() as session:
            found = find(session, token, moment)
        if found:
            hub.presence.note(found.id, moment)
    request.state.visitor = (
        Visitor(found.account, found.operator, found.form_token, found.id) if found else None
    )
    request.state.form_token = found.form_token if found else cookies.read(request, cookies.VISIT)
    return request.state.visitor  # type: ignore[no-any-return]


Known = Annotated[Visitor | None, Depends(visitor)]


def admitted(request: Request, known: Known) -> None:
    """Let in whoever may read: everybody at a public hub, else who is signed in."""
    if "\x00" in request.url.path and not request.url.path.startswith("/api/"):
        raise HTTPException(404, "There is no page of this name.")
    _require_text(request.query_params.values())
    if known is None and not _is_open(request):
        raise _sign_in_first(request)


async def unforged(request: Request, _known: Known) -> None:
    """Refuse what changes something and does not come from a page of this hub."""
    if request.method in _SAFE:
        return
    _require_our_origin(request)
    given = request.headers.get(TOKEN_HEADER, "")
    if not given and request.headers.get("content-type", "").startswith(_FORMS):
        form = await request.form()
        if request.url.path not in OPEN:
            _require_text(value for value in form.values() if isinstance(value, str))
        given = str(form.get("token", ""))
    expected = request.state.form_token
    if not expected or not secrets.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(
            403, "The form is too old or not of this hub; go back, load the page anew, try again."
        )


def reader(known: Known) -> Visitor | None:
    """Return who reads, None for somebody of a public hub who is not signed in."""
    return known


def operator(request: Request, known: Known) -> Visitor:
    """Return the operator who acts; others are refused."""
    if known is None:
        raise _sign_in_first(request)
    if not known.operator:
        raise HTTPException(
            403, f"The account {known.account} may look but not act; sign in as an operator."
        )
    return known


def signed_in(request: Request, known: Known) -> Visitor:
    """Return who is signed in; others are sent to do so."""
    if known is None:
        raise _sign_in_first(request)
    return known


Reader = Annotated[Visitor | None, Depends(reader)]
"""A route's parameter: who reads."""
Operator = Annotated[Visitor, Depends(operator)]
"""A route's parameter: the operator who acts; the route is closed to others."""
SignedIn = Annotated[Visitor, Depends(signed_in)]
"""A route's parameter: who is signed in."""


def _is_open(request: Request) -> bool:
    return hub_of(request).workshop.settings.hub_public or request.url.path in OPEN


def _sign_in_first(request: Request) -> HTTPException:
    """Send people to the page where they sign in; programs are told."""
    detail = "Sign in to see this hub; its operators make accounts with `s2gm users add`."
    if not is_for_people(request.scope):
        return HTTPException(401, detail, {"www-authenticate": 'Session realm="s2gm"'})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?next={quote(wanted if request.method == 'GET' else '/', safe='/')}"
    if "hx-request" in request.headers:
        return HTTPException(401, detail, {"hx-redirect": target})
    return HTTPException(303, detail, {"location": target})


def _require_text(values: Iterable[str]) -> None:
    """Refuse what no text holds, and PostgreSQL does not take."""
    if any("\x00" in value for value in values):
        raise HTTPException(422, "The request holds a null character; leave it out.")


def _require_our_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        ours = request.headers.get("sec-fetch-site", "none") in _OURS
    else:
        ours = origin.partition("://")[2].lower() == request.headers["host"].lower()
    if not ours:
        raise HTTPException(403, "The request comes from a page of another site; it is refused.")
