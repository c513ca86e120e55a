"""What waits at the gate, and what was published last."""

from catalog.checked import Judgement
from catalog.engine import Catalog
from catalog.operations.gate import GatePage, gate
from catalog.operations.latest import last_published
from catalog.revision import key_of
from tests.catalog.operations.rows import (
    ago,
    contains,
    granule,
    ground,
    month,
    mosaic,
    publication,
    report,
    revision,
    statements,
    verdict,
    withdrawal,
    write,
)


def page(catalog: Catalog, limit: int = 10, offset: int = 0) -> GatePage:
    with catalog.view() as session:
        return gate(session, limit, offset)


def name(number: int) -> str:
    return f"S2GM_M20_20220601_20220630_31UDS_STD_v1.0.0_{number}"


def test_an_empty_gate(catalog: Catalog) -> None:
    assert page(catalog) == GatePage(0, ())
    with catalog.view() as session:
        assert last_published(session, 10) == ()


def test_what_was_stopped_is_told_with_its_rules_and_what_readers_get(catalog: Catalog) -> None:
    stopped = mosaic(1, "QUARANTINED")
    write(
        catalog,
        *ground(),
        granule("g1", ago(hours=3), "READY"),
        stopped,
        revision(1, 1, current=True),
        revision(2, 1, "QUARANTINED", ordinal=2),
        contains(2, "g1"),
        report(2, ago(hours=1), "FAIL"),
        verdict(2, "L1.1-scl", "Broken at 3 pixels."),
        verdict(2, "L1.3-cloud", "It is bright.", "WARN"),
        verdict(2, "L0.1-files", "All are there.", "PASS"),
    )
    found = page(catalog)
    (entry,) = found.entries
    assert found.total == 1
    assert entry.key == key_of(mosaic(1))
    assert (entry.product, entry.ordinal, entry.granules) == (name(2), 2, 1)
    assert entry.failed == (Judgement("L1.1-scl", "FAIL", "Broken at 3 pixels.", 3, 0),)
    assert [one.rule for one in entry.warned] == ["L1.3-cloud"]
    assert (entry.checked_at, entry.page) == (ago(hours=1), "qc/2.html")
    assert entry.shown == name(1)


def test_what_a_newer_revision_made_obsolete_does_not_wait(catalog: Catalog) -> None:
    write(
        catalog,
        *ground(),
        mosaic(1, "PUBLISHED"),
        revision(1, 1, "QUARANTINED"),
        revision(2, 1, ordinal=2, current=True),
        mosaic(2, "DUE", month(2)),
        revision(3, 2, "QUARANTINED"),
    )
    assert page(catalog) == GatePage(0, ())


def test_of_several_the_newest_without_a_withdrawn_granule_waits(catalog: Catalog) -> None:
    write(
        catalog,
        *ground(),
        granule("g1", ago(hours=3), "READY"),
        withdrawal("g1"),
        mosaic(1, "QUARANTINED"),
        *(revision(n, 1, "QUARANTINED", ordinal=n) for n in (1, 2, 3)),
        contains(3, "g1"),
    )
    (entry,) = page(catalog).entries
    assert (entry.ordinal, entry.shown, entry.checked_at) == (2, None, None)


def test_pages_are_cut_with_what_was_stopped_last_first(catalog: Catalog) -> None:
    write(
        catalog,
        *ground(),
        *(mosaic(n, "QUARANTINED", month(n)) for n in range(1, 51)),
        *(revision(n, n, "QUARANTINED") for n in range(1, 51)),
        *(report(n, ago(hours=n), "FAIL") for n in range(1, 51)),
        *(verdict(n, "L1.1-scl", "Broken.") for n in range(1, 51)),
    )
    with statements(catalog) as many:
        found = page(catalog, limit=20, offset=20)
    assert (found.total, len(many)) == (50, 5)
    assert [entry.product for entry in found.entries] == [name(n) for n in range(21, 41)]


def test_the_last_publications_come_newest_first(catalog: Catalog) -> None:
    write(
        catalog,
        *ground(),
        mosaic(1, "PUBLISHED"),
        revision(1, 1),
        revision(2, 1, ordinal=2, current=True),
        publication(1, 1, ago(hours=9)),
        publication(2, 1, ago(hours=1), 30, 2, from_archive=True),
    )
    with statements(catalog) as asked, catalog.view() as session:
        newest, before = last_published(session, 10)
        assert len(last_published(session, 1)) == 1
    assert len(asked) == 2
    assert (newest.product, newest.ordinal, newest.current) == (name(2), 2, True)
    assert (newest.from_sensing, newest.from_visible) == (30 * 3600, 2 * 3600)
    assert newest.from_archive
    assert (before.product, before.current, before.published_at) == (name(1), False, ago(hours=9))
