"""Act: try again what failed, or set a trouble aside, on a person's word."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from catalog.operation_tables import ActionVerb, TroubleKind
from catalog.operations.troubles import Trouble
from catalog.retry import dismiss as set_aside
from catalog.retry import retry_granule, retry_mosaic, troubles_of
from catalog.withdrawal import Word
from products.errors import BadInput
from products.mosaic import MosaicKey
from tasks.logs import Event, event_log
from tasks.workshop import Workshop

_LOG = event_log(__name__)


@dataclass(frozen=True)
class Retried:
    """What is tried again."""

    kind: TroubleKind
    """``GRANULE`` or ``MOSAIC``."""
    subject: str


def retry(workshop: Workshop, subject: str | int, word: Word) -> Retried:
    """Have the next turn try again a rejected granule or a mosaic that failed.

    ``subject`` is the id of a granule, a mosaic as ``31UDS MONTH 2018-06-01 10 m``, or the number
    of a trouble. Raises BadInput without a reason, and where there is nothing to try again.
    """
    workshop.point("retry.before_record")
    with workshop.catalog.transaction() as session:
        found = _subject(session, str(subject))
        if found.kind is TroubleKind.GRANULE:
            retry_granule(session, found.subject, word)
        else:
            retry_mosaic(session, MosaicKey.parse(found.subject), word)
    workshop.point("retry.recorded")
    tell(ActionVerb.RETRY, [found.subject], word)
    return found


def dismiss(workshop: Workshop, subject: str | int, word: Word) -> list[Trouble]:
    """Set aside what troubles a subject, or the trouble of a number, until it happens again.

    Raises BadInput without a reason, and where nothing stands.
    """
    workshop.point("dismiss.before_record")
    with workshop.catalog.transaction() as session:
        found = set_aside(session, _in_full(str(subject)), word)
    workshop.point("dismiss.recorded")
    tell(ActionVerb.DISMISS, [one.subject for one in found], word)
    return found


def tell(verb: ActionVerb, subjects: Sequence[str], word: Word) -> None:
    """Log what a person did."""
    for subject in subjects:
        _LOG.info(
            Event.OPERATOR_ACTED,
            verb=verb.value,
            subject=subject,
            who=word.who,
            via=word.via,
            reason=word.words,
        )


def _subject(session: Session, text: str) -> Retried:
    """Tell what a person means: by the number of a trouble, the name of a mosaic, or an id."""
    if not text.isdecimal():
        is_mosaic = MosaicKey.looks_like(text)
        return Retried(TroubleKind.MOSAIC if is_mosaic else TroubleKind.GRANULE, _in_full(text))
    found = troubles_of(session, text)
    if not found:
        raise BadInput(f"There is no trouble {text}, or it is mended; `s2gm status` lists them.")
    if found[0].kind in (TroubleKind.SOURCE, TroubleKind.RUN):
        raise BadInput(
            f"{found[0].subject} is tried again by every turn of `s2gm run`; there is nothing "
            "that a person could start."
        )
    return Retried(found[0].kind, found[0].subject)


def _in_full(text: str) -> str:
    """Return the name of a mosaic as the catalog writes it, anything else as it is."""
    return str(MosaicKey.parse(text)) if MosaicKey.looks_like(text) else text
