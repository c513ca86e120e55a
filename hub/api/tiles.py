"""The tiles: their list, the calendar of one, and a day of it."""

from datetime import MAXYEAR, MINYEAR
from typing import Annotated, Any

from fastapi import Path, Query

from catalog.operations.calendar import calendar, tile_day
from catalog.operations.tiles import tiles
from hub.api.common import PLAIN, USUAL_PAGE, IsoDate, Limit, Offset, TileName, area
from hub.api.errors import errors
from hub.api.shapes import DayOfTile, Granule, Granules, Tiles, TileYear, shaped
from hub.state import Moment, Reading
from hub.tiles import require_tile

router = area("tiles")
Day = Annotated[IsoDate, Path(description="A day, UTC.", examples=["2018-06-05"])]


@router.get("/tiles", response_model=Tiles, responses=errors(422))
def list_tiles(
    session: Reading,
    moment: Moment,
    name: Annotated[
        str,
        Query(
            max_length=20,
            pattern=PLAIN,
            description="Only tiles whose names contain this.",
            examples=["31U"],
        ),
    ] = "",
    limit: Limit = USUAL_PAGE,
    offset: Offset = 0,
) -> Any:
    """List the tiles, by name, with how fresh what readers have of each is."""
    return shaped(tiles(session, moment, limit, offset, name.strip()))


@router.get("/tiles/{tile}", response_model=TileYear, responses=errors(404, 422))
def read_calendar(
    session: Reading,
    moment: Moment,
    tile: TileName,
    year: Annotated[
        int | None,
        Query(
            ge=MINYEAR,
            le=MAXYEAR,
            description="Without it, the last in which anything was sensed.",
            examples=[2018],
        ),
    ] = None,
) -> Any:
    """Tell a year of a tile: its completeness, day by day, and its mosaics.

    What is expected follows from the repeat pattern of the relative orbits that were seen.
    """
    require_tile(session, tile)
    return shaped(calendar(session, tile, moment, year))


@router.get("/tiles/{tile}/days/{day}", response_model=DayOfTile, responses=errors(404, 422))
def read_day(session: Reading, moment: Moment, tile: TileName, day: Day) -> Any:
    """Tell a day of a tile: what came, what did not, and the mosaics that the day is in."""
    require_tile(session, tile)
    return shaped(tile_day(session, tile, day, moment))


@router.get(
    "/tiles/{tile}/days/{day}/granules", response_model=Granules, responses=errors(404, 422)
)
def list_granules(
    session: Reading,
    moment: Moment,
    tile: TileName,
    day: Day,
    limit: Limit = USUAL_PAGE,
    offset: Offset = 0,
) -> Any:
    """List the granules of a tile and a day, with what became of each, and why."""
    require_tile(session, tile)
    found = tile_day(session, tile, day, moment).granules
    page = tuple(Granule(**vars(one)) for one in found[offset : offset + limit])
    return Granules(len(found), page)
