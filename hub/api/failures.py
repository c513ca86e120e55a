"""Failures: what went wrong, and what an operator can do about it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Path, Query
from sqlmodel import Session
from starlette.exceptions import HTTPException

from catalog.operations.troubles import (
    Trouble,
    TroublePage,
    find_trouble,
    recently_mended,
    troubles,
)
from hub.api.common import USUAL_PAGE, Limit, Offset, area
from hub.api.errors import acting, conflicts, errors
from hub.api.reason import Because, word
from hub.guard import Operator
from hub.state import Moment, Reading, Shop
from tasks.act import Retried, dismiss, retry

router = area("failures")
_MENDED = timedelta(days=1)
Number = Annotated[int, Path(ge=1, lt=2**31, description="The `id` of a trouble.", examples=[1])]


@dataclass(frozen=True)
class Mended:
    """The troubles that ended within the last day."""

    entries: tuple[Trouble, ...]
    """The latest to end first; at most 100."""


@router.get("/failures", responses=errors(422))
def list_troubles(
    session: Reading,
    dismissed: Annotated[bool, Query(description="Whether to list dismissed ones too.")] = False,
    limit: Limit = USUAL_PAGE,
    offset: Offset = 0,
) -> TroublePage:
    """List what went wrong and is not mended, the latest first."""
    return troubles(session, limit, offset, include_dismissed=dismissed)


@router.get("/failures/mended", responses=errors())
def list_mended(session: Reading, moment: Moment) -> Mended:
    """List what was mended within the last day."""
    return Mended(tuple(recently_mended(session, moment - _MENDED)))


@router.get("/failures/{number}", responses=errors(404, 422))
def read_trouble(session: Reading, number: Number) -> Trouble:
    """Tell one trouble, mended or not."""
    return _known(session, number)


@router.post("/failures/{number}/retry", responses=acting())
def try_again(visitor: Operator, shop: Shop, number: Number, because: Because) -> Retried:
    """Have the next turn try again a rejected granule, or a mosaic that failed."""
    with shop.catalog.view() as session:
        _known(session, number)
    with conflicts():
        return retry(shop, number, word(visitor, because))


@router.post("/failures/{number}/dismiss", responses=acting())
def set_aside(visitor: Operator, shop: Shop, number: Number, because: Because) -> Trouble:
    """Dismiss a trouble: it is not shown any more until it happens again."""
    with shop.catalog.view() as session:
        _known(session, number)
    with conflicts():
        dismiss(shop, number, word(visitor, because))
    with shop.catalog.view() as session:
        return _known(session, number)


def _known(session: Session, number: int) -> Trouble:
    found = find_trouble(session, number)
    if found is None:
        raise HTTPException(404, f"There never was a trouble {number}.")
    return found
