"""Which mosaics a granule touches, and which mosaics are in demand."""

from collections.abc import Iterable
from datetime import UTC

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from catalog.engine import now
from catalog.tables import DemandRow, GranuleRow, MosaicRow, MosaicState
from catalog.usable import counting
from products.granule import Granule
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind

ANY_TILE = "*"


def mark_affected(session: Session, granules: Iterable[Granule]) -> int:
    """Make due every mosaic on whose dates and tile a granule lies; return how many.

    That is, those in standing demand, and those that somebody asked for once.
    """
    keys = {
        MosaicKey(
            granule.tile, Period.containing(PeriodKind(kind), granule.datatake_start), resolution
        )
        for granule in granules
        for kind, resolution in _wanted_on(session, granule)
    }
    for key in sorted(keys):  # everybody locks in this order, so nobody waits in a circle
        make_due(session, key)
    return len(keys)


def add_demand(
    session: Session,
    tiles: Iterable[str],
    kinds: Iterable[PeriodKind],
    resolutions: Iterable[int],
) -> None:
    """Keep these mosaics current from now on; granules that are here already make them due."""
    resolutions = tuple(resolutions)
    kinds = tuple(kinds)
    wanted = [(t, k, r) for t in (tuple(tiles) or (ANY_TILE,)) for k in kinds for r in resolutions]
    fresh = [key for key in wanted if session.get(DemandRow, key) is None]
    for tile, kind, resolution in fresh:
        session.add(DemandRow(tile=tile, kind=kind, resolution=resolution))
    session.flush()
    for tile, kind, resolution in fresh:
        _raise_missing(session, tile, kind, resolution)


def _raise_missing(session: Session, tile: str, kind: PeriodKind, resolution: int) -> None:
    query = select(GranuleRow.tile, GranuleRow.datatake_start).where(counting())
    if tile != ANY_TILE:
        query = query.where(GranuleRow.tile == tile)
    keys = {
        MosaicKey(name, Period.containing(kind, start), resolution)
        for name, start in session.exec(query).all()
        if name and start
    }
    for key in sorted(keys):
        if find_mosaic(session, key) is None:
            make_due(session, key)


def request_mosaic(session: Session, key: MosaicKey) -> MosaicRow | None:
    """Make a mosaic due for which there is no standing demand; None where it has no granules."""
    begin, end = key.period.moments
    granules = session.exec(
        select(GranuleRow.id).where(
            GranuleRow.tile == key.tile,
            counting(),
            col(GranuleRow.datatake_start) >= begin,
            col(GranuleRow.datatake_start) < end,
        )
    )
    if granules.first() is None:
        return None
    make_due(session, key)
    return find_mosaic(session, key)


def find_mosaic(session: Session, key: MosaicKey) -> MosaicRow | None:
    """Return the row of a mosaic, None where it is not in the catalog."""
    return session.exec(_mosaic(key)).one_or_none()


def _mosaic(key: MosaicKey) -> SelectOfScalar[MosaicRow]:
    return select(MosaicRow).where(
        MosaicRow.tile == key.tile,
        MosaicRow.kind == key.period.kind,
        MosaicRow.start == key.period.start,
        MosaicRow.resolution == key.resolution,
    )


def make_due(session: Session, key: MosaicKey) -> None:
    """Raise what is wanted of a mosaic; a worker that has it, or just takes it, comes to know."""
    held = _mosaic(key).with_for_update().execution_options(populate_existing=True)
    row = session.exec(held).one_or_none()
    if row is None:
        row = MosaicRow(
            tile=key.tile,
            kind=key.period.kind,
            start=key.period.start,
            end=key.period.end,
            resolution=key.resolution,
            due_since=now(),
        )
    else:
        row.wanted += 1
        if row.state != MosaicState.COMPOSING:
            row.state, row.due_since, row.reason = MosaicState.DUE, now(), None
    session.add(row)
    session.flush()


def _wanted_on(session: Session, granule: Granule) -> list[tuple[str, int]]:
    """Return the period kinds and resolutions that are kept current on a granule's date."""
    demanded = session.exec(
        select(DemandRow.kind, DemandRow.resolution).where(
            or_(DemandRow.tile == granule.tile, DemandRow.tile == ANY_TILE)
        )
    ).all()
    day = granule.datatake_start.astimezone(UTC).date()
    made = session.exec(
        select(MosaicRow.kind, MosaicRow.resolution).where(
            MosaicRow.tile == granule.tile, MosaicRow.start <= day, MosaicRow.end >= day
        )
    ).all()
    return sorted({*demanded, *made})
