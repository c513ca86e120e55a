"""The end of an ingest: a granule is accepted or rejected, and mosaics become due."""

from sqlmodel import Session, col, select

from catalog.affected import mark_affected
from catalog.engine import now
from catalog.tables import GranuleRow, GranuleState, TileRow
from products.errors import GranuleRejected
from products.granule import Granule
from products.grid import Extent
from products.precedence import usable

_DECODED = (GranuleState.READY, GranuleState.SUPERSEDED)


def accept(session: Session, granule: Granule, extent: Extent, checksum: str) -> None:
    """Accept a decoded granule: settle what it supersedes and make its mosaics due.

    Raises GranuleRejected where the granule does not cover the ground of its tile.
    """
    _settle_tile(session, granule, extent)
    row = session.get_one(GranuleRow, granule.id)
    if row.state in _DECODED and row.checksum == checksum:
        return
    row.state, row.checksum, row.ingested_at = GranuleState.READY, checksum, now()
    row.rule = row.reason = None
    session.add(row)
    session.flush()
    _settle_precedence(session, granule)
    mark_affected(session, granule)


def reject(session: Session, granule_id: str, rule: str, reason: str) -> None:
    """Record why a granule cannot be used."""
    row = session.get_one(GranuleRow, granule_id)
    row.state, row.rule, row.reason = GranuleState.REJECTED, rule, reason
    session.add(row)


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


def _settle_precedence(session: Session, granule: Granule) -> None:
    rows = session.exec(
        select(GranuleRow).where(
            GranuleRow.tile == granule.tile,
            GranuleRow.datatake == granule.datatake,
            col(GranuleRow.state).in_(_DECODED),
        )
    ).all()
    winners = {winner.id for winner in usable(Granule.from_json(row.record or "") for row in rows)}
    for row in rows:
        row.state = GranuleState.READY if row.id in winners else GranuleState.SUPERSEDED
        session.add(row)
    session.flush()
