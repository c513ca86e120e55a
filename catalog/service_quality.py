"""What quality control said about the mosaics of a month, period by period."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import Session, case, col, func

from catalog.quality import decision_of
from catalog.quality_tables import CheckVerdict, DecisionRow
from catalog.revision import key_of, name_of
from catalog.tables import MosaicRow, MosaicState, RevisionRow, RevisionState, VerdictRow
from products.period import Period, PeriodKind
from products.service import Decided, Failure, Outcomes, Stand, Stop, Verdicts


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


_STANDS = {
    RevisionState.PUBLISHED: Stand.RELEASED,
    RevisionState.REJECTED: Stand.REJECTED,
    RevisionState.QUARANTINED: Stand.WAITING,
}
"""What became of a revision that a rule failed, by its state."""


def outcomes(session: Session, seen: sa.ColumnElement[bool]) -> list[Outcomes]:
    """Count revisions of some mosaics by gravest verdict and decision, period by period."""
    gravity = case(
        (col(VerdictRow.verdict) == CheckVerdict.FAIL, 2),
        (col(VerdictRow.verdict) == CheckVerdict.WARN, 1),
        else_=0,
    )
    worst = (
        sa.select(col(VerdictRow.revision_id).label("id"), func.max(gravity).label("gravity"))
        .group_by(col(VerdictRow.revision_id))
        .subquery()
    )
    of = col(MosaicRow.kind), col(MosaicRow.start), worst.c.gravity, col(RevisionRow.state)
    rows = session.execute(
        sa.select(*of, func.count())
        .join(RevisionRow, col(RevisionRow.id) == worst.c.id)
        .join(MosaicRow, col(MosaicRow.id) == col(RevisionRow.mosaic_id))
        .where(seen)
        .group_by(*of)
    )
    counts: dict[Period, Counter[str]] = defaultdict(Counter)
    for kind, start, gravity_, state, revisions in rows:
        fared = ("passed", "warned", _STANDS[RevisionState(state)].value)[gravity_]
        counts[_period(kind, start)][fared] += revisions
    order = sorted(counts, key=lambda period: (list(PeriodKind).index(period.kind), period.start))
    return [Outcomes(period, **{"passed": 0, "warned": 0} | counts[period]) for period in order]


def _period(kind: str, start: date) -> Period:
    return Period(PeriodKind(kind), start)


def stops(session: Session, seen: sa.ColumnElement[bool]) -> list[Stop]:
    """Return the revisions that a rule failed, by mosaic and revision."""
    rows = session.execute(
        sa.select(MosaicRow, RevisionRow, VerdictRow)
        .join(RevisionRow, col(RevisionRow.mosaic_id) == col(MosaicRow.id))
        .join(VerdictRow, col(VerdictRow.revision_id) == col(RevisionRow.id))
        .where(seen, col(VerdictRow.verdict) == CheckVerdict.FAIL)
        .order_by(
            col(MosaicRow.tile),
            col(MosaicRow.start),
            col(MosaicRow.end),
            col(MosaicRow.resolution),
            col(RevisionRow.ordinal),
            col(VerdictRow.rule),
        )
    )
    return [
        _stop(mosaic, revision, [rule for _, _, rule in group])
        for (mosaic, revision), group in groupby(rows, key=lambda row: (row[0], row[1]))
    ]


def _stop(mosaic: MosaicRow, revision: RevisionRow, failed: Sequence[VerdictRow]) -> Stop:
    return Stop(
        mosaic=str(key_of(mosaic)),
        product=name_of(mosaic, revision),
        ordinal=revision.ordinal,
        number=revision.number,
        stand=_STANDS[RevisionState(revision.state)],
        checked=max(rule.checked_at for rule in failed),
        why=" ".join(f"{rule.rule}: {rule.message}" for rule in failed),
    )


def failures(mosaics: Sequence[MosaicRow]) -> list[Failure]:
    """Return those of some mosaics that could not be composed."""
    failed = [row for row in mosaics if row.state == MosaicState.FAILED]
    return [Failure(str(key_of(row)), row.reason or "") for row in failed]


def decisions(session: Session, seen: sa.ColumnElement[bool]) -> list[Decided]:
    """Return all that people decided about the revisions of some mosaics, oldest first."""
    rows = session.execute(
        sa.select(DecisionRow, MosaicRow, RevisionRow, VerdictRow)
        .join(RevisionRow, col(RevisionRow.id) == col(DecisionRow.revision_id))
        .join(MosaicRow, col(MosaicRow.id) == col(RevisionRow.mosaic_id))
        .join(VerdictRow, col(VerdictRow.revision_id) == col(RevisionRow.id), isouter=True)
        .where(seen)
        .order_by(col(DecisionRow.id), col(VerdictRow.rule))
    )
    return [
        _decided(decision, mosaic, revision, [rule for *_, rule in group if rule])
        for (decision, mosaic, revision), group in groupby(
            rows, key=lambda row: (row[0], row[1], row[2])
        )
    ]


def _decided(
    row: DecisionRow, mosaic: MosaicRow, revision: RevisionRow, rules: Sequence[VerdictRow]
) -> Decided:
    """Put a decision beside the check before it; a later check is of another product."""
    before = [rule for rule in rules if rule.checked_at <= row.decided_at]
    spoken = [
        (rule.rule, rule.verdict)
        for verdict in (CheckVerdict.FAIL, CheckVerdict.WARN)
        for rule in before
        if rule.verdict == verdict
    ]
    return Decided(
        mosaic=str(key_of(mosaic)),
        decision=decision_of(row, mosaic, revision),
        checked=max((rule.checked_at for rule in before), default=None),
        rules=tuple(spoken),
    )
