"""Troubles: each stands once from when it happens until it is mended, in the same transaction."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.claim import break_leases, claim, fail
from catalog.engine import Catalog, now
from catalog.ingested import accept, reject
from catalog.operation_tables import TroubleKind
from catalog.operations.troubles import (
    Trouble,
    end_trouble,
    find_trouble,
    open_trouble,
    recently_mended,
    set_aside,
    standing_troubles,
    troubles,
)
from catalog.register import register
from catalog.withdrawal import Word, withdraw
from products.errors import LeaseLost
from products.granule import Granule, Unreadable
from products.mosaic import Definition
from tests.catalog.decided import finish
from tests.catalog.test_catalog import EXTENT, bring, demand, due, granule, publish, take

FIRST = granule("2018-06-05")
JUNE = "31UDS MONTH 2018-06-01 10 m"


def stand(catalog: Catalog, **options: bool) -> list[Trouble]:
    with catalog.view() as session:
        page = troubles(session, 100, **options)
    assert page.total == len(page.entries)
    return list(page.entries)


def told(catalog: Catalog) -> list[tuple[str, str, str | None, str]]:
    return [(one.kind.value, one.subject, one.rule, one.message) for one in stand(catalog)]


def happen(catalog: Catalog, subject: str = "archive", message: str = "It is away.") -> None:
    with catalog.transaction() as session:
        open_trouble(session, TroubleKind.SOURCE, subject, message)


def end(catalog: Catalog, subject: str = "archive") -> bool:
    with catalog.transaction() as session:
        return end_trouble(session, TroubleKind.SOURCE, subject)


def deliver(catalog: Catalog, *granules: Granule, bad: tuple[Unreadable, ...] = ()) -> list[str]:
    with catalog.transaction() as session:
        return register(session, "archive", granules, bad, None)


def spoil(catalog: Catalog, each: Granule, rule: str = "checksum", why: str = "Broken.") -> None:
    with catalog.transaction() as session:
        reject(session, each.id, rule, why)


# ------------------------------------------------------------------ the rows


def test_what_happens_again_stands_once_and_is_counted(catalog: Catalog) -> None:
    happen(catalog, message="It is away.")
    (first,) = stand(catalog)
    happen(catalog, message="It is  still\naway.")
    (second,) = stand(catalog)
    assert (first.times, second.times) == (1, 2)
    assert (second.id, second.since) == (first.id, first.since)
    assert second.seen_at >= first.seen_at
    assert second.message == "It is still away."


def test_what_is_mended_is_kept_and_comes_anew(catalog: Catalog) -> None:
    happen(catalog)
    begun = now()
    (first,) = stand(catalog)
    assert end(catalog)
    assert not end(catalog)
    assert stand(catalog) == []
    happen(catalog)
    (second,) = stand(catalog)
    assert second.id != first.id
    with catalog.view() as session:
        (mended,) = recently_mended(session, begun)
        assert recently_mended(session, now() + timedelta(hours=1)) == []
        assert find_trouble(session, first.id) == mended
        assert find_trouble(session, 10**6) is None
    assert mended.ended_at is not None


def test_what_is_set_aside_is_shown_when_it_happens_again(catalog: Catalog) -> None:
    happen(catalog)
    (one,) = stand(catalog)
    with catalog.transaction() as session:
        set_aside(session, [one.id])
    assert stand(catalog) == []
    (kept,) = stand(catalog, include_dismissed=True)
    assert kept.dismissed_at is not None
    with catalog.view() as session:
        assert standing_troubles(session, "archive") == [kept]
    happen(catalog)
    (again,) = stand(catalog)
    assert (again.id, again.times, again.dismissed_at) == (one.id, 2, None)


def test_they_come_page_by_page_latest_first(catalog: Catalog) -> None:
    for name in "abcde":
        happen(catalog, name)
    with catalog.view() as session:
        pages = [troubles(session, 2, offset) for offset in (0, 2, 4)]
    assert [[one.subject for one in page.entries] for page in pages] == [
        ["e", "d"],
        ["c", "b"],
        ["a"],
    ]
    assert {page.total for page in pages} == {5}


def test_no_secret_of_an_address_is_kept(catalog: Catalog) -> None:
    happen(catalog, message="https://me:word@host/x?sig=abc&se=1 cannot be fetched now (HTTP 403).")
    (one,) = stand(catalog)
    assert one.message == "https://host/x?... cannot be fetched now (HTTP 403)."


def test_rolled_back_nothing_happened(catalog: Catalog) -> None:
    with catalog.transaction() as session:
        open_trouble(session, TroubleKind.SOURCE, "archive", "It is away.")
        session.rollback()
    assert stand(catalog) == []


# ------------------------------------------------------------------ granules


def test_a_rejected_granule_is_in_trouble_until_it_is_delivered_anew(catalog: Catalog) -> None:
    deliver(catalog, FIRST)
    spoil(catalog, FIRST)
    (one,) = stand(catalog)
    assert (one.kind, one.subject, one.tile) == (TroubleKind.GRANULE, FIRST.id, "31UDS")
    assert (one.rule, one.message) == ("checksum", "Broken.")
    deliver(catalog, FIRST)
    assert len(stand(catalog)) == 1
    deliver(catalog, granule("2018-06-05", fingerprint="two"))
    assert stand(catalog) == []


def test_a_delivery_that_cannot_be_read_is_in_trouble(catalog: Catalog) -> None:
    bad = Unreadable("bad", "/x", "metadata", "It is not XML.")
    deliver(catalog, bad=(bad,))
    deliver(catalog, bad=(bad,))
    (one,) = stand(catalog)
    assert (one.subject, one.rule, one.times) == ("bad", "metadata", 1)
    mended = granule("2018-06-05", id="bad", fingerprint="two")
    assert deliver(catalog, mended) == ["bad"]
    assert stand(catalog) == []


def test_an_ingested_granule_is_in_no_trouble(catalog: Catalog) -> None:
    deliver(catalog, FIRST)
    with catalog.transaction() as session:
        open_trouble(session, TroubleKind.GRANULE, FIRST.id, "Away.", "31UDS", "unavailable")
    with catalog.transaction() as session:
        accept(session, FIRST, EXTENT, "sum")
    assert stand(catalog) == []


def test_a_withdrawn_granule_is_in_no_trouble(catalog: Catalog) -> None:
    deliver(catalog, FIRST)
    with catalog.transaction() as session:
        open_trouble(session, TroubleKind.GRANULE, FIRST.id, "Away.", "31UDS", "unavailable")
        withdraw(session, [FIRST.id], Word("ann", "It never comes."))
    assert stand(catalog) == []


# ------------------------------------------------------------------ mosaics


@pytest.fixture
def failed(catalog: Catalog) -> Catalog:
    demand(catalog)
    bring(catalog, FIRST)
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert held is not None
    with catalog.transaction() as session:
        fail(session, held, "The disk is full; make room.", "NeedsOperator")
    return catalog


def test_a_failed_mosaic_is_in_trouble(failed: Catalog) -> None:
    assert told(failed) == [("MOSAIC", JUNE, "NeedsOperator", "The disk is full; make room.")]
    (one,) = stand(failed)
    assert one.tile == "31UDS"


def test_it_stays_in_trouble_while_it_is_tried_again(failed: Catalog) -> None:
    (mosaic,) = due(failed)
    assert take(failed, mosaic) is not None
    with failed.transaction() as session:
        assert break_leases(session, lambda _owner: True) == 1
    assert len(told(failed)) == 1


@pytest.mark.parametrize("state", ["PUBLISHED", "QUARANTINED"])
def test_composed_it_is_in_no_trouble_whatever_quality_control_says(
    failed: Catalog, state: str
) -> None:
    (mosaic,) = due(failed)
    held = take(failed, mosaic)
    assert held is not None
    publish(failed, held, state)
    assert stand(failed) == []


def test_without_granules_it_is_in_no_trouble(failed: Catalog) -> None:
    with failed.transaction() as session:
        withdraw(session, [FIRST.id], Word("ann", "Striped."))
    (mosaic,) = due(failed)
    assert take(failed, mosaic) is None
    assert stand(failed) == []


def test_a_worker_that_lost_its_lease_troubles_nobody(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST)
    (mosaic,) = due(catalog)
    with catalog.transaction() as session:
        zombie = claim(session, mosaic, Definition(), "zombie", -1)
    finish(catalog, take(catalog, mosaic))
    assert zombie is not None
    with pytest.raises(LeaseLost), catalog.transaction() as session:
        fail(session, zombie, "x")
    assert stand(catalog) == []


def test_moments_are_utc(catalog: Catalog) -> None:
    happen(catalog)
    (one,) = stand(catalog)
    assert one.since.utcoffset() == timedelta(0)
    assert abs(one.since - datetime.now(UTC)) < timedelta(minutes=5)
