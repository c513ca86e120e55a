"""Withdraw: take granules out of use on a person's word, and bring them back."""

import os
import pwd
from collections.abc import Sequence

from catalog.operation_tables import ActionVerb
from catalog.withdrawal import Changed, Word, take_back, withdraw
from tasks.act import tell
from tasks.workshop import Workshop


def withdraw_granules(workshop: Workshop, ids: Sequence[str], word: Word) -> Changed:
    """Take granules out of use; the next run composes their mosaics without them."""
    workshop.point("withdraw.before_record")
    with workshop.catalog.transaction() as session:
        changed = withdraw(session, ids, word)
    workshop.point("withdraw.recorded")
    tell(ActionVerb.WITHDRAW, ids, word)
    return changed


def undo_withdrawal(workshop: Workshop, ids: Sequence[str], word: Word) -> Changed:
    """Bring withdrawn granules back into use; the next run composes their mosaics with them."""
    workshop.point("withdraw.before_undo")
    with workshop.catalog.transaction() as session:
        changed = take_back(session, ids, word)
    workshop.point("withdraw.undone")
    tell(ActionVerb.RESTORE, ids, word)
    return changed


def own_word(reason: str | None = None) -> Word:
    """Return the word of the user who runs this process, as said on the command line."""
    return Word(system_user(), reason)


def system_user() -> str:
    """Name the user who runs this process, as the system knows it; no variable can pretend."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container that was given a number alone
        return f"uid {number}"
