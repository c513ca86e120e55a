"""Orders: the mosaics from which they are cut, and the number that their product gets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from catalog.affected import find_mosaic, request_mosaic
from catalog.engine import now
from catalog.number import next_number
from catalog.revision import current_revision, inputs_of
from catalog.tables import DeliveryRow, DeliverySourceRow, MosaicState, TileRow
from products.granule import Granule
from products.grid import Extent
from products.mosaic import Definition, MosaicKey, revision_id


@dataclass(frozen=True)
class Published:
    """What readers get of a mosaic now."""

    revision: str
    product: str
    """Path of the base folder below the data root."""
    manifest: str
    """SHA-256 of its manifest."""
    definition: Definition
    inputs: tuple[tuple[Granule, str], ...]
    """Granules with their checksums, in source_index order."""

    def follows(self, definition: Definition, key: MosaicKey) -> bool:
        """Tell whether it is what a definition makes of its inputs."""
        named = [(granule.id, checksum) for granule, checksum in self.inputs]
        return self.revision == revision_id(definition, key, named)


def tile_extents(session: Session) -> dict[str, Extent]:
    """Return the ground of every tile of which the catalog has granules."""
    return {
        row.name: Extent(row.epsg, row.west, row.north, row.width, row.height)
        for row in session.exec(select(TileRow).order_by(TileRow.name)).all()
    }


def wanted_mosaic(session: Session, key: MosaicKey, definition: Definition) -> int | None:
    """Return the id of a mosaic that must be composed before it can be cut from, else None.

    One that nobody demanded so far is made due, and kept current from then on; so is one that was
    made by another definition, because the pixels of one product follow one.
    """
    row = find_mosaic(session, key)
    if row and row.state == MosaicState.PUBLISHED:
        current = published(session, key)
        if current and not current.follows(definition, key):
            row = request_mosaic(session, key)
    row = row or request_mosaic(session, key)
    return row.id if row and row.state in (MosaicState.DUE, MosaicState.FAILED) else None


def standing(session: Session, key: MosaicKey) -> tuple[MosaicState, str] | None:
    """Return the state of a mosaic and the reason for it; None where it is not in the catalog."""
    row = find_mosaic(session, key)
    return (MosaicState(row.state), row.reason or "") if row else None


def published(session: Session, key: MosaicKey) -> Published | None:
    """Return the current revision of a mosaic, None where nothing is published."""
    row = find_mosaic(session, key)
    revision = current_revision(session, row.id or 0) if row else None
    if revision is None:
        return None
    definition = Definition.from_json(revision.definition)
    inputs = tuple(inputs_of(session, revision.id))
    product, manifest = revision.product or "", revision.manifest or ""
    return Published(revision.id, product, manifest, definition, inputs)


def book(
    session: Session, identity: str, revisions: Sequence[str], name_of: Callable[[int], str]
) -> str:
    """Return the product name of an order: a new one, or that of the same order before."""
    known = session.get(DeliveryRow, identity)
    if known:
        return known.name
    number = next_number(session)  # holds the counter: whoever booked the same is done by now
    if known := session.get(DeliveryRow, identity):
        return known.name
    row = DeliveryRow(id=identity, number=number, name=name_of(number), ordered_at=now())
    session.add(row)
    session.flush()
    for revision in sorted(set(revisions)):
        session.add(DeliverySourceRow(delivery_id=identity, revision_id=revision))
    session.flush()
    return row.name
