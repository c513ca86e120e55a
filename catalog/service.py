"""A month of service, asked of the catalog in a number of queries that depends on nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, case, col, func, or_, select

from catalog.affected import ANY_TILE
from catalog.service_quality import decisions, failures, outcomes, stops, verdicts
from catalog.tables import (
    DemandRow,
    GranuleRow,
    GranuleState,
    MosaicRow,
    MosaicState,
    RevisionInputRow,
    RevisionRow,
    RevisionState,
    TileRow,
    WithdrawalRow,
)
from products.errors import BadInput
from products.period import Period, PeriodKind
from products.service import (
    ARCHIVE_AFTER,
    Availability,
    Delay,
    Fate,
    GranuleFate,
    ServiceMonth,
    Timeliness,
)

Demand = Mapping[tuple[PeriodKind, int], frozenset[str]]
"""Tiles by the kinds of mosaics that are in demand of them."""


def service_month(session: Session, month: Period, tiles: Sequence[str] = ()) -> ServiceMonth:
    """Return what became of the days of a month, in all tiles in demand or in some of them.

    Mosaics count whose period has a day in the month. Raises BadInput where none is in demand.
    """
    demand = _demand(session, tiles)
    if not demand:
        asked = f" of {', '.join(tiles)}" if tiles else ""
        raise BadInput(f"No mosaic{asked} is in demand; `s2gm run` with --period asks for some.")
    seen = _seen(month, tiles)
    mosaics = _mosaics(session, seen)
    first, used = _publications(session, month, seen)
    granules = _granules(session, month, tiles)
    served = [row for row, _ in granules if not _archived(row.datatake_start, row.tracked_at)]
    return ServiceMonth(
        month=month,
        tiles=tuple(sorted(frozenset[str]().union(*demand.values()))),
        availability=tuple(_availability(month, demand, mosaics)),
        delivery=_delay((row.tracked_at, row.datatake_start) for row in served),
        ingestion=_delay((row.ingested_at, row.tracked_at) for row in served),
        timeliness=tuple(first),
        granules=tuple(_fate(row, why, used) for row, why in granules),
        verdicts=tuple(verdicts(session, seen)),
        outcomes=tuple(outcomes(session, seen)),
        stops=tuple(stops(session, seen)),
        failures=tuple(failures([row for row, _ in mosaics])),
        decisions=tuple(decisions(session, seen)),
        archived=len(granules) - len(served),
    )


def _demand(session: Session, tiles: Sequence[str]) -> Demand:
    known = set(session.exec(select(TileRow.name)))
    wanted: dict[tuple[PeriodKind, int], set[str]] = defaultdict(set)
    for row in session.exec(select(DemandRow)):
        named = known if row.tile == ANY_TILE else {row.tile}
        wanted[PeriodKind(row.kind), row.resolution] |= named & set(tiles) if tiles else named
    return {kind: frozenset(names) for kind, names in wanted.items() if names}


def _seen(month: Period, tiles: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a mosaic is in demand, has a day in the month, and is asked for."""
    wanted = sa.exists().where(
        or_(col(DemandRow.tile) == col(MosaicRow.tile), col(DemandRow.tile) == ANY_TILE),
        col(DemandRow.kind) == col(MosaicRow.kind),
        col(DemandRow.resolution) == col(MosaicRow.resolution),
    )
    in_month = sa.and_(col(MosaicRow.start) <= month.end, col(MosaicRow.end) >= month.start)
    return sa.and_(in_month, wanted, _asked(col(MosaicRow.tile), tiles))


def _asked(tile: Any, tiles: Sequence[str]) -> sa.ColumnElement[bool]:
    return tile.in_(tiles) if tiles else sa.true()


Shown = tuple[MosaicRow, RevisionRow | None]
"""A mosaic with the revision that readers get."""


def _mosaics(session: Session, seen: sa.ColumnElement[bool]) -> list[Shown]:
    shown = sa.and_(
        col(RevisionRow.mosaic_id) == MosaicRow.id, col(RevisionRow.current).is_(other=True)
    )
    rows = session.exec(
        select(MosaicRow, RevisionRow)
        .join(RevisionRow, shown, isouter=True)
        .where(seen)
        .order_by(
            col(MosaicRow.tile), col(MosaicRow.start), col(MosaicRow.end), col(MosaicRow.resolution)
        )
    )
    return list(rows)


def _availability(month: Period, demand: Demand, mosaics: Sequence[Shown]) -> list[Availability]:
    of_kind: dict[tuple[PeriodKind, int], list[Shown]] = defaultdict(list)
    for row, shown in mosaics:
        of_kind[PeriodKind(row.kind), row.resolution].append((row, shown))
    found = []
    for (kind, resolution), tiles in sorted(demand.items(), key=lambda each: _place(*each[0])):
        own = [(m, r) for m, r in of_kind[kind, resolution] if m.state != MosaicState.EMPTY]
        states = [mosaic.state for mosaic, _ in own]
        found.append(
            Availability(
                kind,
                resolution,
                demanded=len(tiles) * _periods(kind, month),
                observed=len(own),
                available=sum(shown is not None for _, shown in own),
                current=sum(m.state == MosaicState.PUBLISHED and r is not None for m, r in own),
                waiting=states.count(MosaicState.QUARANTINED),
                rejected=states.count(MosaicState.REJECTED),
                failed=states.count(MosaicState.FAILED),
            )
        )
    return found


def _place(kind: PeriodKind, resolution: int) -> tuple[int, int]:
    return list(PeriodKind).index(kind), resolution


def _periods(kind: PeriodKind, month: Period) -> int:
    """Count the periods of a kind that have a day in a month."""
    days = (month.end - month.start).days + 1
    moments = (month.moments[0] + timedelta(days=day) for day in range(days))
    return len({Period.containing(kind, moment) for moment in moments})


def _publications(
    session: Session, month: Period, seen: sa.ColumnElement[bool]
) -> tuple[list[Timeliness], frozenset[str]]:
    """Return the delays by kind of mosaic, and the granules that published mosaics show now."""
    begin, end = month.moments
    rows = session.execute(
        sa.select(
            col(MosaicRow.kind),
            col(MosaicRow.resolution),
            col(GranuleRow.id),
            col(GranuleRow.datatake_start),
            col(GranuleRow.tracked_at),
            func.min(col(RevisionRow.published_at)),
            func.max(case((col(RevisionRow.current).is_(other=True), 1), else_=0)),
        )
        .join(RevisionRow, col(RevisionRow.mosaic_id) == col(MosaicRow.id))
        .join(RevisionInputRow, col(RevisionInputRow.revision_id) == col(RevisionRow.id))
        .join(GranuleRow, col(GranuleRow.id) == col(RevisionInputRow.granule_id))
        .where(
            seen,
            col(GranuleRow.datatake_start) >= begin,
            col(GranuleRow.datatake_start) < end,
            col(RevisionRow.state) == RevisionState.PUBLISHED,
        )
        .group_by(col(MosaicRow.id), col(GranuleRow.id))  # all other columns depend on these
    ).all()
    ways: dict[tuple[PeriodKind, int], list[Any]] = defaultdict(list)
    for kind, resolution, _, sensed, tracked, published, _ in rows:
        ways[PeriodKind(kind), resolution].append((sensed, tracked, published))
    return [
        _timeliness(way, moments)
        for way, moments in sorted(ways.items(), key=lambda each: _place(*each[0]))
    ], frozenset(row[2] for row in rows if row[6])


def _timeliness(way: tuple[PeriodKind, int], moments: Sequence[Any]) -> Timeliness:
    """Return the delays of one kind; each granule is when sensed, tracked and published."""
    served = [each for each in moments if not _archived(each[0], each[1])]
    return Timeliness(
        *way,
        from_sensing=_delay((published, sensed) for sensed, _, published in served),
        from_tracking=_delay((published, tracked) for _, tracked, published in served),
        archived=len(moments) - len(served),
    )


def _archived(sensed: datetime | None, tracked: datetime) -> bool:
    """Tell whether a granule came from an archive."""
    return sensed is not None and tracked - sensed > ARCHIVE_AFTER


def _delay(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> Delay | None:
    """Return what most cases stay within, by nearest rank; each is an end and a beginning."""
    seconds = sorted((end - begin).total_seconds() for end, begin in pairs if end and begin)
    if not seconds:
        return None
    half, most = (seconds[ceil(share * len(seconds)) - 1] for share in (0.5, 0.95))
    return Delay(len(seconds), half, most)


def _granules(
    session: Session, month: Period, tiles: Sequence[str]
) -> list[tuple[GranuleRow, str | None]]:
    """Return the granules of the month, each with the reason why it is withdrawn.

    Where all tiles are asked for, also those that came in it without telling their tile or date.
    """
    begin, end = month.moments
    standing = sa.and_(
        col(WithdrawalRow.granule_id) == GranuleRow.id, col(WithdrawalRow.undone_at).is_(None)
    )
    wanted = sa.exists().where(
        or_(col(DemandRow.tile) == col(GranuleRow.tile), col(DemandRow.tile) == ANY_TILE)
    )
    sensed = sa.and_(
        wanted,
        _asked(col(GranuleRow.tile), tiles),
        col(GranuleRow.datatake_start) >= begin,
        col(GranuleRow.datatake_start) < end,
    )
    nameless = sa.and_(
        or_(col(GranuleRow.tile).is_(None), col(GranuleRow.datatake_start).is_(None)),
        col(GranuleRow.tracked_at) >= begin,
        col(GranuleRow.tracked_at) < end,
    )
    rows = session.exec(
        select(GranuleRow, WithdrawalRow.reason)
        .join(WithdrawalRow, standing, isouter=True)
        .where(sensed if tiles else or_(sensed, nameless))
    )
    return sorted(
        rows, key=lambda pair: (pair[0].tile or "", pair[0].datatake_start or end, pair[0].id)
    )


def _fate(row: GranuleRow, withdrawn: str | None, used: frozenset[str]) -> GranuleFate:
    if withdrawn is not None:
        fate = Fate.WITHDRAWN
    elif row.state == GranuleState.REJECTED:
        fate = Fate.REJECTED
    elif row.state == GranuleState.SUPERSEDED:
        fate = Fate.SUPERSEDED
    else:
        fate = Fate.USED if row.id in used else Fate.WAITING
    return GranuleFate(
        id=row.id,
        tile=row.tile or "",
        day=row.datatake_start.astimezone(UTC).date() if row.datatake_start else None,
        fate=fate,
        rule=(row.rule or "") if fate is Fate.REJECTED else "",
        why=withdrawn or (row.reason or "" if fate is Fate.REJECTED else ""),
    )
