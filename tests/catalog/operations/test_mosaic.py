"""One mosaic as its page tells it: inputs, revisions and what changed between them."""

from datetime import date

import pytest

from catalog.claim import claim, plan_due
from catalog.engine import Catalog
from catalog.operations.mosaic import MosaicDetail, mosaic_detail
from catalog.operations.revisions import PAGE, Change
from catalog.withdrawal import Word, withdraw
from products.mosaic import Definition, MosaicKey
from products.period import Period, PeriodKind
from products.service import Fate
from tests.catalog.decided import FAILED, FIRST, SECOND, THIRD, WARNED, let, name, step, stop
from tests.catalog.operations.statements import statements
from tests.catalog.test_catalog import bring, demand, granule, take

KEY = MosaicKey("31UDS", Period(PeriodKind.MONTH, date(2018, 6, 1)), 10)


def detail(catalog: Catalog, offset: int = 0) -> MosaicDetail:
    with catalog.view() as session:
        found = mosaic_detail(session, KEY, offset)
    assert found is not None
    return found


def test_a_mosaic_that_is_not_there_is_none(catalog: Catalog) -> None:
    with catalog.view() as session:
        assert mosaic_detail(session, KEY) is None


def test_a_published_mosaic_tells_its_inputs_and_report(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, (FIRST, SECOND), WARNED)
    found = detail(catalog)
    assert (found.state, found.total, found.others) == ("published", 1, ())
    assert found.shown is not None
    assert found.shown == found.newest == found.revisions[0]
    assert (found.shown.name, found.shown.quality) == (name(1), "warned")
    assert (found.shown.report, found.shown.change) == (f"qc/{name(1)}.json", None)
    assert [one.rule for one in found.shown.spoken] == [WARNED.rule]
    assert [(one.position, one.granule.id, one.granule.fate) for one in found.inputs] == [
        (0, FIRST.id, Fate.USED),
        (1, SECOND.id, Fate.USED),
    ]


def test_revisions_say_what_changed(catalog: Catalog) -> None:
    demand(catalog)
    again = granule("2018-06-05", "05.00")
    step(catalog, (FIRST, SECOND))
    step(catalog, (THIRD, again))
    with catalog.transaction() as session:
        withdraw(session, [SECOND.id], Word("ann", "It is striped."))
    step(catalog, ())
    found = detail(catalog)
    assert [one.change for one in found.revisions] == [
        Change((), (SECOND.id,), (), ()),
        Change((THIRD.id,), (), ((FIRST.id, again.id),), ()),
        None,
    ]
    assert {one.id: one.why for one in found.others} == {
        FIRST.id: f"{again.id}, of the same acquisition, counts instead.",
        SECOND.id: "Withdrawn by ann: It is striped.",
    }


def test_a_changed_definition_is_told(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    bring(catalog, SECOND)
    with catalog.transaction() as session:
        (mosaic,) = plan_due(session, Definition(), (), (PeriodKind.MONTH,), (10,))
        claim(session, mosaic, Definition(threshold=4), "me", 60)
    found = detail(catalog)
    assert (found.state, found.owner, found.newest and found.newest.state) == (
        "composing", "me", "planned",
    )  # fmt: skip
    assert found.newest is not None
    assert found.newest.change == Change((SECOND.id,), (), (), ("threshold: 4, before 5",))
    assert (found.newest.quality, found.newest.product) == (None, None)


def test_what_is_stopped_stands_beside_what_readers_get(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND, FAILED, WARNED)
    found = detail(catalog)
    assert (found.state, found.shown and found.shown.ordinal) == ("stopped", 1)
    assert found.newest is not None
    assert (found.newest.ordinal, found.newest.quality) == (2, "stopped")
    assert [one.verdict for one in found.newest.spoken] == ["FAIL", "WARN"]
    assert [(one.id, one.fate) for one in found.others] == [(SECOND.id, Fate.WAITING)]


def test_what_people_said_is_told(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND, FAILED)
    let(catalog, 2)
    released = detail(catalog)
    assert released.shown is not None
    assert (released.shown.ordinal, released.shown.quality) == (2, "released")
    stop(catalog, 2)
    rejected = detail(catalog)
    assert [(one.verb, one.who, one.standing) for one in rejected.revisions[0].said] == [
        ("release", "ann", False),
        ("reject", "ann", True),
    ]
    assert (rejected.state, rejected.shown and rejected.shown.ordinal) == ("rejected", 1)


def test_without_a_published_one_the_inputs_of_the_newest_are_told(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST, FAILED)
    found = detail(catalog)
    assert found.shown is None
    assert [one.granule.id for one in found.inputs] == [FIRST.id]


def test_a_mosaic_that_was_never_claimed_tells_what_waits(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST)
    found = detail(catalog)
    assert (found.state, found.total, found.inputs, found.newest) == ("due", 0, (), None)
    assert [one.id for one in found.others] == [FIRST.id]


@pytest.fixture
def long_lived(catalog: Catalog) -> Catalog:
    """A mosaic with more revisions than a page tells of."""
    demand(catalog)
    for day in range(1, PAGE + 4):
        step(catalog, granule(f"2018-06-{day:02}"))
    return catalog


def test_revisions_are_told_page_by_page(long_lived: Catalog) -> None:
    first, second = detail(long_lived), detail(long_lived, PAGE)
    assert [one.ordinal for one in first.revisions] == list(range(PAGE + 3, 3, -1))
    assert [one.ordinal for one in second.revisions] == [3, 2, 1]
    assert all(one.change for one in first.revisions)
    assert second.shown == first.shown == first.revisions[0]
    assert detail(long_lived, 1000).revisions == ()


def test_a_page_costs_the_same_statements_however_much_there_is(long_lived: Catalog) -> None:
    with statements(long_lived) as many:
        detail(long_lived)
    bring(long_lived, granule("2018-06-28"))
    other = MosaicKey("31UDS", Period(PeriodKind.MONTH, date(2018, 7, 1)), 10)
    bring(long_lived, granule("2018-07-01"))
    assert take(long_lived, 2) is not None
    with long_lived.view() as session, statements(long_lived) as few:
        mosaic_detail(session, other)
    assert len(few) == len(many) == 11
