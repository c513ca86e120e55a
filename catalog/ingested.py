"""The end of an ingest: a granule is accepted or rejected, and mosaics become due."""

from sqlmodel import Session

from catalog.affected import mark_affected
from catalog.checked import record_rejection
from catalog.engine import now
from catalog.operation_tables import TroubleKind
from catalog.operations.troubles import end_trouble, open_trouble
from catalog.tables import GranuleRow, GranuleState, TileRow
from catalog.usable import DECODED, hold_tiles, settle_precedence
from catalog.withdrawal import standing_withdrawal
from products.errors import GranuleRejected
from products.granule import Granule
from products.grid import Extent


def accept(session: Session, granule: Granule, extent: Extent, checksum: str) -> None:
    """Accept a decoded granule: settle what it supersedes and make its mosaics due.

    One that was withdrawn meanwhile is accepted too, but does not count.
    Raises GranuleRejected where the granule does not cover the ground of its tile.
    """
    _settle_tile(session, granule, extent)
    hold_tiles(session, [granule.tile])
    row = session.get_one(GranuleRow, granule.id)
    end_trouble(session, TroubleKind.GRANULE, granule.id)
    if row.state in DECODED and row.checksum == checksum:
        return
    row.state, row.checksum, row.ingested_at = GranuleState.READY, checksum, now()
    row.rule = row.reason = None
    session.add(row)
    session.flush()
    settle_precedence(session, granule.tile, granule.datatake)
    if standing_withdrawal(session, granule.id) is None:
        mark_affected(session, [granule])


def reject(session: Session, granule_id: str, rule: str, reason: str) -> None:
    """Record why a granule cannot be used."""
    row = session.get_one(GranuleRow, granule_id, with_for_update=True)
    row.state, row.rule, row.reason = GranuleState.REJECTED, rule, reason
    session.add(row)
    record_rejection(session, granule_id, rule, reason)
    open_trouble(session, TroubleKind.GRANULE, granule_id, reason, row.tile, rule)


def extent_of(session: Session, tile: str) -> Extent | None:
    """Return the ground of a tile, None while no granule of it was accepted."""
    row = session.get(TileRow, tile)
    return Extent(row.epsg, row.west, row.north, row.width, row.height) if row else None


def _settle_tile(session: Session, granule: Granule, extent: Extent) -> None:
    known = extent_of(session, granule.tile)
    if known is None:
        session.add(TileRow(name=granule.tile, **extent.__dict__))
        session.flush()
    elif known != extent:
        raise GranuleRejected(
            "tile-size",
            f"{granule.id} covers {extent.width} x {extent.height} m from {extent.west}, "
            f"{extent.north}, but tile {granule.tile} is {known.width} x {known.height} m from "
            f"{known.west}, {known.north} in this catalog; deliver the whole tile, or process it "
            "under another --home.",
        )
