"""Retry: let what failed be tried again, on a person's word."""

from sqlmodel import Session

from catalog.affected import find_mosaic, make_due
from catalog.checked import forget_checks
from catalog.operation_tables import ActionVerb, TroubleKind
from catalog.operations.actions import record_action
from catalog.operations.troubles import (
    Trouble,
    end_trouble,
    find_trouble,
    set_aside,
    standing_troubles,
)
from catalog.tables import STOPPED, GranuleRow, GranuleState, MosaicRow, MosaicState
from catalog.withdrawal import Word, standing_withdrawal
from products.errors import BadInput
from products.mosaic import MosaicKey


def retry_granule(session: Session, granule_id: str, word: Word) -> None:
    """Let a rejected granule be ingested once more, as it was delivered.

    Raises BadInput without a reason, and where there is nothing to try again.
    """
    reason = _reason(word, "To try again")
    row = session.get(GranuleRow, granule_id, with_for_update=True)
    if row is None:
        raise BadInput(
            f"There is no granule {granule_id} in this catalog; `s2gm granules` lists those that "
            "it has."
        )
    _require_rejected(session, row)
    row.state, row.rule, row.reason = GranuleState.TRACKED, None, None
    session.add(row)
    forget_checks(session, row.id)
    end_trouble(session, TroubleKind.GRANULE, row.id)
    record_action(session, ActionVerb.RETRY, row.id, reason, word.who, word.via)


def retry_mosaic(session: Session, key: MosaicKey, word: Word) -> None:
    """Make a mosaic due that could not be composed.

    Raises BadInput without a reason, and where there is nothing to try again.
    """
    reason = _reason(word, "To try again")
    row = find_mosaic(session, key)
    if row is None:
        raise BadInput(
            f"There is no mosaic {key} in this catalog; `s2gm mosaics` lists those that it has."
        )
    if row.state != MosaicState.FAILED:
        raise BadInput(_not_failed(key, row))
    make_due(session, key)
    end_trouble(session, TroubleKind.MOSAIC, str(key))
    record_action(session, ActionVerb.RETRY, str(key), reason, word.who, word.via)


def dismiss(session: Session, subject: str, word: Word) -> list[Trouble]:
    """Set aside what troubles a subject, until it happens again; return what that is.

    ``subject`` may be the number of one trouble. Raises BadInput without a reason, and where
    nothing stands.
    """
    reason = _reason(word, "To dismiss a trouble")
    found = [one for one in troubles_of(session, subject) if one.dismissed_at is None]
    if not found:
        raise BadInput(
            f"No trouble of {subject} is shown, so there is nothing to dismiss; `s2gm status` "
            "lists those that are."
        )
    set_aside(session, [one.id for one in found])
    for one in found:
        record_action(session, ActionVerb.DISMISS, one.subject, reason, word.who, word.via)
    return found


def troubles_of(session: Session, subject: str) -> list[Trouble]:
    """Return the troubles that stand of a subject, or under a number, dismissed or not."""
    if not subject.isdecimal():
        return standing_troubles(session, subject)
    found = find_trouble(session, int(subject)) if int(subject) <= _LARGEST else None
    return [found] if found and found.ended_at is None else []


_LARGEST = 2**31 - 1
"""Number that fits into the catalog."""


def _reason(word: Word, what: str) -> str:
    if not word.words:
        raise BadInput(f'{what} needs its reason in words; give --reason "WORDS".')
    return word.words


def _require_rejected(session: Session, row: GranuleRow) -> None:
    if standing := standing_withdrawal(session, row.id):
        raise BadInput(
            f"{row.id} is withdrawn ({standing.reason}); bring it back with `s2gm withdraw --undo`."
        )
    if row.state == GranuleState.TRACKED:
        raise BadInput(f"{row.id} waits for its ingest; the next turn of `s2gm run` tries it.")
    if row.state != GranuleState.REJECTED:
        raise BadInput(f"{row.id} is ingested, so there is nothing to try again.")
    if row.record is None:
        raise BadInput(
            f"{row.id} cannot be tried as it is, because its metadata could not be read; deliver "
            "it again, and the next turn of `s2gm run` takes it in."
        )


def _not_failed(key: MosaicKey, row: MosaicRow) -> str:
    if row.state in STOPPED:
        return (
            f"{key} did not fail, it is stopped ({row.reason}); release, reject or recompose its "
            "product."
        )
    if row.state in (MosaicState.DUE, MosaicState.COMPOSING):
        return f"{key} is {row.state} already; `s2gm run` composes it."
    return f"{key} is {row.state}, so there is nothing to try again."
