"""Revisions as they were recorded: what quality control and reproduction ask the catalog."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from catalog.affected import find_mosaic
from catalog.revision import current_revision, inputs_of, key_of, usable_inputs
from catalog.tables import (
    DeliveryRow,
    DeliverySourceRow,
    MosaicRow,
    RevisionRow,
    RevisionState,
)
from products.granule import Granule
from products.mosaic import MosaicKey


@dataclass(frozen=True)
class Recorded:
    """A revision with its frozen inputs."""

    id: str
    key: MosaicKey
    number: int
    ordinal: int
    current: bool
    product: str | None
    """Path of the base folder below the data root; None before it was composed."""
    manifest: str | None
    """SHA-256 of the manifest."""
    definition: str
    """JSON of ``products.mosaic.Definition``, perhaps of another version of it."""
    inputs: tuple[tuple[Granule, str], ...]
    """Granules with their checksums, in source_index order."""


def recorded(session: Session, number: int) -> Recorded | None:
    """Return the revision that bears a number, None where there is none."""
    row = session.exec(select(RevisionRow).where(RevisionRow.number == number)).one_or_none()
    return _recorded(session, row) if row else None


def recorded_before(session: Session, revision: Recorded) -> Recorded | None:
    """Return the latest revision of the same mosaic that was published before this one."""
    row = session.exec(
        select(RevisionRow)
        .where(
            RevisionRow.mosaic_id == session.get_one(RevisionRow, revision.id).mosaic_id,
            col(RevisionRow.ordinal) < revision.ordinal,
            RevisionRow.state == RevisionState.PUBLISHED,
        )
        .order_by(col(RevisionRow.ordinal).desc())
    ).first()
    return _recorded(session, row) if row else None


def recorded_a_year_earlier(session: Session, revision: Recorded) -> Recorded | None:
    """Return what is published of the same period of the year before, None where nothing is."""
    period = revision.key.period.a_year_earlier
    if period is None:
        return None
    key = MosaicKey(revision.key.tile, period, revision.key.resolution)
    mosaic = find_mosaic(session, key)
    row = current_revision(session, mosaic.id or 0) if mosaic else None
    return _recorded(session, row) if row else None


def usable_now(session: Session, revision: Recorded) -> list[tuple[str, str]]:
    """Return ids and checksums of the granules that count in the mosaic now, in order."""
    mosaic = find_mosaic(session, revision.key)
    found = usable_inputs(session, mosaic) if mosaic else []
    return [(granule.id, checksum) for granule, checksum in found]


def delivered_from(session: Session, name: str) -> list[str] | None:
    """Return the products from which an order was cut, None where there is no such order."""
    delivery = session.exec(select(DeliveryRow).where(DeliveryRow.name == name)).one_or_none()
    if delivery is None:
        return None
    rows = session.exec(
        select(RevisionRow.product)
        .join(DeliverySourceRow, col(DeliverySourceRow.revision_id) == RevisionRow.id)
        .where(DeliverySourceRow.delivery_id == delivery.id)
        .order_by(col(RevisionRow.number))
    ).all()
    return [product.rpartition("/")[2] for product in rows if product]


def _recorded(session: Session, row: RevisionRow) -> Recorded:
    return Recorded(
        id=row.id,
        key=key_of(session.get_one(MosaicRow, row.mosaic_id)),
        number=row.number,
        ordinal=row.ordinal,
        current=row.current,
        product=row.product,
        manifest=row.manifest,
        definition=row.definition,
        inputs=tuple(inputs_of(session, row.id)),
    )
