"""The revisions of a mosaic: how each stands, and what changed from one to the next."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from catalog.checked import Judgement
from catalog.operations.words import revision_word
from catalog.quality import Quality
from catalog.quality_tables import CheckVerdict, DecisionRow, ReportRow
from catalog.revision import name_of
from catalog.tables import (
    GranuleRow,
    MosaicRow,
    RevisionInputRow,
    RevisionRow,
    RevisionState,
    VerdictRow,
)
from products.decision import Verb

PAGE = 20
"""Revisions that are told of at a time."""


@dataclass(frozen=True)
class Said:
    """What a person decided about a revision."""

    verb: str
    """``release``, ``reject`` or ``recompose``."""
    reason: str
    who: str
    moment: datetime
    standing: bool
    """Whether it still says how the revision stands."""


@dataclass(frozen=True)
class Change:
    """What a revision is made of, other than the one that was composed before it."""

    added: tuple[str, ...]
    """Ids of granules that are new, in the order of the inputs."""
    removed: tuple[str, ...]
    """Ids of granules that are gone."""
    replaced: tuple[tuple[str, str], ...]
    """Ids of granules, before and now, of the same acquisition."""
    definition: tuple[str, ...]
    """What else decided the bytes and changed, each as ``threshold: 5, before 4``."""


@dataclass(frozen=True)
class RevisionFacts:
    """A revision of a mosaic."""

    id: str
    ordinal: int
    """1 for the first of the mosaic."""
    number: int
    name: str
    """Of the product, composed or not."""
    state: str
    """``planned``, ``published``, ``stopped`` or ``rejected``."""
    current: bool
    """Whether it is the one that readers get."""
    quality: str | None
    """A word of ``catalog.quality.Quality``; None before it was checked."""
    product: str | None
    """Path of the base folder below the data root, None before it was composed."""
    planned_at: datetime
    published_at: datetime | None
    checked_at: datetime | None
    spoken: tuple[Judgement, ...]
    """Rules that say WARN or FAIL."""
    said: tuple[Said, ...]
    """By people, oldest first."""
    report: str | None
    """Path of the JSON report below the data root."""
    page: str | None
    """Path of the report for people below the data root."""
    inputs: int
    """How many granules it is made of."""
    change: Change | None
    """None for the first."""


def revisions_of(
    session: Session, mosaic: MosaicRow, offset: int
) -> tuple[int, tuple[RevisionFacts, ...]]:
    """Return how many revisions a mosaic has, and the facts of some, the newest first.

    Those are ``PAGE`` from an offset on, besides the current one, the newest one, and such as
    these are compared with. Six statements.
    """
    total, rows = _rows(session, mosaic, offset)
    return total, _facts(session, mosaic, rows)


def _rows(session: Session, mosaic: MosaicRow, offset: int) -> tuple[int, list[RevisionRow]]:
    """Return how many there are, and, newest first, those that are to be told of.

    That is, those of the page, the newest and the current one, and of each the one before, by
    which its change is told. Ordinals count from 1 without gaps.
    """
    own = col(RevisionRow.mosaic_id) == mosaic.id
    total = session.execute(
        sa.select(func.coalesce(func.max(col(RevisionRow.ordinal)), 0)).where(own)
    ).scalar_one()
    first, ordinal = total - offset, col(RevisionRow.ordinal)
    current = (
        sa.select(ordinal).where(own, col(RevisionRow.current).is_(other=True)).scalar_subquery()
    )
    rows = session.exec(
        select(RevisionRow)
        .where(
            own,
            sa.or_(
                sa.and_(ordinal > first - PAGE, ordinal <= first),
                ordinal.in_([current, total]),
                ordinal.in_(
                    [_composed(own, bound) for bound in (first - PAGE + 1, current, total)]
                ),
            ),
        )
        .order_by(ordinal.desc())
    ).all()
    return total, list(rows)


def _composed(own: sa.ColumnElement[bool], bound: Any) -> sa.ScalarSelect[Any]:
    """Return the ordinal of the last revision that was composed of those before another."""
    ordinal = col(RevisionRow.ordinal)
    return (
        sa.select(func.max(ordinal))
        .where(own, ordinal < bound, col(RevisionRow.state) != RevisionState.PLANNED)
        .correlate(None)
        .scalar_subquery()
    )


def _facts(
    session: Session, mosaic: MosaicRow, rows: Sequence[RevisionRow]
) -> tuple[RevisionFacts, ...]:
    ids = [row.id for row in rows]
    granules = _granules(session, ids)
    spoken, said, reports = _spoken(session, ids), _said(session, ids), _reports(session, ids)
    return tuple(
        RevisionFacts(
            id=row.id,
            ordinal=row.ordinal,
            number=row.number,
            name=name_of(mosaic, row),
            state=revision_word(row.state),
            current=row.current,
            quality=_quality(row, spoken[row.id], said[row.id]),
            product=row.product,
            planned_at=row.planned_at,
            published_at=row.published_at,
            checked_at=reports[row.id].checked_at if row.id in reports else None,
            spoken=tuple(spoken[row.id]),
            said=tuple(said[row.id]),
            report=reports[row.id].path if row.id in reports else None,
            page=reports[row.id].page if row.id in reports else None,
            inputs=len(granules[row.id]),
            change=_change(_before(row, rows), row, granules),
        )
        for row in rows
    )


def _before(row: RevisionRow, rows: Sequence[RevisionRow]) -> RevisionRow | None:
    """Return the last revision that was composed before one, from rows with the newest first."""
    return next(
        (one for one in rows if one.ordinal < row.ordinal and one.state != RevisionState.PLANNED),
        None,
    )


Acquired = dict[str, str]
"""The acquisition of each granule id, in order of the inputs."""


def _granules(session: Session, ids: Sequence[str]) -> dict[str, Acquired]:
    found: dict[str, Acquired] = defaultdict(dict)
    rows = session.execute(
        sa.select(col(RevisionInputRow.revision_id), col(GranuleRow.id), col(GranuleRow.datatake))
        .join(GranuleRow, col(GranuleRow.id) == col(RevisionInputRow.granule_id))
        .where(col(RevisionInputRow.revision_id).in_(ids))
        .order_by(col(RevisionInputRow.position))
    )
    for revision, granule, datatake in rows:
        found[revision][granule] = datatake or granule
    return found


def _change(
    before: RevisionRow | None, row: RevisionRow, granules: dict[str, Acquired]
) -> Change | None:
    if before is None:
        return None
    old, new = granules[before.id], granules[row.id]
    gone = {taken: granule for granule, taken in old.items() if granule not in new}
    come = {taken: granule for granule, taken in new.items() if granule not in old}
    both = [taken for taken in come if taken in gone]
    replaced = tuple((gone[taken], come[taken]) for taken in both)
    swapped = {granule for pair in replaced for granule in pair}
    return Change(
        added=tuple(one for one in new if one not in old and one not in swapped),
        removed=tuple(one for one in old if one not in new and one not in swapped),
        replaced=replaced,
        definition=_redefined(before.definition, row.definition),
    )


def _redefined(before: str, now: str) -> tuple[str, ...]:
    old, new = json.loads(before), json.loads(now)
    return tuple(
        f"{name}: {new.get(name)}, before {old.get(name)}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _spoken(session: Session, ids: Sequence[str]) -> dict[str, list[Judgement]]:
    found: dict[str, list[Judgement]] = defaultdict(list)
    query = select(VerdictRow).where(
        col(VerdictRow.revision_id).in_(ids),
        col(VerdictRow.verdict).in_((CheckVerdict.WARN, CheckVerdict.FAIL)),
    )
    for row in session.exec(query.order_by(col(VerdictRow.rule))):
        found[row.revision_id].append(
            Judgement(row.rule, row.verdict, row.message, row.value, row.limit)
        )
    return found


def _said(session: Session, ids: Sequence[str]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = defaultdict(list)
    query = select(DecisionRow).where(col(DecisionRow.revision_id).in_(ids))
    for row in session.exec(query.order_by(col(DecisionRow.id))):
        found[row.revision_id].append(
            Said(row.verb.lower(), row.reason, row.decided_by, row.decided_at, row.standing)
        )
    return found


def _reports(session: Session, ids: Sequence[str]) -> dict[str, ReportRow]:
    rows = session.exec(select(ReportRow).where(col(ReportRow.revision_id).in_(ids)))
    return {row.revision_id: row for row in rows}


def _quality(row: RevisionRow, spoken: Sequence[Judgement], said: Sequence[Said]) -> str | None:
    match RevisionState(row.state):
        case RevisionState.PLANNED:
            return None
        case RevisionState.QUARANTINED:
            return Quality.STOPPED.value
        case RevisionState.REJECTED:
            return Quality.REJECTED.value
        case _ if any(one.standing and one.verb == Verb.RELEASE.lower() for one in said):
            return Quality.RELEASED.value
        case _:
            return (Quality.WARNED if spoken else Quality.PASSED).value
