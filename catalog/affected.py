"""Which mosaics a granule touches, and which mosaics are in demand."""

from collections.abc import Iterable
from datetime import UTC

from sqlmodel import Session, col, or_, select

from catalog.engine import now
from catalog.tables import DemandRow, GranuleRow, GranuleState, MosaicRow, MosaicState
from products.granule import Granule
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind

ANY_TILE = "*"


def mark_affected(session: Session, granule: Granule) -> None:
    """Make due every mosaic on whose dates and tile the granule lies.

    That is, those in standing demand, and those that somebody asked for once.
    """
    for kind, resolution in _wanted_on(session, granule):
        period = Period.containing(PeriodKind(kind), granule.datatake_start)
        _make_due(session, MosaicKey(granule.tile, period, resolution))


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
    query = select(GranuleRow.tile, GranuleRow.datatake_start).where(
        GranuleRow.state == GranuleState.READY
    )
    if tile != ANY_TILE:
        query = query.where(GranuleRow.tile == tile)
    keys = {
        MosaicKey(name, Period.containing(kind, start), resolution)
        for name, start in session.exec(query).all()
        if name and start
    }
    for key in sorted(keys):
        if find_mosaic(session, key) is None:
            _make_due(session, key)


def request_mosaic(session: Session, key: MosaicKey) -> MosaicRow | None:
    """Make a mosaic due for which there is no standing demand; None where it has no granules."""
    begin, end = key.period.moments
    granules = session.exec(
        select(GranuleRow.id).where(
            GranuleRow.tile == key.tile,
            GranuleRow.state == GranuleState.READY,
            col(GranuleRow.datatake_start) >= begin,
            col(GranuleRow.datatake_start) < end,
        )
    )
    if granules.first() is None:
        return None
    _make_due(session, key)
    return find_mosaic(session, key)


def find_mosaic(session: Session, key: MosaicKey) -> MosaicRow | None:
    """Return the row of a mosaic, None where it is not in the catalog."""
    return session.exec(
        select(MosaicRow).where(
            MosaicRow.tile == key.tile,
            MosaicRow.kind == key.period.kind,
            MosaicRow.start == key.period.start,
            MosaicRow.resolution == key.resolution,
        )
    ).one_or_none()


def _make_due(session: Session, key: MosaicKey) -> None:
    row = find_mosaic(session, key)
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
