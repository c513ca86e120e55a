"""The page of one's own account: where one is signed in, and how to end that."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from catalog.engine import now
from catalog.operations import sign_ins
from hub.guard import SignedIn
from hub.pages import page, went
from hub.state import Moment, Reading, Shop

router = APIRouter(prefix="/account", include_in_schema=False)


@router.get("")
def show(request: Request, visitor: SignedIn, session: Reading, moment: Moment) -> Response:
    """Show where the account is signed in."""
    found = sign_ins.sign_ins(session, visitor.account, moment)
    return page(request, "account.html", sign_ins=found)


@router.post("/end")
def end(
    request: Request, visitor: SignedIn, workshop: Shop, sign_in: Annotated[str, Form()]
) -> Response:
    """End one session of the account."""
    with workshop.catalog.transaction() as session:
        ended = sign_ins.end(session, visitor.account, sign_in, now())
    return went(
        request, "/account", "The session is ended." if ended else "That session had ended."
    )


@router.post("/end-others")
def end_others(request: Request, visitor: SignedIn, workshop: Shop) -> Response:
    """End all sessions of the account but this one."""
    with workshop.catalog.transaction() as session:
        number = sign_ins.end_others(session, visitor.account, visitor.sign_in, now())
    return went(request, "/account", f"Other sessions ended: {number}.")
