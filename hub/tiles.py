"""The tiles: their list, the calendar of one, and a day of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from catalog.operations.calendar import CalendarMosaic, Day, calendar, is_known, tile_day
from catalog.operations.tiles import tiles
from hub.mosaics import mosaic_path
from hub.pages import page
from hub.state import Moment, Reading
from products.period import Period, PeriodKind

router = APIRouter(include_in_schema=False)
PAGE = 50
"""Tiles on a page of their list."""
_FURTHEST = 10_000_000
Offset = Annotated[int, Query(ge=0, le=_FURTHEST)]
TileName = Annotated[str, Path(max_length=20)]


@dataclass(frozen=True)
class Month:
    """A month of the calendar as it is drawn: weeks from Monday to Sunday."""

    first: date
    weeks: tuple[tuple[date | None, ...], ...]
    """None stands for days of the months around."""


@dataclass(frozen=True)
class KindTable:
    """The mosaics of one period kind in a year, a row per period."""

    label: str
    resolutions: tuple[int, ...]
    rows: tuple[tuple[CalendarMosaic | None, ...], ...]
    """In the order of the resolutions; None where there is no such mosaic."""


@router.get("/tiles")
def list_tiles(
    request: Request,
    session: Reading,
    moment: Moment,
    name: Annotated[str, Query(max_length=20)] = "",
    offset: Offset = 0,
) -> Response:
    """List the tiles with what readers have of each."""
    wanted = name.strip()
    found = tiles(session, moment, PAGE, offset, wanted)
    return page(request, "tiles.html", found=found, name=wanted, offset=offset, limit=PAGE)


@router.get("/tiles/{tile}")
def show_tile(
    request: Request,
    session: Reading,
    moment: Moment,
    tile: TileName,
    year: Annotated[int | None, Query(ge=MINYEAR, le=MAXYEAR)] = None,
) -> Response:
    """Show a year of a tile, day by day, and its mosaics."""
    require_tile(session, tile)
    found = calendar(session, tile, moment, year)
    return page(
        request,
        "tile.html",
        calendar=found,
        by_day={one.day: one for one in found.days},
        months=_months(found.days),
        outstanding=[one for one in found.days if day_word(one) != "used"],
        kinds=tuple(_kinds(found.mosaics)),
        word=day_word,
        told=tell_day,
        mosaic_path=mosaic_path,
        label=label,
    )


@router.get("/tiles/{tile}/days/{day}")
def show_day(
    request: Request, session: Reading, moment: Moment, tile: TileName, day: date
) -> Response:
    """Show what came of a tile on a day, and what did not."""
    require_tile(session, tile)
    found = tile_day(session, tile, day, moment)
    return page(
        request,
        "tile_day.html",
        tile=tile,
        day=day,
        found=found,
        before=day - timedelta(days=1) if day > date.min else None,
        after=day + timedelta(days=1) if day < date.max else None,
        told=tell_day(found.day),
        mosaic_path=mosaic_path,
        label=label,
    )


def require_tile(session: Session, tile: str) -> None:
    """Answer that there is no such tile, unless the catalog has heard of it."""
    if not is_known(session, tile):
        raise HTTPException(
            404, f"The catalog knows no tile {tile[:20]!r}; the list of tiles has those it knows."
        )


def label(kind: str) -> str:
    """Return how a period kind is called: ``10-daily`` for ``TENDAYS``."""
    return PeriodKind(kind).label


def day_word(day: Day) -> str:
    """Return the one word for a day: what of it an operator would look at first."""
    if day.rejected:
        return "rejected"
    if day.missing:
        return "missing"
    if day.waiting:
        return "waiting"
    return "withdrawn" if day.withdrawn else "used"


def tell_day(day: Day) -> str:
    """Return a day in words: ``2 expected, 1 received: 1 used; 1 missing``."""
    parts = ("used", "waiting", "rejected", "withdrawn")
    came = [f"{getattr(day, part)} {part}" for part in parts if getattr(day, part)]
    said = f"{day.expected} expected, {day.received} received"
    if came:
        said += f": {', '.join(came)}"
    return f"{said}; {day.missing} missing" if day.missing else said


def _months(days: Iterable[Day]) -> tuple[Month, ...]:
    """Return the months in which anything was expected."""
    return tuple(_month(first) for first in sorted({one.day.replace(day=1) for one in days}))


def _month(first: date) -> Month:
    last = Period(PeriodKind.MONTH, first).end
    days: list[date | None] = [None] * first.weekday()
    days += [first.replace(day=number) for number in range(1, last.day + 1)]
    days += [None] * (-len(days) % 7)
    return Month(first, tuple(tuple(days[at : at + 7]) for at in range(0, len(days), 7)))


def _kinds(mosaics: Sequence[CalendarMosaic]) -> Iterable[KindTable]:
    for kind in reversed(PeriodKind):
        own = [one for one in mosaics if one.kind == kind]
        if not own:
            continue
        resolutions = sorted({one.resolution for one in own})
        cells = {(one.start, one.resolution): one for one in own}
        yield KindTable(
            kind.label,
            tuple(resolutions),
            tuple(
                tuple(cells.get((start, resolution)) for resolution in resolutions)
                for start in sorted({one.start for one in own})
            ),
        )
