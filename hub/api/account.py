"""Who asks, and the token with which an operator's requests act."""

from dataclasses import dataclass

from hub.api.common import area
from hub.api.errors import errors
from hub.guard import Reader

router = area("account")


@dataclass(frozen=True)
class Myself:
    """Who asks."""

    account: str | None
    """None for a reader of a public hub who is not signed in."""
    operator: bool
    """Whether the account may act, not only look."""
    token: str | None
    """What the header ``X-S2GM-Token`` of every POST request of this session must hold."""


@router.get("/account", responses=errors())
def read_account(known: Reader) -> Myself:
    """Tell who asks, whether they may act, and with which token."""
    if known is None:
        return Myself(None, operator=False, token=None)
    return Myself(known.account, known.operator, known.form_token)
