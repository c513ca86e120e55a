"""The pages of tiles: list, calendar and day."""

from dataclasses import replace
from datetime import date

import pytest
from fastapi import FastAPI

from catalog.engine import Catalog
from catalog.ingested import reject
from catalog.operations.calendar import Day
from catalog.register import register
from catalog.withdrawal import Word, withdraw
from hub.tiles import day_word, tell_day
from products.granule import Granule, Unreadable
from tests.catalog.operations.statements import statements
from tests.catalog.test_catalog import bring, demand, granule, publish_all
from tests.hub.conftest import Browser
from tests.hub.shelf import shop_of

HOSTILE = '<img src=x onerror="alert(1)">&\u202e'


@pytest.fixture
def catalog(hub: FastAPI) -> Catalog:
    return shop_of(hub).catalog


def track(catalog: Catalog, *granules: Granule) -> None:
    with catalog.transaction() as session:
        register(session, "archive", granules, [], None)


def test_without_tiles_the_list_says_how_they_come(catalog: Catalog, ben: Browser) -> None:
    answer = ben.look("/tiles")
    assert answer.status_code == 200
    assert "There are no tiles yet." in answer.text


def test_the_list_leads_to_each_tile_and_says_where_it_stands(
    catalog: Catalog, ben: Browser
) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    track(catalog, granule("2018-06-15", tile="31UES"))
    text = ben.look("/tiles").text
    assert '<a href="/tiles/31UDS">31UDS</a>' in text
    assert "is-published" in text
    assert "is-tracked" in text
    assert "2018-06-05 10:50 UTC" in text


def test_the_list_is_paged_and_filtered(catalog: Catalog, ben: Browser) -> None:
    names = [f"{zone}U{letter}S" for zone in (31, 34, 37) for letter in "ABCDEFGHJKLMNPQRSTUV"]
    track(catalog, *(granule("2018-06-05", id=name, tile=name) for name in names))
    first = ben.look("/tiles").text
    assert first.count('scope="row"') == 50
    assert "offset=50" in first
    assert ben.look("/tiles?offset=50").text.count('scope="row"') == 10
    assert ben.look("/tiles?name=34u").text.count('scope="row"') == 20
    assert "The list ends before here." in ben.look("/tiles?offset=600").text
    assert "No tile has" in ben.look("/tiles?name=zz").text


@pytest.mark.parametrize(
    "query", ["offset=-1", "offset=x", "offset=99999999999999999999", "name=" + "x" * 30]
)
def test_wrong_questions_are_refused(catalog: Catalog, ben: Browser, query: str) -> None:
    assert ben.look(f"/tiles?{query}").status_code == 422


def test_what_is_typed_is_shown_as_text(catalog: Catalog, ben: Browser) -> None:
    text = ben.look("/tiles").text
    assert "<b>" not in text
    text = ben.client.get("/tiles", params={"name": '"><b>x'}, headers={"accept": "text/html"}).text
    assert "<b>" not in text.lower()


def test_the_calendar_says_each_day_in_words_and_by_a_shape(catalog: Catalog, ben: Browser) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-01"), granule("2018-06-11"), granule("2018-07-01"))
    publish_all(catalog)
    track(catalog, bad := granule("2018-06-26", relative_orbit=94))
    with catalog.transaction() as session:
        reject(session, bad.id, "size", "It is cut off; fetch it again.")
    text = ben.look("/tiles/31UDS").text
    assert 'aria-label="2018-06-01, used: 1 expected, 1 received: 1 used"' in text
    assert 'aria-label="2018-06-21, missing: 1 expected, 0 received; 1 missing"' in text
    assert 'aria-label="2018-06-26, rejected: 1 expected, 1 received: 1 rejected"' in text
    assert text.count('<table class="month">') == 2
    assert text.count('href="/tiles/31UDS/days/2018-06-21"') == 2
    cell = text[text.index('days/2018-06-21"') :]
    assert cell.index("<svg") < cell.index("</td>")


def test_another_year_can_be_chosen(catalog: Catalog, ben: Browser) -> None:
    bring(catalog, granule("2016-12-31"), granule("2018-01-10"))
    text = ben.look("/tiles/31UDS").text
    assert 'href="/tiles/31UDS?year=2016"' in text
    assert 'href="/tiles/31UDS?year=2018" aria-current="page"' in text
    assert "2016-12-31" in ben.look("/tiles/31UDS?year=2016").text
    assert "Nothing of 2017 was received." in ben.look("/tiles/31UDS?year=2017").text


@pytest.mark.parametrize("year", ["0", "10000", "-1", "x", "99999999999999999999"])
def test_years_that_are_none_are_refused(catalog: Catalog, ben: Browser, year: str) -> None:
    bring(catalog, granule("2018-06-05"))
    assert ben.look(f"/tiles/31UDS?year={year}").status_code == 422


@pytest.mark.parametrize("year", ["1", "9999"])
def test_years_at_the_ends_of_time_are_empty(catalog: Catalog, ben: Browser, year: str) -> None:
    bring(catalog, granule("2018-06-05"))
    assert ben.look(f"/tiles/31UDS?year={year}").status_code == 200


def test_the_calendar_lists_the_mosaics_by_kind(catalog: Catalog, ben: Browser) -> None:
    demand(catalog, resolutions=(10, 20))
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    text = ben.look("/tiles/31UDS").text
    assert '<a class="cell" href="/mosaics/31UDS/MONTH/2018-06-01/10"' in text
    assert 'aria-label="Monthly from 2018-06-01, 20 m: published, revision 1"' in text


def test_a_day_says_of_each_granule_where_it_stands_and_why(catalog: Catalog, ben: Browser) -> None:
    demand(catalog)
    first, again = granule("2018-06-05"), granule("2018-06-05", "05.00")
    bring(catalog, first, again)
    publish_all(catalog)
    text = ben.look("/tiles/31UDS/days/2018-06-05").text
    assert f"{again.id}, of the same acquisition, counts instead." in text
    assert "1 expected, 1 received: 1 used." in text
    assert "/mosaics/31UDS/MONTH/2018-06-01/10" in text


def test_a_day_names_the_pass_that_did_not_come(catalog: Catalog, ben: Browser) -> None:
    bring(catalog, granule("2018-06-01"), granule("2018-06-11"), granule("2018-07-01"))
    text = ben.look("/tiles/31UDS/days/2018-06-21").text
    assert "is-missing" in text
    assert "2018-06-21 10:50 UTC" in text
    assert "No acquisition was expected" in ben.look("/tiles/31UDS/days/2018-06-22").text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_last_day_of_all_have_pages(catalog: Catalog, ben: Browser, day: str) -> None:
    bring(catalog, granule("2018-06-05"))
    assert ben.look(f"/tiles/31UDS/days/{day}").status_code == 200


@pytest.mark.parametrize("day", ["2018-02-30", "x", "2018", "%00"])
def test_what_is_no_day_is_refused(catalog: Catalog, ben: Browser, day: str) -> None:
    bring(catalog, granule("2018-06-05"))
    assert ben.look(f"/tiles/31UDS/days/{day}").status_code in (404, 422)


@pytest.mark.parametrize("tile", ["31UES", "*", "%25", "31uds", "%2E%2E", "%3Cb%3E", "' OR 1=1"])
def test_a_tile_that_is_not_known_is_not_there(catalog: Catalog, ben: Browser, tile: str) -> None:
    bring(catalog, granule("2018-06-05"))
    for path in (f"/tiles/{tile}", f"/tiles/{tile}/days/2018-06-05"):
        answer = ben.look(path)
        assert answer.status_code == 404
        assert "<b>" not in answer.text


def test_hostile_names_and_reasons_are_shown_as_text(catalog: Catalog, ben: Browser) -> None:
    hostile = replace(granule("2018-06-05"), id=f"{HOSTILE}", location=HOSTILE)
    bring(catalog, hostile)
    with catalog.transaction() as session:
        withdraw(session, [hostile.id], Word(HOSTILE, HOSTILE))
        name = f"S2A_MSIL2A_20180605T105031_N0207_R051_T31UDS_{HOSTILE}"
        problem = Unreadable(name, HOSTILE, "metadata", HOSTILE)
        register(session, "archive", [], [problem], None)
    text = ben.look("/tiles/31UDS/days/2018-06-05").text
    assert "&lt;img src=x" in text
    assert "<img" not in text
    assert "\u202e" not in text


def test_pages_cost_the_same_statements_however_much_there_is(
    catalog: Catalog, ben: Browser
) -> None:
    bring(catalog, granule("2018-06-05"))
    costs = []
    for _ in range(2):
        cost = []
        for path in ("/tiles", "/tiles/31UDS", "/tiles/31UDS/days/2018-06-05"):
            with statements(catalog) as sent:
                assert ben.look(path).status_code == 200
            cost.append(len(sent))
        costs.append(cost)
        demand(catalog)
        bring(catalog, *(granule(f"2018-06-{number:02}") for number in range(6, 30)))
        track(catalog, *(granule("2018-06-05", id=t, tile=t) for t in ("31UES", "31UFS")))
        publish_all(catalog)
    assert costs[0] == costs[1] == [4, 6, 7]


def test_the_word_of_a_day_is_what_an_operator_looks_at_first() -> None:
    def day(**numbers: int) -> Day:
        facts = dict.fromkeys(
            ("received", "used", "waiting", "rejected", "withdrawn", "missing"), 0
        )
        return Day(date(2018, 6, 5), **(facts | numbers))

    assert day_word(day(received=1, used=1)) == "used"
    assert day_word(day(received=2, used=1, waiting=1)) == "waiting"
    assert day_word(day(received=1, withdrawn=1)) == "withdrawn"
    assert day_word(day(received=1, waiting=1, missing=1)) == "missing"
    assert day_word(day(received=1, rejected=1, missing=1)) == "rejected"
    assert tell_day(day(received=2, used=1, rejected=1, missing=1)) == (
        "3 expected, 2 received: 1 used, 1 rejected; 1 missing"
    )
