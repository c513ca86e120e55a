"""Orders in the catalog: numbers, names, and mosaics that nobody demanded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, Event

import pytest
from sqlmodel import select

from catalog.claim import claim
from catalog.delivery import book, published, standing, tile_extents, wanted_mosaic
from catalog.engine import Catalog
from catalog.number import next_number
from catalog.tables import DeliveryRow, DeliverySourceRow, MosaicState
from products.mosaic import Definition, MosaicKey
from products.period import Period, PeriodKind
from tests.catalog.test_catalog import EXTENT, bring, demand, due, granule, publish, publish_all

JUNE = MosaicKey("31UDS", Period(PeriodKind.MONTH, date(2018, 6, 1)), 10)
JULY = MosaicKey("31UDS", Period(PeriodKind.MONTH, date(2018, 7, 1)), 10)


def wanted(catalog: Catalog, key: MosaicKey = JUNE, threshold: int = 5) -> int | None:
    with catalog.transaction() as session:
        return wanted_mosaic(session, key, Definition(threshold=threshold))


def compose(catalog: Catalog, mosaic: int | None, state: str = "PUBLISHED", **kind: int) -> str:
    assert mosaic is not None
    with catalog.transaction() as session:
        held = claim(session, mosaic, Definition(**kind), "me", 60)
    assert held is not None
    publish(catalog, held, state)
    return held.revision_id


def booked(catalog: Catalog, identity: str, *revisions: str) -> str:
    with catalog.transaction() as session:
        return book(session, identity, revisions, lambda number: f"product {number}")


def numbers(catalog: Catalog) -> list[int]:
    with catalog.transaction() as session:
        return [row.number for row in session.exec(select(DeliveryRow)).all()]


# ------------------------------------------------------------------ names and numbers


def test_the_same_order_has_the_same_name(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    revision = compose(catalog, wanted(catalog))
    first = booked(catalog, "one", revision, revision)
    assert booked(catalog, "one", revision) == first
    assert booked(catalog, "two", revision) != first
    with catalog.transaction() as session:
        rows = session.exec(select(DeliverySourceRow)).all()
        assert {(row.delivery_id, row.revision_id) for row in rows} == {
            ("one", revision), ("two", revision),
        }  # fmt: skip


def test_revisions_and_deliveries_share_one_row_of_numbers(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    names = [booked(catalog, "one")]
    bring(catalog, granule("2018-07-05"))
    publish_all(catalog)
    names.append(booked(catalog, "two"))
    with catalog.transaction() as session:
        products = [published(session, key).product for key in (JUNE, JULY)]
    assert (products, names) == (
        ["products/1", "products/3"], ["product 2", "product 4"],
    )  # fmt: skip


def test_a_number_is_given_back_where_the_transaction_fails(catalog: Catalog) -> None:
    with pytest.raises(ZeroDivisionError), catalog.transaction() as session:
        _ = 1 // (next_number(session) - 1)
    assert booked(catalog, "one") == "product 1"


def test_orders_at_once_get_numbers_of_their_own(catalog: Catalog) -> None:
    start = Barrier(8)

    def order(name: str) -> str:
        start.wait()
        return booked(catalog, name)

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(order, [f"order {i}" for i in range(8)]))
    assert sorted(names) == [f"product {i}" for i in range(1, 9)]


def test_the_same_order_at_once_gets_one_name(catalog: Catalog) -> None:
    """The second looks before the first has committed, and books after it."""
    started, release = Event(), Event()

    def slow_name(number: int) -> str:
        started.set()
        release.wait(1)
        return f"product {number}"

    def first() -> str:
        with catalog.transaction() as session:
            return book(session, "one", [], slow_name)

    def second() -> str:
        started.wait()
        return booked(catalog, "one")

    with ThreadPoolExecutor(2) as pool:
        names = [pool.submit(call) for call in (first, second)]
    assert {name.result() for name in names} == {"product 1"}
    assert numbers(catalog) == [1]


# ------------------------------------------------------------------ mosaics to cut from


def test_what_nobody_demanded_is_made_due_and_kept_current(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    assert due(catalog) == []
    mosaic = wanted(catalog)
    assert due(catalog) == [mosaic]
    compose(catalog, mosaic)
    assert wanted(catalog) is None
    bring(catalog, granule("2018-06-08"))
    assert wanted(catalog) == mosaic
    bring(catalog, granule("2018-07-05"))
    assert due(catalog) == [mosaic]  # the order was for June alone


def test_a_period_without_granules_is_not_asked_for(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-30"), granule("2018-08-01"))
    assert wanted(catalog, JULY) is None
    with catalog.transaction() as session:
        assert standing(session, JULY) is None
        assert published(session, JULY) is None


def test_the_first_and_last_moment_of_a_period_belong_to_it(catalog: Catalog) -> None:
    late = granule(
        "2018-06-30", datatake_start=granule("2018-06-30").datatake_start.replace(hour=23)
    )
    bring(catalog, late)
    assert wanted(catalog) is not None


def test_what_is_published_says_its_inputs_and_files(catalog: Catalog) -> None:
    first, second = granule("2018-06-05"), granule("2018-06-08")
    bring(catalog, second, first)
    revision = compose(catalog, wanted(catalog))
    with catalog.transaction() as session:
        found = published(session, JUNE)
        assert tile_extents(session) == {"31UDS": EXTENT}
    assert found is not None
    assert (found.revision, found.product, found.manifest) == (revision, "products/1", "ab" * 32)
    assert [(g.id, checksum) for g, checksum in found.inputs] == [
        (first.id, f"sum of {first.id}"), (second.id, f"sum of {second.id}"),
    ]  # fmt: skip


def test_a_mosaic_by_another_definition_is_wanted_anew(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    compose(catalog, wanted(catalog))
    assert wanted(catalog, threshold=5) is None
    mosaic = wanted(catalog, threshold=4)
    compose(catalog, mosaic, threshold=4)
    with catalog.transaction() as session:
        found = published(session, JUNE)
        assert found is not None
        assert found.follows(Definition(threshold=4), JUNE)
        assert not found.follows(Definition(threshold=5), JUNE)


def test_a_mosaic_that_is_not_published_says_why(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    mosaic = wanted(catalog)
    compose(catalog, mosaic, "QUARANTINED")
    assert wanted(catalog) is None
    with catalog.transaction() as session:
        assert published(session, JUNE) is None
        assert standing(session, JUNE) == (MosaicState.QUARANTINED, "")
