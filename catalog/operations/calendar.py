"""The completeness calendar: what was expected of a tile, day by day, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from catalog.operations.expected import Pass, missing_passes, parse_pass, passes_seen
from catalog.operations.granules import GranuleFacts, granules_of, with_checks
from catalog.operations.words import mosaic_word
from catalog.tables import DemandRow, GranuleRow, MosaicRow, RevisionRow, TileRow
from products.service import Fate

_BEST = (Fate.USED, Fate.WAITING, Fate.SUPERSEDED, Fate.WITHDRAWN, Fate.REJECTED)
"""An acquisition that came several times stands as its best delivery."""


@dataclass(frozen=True)
class Day:
    """A day on which acquisitions of a tile were expected; all numbers count acquisitions."""

    day: date
    received: int
    """Of these, something was delivered."""
    used: int
    """Of the received, those that a published mosaic shows."""
    waiting: int
    """Of the received, those that are tracked or ingested, but not in a published mosaic."""
    rejected: int
    """Of the received, those that cannot be used."""
    withdrawn: int
    """Of the received, those that a person took out of use."""
    missing: int
    """Expected by the repeat pattern of their orbit, and not delivered."""

    @property
    def expected(self) -> int:
        """All acquisitions of the day."""
        return self.received + self.missing


@dataclass(frozen=True)
class CalendarMosaic:
    """A mosaic of a tile that has a day in the year."""

    kind: str
    """``DAY``, ``TENDAYS``, ..."""
    start: date
    end: date
    resolution: int
    """Metres."""
    state: str
    """A word such as ``published`` or ``stopped``."""
    reason: str | None
    revision: int | None
    """Ordinal of the revision that readers get, None where they get none."""
    published_at: datetime | None


@dataclass(frozen=True)
class Calendar:
    """A year of a tile."""

    tile: str
    year: int
    years: tuple[int, ...]
    """Those in which anything of the tile was sensed."""
    first: date | None
    """Of the first acquisition that came, over all years; before it nothing is expected."""
    last: date | None
    days: tuple[Day, ...]
    """Days with an expected acquisition, in order."""
    mosaics: tuple[CalendarMosaic, ...]
    """By kind, start and resolution."""

    @property
    def total(self) -> Day:
        """The sums of the year, under its first day."""
        names = ("received", "used", "waiting", "rejected", "withdrawn", "missing")
        sums = {name: sum(getattr(one, name) for one in self.days) for name in names}
        return Day(date(self.year, 1, 1), **sums)


@dataclass(frozen=True)
class TileDay:
    """A day of a tile, with all that came, all that did not, and the mosaics that it is in."""

    day: Day
    granules: tuple[GranuleFacts, ...]
    missing: tuple[Pass, ...]
    mosaics: tuple[CalendarMosaic, ...]


def is_known(session: Session, tile: str) -> bool:
    """Tell whether the catalog has heard of a tile: by a granule, or by a demand."""
    there = sa.or_(
        sa.exists().where(col(GranuleRow.tile) == tile),
        sa.exists().where(col(TileRow.name) == tile),
        sa.exists().where(col(DemandRow.tile) == tile),
    )
    return bool(session.execute(sa.select(there)).scalar_one())


def calendar(session: Session, tile: str, moment: datetime, year: int | None = None) -> Calendar:
    """Return a year of a tile, without one the last in which anything was sensed."""
    seen = passes_seen(session, tile)
    days = sorted(one.day for one in seen)
    shown = year or (days[-1] if days else moment.date()).year
    first, last = date(shown, 1, 1), date(shown, 12, 31)
    return Calendar(
        tile=tile,
        year=shown,
        years=tuple(sorted({day.year for day in days} | {shown})),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        days=_days(*_facts(session, tile, seen, moment, first, last)),
        mosaics=_mosaics(session, tile, first, last),
    )


def tile_day(session: Session, tile: str, day: date, moment: datetime) -> TileDay:
    """Return a day of a tile."""
    seen = passes_seen(session, tile)
    granules, missing = _facts(session, tile, seen, moment, day, day)
    counted = next(iter(_days(granules, missing)), Day(day, 0, 0, 0, 0, 0, 0))
    return TileDay(
        counted, with_checks(session, granules), missing, _mosaics(session, tile, day, day)
    )


def _facts(
    session: Session,
    tile: str,
    seen: Iterable[Pass],
    moment: datetime,
    first: date,
    last: date,
) -> tuple[tuple[GranuleFacts, ...], tuple[Pass, ...]]:
    """Return what came of the days from first to last, and what was expected and did not come."""
    begin = datetime.combine(first, time(), UTC)
    granules = granules_of(session, tile, begin, _after(last))
    missing = [one for one in missing_passes(seen, moment) if first <= one.day <= last]
    return granules, _without(missing, granules)


def _after(last: date) -> datetime:
    if last == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(last + timedelta(days=1), time(), UTC)


def _without(missing: Sequence[Pass], granules: Iterable[GranuleFacts]) -> tuple[Pass, ...]:
    """Return the passes of which not even an unreadable delivery came, as far as names tell."""
    came = {(one.satellite, one.day, one.orbit) for one in granules}
    return tuple(
        one
        for one in missing
        if not came & {(one.satellite, one.day, orbit) for orbit in (one.orbit, None)}
    )


def _days(granules: Iterable[GranuleFacts], missing: Iterable[Pass]) -> tuple[Day, ...]:
    fates: dict[date, dict[str, list[Fate]]] = defaultdict(lambda: defaultdict(list))
    for one in granules:
        if one.day:
            fates[one.day][_acquisition(one)].append(one.fate)
    absent: dict[date, int] = defaultdict(int)
    for gone in missing:
        absent[gone.day] += 1
    return tuple(
        _day(day, list(fates[day].values()), absent[day])
        for day in sorted(set(fates) | set(absent))
    )


def _acquisition(granule: GranuleFacts) -> str:
    seen = parse_pass(granule.datatake)
    return f"{seen.satellite} {seen.orbit} {seen.moment}" if seen else granule.id


def _day(day: date, acquisitions: Sequence[Sequence[Fate]], missing: int) -> Day:
    best = [min(fates, key=_BEST.index) for fates in acquisitions]
    return Day(
        day,
        received=len(best),
        used=best.count(Fate.USED),
        waiting=best.count(Fate.WAITING) + best.count(Fate.SUPERSEDED),
        rejected=best.count(Fate.REJECTED),
        withdrawn=best.count(Fate.WITHDRAWN),
        missing=missing,
    )


def _mosaics(session: Session, tile: str, first: date, last: date) -> tuple[CalendarMosaic, ...]:
    shown = sa.and_(
        col(RevisionRow.mosaic_id) == MosaicRow.id, col(RevisionRow.current).is_(other=True)
    )
    rows = session.exec(
        select(MosaicRow, RevisionRow.ordinal, RevisionRow.published_at)
        .join(RevisionRow, shown, isouter=True)
        .where(MosaicRow.tile == tile, MosaicRow.start <= last, MosaicRow.end >= first)
        .order_by(col(MosaicRow.start), col(MosaicRow.end), col(MosaicRow.resolution))
    )
    return tuple(
        CalendarMosaic(
            row.kind,
            row.start,
            row.end,
            row.resolution,
            mosaic_word(row.state),
            row.reason,
            revision,
            published,
        )
        for row, revision, published in rows
    )
