"""What quality control said about the mosaics of a month, period by period."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, case, col, func

from catalog.quality_tables import DecisionRow
from catalog.tables import STOPPED, MosaicRow, MosaicState, RevisionRow, RevisionState, VerdictRow
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind
from products.service import Objection, Outcomes, Verdicts


def verdicts(session: Session, seen: sa.ColumnElement[bool]) -> list[Verdicts]:
    """Count verdicts on all revisions of some mosaics, by rule and period."""
    rows = session.execute(
        sa.select(
            col(VerdictRow.rule),
            col(VerdictRow.verdict),
            col(MosaicRow.kind),
            col(MosaicRow.start),
            func.count(),
        )
        .join(RevisionRow, col(RevisionRow.id) == col(VerdictRow.revision_id))
        .join(MosaicRow, col(MosaicRow.id) == col(RevisionRow.mosaic_id))
        .where(seen)
        .group_by(
            col(VerdictRow.rule), col(VerdictRow.verdict), col(MosaicRow.kind), col(MosaicRow.start)
        )
    )
    found = [Verdicts(rule, verdict, _period(*p), count) for rule, verdict, *p, count in rows]
    return sorted(found, key=lambda each: (each.rule, each.verdict, each.period))


def outcomes(session: Session, seen: sa.ColumnElement[bool]) -> list[Outcomes]:
    """Count revisions of some mosaics by their gravest verdict, period by period."""
    gravity = case(
        (col(VerdictRow.verdict) == "FAIL", 2), (col(VerdictRow.verdict) == "WARN", 1), else_=0
    )
    worst = (
        sa.select(col(VerdictRow.revision_id).label("id"), func.max(gravity).label("gravity"))
        .group_by(col(VerdictRow.revision_id))
        .subquery()
    )
    rows = session.execute(
        sa.select(col(MosaicRow.kind), col(MosaicRow.start), worst.c.gravity, func.count())
        .join(RevisionRow, col(RevisionRow.id) == worst.c.id)
        .join(MosaicRow, col(MosaicRow.id) == col(RevisionRow.mosaic_id))
        .where(seen)
        .group_by(col(MosaicRow.kind), col(MosaicRow.start), worst.c.gravity)
    )
    counts: dict[Period, list[int]] = defaultdict(lambda: [0, 0, 0])
    for kind, start, gravity_, revisions in rows:
        counts[_period(kind, start)][gravity_] = revisions
    order = sorted(counts, key=lambda period: (list(PeriodKind).index(period.kind), period.start))
    return [Outcomes(period, *counts[period]) for period in order]


def _period(kind: str, start: date) -> Period:
    return Period(PeriodKind(kind), start)


def objections(
    session: Session, seen: sa.ColumnElement[bool], mosaics: Sequence[MosaicRow]
) -> list[Objection]:
    """Return the revisions that were stopped or rejected and the mosaics that failed, by mosaic."""
    by_id = {row.id or 0: row for row in mosaics}
    found = [
        (by_id[mosaic], Objection(f"{_named(by_id[mosaic])}, {_last(product)}", *told))
        for mosaic, product, told in _stopped(session, seen)
    ]
    found += [
        (row, Objection(_named(row), MosaicState.FAILED, None, row.reason or ""))
        for row in by_id.values()
        if row.state == MosaicState.FAILED
    ]
    found.sort(key=lambda pair: (pair[0].tile, pair[0].start, pair[0].end, pair[0].resolution))
    return [objection for _, objection in found]


def _stopped(
    session: Session, seen: sa.ColumnElement[bool]
) -> Iterator[tuple[int, str, tuple[str, datetime, str]]]:
    """Yield mosaic, product, and state, moment and reason of what readers do not get.

    One entry for each rule that stopped a revision, and one for a person's rejection.
    """
    failed = sa.and_(
        col(VerdictRow.revision_id) == col(RevisionRow.id),
        col(VerdictRow.verdict) == "FAIL",
        col(RevisionRow.state) == RevisionState.QUARANTINED,
    )
    rejected = sa.and_(
        col(DecisionRow.revision_id) == col(RevisionRow.id),
        col(DecisionRow.standing).is_(other=True),
        col(RevisionRow.state) == RevisionState.REJECTED,
    )
    rows = session.execute(
        sa.select(RevisionRow, VerdictRow, DecisionRow)
        .join(MosaicRow, col(MosaicRow.id) == col(RevisionRow.mosaic_id))
        .join(VerdictRow, failed, isouter=True)
        .join(DecisionRow, rejected, isouter=True)
        .where(seen, col(RevisionRow.state).in_(STOPPED))
        .order_by(col(RevisionRow.mosaic_id), col(RevisionRow.ordinal), col(VerdictRow.rule))
    )
    for revision, rule, decision in rows:
        if rule:
            told = rule.checked_at, f"{rule.rule}: {rule.message}"
        elif decision:
            told = decision.decided_at, f"{decision.decided_by}: {decision.reason}"
        else:
            continue
        yield revision.mosaic_id, revision.product or "", (revision.state, *told)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _named(row: MosaicRow) -> str:
    return str(MosaicKey(row.tile, _period(row.kind, row.start), row.resolution))
