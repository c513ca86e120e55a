"""The errors that the API answers, as its description tells them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.exceptions import HTTPException

from hub.problems import MEDIA_TYPE, TITLES
from products.errors import BadInput

SCHEMA = "Problem"
"""Under which the description has what all errors look like."""
_DETAILS = {
    400: "There was an error parsing the body",
    401: "Sign in to see this hub; its operators make accounts with `s2gm users add`.",
    403: "The account ben may look but not act; sign in as an operator.",
    404: "The catalog knows no tile '99ZZZ'; the list of tiles has those it knows.",
    409: "31UDS MONTH 2018-06-01 10 m is DUE already; `s2gm run` composes it.",
    413: "A request may bring 1024 KiB.",
    421: "Use the address that `s2gm hub` printed, or set S2GM_URL to the public address.",
    422: "query.limit: Input should be less than or equal to 200.",
    503: "The service itself may go on. The hub tries again with every request; look whether the "
    "database of S2GM_DATABASE runs, and whether its disk is full.",
}
_ALWAYS = (401, 421, 503)
_ACTING = (400, 403, 404, 409, 413, 422)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return for ``responses`` of a route the errors that it answers besides those of all."""
    return {status: _told(status) for status in sorted({*_ALWAYS, *statuses})}


def acting() -> dict[int | str, dict[str, Any]]:
    """Return for ``responses`` of a route that does something the errors that it answers."""
    return errors(*_ACTING)


@contextmanager
def conflicts() -> Iterator[None]:
    """Answer 409 where what is asked, though well said, cannot be done as things stand."""
    try:
        yield
    except BadInput as error:
        raise HTTPException(409, str(error)) from error


def _told(status: int) -> dict[str, Any]:
    title = TITLES[status]
    example = {
        "type": "about:blank",
        "status": status,
        "title": title,
        "detail": _DETAILS[status],
        "id": "5f1c09ab",
    }
    content = {"schema": {"$ref": f"#/components/schemas/{SCHEMA}"}, "example": example}
    return {"description": title, "content": {MEDIA_TYPE: content}}
