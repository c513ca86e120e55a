"""Revisions as they were recorded: by number, with their past, and with what counts now."""

from datetime import date

from sqlmodel import select

from catalog.delivery import book
from catalog.engine import Catalog
from catalog.recorded import (
    Recorded,
    delivered_from,
    recorded,
    recorded_a_year_earlier,
    recorded_before,
    usable_now,
)
from catalog.tables import RevisionRow
from products.period import Period, PeriodKind
from tests.catalog.test_catalog import bring, demand, due, granule, publish, publish_all, take


def numbered(catalog: Catalog, number: int) -> Recorded:
    with catalog.transaction() as session:
        found = recorded(session, number)
    assert found
    return found


def test_a_revision_is_found_by_its_number(catalog: Catalog) -> None:
    demand(catalog)
    given = granule("2018-06-05")
    bring(catalog, given)
    publish_all(catalog)
    found = numbered(catalog, 1)
    assert (found.number, found.ordinal, found.current) == (1, 1, True)
    assert found.key.period == Period(PeriodKind.MONTH, date(2018, 6, 1))
    assert [entry.id for entry, _ in found.inputs] == [given.id]
    assert found.product
    assert found.manifest
    with catalog.transaction() as session:
        assert recorded(session, 99) is None
        row = session.exec(select(RevisionRow)).one()
        assert found.definition == row.definition


def test_the_inputs_stay_and_what_counts_moves_on(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    bring(catalog, granule("2018-06-15"))
    first = numbered(catalog, 1)
    assert len(first.inputs) == 1
    with catalog.transaction() as session:
        assert len(usable_now(session, first)) == 2
    publish_all(catalog)
    first, second = numbered(catalog, 1), numbered(catalog, 2)
    assert (first.current, second.current) == (False, True)
    with catalog.transaction() as session:
        assert usable_now(session, second) == [(g.id, c) for g, c in second.inputs]
        assert recorded_before(session, second) == first
        assert recorded_before(session, first) is None


def test_a_revision_that_was_stopped_is_not_the_one_before(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    bring(catalog, granule("2018-06-15"))
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert held
    publish(catalog, held, "QUARANTINED")
    bring(catalog, granule("2018-06-25"))
    publish_all(catalog)
    first, third = numbered(catalog, 1), numbered(catalog, 3)
    with catalog.transaction() as session:
        assert recorded_before(session, third) == first


def test_the_same_period_a_year_earlier(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2017-06-05"))
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    now = max((numbered(catalog, n) for n in (1, 2)), key=lambda r: r.key.period.start)
    with catalog.transaction() as session:
        earlier = recorded_a_year_earlier(session, now)
        assert earlier
        assert earlier.key.period.start == date(2017, 6, 1)
        assert recorded_a_year_earlier(session, earlier) is None


def test_leap_days_have_no_day_a_year_earlier() -> None:
    assert Period(PeriodKind.DAY, date(2020, 2, 29)).a_year_earlier is None
    for kind, start in (("DAY", (2020, 2, 28)), ("TENDAYS", (2020, 2, 21)), ("YEAR", (2020, 1, 1))):
        period = Period(PeriodKind(kind), date(*start))
        earlier = period.a_year_earlier
        assert earlier
        assert (earlier.kind, earlier.start) == (period.kind, period.start.replace(year=2019))


def test_an_order_names_the_products_it_was_cut_from(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    with catalog.transaction() as session:
        revision = session.exec(select(RevisionRow)).one()
        name = book(session, "one", [revision.id], lambda number: f"order {number}")
        product = (revision.product or "").rpartition("/")[2]
    with catalog.transaction() as session:
        assert delivered_from(session, name) == [product]
        assert delivered_from(session, "order 99") is None
