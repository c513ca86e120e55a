"""The log of what people did: who, when, what, why."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from catalog.operation_tables import ActionVerb
from catalog.operations.actions import actions
from hub.guard import SignedIn
from hub.pages import page
from hub.state import Reading

router = APIRouter(prefix="/actions", include_in_schema=False)
PAGE = 50
_WORDS = {
    ActionVerb.RETRY: "tried again",
    ActionVerb.DISMISS: "dismissed",
    ActionVerb.RELEASE: "released",
    ActionVerb.REJECT: "rejected",
    ActionVerb.RECOMPOSE: "had composed again",
    ActionVerb.WITHDRAW: "withdrew",
    ActionVerb.RESTORE: "brought back",
    ActionVerb.ACCOUNT: "kept accounts",
}


@router.get("")
def show(
    request: Request,
    _visitor: SignedIn,
    session: Reading,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    subject: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show what people did, the last first; strangers of a public hub learn no names."""
    return page(
        request,
        "actions.html",
        found=actions(session, PAGE, offset, subject or None),
        offset=offset,
        limit=PAGE,
        subject=subject,
        words=_WORDS,
    )
