"""One mosaic: where it stands, what it is made of, and its revisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session, col

from catalog.affected import find_mosaic
from catalog.operations.granules import (
    GranuleFacts,
    facts_of,
    facts_query,
    granules_of,
    with_checks,
)
from catalog.operations.revisions import PAGE, RevisionFacts, revisions_of
from catalog.operations.words import mosaic_word
from catalog.revision import key_of
from catalog.tables import (
    GranuleRow,
    MosaicRow,
    RevisionInputRow,
)
from products.mosaic import MosaicKey
from products.service import Fate


@dataclass(frozen=True)
class MosaicInput:
    """A granule of which a revision is made."""

    position: int
    """Its value in the layer source_index."""
    granule: GranuleFacts
    checksum: str
    """Of the granule as the revision used it."""


@dataclass(frozen=True)
class MosaicDetail:
    """All that the page of a mosaic tells."""

    tile: str
    kind: str
    """``DAY``, ``TENDAYS``, ..."""
    start: date
    end: date
    resolution: int
    """Metres."""
    state: str
    """A word such as ``published`` or ``stopped``."""
    reason: str | None
    due_since: datetime
    owner: str | None
    """The worker that composes it."""
    claimed_at: datetime | None
    total: int
    """All its revisions."""
    revisions: tuple[RevisionFacts, ...]
    """The newest first, a page of them."""
    shown: RevisionFacts | None
    """The one that readers get."""
    newest: RevisionFacts | None
    """The newest that is composed, or is to be."""
    inputs: tuple[MosaicInput, ...]
    """Of the one that readers get, else of the newest."""
    others: tuple[GranuleFacts, ...]
    """Granules of its tile and dates that are not among the inputs, with the reason."""


def mosaic_detail(session: Session, key: MosaicKey, offset: int = 0) -> MosaicDetail | None:
    """Return one mosaic with a page of its revisions, None where it is not in the catalog.

    The number of statements does not depend on the number of granules or revisions.
    """
    row = find_mosaic(session, key)
    if row is None:
        return None
    total, facts = revisions_of(session, row, offset)
    shown = next((one for one in facts if one.current), None)
    newest = next((one for one in facts if one.ordinal == total), None)
    inputs = _inputs(session, shown or newest)
    return MosaicDetail(
        tile=row.tile,
        kind=row.kind,
        start=row.start,
        end=row.end,
        resolution=row.resolution,
        state=mosaic_word(row.state),
        reason=row.reason,
        due_since=row.due_since,
        owner=row.lease_owner,
        claimed_at=row.claimed_at,
        total=total,
        revisions=_page(facts, total - offset),
        shown=shown,
        newest=newest,
        inputs=inputs,
        others=_others(session, row, inputs),
    )


def _page(facts: Sequence[RevisionFacts], first: int) -> tuple[RevisionFacts, ...]:
    return tuple(one for one in facts if first - PAGE < one.ordinal <= first)


def _inputs(session: Session, revision: RevisionFacts | None) -> tuple[MosaicInput, ...]:
    if revision is None:
        return ()
    rows = session.execute(
        facts_query()
        .add_columns(
            col(RevisionInputRow.position), col(RevisionInputRow.checksum).label("used_checksum")
        )
        .join(RevisionInputRow, col(RevisionInputRow.granule_id) == col(GranuleRow.id))
        .where(col(RevisionInputRow.revision_id) == revision.id)
        .order_by(col(RevisionInputRow.position))
    ).mappings()
    return tuple(MosaicInput(row["position"], facts_of(row), row["used_checksum"]) for row in rows)


def _others(
    session: Session, mosaic: MosaicRow, inputs: Sequence[MosaicInput]
) -> tuple[GranuleFacts, ...]:
    begin, end = key_of(mosaic).period.moments
    used = {one.granule.id for one in inputs}
    others = [
        replace(one, fate=Fate.WAITING, why="Another mosaic shows it; this one does not yet.")
        if one.fate is Fate.USED
        else one
        for one in granules_of(session, mosaic.tile, begin, end)
        if one.id not in used
    ]
    return with_checks(session, others)
