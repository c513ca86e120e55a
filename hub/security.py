"""What surrounds every answer: headers, the names under which the hub answers, limits of size."""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.problems import Problem, answer_problem

LARGEST_BODY = 1 << 20
"""Bytes that a request may bring."""
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # with no-referrer browsers call the origin of our own forms "null"
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_TLS_ONLY = "max-age=31536000"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_OWN_HEAD = ("/api/", "/files/", "/static/", "/events")
"""Paths whose routes answer HEAD themselves, or not at all."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Fence:
    """Refuses foreign names and bodies too large, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, names: Iterable[str], https: bool) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in (*_LOOPBACK, *names) if name)
        self._headers = _ALWAYS | ({"strict-transport-security": _TLS_ONLY} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message))
            await send(message)

        if problem := self._refusal(Headers(scope=scope)):
            await answer_problem(scope, problem)(scope, receive, dressed)
        elif scope["method"] == "HEAD" and not scope["path"].startswith(_OWN_HEAD):
            asked = {**scope, "method": "GET"}
            await self._app(asked, _Measured(receive), _without_body(dressed))
        else:
            await self._app(scope, _Measured(receive), dressed)

    def _dress(self, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")

    def _refusal(self, headers: Headers) -> Problem | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or host_name(hosts[0]) not in self._names:
            return Problem(
                421,
                "The hub does not answer under this name",
                "Use the address that `s2gm hub` printed, or set S2GM_URL to the public address.",
            )
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return _TOO_LARGE
        return None


def _without_body(send: Send) -> Send:
    """Send what an answer to GET begins with, which is all that HEAD asks for."""

    async def begin(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return begin


class _Measured:
    """A request's body, refused once it is larger than it may be."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = LARGEST_BODY

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, _TOO_LARGE.detail)
        return message


_TOO_LARGE = Problem(
    413, "That is too much at once", f"A request may bring {LARGEST_BODY >> 10} KiB."
)


def host_name(host: str) -> str:
    """Return the name in a Host header, in small letters and without its port; empty if wrong."""
    found = _HOST.fullmatch(host.lower())
    return found[1].strip("[]").rstrip(".") if found else ""


def is_loopback(name: str) -> bool:
    """Tell whether a name or address can be reached from this machine alone."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
