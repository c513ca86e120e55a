"""What people did: written in the transaction that did it, and never changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from catalog.engine import now
from catalog.operation_tables import ActionRow, ActionVerb
from products.sentence import one_line


@dataclass(frozen=True)
class Action:
    """What a person did."""

    id: int
    verb: ActionVerb
    subject: str
    """Name of a product, id of a granule, ``str(MosaicKey)``, name of a source or account."""
    reason: str
    done_by: str
    done_at: datetime
    via: str
    """``cli``, ``hub`` or ``api``."""


@dataclass(frozen=True)
class ActionPage:
    """Some of the actions, newest first."""

    total: int
    """How many there are in all."""
    entries: tuple[Action, ...]


def record_action(
    session: Session, verb: ActionVerb, subject: str, reason: str | None, who: str, via: str
) -> None:
    """Record what a person does in this transaction; without a reason it says so."""
    session.add(
        ActionRow(
            verb=verb,
            subject=subject,
            reason=one_line(reason or "") or "No reason given.",
            done_by=who,
            done_at=now(),
            via=via,
        )
    )
    session.flush()


def actions(
    session: Session,
    limit: int,
    offset: int = 0,
    subject: str | None = None,
    verbs: Collection[ActionVerb] = (),
) -> ActionPage:
    """Return what people did, newest first; of one subject, or of some verbs, where named."""
    query = select(ActionRow).order_by(col(ActionRow.done_at).desc(), col(ActionRow.id).desc())
    counted = select(func.count()).select_from(ActionRow)
    if subject is not None:
        query = query.where(ActionRow.subject == subject)
        counted = counted.where(ActionRow.subject == subject)
    if verbs:
        query = query.where(col(ActionRow.verb).in_(verbs))
        counted = counted.where(col(ActionRow.verb).in_(verbs))
    rows = session.exec(query.limit(limit).offset(offset)).all()
    return ActionPage(session.exec(counted).one(), tuple(_action(row) for row in rows))


def _action(row: ActionRow) -> Action:
    return Action(
        id=row.id or 0,
        verb=ActionVerb(row.verb),
        subject=row.subject,
        reason=row.reason,
        done_by=row.done_by,
        done_at=row.done_at,
        via=row.via,
    )
