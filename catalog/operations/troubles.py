"""Troubles: what went wrong and is not mended yet, each once however often it happens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, func, select

from catalog.engine import now
from catalog.operation_tables import TroubleKind, TroubleRow
from products.sentence import one_line, without_secrets

_MOST_MENDED = 100
UNAVAILABLE = "unavailable"
"""Rule of a granule that could not be fetched; every turn tries it again by itself."""


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong."""

    id: int
    kind: TroubleKind
    subject: str
    """Name of a source, id of a granule, or ``str(MosaicKey)``; of a run, its source."""
    tile: str | None
    rule: str | None
    """The rule that a granule broke, ``unavailable``, or the class of the error."""
    message: str
    """One sentence: what, where, what to do."""
    since: datetime
    seen_at: datetime
    """When it last happened."""
    times: int
    dismissed_at: datetime | None
    """When an operator said that nothing is to be done."""
    ended_at: datetime | None
    """When it was mended, None while it stands."""


@dataclass(frozen=True)
class TroublePage:
    """Some of the troubles that stand, the latest first."""

    total: int
    """How many stand in all."""
    entries: tuple[Trouble, ...]


def open_trouble(
    session: Session,
    kind: TroubleKind,
    subject: str,
    message: str,
    tile: str | None = None,
    rule: str | None = None,
) -> None:
    """Record that something went wrong; what stands already is counted once more.

    One that was dismissed is shown again. Secrets in addresses are left out.
    """
    moment, told = now(), without_secrets(one_line(message))
    insert: Any = {"sqlite": sqlite, "postgresql": postgresql}[_dialect(session)].insert
    fresh = {"tile": tile, "rule": rule, "message": told, "seen_at": moment}
    session.execute(
        insert(TroubleRow)
        .values(kind=kind, subject=subject, since=moment, times=1, **fresh)
        .on_conflict_do_update(
            index_elements=["kind", "subject"],
            index_where=sa.text("ended_at IS NULL"),
            set_=fresh | {"times": TroubleRow.times + 1, "dismissed_at": None},
        )
    )


def end_trouble(session: Session, kind: TroubleKind, subject: str) -> bool:
    """Record that something is mended; tell whether it was in trouble."""
    ended = session.execute(
        sa.update(TroubleRow)
        .where(
            col(TroubleRow.kind) == kind,
            col(TroubleRow.subject) == subject,
            col(TroubleRow.ended_at).is_(None),
        )
        .values(ended_at=now())
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def set_aside(session: Session, ids: Iterable[int]) -> None:
    """Show these troubles no longer, until they happen again."""
    session.execute(
        sa.update(TroubleRow)
        .where(col(TroubleRow.id).in_(tuple(ids)), col(TroubleRow.ended_at).is_(None))
        .values(dismissed_at=now())
    )


def troubles(
    session: Session, limit: int, offset: int = 0, include_dismissed: bool = False
) -> TroublePage:
    """Return the troubles that stand, the latest to begin first."""
    shown = [col(TroubleRow.ended_at).is_(None), col(TroubleRow.dismissed_at).is_(None)]
    stands = _standing() if include_dismissed else shown
    rows = session.exec(
        select(TroubleRow)
        .where(*stands)
        .order_by(col(TroubleRow.since).desc(), col(TroubleRow.id).desc())
        .limit(limit)
        .offset(offset)
    ).all()
    total = session.exec(select(func.count()).select_from(TroubleRow).where(*stands)).one()
    return TroublePage(total, tuple(_trouble(row) for row in rows))


def find_trouble(session: Session, trouble_id: int) -> Trouble | None:
    """Return a trouble, mended or not; None where there is none of that number."""
    row = session.get(TroubleRow, trouble_id)
    return _trouble(row) if row else None


def standing_troubles(session: Session, subject: str) -> list[Trouble]:
    """Return what troubles a subject now, dismissed or not."""
    rows = session.exec(
        select(TroubleRow)
        .where(TroubleRow.subject == subject, *_standing())
        .order_by(col(TroubleRow.id))
    ).all()
    return [_trouble(row) for row in rows]


def recently_mended(session: Session, since: datetime) -> list[Trouble]:
    """Return the troubles that ended since a moment, the latest to end first; at most 100."""
    rows = session.exec(
        select(TroubleRow)
        .where(col(TroubleRow.ended_at) >= since)
        .order_by(col(TroubleRow.ended_at).desc(), col(TroubleRow.id).desc())
        .limit(_MOST_MENDED)
    ).all()
    return [_trouble(row) for row in rows]


def _standing() -> list[sa.ColumnElement[bool]]:
    """Return the conditions of standing; the kinds lead to the index of those that stand."""
    return [col(TroubleRow.ended_at).is_(None), col(TroubleRow.kind).in_(tuple(TroubleKind))]


def _trouble(row: TroubleRow) -> Trouble:
    return Trouble(
        id=row.id or 0,
        kind=TroubleKind(row.kind),
        subject=row.subject,
        tile=row.tile,
        rule=row.rule,
        message=row.message,
        since=row.since,
        seen_at=row.seen_at,
        times=row.times,
        dismissed_at=row.dismissed_at,
        ended_at=row.ended_at,
    )


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
