"""What the catalog tells of quality: what was stopped, by which rule, and what is flagged."""

import pytest
from sqlmodel import select

from catalog.checked import Judgement
from catalog.engine import Catalog
from catalog.quality import (
    decisions,
    flagged,
    granules_by_rule,
    stopped,
    stops_by_rule,
    verdicts_of,
)
from catalog.quality_tables import ReportRow
from catalog.service import service_month
from catalog.tables import RevisionRow, VerdictRow
from catalog.withdrawal import Word
from products.mosaic import MosaicKey
from tests.catalog.decided import (
    FAILED,
    FIRST,
    SECOND,
    THIRD,
    WARNED,
    finish,
    let,
    name,
    step,
    stop,
)
from tests.catalog.test_catalog import bring, demand, due, granule, take
from tests.catalog.test_checked import check
from tests.catalog.test_delivery import JULY, JUNE

OTHER = Judgement("L0.2-inspire", "FAIL", "A tag is missing.", 1, 0)
PASSED = Judgement("L0.1-complete", "PASS", "As it should be.")
UNSEEN = Judgement("L2.6-year", "SKIPPED", "There is none.")


@pytest.fixture
def busy(catalog: Catalog) -> Catalog:
    """June: passed, stopped, stopped. July: flagged."""
    demand(catalog)
    step(catalog, FIRST, PASSED, UNSEEN)
    step(catalog, SECOND, FAILED, WARNED, PASSED)
    step(catalog, THIRD, FAILED, OTHER)
    bring(catalog, granule("2018-07-05"))
    (mosaic,) = due(catalog)
    finish(catalog, take(catalog, mosaic), WARNED)
    return catalog


def test_what_is_stopped_is_listed_with_its_rules(busy: Catalog) -> None:
    with busy.transaction() as session:
        found = stopped(session)
    assert [(one.key, one.ordinal, one.spoken) for one in found] == [
        (JUNE, 2, (FAILED, WARNED)),
        (JUNE, 3, (OTHER, FAILED)),
    ]
    assert [one.product for one in found] == [f"quarantine/31UDS/{name(n)}" for n in (2, 3)]
    assert {one.quality for one in found} == {"stopped"}
    assert all(one.checked_at and one.report == f"qc/{name(one.number)}.json" for one in found)


def test_rules_are_counted_the_most_frequent_first(busy: Catalog) -> None:
    with busy.transaction() as session:
        assert list(stops_by_rule(session).items()) == [("L1.1-scl", 2), ("L0.2-inspire", 1)]
        assert stops_by_rule(session, ["31UDT"]) == {}
    let(busy, 3)
    with busy.transaction() as session:
        assert stops_by_rule(session) == {"L1.1-scl": 1}


def test_what_readers_get_in_spite_of_a_rule_is_listed(busy: Catalog) -> None:
    def told() -> list[tuple[MosaicKey, str]]:
        with busy.transaction() as session:
            return [(one.key, one.quality) for one in flagged(session)]

    assert told() == [(JULY, "warned")]
    let(busy, 2)
    assert told() == [(JUNE, "released"), (JULY, "warned")]
    stop(busy, 2)
    assert told() == [(JULY, "warned")]
    with busy.transaction() as session:
        assert flagged(session, ["31UDT"]) == []
        assert [(one.ordinal, one.quality) for one in stopped(session, ["31UDS"])] == [
            (2, "rejected"),
            (3, "stopped"),
        ]
        assert [(one.product, one.verb) for one in decisions(session)] == [
            (name(2), "RELEASE"),
            (name(2), "REJECT"),
        ]


def test_numbers_of_the_rules_and_the_report_are_kept(busy: Catalog) -> None:
    with busy.transaction() as session:
        revision = session.exec(select(RevisionRow).where(RevisionRow.number == 2)).one()
        rows = session.exec(select(VerdictRow).where(VerdictRow.revision_id == revision.id)).all()
        report = session.get_one(ReportRow, revision.id)
        told = verdicts_of(session, revision.id)
    assert {(row.rule, row.value, row.limit) for row in rows} == {
        ("L1.1-scl", 3, 0), ("L1.3-cloud", 0.4, 0.2), ("L0.1-complete", None, None),
    }  # fmt: skip
    assert (report.verdict, report.page) == ("FAIL", None)
    assert told == {"L1.1-scl": "FAIL", "L1.3-cloud": "WARN", "L0.1-complete": "PASS"}


def test_the_report_on_a_month_tells_of_rejections(busy: Catalog) -> None:
    stop(busy, 3, Word("bob", "It is striped."))
    with busy.transaction() as session:
        found = service_month(session, JUNE.period)
    assert [(each.waiting, each.rejected) for each in found.availability] == [(0, 1)]
    told = [(each.mosaic, each.product, each.stand) for each in found.stops]
    assert told == [(str(JUNE), name(2), "waiting"), (str(JUNE), name(3), "rejected")]
    assert found.stops[0].why == "L1.1-scl: Broken at 3 pixels."
    assert sum(each.stopped for each in found.outcomes) == len(found.stops)
    ((decision, checked, rules),) = [(d.decision, d.checked, d.rules) for d in found.decisions]
    assert (decision.product, decision.decided_by) == (name(3), "bob")
    assert decision.reason == "It is striped."
    assert checked is not None
    assert checked <= decision.decided_at
    assert ("L1.1-scl", "FAIL") in rules


def test_granules_are_counted_by_rule(catalog: Catalog) -> None:
    bring(catalog, FIRST, SECOND, THIRD)
    check(catalog, FIRST, Judgement("input.3-cloud", "WARN", "Cloudy.", 1, 0.9))
    check(catalog, SECOND, Judgement("input.3-cloud", "WARN", "Cloudy.", 1, 0.9), PASSED)
    check(catalog, THIRD, Judgement("input.1-checksums", "FAIL", "Broken."))
    with catalog.transaction() as session:
        assert granules_by_rule(session) == {
            ("input.1-checksums", "FAIL"): 1,
            ("input.3-cloud", "WARN"): 2,
        }
        assert granules_by_rule(session, ["31UDT"]) == {}
