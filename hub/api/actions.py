"""The log of what people did: who, when, what, why."""

from typing import Annotated

from fastapi import Query

from catalog.operations.actions import ActionPage, actions
from hub.api.common import PLAIN, USUAL_PAGE, Limit, Offset, area
from hub.api.errors import errors
from hub.guard import SignedIn
from hub.state import Reading

router = area("log")


@router.get("/actions", responses=errors(422))
def list_actions(
    _visitor: SignedIn,
    session: Reading,
    subject: Annotated[
        str,
        Query(
            max_length=200,
            pattern=PLAIN,
            description="Only what was done about this: a product, granule, mosaic or account.",
            examples=["31UDS MONTH 2018-06-01 10 m"],
        ),
    ] = "",
    limit: Limit = USUAL_PAGE,
    offset: Offset = 0,
) -> ActionPage:
    """List what people did, the last first; nothing is ever taken out of it.

    For those who are signed in, at a public hub, too.
    """
    return actions(session, limit, offset, subject or None)
