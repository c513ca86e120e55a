"""The numbers for programs that watch."""

from datetime import timedelta

from catalog.engine import Catalog, now
from catalog.operation_tables import AttemptRow, TroubleKind
from catalog.operations.metrics import Metrics, SourceRead, TroubleCount, metrics
from catalog.operations.observed import observe
from catalog.operations.timeliness import Objectives
from tests.catalog.operations.rows import (
    NOW,
    SourceRow,
    ago,
    granule,
    ground,
    month,
    mosaic,
    publication,
    revision,
    statements,
    trouble,
    verdict,
    withdrawal,
    worker,
    write,
)

OBJECTIVES = Objectives(24, 2)


def measured(catalog: Catalog) -> Metrics:
    with catalog.view() as session:
        return metrics(session, observe(session, NOW, OBJECTIVES), OBJECTIVES)


def leased(number: int, owner: str, seconds: float = 60) -> object:
    until = now().timestamp() + seconds
    return mosaic(
        number,
        "COMPOSING",
        month(number),
        lease_owner=owner,
        lease_until=until,
        claimed_at=ago(minutes=1),
    )


def test_an_empty_catalog_has_nothing(catalog: Catalog) -> None:
    found = measured(catalog)
    assert (found.delays, found.troubles, found.sources) == ((), (), ())
    assert (found.stopped, found.workers) == ({}, {})
    assert found.leases == {"held": 0, "orphaned": 0, "expired": 0}
    assert (found.granules, found.publications, found.sign_in_failures) == (0, 0, 0)


def test_every_granule_that_was_ever_seen_counts_wherever_it_stands(catalog: Catalog) -> None:
    states = ("TRACKED", "READY", "SUPERSEDED", "REJECTED")
    rows = [granule(state, ago(hours=1), state) for state in states]
    write(catalog, *ground(), *rows, granule("withdrawn", NOW), withdrawal("withdrawn"))
    write(catalog, withdrawal("READY"))
    assert measured(catalog).granules == 5


def test_publications_of_all_times_count_and_delays_are_those_of_a_day(catalog: Catalog) -> None:
    write(catalog, *ground(), mosaic(1), revision(1, 1))
    write(catalog, publication(1, 1, ago(hours=1)), publication(1, 1, ago(hours=1000)))
    found = measured(catalog)
    assert found.publications == 2
    assert [each.sensing.number for each in found.delays] == [1]


def test_troubles_are_counted_by_kind_rule_and_whether_they_were_dismissed(
    catalog: Catalog,
) -> None:
    write(
        catalog,
        trouble("GRANULE", "a", NOW, rule="checksum"),
        trouble("GRANULE", "b", NOW, rule="checksum"),
        trouble("GRANULE", "c", NOW, rule="checksum", dismissed_at=NOW),
        trouble("GRANULE", "d", NOW, rule="checksum", ended_at=NOW),
        trouble("MOSAIC", "e", NOW, rule="OSError"),
        trouble("SOURCE", "f", NOW),
    )
    assert measured(catalog).troubles == (
        TroubleCount(TroubleKind.GRANULE, "checksum", dismissed=False, count=2),
        TroubleCount(TroubleKind.GRANULE, "checksum", dismissed=True, count=1),
        TroubleCount(TroubleKind.MOSAIC, "OSError", dismissed=False, count=1),
        TroubleCount(TroubleKind.SOURCE, "", dismissed=False, count=1),
    )


def test_stops_are_counted_by_rule_while_they_wait_for_a_person(catalog: Catalog) -> None:
    write(
        catalog,
        *ground(),
        mosaic(1, "QUARANTINED", month(1)),
        revision(1, 1, "QUARANTINED"),
        revision(2, 1, "QUARANTINED", ordinal=2),
        verdict(1, "L1.1-scl", "Broken."),
        verdict(2, "L1.1-scl", "Broken again."),
        verdict(2, "L1.3-cloud", "Bright.", said="WARN"),
        mosaic(2, "QUARANTINED", month(2)),
        revision(3, 2, "QUARANTINED"),
        verdict(3, "L1.1-scl", "Broken."),
        verdict(3, "L2.1-seams", "A seam."),
        mosaic(3, "DUE", month(3)),
        revision(4, 3, "QUARANTINED"),
        verdict(4, "L1.1-scl", "It is composed anew."),
    )
    assert measured(catalog).stopped == {"L1.1-scl": 2, "L2.1-seams": 1}


def test_a_lease_is_held_orphaned_or_expired(catalog: Catalog) -> None:
    write(
        catalog,
        *ground(),
        worker("lives", NOW, doing="31UDS"),
        worker("hangs", ago(minutes=5), doing="31UDS"),
        worker("died", ago(minutes=5), ended_at=NOW, died=True),
        leased(1, "lives"),  # type: ignore[arg-type]
        leased(2, "hangs"),  # type: ignore[arg-type]
        leased(3, "died"),  # type: ignore[arg-type]
        leased(4, "lives", seconds=-1),  # type: ignore[arg-type]
        leased(5, "nobody told of it"),  # type: ignore[arg-type]
    )
    found = measured(catalog)
    assert found.leases == {"held": 2, "orphaned": 2, "expired": 1}
    assert found.workers == {"working": 1, "silent": 1, "died": 1}


def test_sources_tell_when_they_were_read(catalog: Catalog) -> None:
    write(catalog, SourceRow(name="b", seen_at=NOW), SourceRow(name="a", seen_at=ago(hours=1)))
    assert measured(catalog).sources == (SourceRead("a", ago(hours=1)), SourceRead("b", NOW))


def test_failed_sign_ins_count_for_a_quarter_of_an_hour(catalog: Catalog) -> None:
    for minutes in (1, 14, 16):
        write(catalog, AttemptRow(account="ann", address="::1", tried_at=ago(minutes=minutes)))
    assert measured(catalog).sign_in_failures == 2


def test_the_number_of_statements_depends_on_nothing(catalog: Catalog) -> None:
    write(catalog, *ground())
    with statements(catalog) as before:
        measured(catalog)
    write(catalog, *(mosaic(n, "QUARANTINED", month(n)) for n in range(1, 20)))
    write(catalog, *(revision(n, n, "QUARANTINED") for n in range(1, 20)))
    write(catalog, *(verdict(n, f"L{n}", "Broken.") for n in range(1, 20)))
    write(catalog, *(publication(n, n, ago(hours=1)) for n in range(1, 20)))
    write(catalog, *(granule(f"g{n}", NOW - timedelta(hours=n)) for n in range(20)))
    write(catalog, *(worker(f"w{n}", NOW) for n in range(20)))
    with statements(catalog) as after:
        measured(catalog)
    assert len(before) == len(after)
