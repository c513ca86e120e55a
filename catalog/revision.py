"""Revisions: the frozen list of inputs of one version of a mosaic."""

import json

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from catalog.engine import now
from catalog.number import next_number
from catalog.quality_tables import DecisionRow, ReportRow
from catalog.tables import (
    GranuleRow,
    MosaicRow,
    RevisionInputRow,
    RevisionRow,
    RevisionState,
    VerdictRow,
)
from catalog.usable import counting
from products.granule import Granule
from products.mosaic import Definition, MosaicKey, revision_id
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.precedence import in_source_order


def key_of(mosaic: MosaicRow) -> MosaicKey:
    """Return the mosaic that a row describes."""
    return MosaicKey(mosaic.tile, Period(PeriodKind(mosaic.kind), mosaic.start), mosaic.resolution)


def usable_inputs(session: Session, mosaic: MosaicRow) -> list[tuple[Granule, str]]:
    """Return the usable granules of a mosaic with their checksums, in source_index order."""
    begin, end = key_of(mosaic).period.moments
    rows = session.exec(
        select(GranuleRow).where(
            GranuleRow.tile == mosaic.tile,
            counting(),
            col(GranuleRow.datatake_start) >= begin,
            col(GranuleRow.datatake_start) < end,
        )
    ).all()
    checksums = {row.id: row.checksum or "" for row in rows}
    granules = in_source_order(Granule.from_json(row.record or "") for row in rows)
    return [(granule, checksums[granule.id]) for granule in granules]


def plan_revision(
    session: Session, mosaic: MosaicRow, definition: Definition
) -> RevisionRow | None:
    """Return the revision that the mosaic's present inputs ask for, None where it has no inputs.

    The same inputs give the row that exists already, whatever became of it.
    """
    inputs = usable_inputs(session, mosaic)
    if not inputs:
        return None
    named = [(granule.id, checksum) for granule, checksum in inputs]
    identity = revision_id(definition, key_of(mosaic), named)
    known = session.get(RevisionRow, identity)
    return known or _create(session, mosaic, identity, named, definition)


def current_revision(session: Session, mosaic_id: int) -> RevisionRow | None:
    """Return the published revision that readers get now, None before the first."""
    return session.exec(
        select(RevisionRow).where(
            RevisionRow.mosaic_id == mosaic_id, col(RevisionRow.current).is_(other=True)
        )
    ).one_or_none()


def inputs_of(session: Session, revision: str) -> list[tuple[Granule, str]]:
    """Return the frozen inputs of a revision with their checksums, in source_index order."""
    rows = session.exec(
        select(RevisionInputRow, GranuleRow)
        .join(GranuleRow, sa.and_(col(GranuleRow.id) == RevisionInputRow.granule_id))
        .where(RevisionInputRow.revision_id == revision)
        .order_by(col(RevisionInputRow.position))
    ).all()
    return [(Granule.from_json(granule.record or ""), entry.checksum) for entry, granule in rows]


def name_of(mosaic: MosaicRow, revision: RevisionRow) -> str:
    """Return the name of the product of a revision, composed or not."""
    key, version = key_of(mosaic), json.loads(revision.definition)["layout"]
    name = ProductName(key.period, key.resolution, key.tile, revision.number, version=version)
    return str(name)


def reopen(session: Session, revision: RevisionRow) -> None:
    """Have a revision composed and checked once more, as if it never had been.

    What a person decided about the product that it had says nothing of the new one.
    """
    revision.state, revision.current = RevisionState.PLANNED, False
    revision.product = revision.manifest = revision.published_at = None
    for table in (VerdictRow, ReportRow):
        session.execute(sa.delete(table).where(col(table.revision_id) == revision.id))
    overrule(session, revision)
    session.add(revision)
    session.flush()


def overrule(session: Session, revision: RevisionRow) -> None:
    """Let no earlier decision say how a revision stands; all of them are kept."""
    session.execute(
        sa.update(DecisionRow)
        .where(col(DecisionRow.revision_id) == revision.id)
        .values(standing=False)
    )


def is_of_usable(session: Session, mosaic: MosaicRow, revision: RevisionRow) -> bool:
    """Tell whether a revision is made of the granules that count now."""
    counting = {(granule.id, checksum) for granule, checksum in usable_inputs(session, mosaic)}
    return counting == {(each.id, checksum) for each, checksum in inputs_of(session, revision.id)}


def make_current(session: Session, revision: RevisionRow) -> None:
    """Show readers this published revision instead of the one before."""
    retire_current(session, revision.mosaic_id)
    revision.current = True
    session.add(revision)
    session.flush()


def retire_current(session: Session, mosaic_id: int) -> None:
    """Show readers no revision of a mosaic; its product stays where it is."""
    before = current_revision(session, mosaic_id)
    if before:
        before.current = False
        session.add(before)
        session.flush()


def _create(
    session: Session,
    mosaic: MosaicRow,
    identity: str,
    inputs: list[tuple[str, str]],
    definition: Definition,
) -> RevisionRow:
    ordinal = session.exec(
        select(func.max(RevisionRow.ordinal)).where(RevisionRow.mosaic_id == mosaic.id)
    ).one()
    row = RevisionRow(
        id=identity,
        mosaic_id=mosaic.id or 0,
        number=next_number(session),
        ordinal=(ordinal or 0) + 1,
        definition=definition.to_json(),
        planned_at=now(),
    )
    session.add(row)
    session.flush()
    for position, (granule, checksum) in enumerate(inputs):
        session.add(
            RevisionInputRow(
                revision_id=identity, position=position, granule_id=granule, checksum=checksum
            )
        )
    session.flush()
    return row
