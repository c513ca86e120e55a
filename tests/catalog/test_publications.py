"""Publications: which granule a revision brings, and how long that took."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from catalog.engine import Catalog, now
from catalog.operation_tables import PublicationRow
from catalog.operations.publications import new_inputs
from catalog.revision import current_revision
from catalog.tables import GranuleRow, MosaicRow
from catalog.withdrawal import Word, take_back, withdraw
from products.granule import Granule
from products.service import ARCHIVE_AFTER
from tests.catalog.decided import FAILED, let, settle, step
from tests.catalog.test_catalog import bring, demand, granule, publish_all

FIRST, SECOND = granule("2018-06-05"), granule("2018-06-08")


def published(catalog: Catalog) -> list[PublicationRow]:
    with catalog.view() as session:
        return list(session.exec(select(PublicationRow).order_by(col(PublicationRow.id))))


def fresh(days: float) -> Granule:
    """Return a granule that was sensed so many days ago, at noon."""
    noon = now().replace(hour=12, minute=0, second=0, microsecond=0)
    start = noon - timedelta(days=days)
    return granule("2018-06-05", id=f"fresh-{days}", datatake_start=start)


def test_a_revision_is_dated_by_its_newest_granule(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, SECOND)
    bring(catalog, FIRST)
    publish_all(catalog)
    (one,) = published(catalog)
    with catalog.view() as session:
        newest = session.get_one(GranuleRow, FIRST.id)
        revision = current_revision(session, one.mosaic_id)
    assert revision is not None
    assert (one.revision_id, one.published_at) == (revision.id, revision.published_at)
    assert (one.tile, one.source) == ("31UDS", "archive")
    assert (one.sensed_at, one.tracked_at) == (newest.datatake_start, newest.tracked_at)


def test_the_next_one_by_what_it_adds(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, SECOND)
    step(catalog, FIRST)
    first, second = published(catalog)
    assert first.sensed_at == SECOND.datatake_start
    assert second.sensed_at == FIRST.datatake_start
    with catalog.view() as session:
        (added,) = new_inputs(session, second.revision_id, first.revision_id)
        assert added.id == FIRST.id
        both = new_inputs(session, second.revision_id, None)
        assert [row.id for row in both] == [FIRST.id, SECOND.id]


@pytest.mark.parametrize(("days", "archived"), [(1, False), (29, False), (32, True), (900, True)])
def test_what_was_old_when_it_came_tells_nothing_of_timeliness(
    catalog: Catalog, days: float, archived: bool
) -> None:
    assert timedelta(days=30) == ARCHIVE_AFTER
    demand(catalog)
    bring(catalog, fresh(days))
    publish_all(catalog)
    assert {one.from_archive for one in published(catalog)} == {archived}


def test_one_that_adds_nothing_tells_nothing_of_timeliness_either(catalog: Catalog) -> None:
    demand(catalog)
    kept = fresh(1)
    gone = replace(kept, id="gone", datatake_start=kept.datatake_start + timedelta(minutes=10))
    bring(catalog, kept, gone)
    publish_all(catalog)
    with catalog.transaction() as session:
        withdraw(session, [gone.id], Word("ann", "Striped."))
    publish_all(catalog)
    before, after = published(catalog)
    assert not before.from_archive
    assert after.from_archive
    assert after.sensed_at == kept.datatake_start


def test_shown_again_it_is_not_published_again(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND)
    with catalog.transaction() as session:
        withdraw(session, [SECOND.id], Word("ann", "Striped."))
    settle(catalog)
    with catalog.transaction() as session:
        take_back(session, [SECOND.id], Word("ann"))
    settle(catalog)
    assert len(published(catalog)) == 2


def test_what_was_stopped_is_published_when_a_person_releases_it(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND, FAILED)
    assert len(published(catalog)) == 1
    let(catalog, 2)
    _, released = published(catalog)
    assert released.sensed_at == SECOND.datatake_start
    assert released.published_at > released.tracked_at
    with catalog.view() as session:
        assert session.get_one(MosaicRow, released.mosaic_id).state == "PUBLISHED"
