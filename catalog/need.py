"""Which decoded granules are needed: what the retention of the working store asks the catalog."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlmodel import Session, col, select

from catalog.tables import UNFINISHED, GranuleRow, GranuleState, MosaicRow, MosaicState
from catalog.usable import withdrawn
from products.granule import Granule


@dataclass(frozen=True)
class Kept:
    """A granule that the working store may hold."""

    granule: Granule
    needed: bool
    """It counts in a mosaic that is to be composed, or whose period is still open."""
    in_use: bool
    """A worker is ingesting it or composes a mosaic of its date."""


def kept_observations(session: Session, today: date) -> list[Kept]:
    """Return all granules that are described, with what they are needed for on a day."""
    mosaics = session.exec(
        select(MosaicRow).where(
            col(MosaicRow.state).in_(UNFINISHED) | (col(MosaicRow.end) >= today)
        )
    ).all()
    rows = session.exec(
        select(GranuleRow, withdrawn())
        .where(col(GranuleRow.record).is_not(None), col(GranuleRow.datatake_start).is_not(None))
        .order_by(col(GranuleRow.id))
    ).all()
    return [_kept(row, mosaics, out_of_use=out_of_use) for row, out_of_use in rows]


def _kept(row: GranuleRow, mosaics: Sequence[MosaicRow], *, out_of_use: bool) -> Kept:
    granule = Granule.from_json(row.record or "")
    day = _day(granule.datatake_start)
    asking = [m for m in mosaics if m.tile == row.tile and m.start <= day <= m.end]
    return Kept(
        granule,
        needed=row.state == GranuleState.READY and not out_of_use and bool(asking),
        in_use=(row.state == GranuleState.TRACKED and not out_of_use)
        or any(mosaic.state == MosaicState.COMPOSING for mosaic in asking),
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
