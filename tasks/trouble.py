"""Trouble: record what went wrong outside of any transaction, and that it is mended."""

from sqlalchemy.exc import SQLAlchemyError

from catalog.operation_tables import TroubleKind
from catalog.operations.troubles import UNAVAILABLE, end_trouble, open_trouble
from products.sentence import sentence_of
from tasks.logs import Event, event_log
from tasks.workshop import Workshop

_LOG = event_log(__name__)
__all__ = ["UNAVAILABLE", "mend", "note_trouble"]


def note_trouble(
    workshop: Workshop,
    kind: TroubleKind,
    subject: str,
    error: BaseException,
    tile: str | None = None,
    rule: str | None = None,
) -> None:
    """Record an error as a trouble; where the catalog is away, too, only the log tells of it."""
    told, known_as = sentence_of(error), rule or type(error).__name__
    try:
        with workshop.catalog.transaction() as session:
            open_trouble(session, kind, subject, told, tile, known_as)
    except SQLAlchemyError as away:
        _LOG.error(
            Event.TROUBLE_UNRECORDED,
            message=f"The catalog cannot record that {subject} is in trouble: {sentence_of(away)}",
            kind=kind,
            subject=subject,
            trouble=told,
        )


def mend(workshop: Workshop, kind: TroubleKind, subject: str) -> bool:
    """Record that something works again; tell whether it was in trouble."""
    with workshop.catalog.transaction() as session:
        return end_trouble(session, kind, subject)
