"""What input quality control found, and the past of a tile with which it compares."""

import pytest
import sqlalchemy as sa

from catalog.checked import (
    Judgement,
    checks_of,
    is_checked,
    past_of,
    record_checks,
)
from catalog.engine import Catalog
from catalog.ingested import reject
from catalog.quality_tables import GranuleCheckRow
from catalog.query import GranuleStatus, granules
from catalog.register import register
from catalog.withdrawal import Word, withdraw
from products.granule import Granule, Unreadable
from products.measured import BandStatistic
from tests.catalog.test_catalog import bring, granule

FIRST, SECOND = granule("2018-06-05"), granule("2018-06-08")
WARNED = Judgement("input.3-cloud", "WARN", "It is cloudy.", 0.99, 0.95)
PASSED = Judgement("input.3-nodata", "PASS", "It is whole.", 0.0, 0.9)
BLUE = BandStatistic("B02", 300, 0.01, (1.0, 2.0, 3.0, 4.5, 5.0))
RED = BandStatistic("B04", 0, 0.5, None)


def check(
    catalog: Catalog, each: Granule, *found: Judgement, bands: tuple[BandStatistic, ...] = ()
) -> None:
    with catalog.transaction() as session:
        record_checks(session, each.id, found, bands)


def past(catalog: Catalog, each: Granule) -> list[tuple[object, tuple[BandStatistic, ...]]]:
    with catalog.transaction() as session:
        return [(one.sensed, one.bands) for one in past_of(session, each)]


def statuses(catalog: Catalog) -> dict[str, GranuleStatus]:
    with catalog.transaction() as session:
        return {row.id: row for row in granules(session)}


def test_a_warning_is_shown_and_what_passed_is_kept(catalog: Catalog) -> None:
    bring(catalog, FIRST, SECOND)
    check(catalog, FIRST, WARNED, PASSED)
    check(catalog, SECOND, PASSED)
    found = statuses(catalog)
    assert (found[FIRST.id].state, found[FIRST.id].quality) == ("READY", "accepted with warning")
    assert found[FIRST.id].spoken == (WARNED,)
    assert (found[SECOND.id].quality, found[SECOND.id].spoken) == ("accepted", ())
    with catalog.transaction() as session:
        assert checks_of(session, FIRST.id) == [WARNED, PASSED]
        assert is_checked(session, FIRST.id)
        assert not is_checked(session, "other")


def test_a_rejection_is_counted_under_its_rule_of_the_catalogue(catalog: Catalog) -> None:
    with catalog.transaction() as session:
        register(session, "archive", [FIRST], [Unreadable("x", "/x", "name", "No name.")], None)
        assert {row.quality for row in granules(session)} == {None, "rejected"}
        reject(session, FIRST.id, "checksum", "It is broken.")
        reject(session, FIRST.id, "size", "It is short.")
    found = statuses(catalog)
    assert (found[FIRST.id].rule, found[FIRST.id].quality) == ("size", "rejected")
    assert found[FIRST.id].spoken == (Judgement("input.1-checksums", "FAIL", "It is short."),)
    assert found["x"].spoken == (Judgement("input.1-metadata", "FAIL", "No name."),)


def test_what_was_said_of_a_delivery_is_not_said_of_the_next(catalog: Catalog) -> None:
    again = granule("2018-06-05", fingerprint="two")
    with catalog.transaction() as session:
        register(session, "archive", [FIRST], [], None)
        reject(session, FIRST.id, "checksum", "It is broken.")
        register(session, "archive", [again], [], None)
        assert checks_of(session, FIRST.id) == []
        assert [row.quality for row in granules(session)] == [None]
    bring(catalog, again)
    check(catalog, again, PASSED, bands=(BLUE,))
    check(catalog, again, WARNED)
    with catalog.transaction() as session:
        assert checks_of(session, again.id) == [WARNED]
    assert past(catalog, SECOND) == []


def test_the_past_is_that_of_accepted_granules_of_other_datatakes(catalog: Catalog) -> None:
    reprocessed = granule("2018-06-05", "05.00")
    others = [granule(f"2018-06-{day}") for day in ("11", "13", "15")]
    bring(catalog, FIRST, SECOND, reprocessed, *others)
    elsewhere = granule("2018-06-20", tile="31UDT", id="elsewhere")
    with catalog.transaction() as session:
        register(session, "archive", [elsewhere], [], None)
        reject(session, others[1].id, "checksum", "It is broken.")
    for each in (FIRST, SECOND, reprocessed, others[0], elsewhere):
        check(catalog, each, PASSED, bands=(RED, BLUE))
    with catalog.transaction() as session:
        withdraw(session, [others[0].id], Word("ann", "Striped."))
    of_second = [(one.datatake_start, (BLUE, RED)) for one in (FIRST, reprocessed)]
    assert past(catalog, SECOND) == of_second  # a superseded one saw the tile as well
    assert past(catalog, FIRST) == [(SECOND.datatake_start, (BLUE, RED))]


def test_the_database_itself_refuses_another_verdict_and_unknown_granules(catalog: Catalog) -> None:
    bring(catalog, FIRST)
    check(catalog, FIRST, PASSED)
    for change in ({"verdict": "FINE"}, {"granule_id": "nowhere"}):
        with pytest.raises(sa.exc.IntegrityError), catalog.transaction() as session:
            session.execute(sa.update(GranuleCheckRow).values(**change))
