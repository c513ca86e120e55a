"""Withdrawal: a person's word that a granule is not to be used, and the taking back of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from catalog.affected import mark_affected
from catalog.engine import now
from catalog.operation_tables import ActionVerb, TroubleKind
from catalog.operations.actions import record_action
from catalog.operations.troubles import end_trouble
from catalog.tables import GranuleRow, GranuleState, WithdrawalRow
from catalog.usable import counting, hold_tiles, settle_precedence
from products.errors import BadInput
from products.granule import Granule

LONGEST_REASON = 600
"""Characters of a reason."""


@dataclass(frozen=True)
class Word:
    """Who says so, and why."""

    who: str
    """User of the operating system, or account of the hub."""
    reason: str | None = None
    via: str = "cli"
    """Where it was said: ``cli``, ``hub`` or ``api``."""

    def __post_init__(self) -> None:
        """Raise BadInput for a reason that nobody would read, or that no database takes."""
        if len(self.reason or "") > LONGEST_REASON:
            raise BadInput(
                f"The reason has {len(self.reason or '')} characters; say it in {LONGEST_REASON}."
            )
        if any("\ud800" <= one <= "\udfff" for one in self.reason or ""):
            raise BadInput(
                "The reason is not text in UTF-8, as it arrived; write it in UTF-8, or without "
                "letters beyond ASCII."
            )

    @property
    def words(self) -> str | None:
        """The reason in one line without invisible characters, None where there is none."""
        shown = "".join(one if one.isprintable() else " " for one in self.reason or "")
        return " ".join(shown.split()) or None


@dataclass(frozen=True)
class Changed:
    """What a withdrawal, or the taking back of one, came to."""

    back: tuple[str, ...]
    """Granules that count again."""
    gone: tuple[str, ...]
    """Granules that count no longer."""
    due: int
    """Mosaics that are to be composed."""


def withdraw(session: Session, ids: Sequence[str], word: Word) -> Changed:
    """Take granules out of use, all of them or none, and make due the mosaics that lose them.

    Raises BadInput without a reason, or where one is unknown, rejected or withdrawn already.
    """
    reason = word.words
    if not reason:
        raise BadInput('A withdrawal needs its reason in words; give --reason "WORDS".')
    rows = _held(session, ids)
    before = _counting(session, rows)
    for row in rows:
        _require_usable(session, row)
        session.add(
            WithdrawalRow(
                granule_id=row.id, reason=reason, withdrawn_by=word.who, withdrawn_at=now()
            )
        )
        record_action(session, ActionVerb.WITHDRAW, row.id, reason, word.who, word.via)
        end_trouble(session, TroubleKind.GRANULE, row.id)
    session.flush()
    return _settle(session, rows, before)


def take_back(session: Session, ids: Sequence[str], word: Word) -> Changed:
    """Undo withdrawals, all of them or none, and make due the mosaics that get the granules back.

    Raises BadInput where a granule is unknown or not withdrawn.
    """
    rows = _held(session, ids)
    before = _counting(session, rows)
    for row in rows:
        standing = standing_withdrawal(session, row.id)
        if standing is None:
            raise BadInput(
                f"{row.id} is not withdrawn, so there is nothing to undo; `s2gm granules` lists "
                "those that are."
            )
        standing.undone_by, standing.undone_at = word.who, now()
        standing.undone_because = word.words
        session.add(standing)
        record_action(session, ActionVerb.RESTORE, row.id, word.words, word.who, word.via)
    session.flush()
    return _settle(session, rows, before)


def standing_withdrawal(session: Session, granule_id: str) -> WithdrawalRow | None:
    """Return the withdrawal under which a granule is, None where it is under none."""
    return session.exec(
        select(WithdrawalRow).where(
            WithdrawalRow.granule_id == granule_id, col(WithdrawalRow.undone_at).is_(None)
        )
    ).one_or_none()


def _held(session: Session, ids: Sequence[str]) -> list[GranuleRow]:
    """Return the granules' rows once each, with their tiles held against ingests meanwhile."""
    names = tuple(dict.fromkeys(ids))
    tiles = session.exec(select(GranuleRow.tile).where(col(GranuleRow.id).in_(names))).all()
    hold_tiles(session, [tile for tile in tiles if tile])
    return [_known(session, name) for name in names]


def _known(session: Session, granule_id: str) -> GranuleRow:
    row = session.get(GranuleRow, granule_id)
    if row is None:
        raise BadInput(
            f"There is no granule {granule_id} in this catalog; `s2gm granules` lists those that "
            "it has."
        )
    return row


def _require_usable(session: Session, row: GranuleRow) -> None:
    standing = standing_withdrawal(session, row.id)
    if standing:
        raise BadInput(
            f"{row.id} is withdrawn already ({standing.reason}); to change the reason, undo it "
            "first with --undo."
        )
    if row.state == GranuleState.REJECTED:
        raise BadInput(
            f"{row.id} is rejected ({row.rule}), so no mosaic uses it and there is nothing to "
            "withdraw."
        )


def _settle(session: Session, rows: Sequence[GranuleRow], before: frozenset[str]) -> Changed:
    """Let the other deliveries of the acquisitions take their turn, and make mosaics due."""
    for tile, datatake in sorted(_acquisitions(rows)):
        settle_precedence(session, tile, datatake)
    after = _counting(session, rows)
    changed = [session.get_one(GranuleRow, name) for name in sorted(before ^ after)]
    due = mark_affected(session, [Granule.from_json(row.record or "") for row in changed])
    return Changed(tuple(sorted(after - before)), tuple(sorted(before - after)), due)


def _counting(session: Session, rows: Sequence[GranuleRow]) -> frozenset[str]:
    """Return the granules that count, among all deliveries of the rows' acquisitions."""
    pairs = sa.tuple_(col(GranuleRow.tile), col(GranuleRow.datatake))
    query = select(GranuleRow.id).where(counting(), pairs.in_(sorted(_acquisitions(rows))))
    return frozenset(session.exec(query))


def _acquisitions(rows: Sequence[GranuleRow]) -> set[tuple[str, str]]:
    return {(row.tile or "", row.datatake or "") for row in rows}
