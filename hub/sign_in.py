"""Signing in and out."""

import secrets
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from catalog.engine import now
from catalog.operations import accounts, sign_ins
from hub import cookies
from hub.guard import Reader, SignedIn
from hub.pages import local, page, went
from hub.state import Hub, Reading, hub_of

router = APIRouter(include_in_schema=False)
_VISIT_SECONDS = 3600
_HALF_THE_ADDRESS = 64
_WRONG = "The name or the password is not right."


@router.get("/sign-in")
def show(request: Request, session: Reading, known: Reader, next: str = "/") -> Response:
    """Show the form to sign in."""
    if known:
        return RedirectResponse(local(next), 303)
    return _form(request, local(next), nobody=not accounts.has_accounts(session))


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Begin a session, where name and password are right and not guessed too often."""
    hub, moment = hub_of(request), now()
    known = name.strip().lower()
    account = known if accounts.NAME.fullmatch(known) else ""
    address = network_of(request.client.host if request.client else "")
    with hub.workshop.catalog.transaction() as session:
        wait = sign_ins.wait_of(session, account, address, moment)
        attempt = 0 if wait else sign_ins.note_attempt(session, account, address, moment)
        stored = accounts.password_of(session, account)
    if wait:
        minutes = int(wait.total_seconds() // 60) + 1
        said = f"Too many attempts failed; wait {minutes} minutes before you try again."
        headers = {"retry-after": str(minutes * 60)}
        return _form(request, local(next), said=said, name=name, status=429, headers=headers)
    if not hub.passwords.matches(stored, password):
        return _form(request, local(next), said=_WRONG, name=name, status=401)
    token = _begin(hub, request, account, attempt, moment)
    _strengthen(hub, account, stored or "", password)
    return _with_session(request, went(request, next), token)


@router.post("/sign-out")
def sign_out(request: Request, visitor: SignedIn) -> Response:
    """End the session."""
    with hub_of(request).workshop.catalog.transaction() as session:
        sign_ins.end(session, visitor.account, visitor.sign_in, now())
    response = went(request, "/sign-in", "You are signed out.")
    cookies.drop(request, response, cookies.SESSION)
    return response


def network_of(address: str) -> str:
    """Return for whom attempts are counted: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        high = int(parsed) >> _HALF_THE_ADDRESS << _HALF_THE_ADDRESS
        return f"{IPv6Address(high)}/{_HALF_THE_ADDRESS}"
    return str(parsed)


def _begin(hub: Hub, request: Request, account: str, attempt: int, moment: datetime) -> str:
    token = secrets.token_urlsafe(32)
    opened = sign_ins.SignIn(
        sign_ins.digest(token),
        account,
        operator=False,
        form_token=secrets.token_urlsafe(32),
        browser=request.headers.get("user-agent", ""),
        made_at=moment,
        seen_at=moment,
        until=moment + timedelta(hours=hub.workshop.settings.hub_session_hours),
    )
    with hub.workshop.catalog.transaction() as session:
        sign_ins.begin(session, opened, attempt)
    return token


def _strengthen(hub: Hub, account: str, stored: str, password: str) -> None:
    if hub.passwords.is_stale(stored):
        renewed = hub.passwords.hash(password)
        with hub.workshop.catalog.transaction() as session:
            accounts.renew_hash(session, account, stored, renewed)


def _form(
    request: Request,
    next_page: str,
    *,
    said: str = "",
    name: str = "",
    nobody: bool = False,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the form; a cookie proves later that it was shown to this browser."""
    token = request.state.form_token or secrets.token_urlsafe(32)
    response = page(
        request,
        "sign_in.html",
        status,
        next=next_page,
        wrong=said,
        name=name[:40],
        nobody=nobody,
        token=token,
    )
    response.headers.update(headers or {})
    cookies.keep(request, response, cookies.VISIT, token, _VISIT_SECONDS)
    return response


def _with_session(request: Request, response: Response, token: str) -> Response:
    hours = hub_of(request).workshop.settings.hub_session_hours
    cookies.keep(request, response, cookies.SESSION, token, int(hours * 3600))
    cookies.drop(request, response, cookies.VISIT)
    return response
