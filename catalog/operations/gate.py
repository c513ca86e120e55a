"""The gate: what quality control stopped and waits for a person's decision."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from catalog.checked import Judgement
from catalog.quality_tables import CheckVerdict, ReportRow
from catalog.revision import key_of
from catalog.tables import (
    MosaicRow,
    MosaicState,
    RevisionInputRow,
    RevisionRow,
    RevisionState,
    VerdictRow,
    WithdrawalRow,
)
from products.mosaic import MosaicKey


@dataclass(frozen=True)
class Stopped:
    """A revision that quality control stopped, and that its mosaic stands by now."""

    key: MosaicKey
    product: str
    """Its name; that by which it is released, rejected or composed again."""
    ordinal: int
    """1 for the first revision of the mosaic."""
    granules: int
    """How many inputs it has."""
    failed: tuple[Judgement, ...]
    """The rules that stopped it."""
    warned: tuple[Judgement, ...]
    """Rules that warn of it besides."""
    checked_at: datetime | None
    page: str | None
    """Path of the report for people below the data root."""
    shown: str | None
    """Name of the product that readers get meanwhile; None: nothing."""


@dataclass(frozen=True)
class GatePage:
    """Some of what waits at the gate, what was stopped last first."""

    total: int
    """How many mosaics wait there in all."""
    entries: tuple[Stopped, ...]


def gate(session: Session, limit: int, offset: int = 0) -> GatePage:
    """Return what waits at the gate, one revision for each mosaic, in 5 statements.

    Of several that were stopped, it is the newest without a withdrawn granule.
    """
    at_gate = col(MosaicRow.state) == MosaicState.QUARANTINED
    total = session.exec(select(func.count()).select_from(MosaicRow).where(at_gate)).one()
    rows = session.exec(
        select(MosaicRow, RevisionRow, ReportRow)
        .select_from(MosaicRow)
        .join(RevisionRow, _is_newest_of(MosaicRow))
        .join(ReportRow, col(ReportRow.revision_id) == RevisionRow.id, isouter=True)
        .where(at_gate)
        .order_by(col(ReportRow.checked_at).desc(), col(RevisionRow.number).desc())
        .limit(limit)
        .offset(offset)
    ).all()
    revisions = [revision.id for _, revision, _ in rows]
    told = _Told(
        _spoken(session, revisions),
        _granules(session, revisions),
        _shown(session, [mosaic.id or 0 for mosaic, *_ in rows]),
    )
    return GatePage(total, tuple(_entry(*row, told) for row in rows))


@dataclass(frozen=True)
class _Told:
    """What is told of some revisions and mosaics besides their rows."""

    spoken: dict[str, list[VerdictRow]]
    granules: dict[str, int]
    shown: dict[int, str]


def _is_newest_of(mosaic: type[MosaicRow]) -> sa.ColumnElement[bool]:
    """Return the condition that a revision is the one by which its stopped mosaic stands."""
    other = sa.orm.aliased(RevisionRow)
    lost = (
        select(RevisionInputRow.granule_id)
        .join(WithdrawalRow, col(WithdrawalRow.granule_id) == RevisionInputRow.granule_id)
        .where(RevisionInputRow.revision_id == other.id, col(WithdrawalRow.undone_at).is_(None))
        .exists()
    )
    newest = (
        select(func.max(other.ordinal))
        .where(other.mosaic_id == mosaic.id, other.state == RevisionState.QUARANTINED, ~lost)
        .correlate(mosaic)
        .scalar_subquery()
    )
    return sa.and_(col(RevisionRow.mosaic_id) == mosaic.id, col(RevisionRow.ordinal) == newest)


def _shown(session: Session, ids: list[int]) -> dict[int, str]:
    query = select(RevisionRow.mosaic_id, RevisionRow.product).where(
        col(RevisionRow.mosaic_id).in_(ids), col(RevisionRow.current).is_(other=True)
    )
    return {mosaic: _name(product) for mosaic, product in session.exec(query)}


def _spoken(session: Session, ids: list[str]) -> dict[str, list[VerdictRow]]:
    rows = session.exec(
        select(VerdictRow)
        .where(
            col(VerdictRow.revision_id).in_(ids),
            col(VerdictRow.verdict).in_((CheckVerdict.WARN, CheckVerdict.FAIL)),
        )
        .order_by(VerdictRow.rule)
    )
    found: dict[str, list[VerdictRow]] = {}
    for row in rows:
        found.setdefault(row.revision_id, []).append(row)
    return found


def _granules(session: Session, ids: list[str]) -> dict[str, int]:
    query = select(RevisionInputRow.revision_id, func.count()).where(
        col(RevisionInputRow.revision_id).in_(ids)
    )
    return dict(session.exec(query.group_by(col(RevisionInputRow.revision_id))).all())


def _entry(
    mosaic: MosaicRow, revision: RevisionRow, report: ReportRow | None, told: _Told
) -> Stopped:
    said = [
        Judgement(row.rule, row.verdict, row.message, row.value, row.limit)
        for row in told.spoken.get(revision.id, ())
    ]
    return Stopped(
        key=key_of(mosaic),
        product=_name(revision.product),
        ordinal=revision.ordinal,
        granules=told.granules.get(revision.id, 0),
        failed=tuple(one for one in said if one.verdict == CheckVerdict.FAIL),
        warned=tuple(one for one in said if one.verdict == CheckVerdict.WARN),
        checked_at=report.checked_at if report else None,
        page=report.page if report else None,
        shown=told.shown.get(mosaic.id or 0),
    )


def _name(product: str | None) -> str:
    return (product or "").rpartition("/")[2]
