"""Failures: what went wrong and is not mended, in plain words, and what can be done about it."""

from contextlib import suppress
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from catalog.operation_tables import TroubleKind
from catalog.operations.complaints import mosaic_link
from catalog.operations.troubles import (
    UNAVAILABLE,
    Trouble,
    find_trouble,
    recently_mended,
    troubles,
)
from hub.asking import Question, ask, word_of
from hub.guard import Operator
from hub.pages import page, went
from hub.state import Moment, Reading, Shop
from products.errors import BadInput
from products.mosaic import MosaicKey
from tasks.act import dismiss, retry

router = APIRouter(prefix="/failures", include_in_schema=False)
PAGE = 25
_MENDED = timedelta(days=1)
Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("")
def show(
    request: Request,
    session: Reading,
    moment: Moment,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    dismissed: bool = False,
) -> Response:
    """Show what stands, and what was mended lately."""
    return page(
        request,
        "failures.html",
        found=troubles(session, PAGE, offset, include_dismissed=dismissed),
        mended=recently_mended(session, moment - _MENDED),
        offset=offset,
        limit=PAGE,
        dismissed=dismissed,
        can_retry=can_retry,
        link_of=link_of,
    )


@router.get("/{number}/retry")
def ask_retry(request: Request, _visitor: Operator, session: Reading, number: Number) -> Response:
    """Ask whether to try again."""
    found = _standing(session, number)
    again = "composes it once more" if found.kind is TroubleKind.MOSAIC else "ingests it once more"
    return ask(
        request,
        Question(
            "Try this again?",
            (f"The next turn of the service {again}. If it fails again, it is shown again.",),
            "Try again",
            f"/failures/{number}/retry",
            "/failures",
            found.subject,
        ),
    )


@router.post("/{number}/retry")
def do_retry(
    request: Request, visitor: Operator, workshop: Shop, number: Number,
    reason: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Try again."""
    tried = retry(workshop, number, word_of(visitor, reason))
    return went(request, "/failures", f"{tried.subject} is tried again by the next turn.")


@router.get("/{number}/dismiss")
def ask_dismiss(request: Request, _visitor: Operator, session: Reading, number: Number) -> Response:
    """Ask whether nothing is to be done."""
    found = _standing(session, number)
    return ask(
        request,
        Question(
            "Dismiss this trouble?",
            (
                "It is no longer shown among the failures, nor counted on the overview; nothing "
                "else changes.",
                "It is shown again when it happens again.",
            ),
            "Dismiss",
            f"/failures/{number}/dismiss",
            "/failures",
            found.subject,
        ),
    )


@router.post("/{number}/dismiss")
def do_dismiss(
    request: Request, visitor: Operator, workshop: Shop, number: Number,
    reason: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Set a trouble aside."""
    gone = dismiss(workshop, number, word_of(visitor, reason))
    return went(request, "/failures", f"Dismissed: {', '.join(one.subject for one in gone)}.")


def can_retry(trouble: Trouble) -> bool:
    """Tell whether a person can have it tried again.

    What could not be fetched every turn tries by itself; what could not even be read, and so tells
    no tile, has to be delivered again.
    """
    if trouble.kind is TroubleKind.GRANULE:
        return trouble.rule != UNAVAILABLE and trouble.tile is not None
    return trouble.kind is TroubleKind.MOSAIC


def link_of(trouble: Trouble) -> str | None:
    """Return where the hub shows what is in trouble."""
    if trouble.kind is TroubleKind.MOSAIC:
        with suppress(BadInput):
            return mosaic_link(MosaicKey.parse(trouble.subject))
    if trouble.kind is TroubleKind.GRANULE and trouble.tile:
        return f"/tiles/{trouble.tile}"
    return "/runs" if trouble.kind is TroubleKind.RUN else None


def _standing(session: Session, number: int) -> Trouble:
    found = find_trouble(session, number)
    if found is None or found.ended_at is not None:
        raise HTTPException(404, "This trouble is mended, or there never was one of that number.")
    return found
