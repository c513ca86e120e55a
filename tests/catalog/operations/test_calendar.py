"""The completeness calendar: every day of a tile with what came of it."""

from dataclasses import replace
from datetime import UTC, date, datetime

from catalog.engine import Catalog
from catalog.ingested import reject
from catalog.operations.calendar import Calendar, Day, TileDay, calendar, is_known, tile_day
from catalog.register import register
from catalog.withdrawal import Word, withdraw
from products.granule import Granule, Unreadable
from products.service import Fate
from tests.catalog.operations.statements import statements
from tests.catalog.test_catalog import bring, demand, granule, publish_all

NOW = datetime(2018, 7, 1, tzinfo=UTC)


def year(catalog: Catalog, moment: datetime = NOW, which: int | None = None) -> Calendar:
    with catalog.view() as session:
        return calendar(session, "31UDS", moment, which)


def day(catalog: Catalog, text: str) -> TileDay:
    with catalog.view() as session:
        return tile_day(session, "31UDS", date.fromisoformat(text), NOW)


def track(catalog: Catalog, *granules: Granule) -> None:
    with catalog.transaction() as session:
        register(session, "archive", granules, [], None)


def unreadable(catalog: Catalog, name: str) -> None:
    with catalog.transaction() as session:
        problem = Unreadable(name, f"inbox/{name}", "metadata", "It has no metadata; send it anew.")
        register(session, "archive", [], [problem], None)


def shown(found: Calendar) -> dict[str, tuple[int, ...]]:
    """Return expected, received, used, waiting, rejected and missing of each day."""
    return {
        f"{one.day:%m-%d}": (
            one.expected,
            one.received,
            one.used,
            one.waiting,
            one.rejected,
            one.missing,
        )
        for one in found.days
    }


def test_each_day_says_what_became_of_its_acquisitions(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-01"))
    publish_all(catalog)
    bring(catalog, granule("2018-06-11"))
    track(catalog, granule("2018-06-21"), bad := granule("2018-06-26", relative_orbit=94))
    with catalog.transaction() as session:
        reject(session, bad.id, "size", "It is cut off; fetch it again.")
    assert shown(year(catalog)) == {
        "06-01": (1, 1, 1, 0, 0, 0),
        "06-11": (1, 1, 0, 1, 0, 0),
        "06-21": (1, 1, 0, 1, 0, 0),
        "06-26": (1, 1, 0, 0, 1, 0),
    }
    assert year(catalog).total == Day(date(2018, 1, 1), 4, 1, 2, 1, 0, 0)


def test_what_did_not_come_is_missing_until_it_comes(catalog: Catalog) -> None:
    bring(catalog, granule("2018-05-22"), granule("2018-06-01"), granule("2018-06-21"))
    assert shown(year(catalog))["06-11"] == (1, 0, 0, 0, 0, 1)
    found = day(catalog, "2018-06-11")
    assert [(one.satellite, one.orbit) for one in found.missing] == [("S2A", 51)]
    assert found.granules == ()
    assert shown(year(catalog, datetime(2018, 6, 10, tzinfo=UTC))).keys() == {
        "05-22", "06-01", "06-21",
    }  # fmt: skip
    track(catalog, granule("2018-06-11"))
    assert shown(year(catalog))["06-11"] == (1, 1, 0, 1, 0, 0)


def test_a_delivery_that_cannot_be_read_counts_by_its_name(catalog: Catalog) -> None:
    bring(catalog, granule("2018-05-22"), granule("2018-06-01"), granule("2018-06-21"))
    name = "S2A_MSIL2A_20180611T105031_N0207_R051_T31UDS_20180611T142611"
    unreadable(catalog, name.replace("31UDS", "31UES"))
    unreadable(catalog, "31UDS of some day")
    assert shown(year(catalog))["06-11"] == (1, 0, 0, 0, 0, 1)
    unreadable(catalog, name)
    assert shown(year(catalog))["06-11"] == (1, 1, 0, 0, 1, 0)
    (found,) = day(catalog, "2018-06-11").granules
    assert (found.orbit, found.fate, found.why) == (
        51, Fate.REJECTED, "It has no metadata; send it anew.",
    )  # fmt: skip


def test_a_name_without_an_orbit_counts_for_the_satellite_of_the_day(catalog: Catalog) -> None:
    bring(catalog, granule("2018-05-22"), granule("2018-06-01"), granule("2018-06-21"))
    unreadable(catalog, "S2B_31UDS_20180611_0_L2A")
    assert shown(year(catalog))["06-11"] == (2, 1, 0, 0, 1, 1)
    unreadable(catalog, "S2A_31UDS_20180611_0_L2A")
    assert shown(year(catalog))["06-11"] == (2, 2, 0, 0, 2, 0)


def test_deliveries_of_one_acquisition_count_once_as_the_best_of_them(catalog: Catalog) -> None:
    demand(catalog)
    first, again = granule("2018-06-05"), granule("2018-06-05", "05.00")
    bring(catalog, first, again)
    publish_all(catalog)
    assert shown(year(catalog)) == {"06-05": (1, 1, 1, 0, 0, 0)}
    by_id = {one.id: one for one in day(catalog, "2018-06-05").granules}
    assert by_id[again.id].fate is Fate.USED
    assert by_id[first.id].fate is Fate.SUPERSEDED
    assert by_id[first.id].why == f"{again.id}, of the same acquisition, counts instead."


def test_a_withdrawn_granule_says_by_whom_and_why(catalog: Catalog) -> None:
    bring(catalog, one := granule("2018-06-05"))
    with catalog.transaction() as session:
        withdraw(session, [one.id], Word("ann", "It is striped."))
    found = day(catalog, "2018-06-05")
    assert (found.day.withdrawn, found.granules[0].why) == (1, "Withdrawn by ann: It is striped.")


def test_the_mosaics_of_the_year_say_where_they_stand(catalog: Catalog) -> None:
    demand(catalog, resolutions=(10, 20))
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    bring(catalog, granule("2018-06-08"), granule("2018-05-31"))
    found = [
        (one.kind, one.start.month, one.resolution, one.state, one.revision)
        for one in year(catalog).mosaics
    ]
    assert found == [
        ("MONTH", 5, 10, "due", None),
        ("MONTH", 5, 20, "due", None),
        ("MONTH", 6, 10, "due", 1),
        ("MONTH", 6, 20, "due", 1),
    ]
    assert [one.start.month for one in day(catalog, "2018-06-05").mosaics] == [6, 6]


def test_the_last_year_is_shown_unless_another_is_asked_for(catalog: Catalog) -> None:
    assert (year(catalog).year, year(catalog).years, year(catalog).first) == (2018, (2018,), None)
    bring(catalog, granule("2016-12-31"), granule("2017-01-10"))
    found = year(catalog)
    assert (found.year, found.years, len(found.days)) == (2017, (2016, 2017), 1)
    assert (found.first, found.last) == (date(2016, 12, 31), date(2017, 1, 10))
    assert shown(year(catalog, which=2016)).keys() == {"12-31"}
    assert year(catalog, which=2010).days == ()
    assert year(catalog, which=9999).days == ()


def test_a_tile_is_known_by_its_granules_or_by_a_demand(catalog: Catalog) -> None:
    with catalog.view() as session:
        assert not is_known(session, "31UDS")
    track(catalog, granule("2018-06-05"))
    demand(catalog)
    with catalog.view() as session:
        assert is_known(session, "31UDS")
        assert not is_known(session, "31UES")


def test_a_year_costs_the_same_statements_however_much_came(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    costs = []
    for _ in range(2):
        with statements(catalog) as sent:
            year(catalog)
            day(catalog, "2018-06-05")
        costs.append(len(sent))
        demand(catalog)
        bring(catalog, *(granule(f"2018-06-{number:02}") for number in range(6, 30)))
        publish_all(catalog)
    assert costs == [9, 9]


def test_days_at_the_ends_of_time_can_be_asked_for(catalog: Catalog) -> None:
    bring(catalog, replace(granule("2018-06-05"), id="far"))
    assert day(catalog, "0001-01-01").day.expected == 0
    assert day(catalog, "9999-12-31").day.expected == 0
