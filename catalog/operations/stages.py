"""The pipeline as a row of stages: how much stands where, since when, and what went through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from catalog.operation_tables import (
    ActionRow,
    ActionVerb,
    PublicationRow,
    TroubleKind,
    TroubleRow,
)
from catalog.operations.troubles import UNAVAILABLE
from catalog.quality_tables import CheckVerdict, ReportRow
from catalog.tables import (
    GranuleRow,
    GranuleState,
    MosaicRow,
    MosaicState,
    RevisionRow,
    RevisionState,
    UtcDateTime,
)
from catalog.usable import count_withdrawn, withdrawn

GRANULES, MOSAICS = "granules", "mosaics"


@dataclass(frozen=True)
class Stage:
    """One place where granules or mosaics stand."""

    name: str
    """In the words of the operators: ``tracked``, ``due``, ``stopped`` ..."""
    of: str
    """``granules`` or ``mosaics``; ``rejected`` there is of both."""
    count: int
    """How many stand there now."""
    oldest_since: datetime | None
    """Since when the one that came first stands there; None where nothing waits there."""
    last_24h: int
    """How many came there, or went through it, in the last 24 hours."""
    what: str
    """What it means to stand there."""


_WHAT = {
    (GRANULES, "tracked"): "Seen at their source, not decoded yet.",
    (GRANULES, "ingested"): "Decoded and checked, ready to be composed.",
    (GRANULES, "rejected"): "Not usable as delivered.",
    (MOSAICS, "due"): "Their granules changed; they are to be composed.",
    (MOSAICS, "composing"): "A worker composes and checks them now.",
    (MOSAICS, "checked"): "Composed revisions that quality control has judged.",
    (MOSAICS, "published"): "Readers get them with their newest granules.",
    (MOSAICS, "stopped"): "Stopped by quality control until a person decides.",
    (MOSAICS, "rejected"): "Rejected by a person.",
    (MOSAICS, "failed"): "Could not be composed; the next turn tries again.",
}
_STANDING = {
    MosaicState.DUE: "due",
    MosaicState.COMPOSING: "composing",
    MosaicState.PUBLISHED: "published",
    MosaicState.QUARANTINED: "stopped",
    MosaicState.REJECTED: "rejected",
    MosaicState.FAILED: "failed",
}


def stages(session: Session, moment: datetime) -> tuple[Stage, ...]:
    """Return all stages, those of granules first, each in the order of the work; 4 statements."""
    since = moment - timedelta(hours=24)
    granules, mosaics = _granules(session), _mosaics(session)
    stopped_since = _stopped_since(session)
    came = _came(session, since)
    found = []
    for (of, name), what in _WHAT.items():
        count, oldest = (granules if of == GRANULES else mosaics).get(name, (0, None))
        if (of, name) == (MOSAICS, "stopped"):
            oldest = stopped_since
        if (of, name) == (MOSAICS, "checked"):
            count = came["mosaics checked at all"]
        through = came.get(f"{of} {'checked' if name == 'composing' else name}", 0)
        found.append(Stage(name, of, count, oldest, through, what))
    return tuple(found)


Standing = dict[str, tuple[int, datetime | None]]


def _granules(session: Session) -> Standing:
    """Count granules; those that are withdrawn before their ingest do not wait."""
    state, tracked_at = col(GranuleRow.state), col(GranuleRow.tracked_at)
    waits, lost = state == GranuleState.TRACKED, state == GranuleState.REJECTED
    first = sa.select(tracked_at).where(waits, ~withdrawn()).order_by(tracked_at).limit(1)
    row = session.execute(
        sa.select(
            _count_granules(),
            _count_granules(waits),
            count_withdrawn(GranuleState.TRACKED),
            _count_granules(lost),
            first.scalar_subquery(),
            sa.select(func.min(tracked_at)).where(lost).scalar_subquery(),
        )
    ).one()
    every, tracked, unwanted, rejected, oldest_tracked, oldest_rejected = row
    return {
        "tracked": (tracked - unwanted, oldest_tracked),
        "ingested": (every - tracked - rejected, None),  # far quicker than to count these
        "rejected": (rejected, oldest_rejected),
    }


def _count_granules(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(func.count()).select_from(GranuleRow).where(*conditions).scalar_subquery()


def _mosaics(session: Session) -> Standing:
    state = col(MosaicRow.state)
    since: dict[MosaicState, sa.ColumnElement[Any]] = {
        MosaicState.DUE: func.min(col(MosaicRow.due_since)),
        MosaicState.COMPOSING: func.min(col(MosaicRow.claimed_at)),
        MosaicState.FAILED: func.min(col(MosaicRow.due_since)),
    }
    rows = session.execute(
        sa.union_all(
            *(
                sa.select(sa.literal(name), func.count(), since.get(word, _no_moment())).where(
                    state == word
                )
                for word, name in _STANDING.items()
            )
        )
    ).all()
    return {name: (count, oldest) for name, count, oldest in rows}


def _stopped_since(session: Session) -> datetime | None:
    """Return when the first of the mosaics that are stopped now was last checked and stopped."""
    last = (
        sa.select(func.max(col(ReportRow.checked_at)).label("moment"))
        .join(RevisionRow, col(RevisionRow.id) == col(ReportRow.revision_id))
        .join(MosaicRow, col(MosaicRow.id) == col(RevisionRow.mosaic_id))
        .where(
            col(RevisionRow.state) == RevisionState.QUARANTINED,
            col(MosaicRow.state) == MosaicState.QUARANTINED,
        )
        .group_by(col(MosaicRow.id))
        .subquery()
    )
    found: datetime | None = session.execute(sa.select(func.min(last.c.moment))).scalar_one()
    return found


def _came(session: Session, since: datetime) -> dict[str, int]:
    """Count what came to a stage since a moment, and all that was ever checked."""
    counted: dict[str, tuple[Any, ...]] = {
        "granules tracked": (col(GranuleRow.tracked_at) >= since,),
        "granules ingested": (col(GranuleRow.ingested_at) >= since,),
        "granules rejected": (
            col(TroubleRow.since) >= since,
            col(TroubleRow.kind) == TroubleKind.GRANULE,
            func.coalesce(col(TroubleRow.rule), "") != UNAVAILABLE,
        ),
        "mosaics checked": (col(ReportRow.checked_at) >= since,),
        "mosaics checked at all": (col(ReportRow.checked_at).is_not(None),),
        "mosaics published": (col(PublicationRow.published_at) >= since,),
        "mosaics stopped": (
            col(ReportRow.checked_at) >= since,
            col(ReportRow.verdict) == CheckVerdict.FAIL,
        ),
        "mosaics rejected": (
            col(ActionRow.done_at) >= since,
            col(ActionRow.verb) == ActionVerb.REJECT,
        ),
        "mosaics failed": (
            col(TroubleRow.since) >= since,
            col(TroubleRow.kind) == TroubleKind.MOSAIC,
        ),
        "mosaics due": (
            col(MosaicRow.state).in_(tuple(MosaicState)),  # for the index
            col(MosaicRow.due_since) >= since,
        ),
    }
    rows = session.execute(
        sa.union_all(
            *(
                sa.select(sa.literal(name), func.count()).where(*conditions)
                for name, conditions in counted.items()
            )
        )
    ).all()
    return {str(name): int(count) for name, count in rows}


def _no_moment() -> sa.ColumnElement[Any]:
    return sa.cast(sa.null(), UtcDateTime(timezone=True))
