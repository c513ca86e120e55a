"""The list of tiles and the map: how fresh each is, and what holds it up."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from catalog.affected import add_demand
from catalog.engine import Catalog
from catalog.operations.map import map_tiles
from catalog.operations.tiles import Freshness, TileFacts, all_tiles, freshness, tiles
from catalog.register import register
from products.granule import Granule
from products.grid import Extent
from products.outline import outline
from products.period import PeriodKind
from tests.catalog.decided import FAILED, step
from tests.catalog.operations.statements import statements
from tests.catalog.test_catalog import bring, demand, granule, publish_all

NOW = datetime(2018, 6, 20, tzinfo=UTC)


def every(catalog: Catalog) -> dict[str, TileFacts]:
    with catalog.view() as session:
        return {one.name: one for one in all_tiles(session, NOW)}


def names(catalog: Catalog, limit: int, offset: int = 0, name: str = "") -> tuple[int, list[str]]:
    with catalog.view() as session:
        page = tiles(session, NOW, limit, offset, name)
    return page.total, [one.name for one in page.entries]


def track(catalog: Catalog, *granules: Granule) -> None:
    with catalog.transaction() as session:
        register(session, "archive", granules, [], None)


def test_an_empty_catalog_has_no_tiles(catalog: Catalog) -> None:
    assert every(catalog) == {}
    assert names(catalog, 10) == (0, [])


def test_a_tile_says_what_readers_have_and_what_waits(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, first := granule("2018-06-05"))
    publish_all(catalog)
    bring(catalog, second := granule("2018-06-10"))
    track(catalog, granule("2018-06-15"))
    found = every(catalog)["31UDS"]
    assert found.shown_at == first.datatake_start
    assert found.received_at == second.datatake_start + timedelta(days=5)
    assert (found.freshness, found.waiting) == (Freshness.DAYS_30, 1)
    assert (found.mosaics, found.state) == ({"due": 1}, "due")
    publish_all(catalog)
    found = every(catalog)["31UDS"]
    assert (found.shown_at, found.freshness) == (second.datatake_start, Freshness.DAYS_10)
    assert found.state == "published"


def test_a_tile_is_listed_before_anything_of_it_is_ingested(catalog: Catalog) -> None:
    track(catalog, granule("2018-06-05"))
    with catalog.transaction() as session:
        add_demand(session, ["33TWN"], [PeriodKind.MONTH], [10])
        add_demand(session, [], [PeriodKind.MONTH], [20])
    assert {name: one.state for name, one in every(catalog).items()} == {
        "31UDS": "tracked",
        "33TWN": "empty",
    }
    assert every(catalog)["33TWN"].freshness is Freshness.NOTHING


def test_the_gravest_state_of_its_mosaics_is_that_of_the_tile(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, granule("2018-06-05"), FAILED)
    assert (every(catalog)["31UDS"].state, every(catalog)["31UDS"].shown_at) == ("stopped", None)


def test_tiles_come_by_name_page_by_page(catalog: Catalog) -> None:
    wanted = ["30UXC", "31UDS", "31UES", "31UFS", "32ULB"]
    track(catalog, *(granule("2018-06-05", id=tile, tile=tile) for tile in wanted))
    assert names(catalog, 2) == (5, wanted[:2])
    assert names(catalog, 2, 4) == (5, wanted[4:])
    assert names(catalog, 2, 9) == (5, [])
    assert names(catalog, 10, name="31u") == (3, wanted[1:4])
    assert names(catalog, 10, name="ES") == (1, ["31UES"])
    assert names(catalog, 10, name="%") == (0, [])
    assert names(catalog, 10, name="' OR 1=1 --") == (0, [])


def test_a_page_and_the_map_cost_the_same_statements_however_many_tiles(catalog: Catalog) -> None:
    costs = []
    for tile in ("31UDS", "31UES"):
        track(catalog, granule("2018-06-05", id=tile, tile=tile))
        with catalog.view() as session, statements(catalog) as sent:
            tiles(session, NOW, 50)
            map_tiles(session, NOW)
        costs.append(len(sent))
    assert costs == [6, 6]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, Freshness.DAYS_3),
        (3, Freshness.DAYS_3),
        (3.01, Freshness.DAYS_10),
        (10, Freshness.DAYS_10),
        (30, Freshness.DAYS_30),
        (31, Freshness.OLDER),
        (None, Freshness.NOTHING),
    ],
)
def test_freshness_goes_by_the_age_of_the_newest_published(
    days: float | None, expected: Freshness
) -> None:
    shown = None if days is None else NOW - timedelta(days=days)
    assert freshness(shown, NOW) is expected


def test_the_map_draws_whole_tiles_of_the_grid(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    with catalog.view() as session:
        (found,) = map_tiles(session, NOW)
    assert found.outline is not None
    west, north = found.outline[0]
    assert (round(west, 2), round(north, 2)) == (1.56, 51.44)
    assert asdict(found)["tile"]["name"] == "31UDS"


def test_a_name_that_is_not_in_the_grid_is_drawn_where_its_granules_are(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05", id="off", tile="31UAS"))
    track(catalog, granule("2018-06-05", id="nowhere", tile="31UZS"))
    with catalog.view() as session:
        found = {one.tile.name: one.outline for one in map_tiles(session, NOW)}
    assert found["31UAS"] == outline(Extent(32631, 499980, 5700000, 600, 600))
    assert found["31UZS"] is None
