"""What a person decides about revisions, in the catalog: who, when, why, and what readers get."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from catalog.claim import claim
from catalog.decision import (
    Decided,
    reject,
    release,
)
from catalog.delivery import published
from catalog.engine import Catalog, now
from catalog.quality import decisions
from catalog.query import mosaics
from catalog.shelf import published_revisions
from catalog.tables import MosaicRow, RevisionRow
from catalog.withdrawal import Word
from products.errors import BadInput
from products.mosaic import Definition
from tests.catalog.decided import (
    FAILED,
    FIRST,
    SECOND,
    THIRD,
    WARNED,
    WORD,
    again,
    back,
    compose,
    finish,
    let,
    name,
    out,
    settle,
    shown,
    status,
    step,
    stop,
    stopped,
)
from tests.catalog.test_catalog import bring, demand, due, granule, publish_all, take
from tests.catalog.test_delivery import JUNE

__all__ = ["stopped"]


# ------------------------------------------------------------------ release


def test_what_failed_is_told_with_its_rule_and_numbers(stopped: Catalog) -> None:
    found = status(stopped)
    assert (found.state, found.quality, found.revision) == ("QUARANTINED", "stopped", 1)
    assert found.reason == "L1.1-scl: Broken at 3 pixels."
    assert found.granules == (FIRST.id,)
    assert found.stopped is not None
    assert found.stopped.spoken == (FAILED, WARNED)
    assert found.stopped.product == f"quarantine/31UDS/{name(2)}"
    assert found.stopped.report == f"qc/{name(2)}.json"
    assert found.stopped.decision is None


def test_a_released_revision_is_what_readers_get_and_says_why(stopped: Catalog) -> None:
    before = now()
    assert let(stopped, 2) == Decided("PUBLISHED", name(2))
    found = status(stopped)
    assert (found.state, found.quality, found.reason) == ("PUBLISHED", "released", None)
    assert (found.revision, found.product) == (2, f"products/31UDS/{name(2)}")
    assert found.granules == (FIRST.id, SECOND.id)
    assert found.published_at is not None
    assert before <= found.published_at <= now()
    assert found.shown is not None
    assert found.shown.spoken == (FAILED, WARNED)
    decision = found.shown.decision
    assert decision is not None
    assert (decision.verb, decision.reason, decision.decided_by) == (
        "RELEASE", "It is fine.", "ann",
    )  # fmt: skip
    assert before <= decision.decided_at <= now()
    assert found.stopped is None
    assert due(stopped) == []
    with stopped.transaction() as session:
        ((_, shelved),) = published_revisions(session)
    assert [entry.current for entry in shelved] == [False, True]


def test_a_flagged_revision_is_published_and_says_so(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST, WARNED)
    assert shown(catalog) == ("PUBLISHED", "warned", 1)
    found = status(catalog)
    assert found.shown is not None
    assert found.shown.spoken == (WARNED,)


def test_new_granules_make_a_new_revision_after_a_release(stopped: Catalog) -> None:
    let(stopped, 2)
    step(stopped, THIRD)
    assert shown(stopped) == ("PUBLISHED", "passed", 3)


def test_a_released_revision_is_shown_again_when_its_inputs_come_back(stopped: Catalog) -> None:
    let(stopped, 2)
    out(stopped, SECOND)
    settle(stopped)
    assert shown(stopped) == ("PUBLISHED", "passed", 1)
    back(stopped, SECOND)
    settle(stopped)
    assert shown(stopped) == ("PUBLISHED", "released", 2)


def test_a_released_product_that_is_gone_is_checked_anew_and_stays_stopped(
    stopped: Catalog,
) -> None:
    """What was decided about the product that is gone says nothing of the one made anew."""
    let(stopped, 2)
    out(stopped, SECOND)
    settle(stopped)
    back(stopped, SECOND)
    (mosaic,) = due(stopped)
    with stopped.transaction() as session:
        held = claim(session, mosaic, Definition(), "me", 60, lambda _revision: False)
    finish(stopped, held, FAILED)
    assert shown(stopped) == ("QUARANTINED", "stopped", 1)
    with stopped.transaction() as session:
        assert [(one.verb, one.standing) for one in decisions(session)] == [("RELEASE", False)]
    let(stopped, 2)
    assert shown(stopped) == ("PUBLISHED", "released", 2)


def test_a_release_while_newer_granules_wait_leaves_them_due(stopped: Catalog) -> None:
    bring(stopped, THIRD)
    assert let(stopped, 2) == Decided("DUE", name(2))
    compose(stopped)
    assert shown(stopped) == ("PUBLISHED", "passed", 3)


def test_a_release_leaves_a_newer_stopped_revision_stopped(stopped: Catalog) -> None:
    step(stopped, THIRD, FAILED)
    assert let(stopped, 2) == Decided("QUARANTINED", name(2))
    assert shown(stopped) == ("QUARANTINED", "stopped", 2)
    assert let(stopped, 3) == Decided("PUBLISHED", name(3))


def test_what_is_older_than_what_readers_get_is_not_released(stopped: Catalog) -> None:
    step(stopped, THIRD)
    with pytest.raises(BadInput, match=f"{name(2)} is older than {name(3)}, which is published"):
        let(stopped, 2)
    stop(stopped, 3)
    assert let(stopped, 2) == Decided("REJECTED", name(2))


def test_an_older_one_whose_granules_count_again_is_released(stopped: Catalog) -> None:
    out(stopped, FIRST)
    compose(stopped)
    back(stopped, FIRST)
    settle(stopped)
    assert shown(stopped) == ("QUARANTINED", "stopped", 3)
    assert let(stopped, 2) == Decided("PUBLISHED", name(2))


def test_nothing_with_a_withdrawn_granule_is_released(stopped: Catalog) -> None:
    out(stopped, SECOND)
    with pytest.raises(BadInput, match=f"{name(2)} is made of {SECOND.id}, which is withdrawn"):
        let(stopped, 2)
    settle(stopped)
    assert shown(stopped) == ("PUBLISHED", "passed", 1)


def test_nothing_moves_before_all_is_known_and_nothing_is_kept_where_moving_fails(
    stopped: Catalog,
) -> None:
    step(stopped, THIRD)

    def never(_revision: RevisionRow) -> str:
        raise AssertionError("it moved")

    with pytest.raises(BadInput), stopped.transaction() as session:
        release(session, name(2), WORD, never)
    step(stopped, granule("2018-06-20"), FAILED)
    with pytest.raises(AssertionError, match="it moved"), stopped.transaction() as session:
        release(session, name(4), WORD, never)
    assert shown(stopped) == ("QUARANTINED", "stopped", 3)
    with stopped.transaction() as session:
        assert decisions(session) == []


# ------------------------------------------------------------------ reject


def test_a_confirmed_stop_says_who_and_why(stopped: Catalog) -> None:
    assert stop(stopped, 2) == Decided("REJECTED", name(1))
    found = status(stopped)
    assert (found.state, found.quality, found.revision) == ("REJECTED", "rejected", 1)
    assert found.reason == "Rejected by ann: It is fine."
    assert found.stopped is not None
    assert found.stopped.spoken == (FAILED, WARNED)
    assert due(stopped) == []


def test_a_published_revision_is_taken_back_and_the_one_before_shown(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND, WARNED)
    assert stop(catalog, 2) == Decided("REJECTED", name(1))
    assert shown(catalog) == ("REJECTED", "rejected", 1)
    assert stop(catalog, 1) == Decided("REJECTED", None)
    found = status(catalog)
    assert (found.product, found.granules, found.revision) == (None, (), None)
    assert found.stopped is not None
    assert found.stopped.ordinal == 2
    with catalog.transaction() as session:
        assert published(session, JUNE) is None
        ((_, shelved),) = published_revisions(session)
    assert [entry.current for entry in shelved] == [False, False]


def test_what_is_shown_instead_is_whole_not_rejected_and_without_withdrawn_granules(
    catalog: Catalog,
) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND)
    out(catalog, SECOND)
    bring(catalog, THIRD)
    compose(catalog)  # of the first and the third
    step(catalog, granule("2018-06-13"), FAILED)
    step(catalog, granule("2018-06-15"))
    step(catalog, granule("2018-06-17"))
    gone = name(5)
    decided = stop(
        catalog, 6, is_whole=lambda revision: not (revision.product or "").endswith(gone)
    )
    assert decided == Decided("REJECTED", name(3))
    stop(catalog, 5)
    assert stop(catalog, 3) == Decided("REJECTED", name(1))  # 2 has the withdrawn one, 4 failed


def test_rejecting_what_readers_do_not_get_changes_nothing_for_them(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND)
    assert stop(catalog, 1) == Decided("PUBLISHED", name(2))
    assert shown(catalog) == ("PUBLISHED", "passed", 2)
    assert stop(catalog, 2) == Decided("REJECTED", None)


def test_a_rejected_revision_does_not_come_back_by_itself(stopped: Catalog) -> None:
    stop(stopped, 2)
    out(stopped, FIRST)
    compose(stopped)
    back(stopped, FIRST)
    settle(stopped)
    found = status(stopped)
    assert (found.state, found.revision) == ("REJECTED", 3)
    assert found.reason == "Rejected by ann: It is fine."
    assert found.stopped is not None
    assert found.stopped.ordinal == 2


def test_a_stopped_mosaic_says_its_rule_also_when_its_inputs_come_back(stopped: Catalog) -> None:
    out(stopped, SECOND)
    settle(stopped)
    assert status(stopped).reason is None
    back(stopped, SECOND)
    settle(stopped)
    assert status(stopped).reason == "L1.1-scl: Broken at 3 pixels."


def test_new_granules_make_a_new_revision_after_a_rejection(stopped: Catalog) -> None:
    stop(stopped, 2)
    step(stopped, THIRD)
    assert shown(stopped) == ("PUBLISHED", "passed", 3)
    assert status(stopped).reason is None


def test_a_rejected_revision_may_be_released_after_all(stopped: Catalog) -> None:
    stop(stopped, 2, Word("bob", "No."))
    decided = let(stopped, 2)
    assert (decided.state, decided.shown, decided.repeats) == ("PUBLISHED", name(2), None)
    assert decided.reverses is not None
    assert str(decided.reverses).startswith("rejected by bob on ")
    assert str(decided.reverses).endswith(" UTC: No.")
    with stopped.transaction() as session:
        told = [(one.verb, one.decided_by, one.standing) for one in decisions(session)]
    assert told == [("REJECT", "bob", False), ("RELEASE", "ann", True)]
    assert shown(stopped) == ("PUBLISHED", "released", 2)


def test_a_worker_that_composes_meanwhile_finishes(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND, WARNED)
    bring(catalog, THIRD)
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert stop(catalog, 2) == Decided("COMPOSING", name(1))
    finish(catalog, held)
    assert shown(catalog) == ("PUBLISHED", "passed", 3)


# ------------------------------------------------------------------ compose again


def test_a_stopped_revision_is_composed_and_checked_anew(stopped: Catalog) -> None:
    assert again(stopped, 2) == Decided("DUE", name(1))
    assert shown(stopped) == ("DUE", "passed", 1)
    compose(stopped, WARNED)
    assert shown(stopped) == ("PUBLISHED", "warned", 2)
    with stopped.transaction() as session:
        assert [(one.verb, one.standing) for one in decisions(session)] == [("RECOMPOSE", False)]


def test_what_a_person_rejected_is_composed_again_and_the_rejection_is_kept(
    stopped: Catalog,
) -> None:
    stop(stopped, 2, Word("bob", "No."))
    reversed_ = again(stopped, 2).reverses
    assert reversed_ is not None
    assert (reversed_.verb, reversed_.decided_by) == ("REJECT", "bob")
    found = status(stopped)
    assert found.state == "DUE"
    told = [(each.product, each.ordinal, each.verb, each.decided_by, each.reason, each.standing)
            for each in found.decisions]  # fmt: skip
    assert told == [
        (name(2), 2, "REJECT", "bob", "No.", False),
        (name(2), 2, "RECOMPOSE", "ann", "It is fine.", False),
    ]
    compose(stopped, WARNED)
    assert [each.verb for each in status(stopped).decisions] == ["REJECT", "RECOMPOSE"]


# ------------------------------------------------------------------ the same once more


@pytest.mark.parametrize("decide", [let, stop, again])
def test_the_same_decision_once_more_changes_nothing(
    stopped: Catalog, decide: Callable[..., Decided]
) -> None:
    first = decide(stopped, 2)
    assert first.repeats is None
    with stopped.transaction() as session:
        before = decisions(session)
    found = status(stopped)
    second = decide(stopped, 2)
    assert second == Decided(first.state, first.shown, repeats=before[0])
    with stopped.transaction() as session:
        assert decisions(session) == before
    assert status(stopped) == found


def test_what_was_released_and_is_composed_anew_after_a_loss_was_not_released(
    stopped: Catalog,
) -> None:
    let(stopped, 2)
    with stopped.transaction() as session:
        (mosaic,) = session.exec(select(MosaicRow)).all()
        mosaic.state = "DUE"
        session.add(mosaic)
    (due_now,) = due(stopped)
    with stopped.transaction() as session:
        held = claim(session, due_now, Definition(), "worker", 60, lambda _revision: False)
    finish(stopped, held)
    with pytest.raises(BadInput, match="is published, so there is nothing to release"):
        let(stopped, 2)


def test_one_that_fails_again_stays_stopped(stopped: Catalog) -> None:
    stop(stopped, 2)
    again(stopped, 2)
    compose(stopped, FAILED)
    assert shown(stopped) == ("QUARANTINED", "stopped", 1)
    assert due(stopped) == []


def test_what_would_not_be_composed_now_is_not_composed_again(stopped: Catalog) -> None:
    with pytest.raises(BadInput, match="is not what would be composed now"):
        again(stopped, 2, Definition(threshold=4))
    bring(stopped, THIRD)
    with pytest.raises(BadInput, match="is not what would be composed now"):
        again(stopped, 2)


def test_what_readers_had_is_never_composed_again(catalog: Catalog) -> None:
    demand(catalog)
    step(catalog, FIRST)
    with pytest.raises(BadInput, match="is published, so there is nothing to compose again"):
        again(catalog, 1)
    stop(catalog, 1)
    with pytest.raises(BadInput, match="what was published never changes"):
        again(catalog, 1)


def test_many_mosaics_stand_by_themselves(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, granule("2018-07-05"))
    publish_all(catalog)
    july = "S2GM_M10_20180701_20180731_31UDS_STD_v1.0.0_2"
    with catalog.transaction() as session:
        reject(session, july, WORD, lambda _revision: True)
        found = {str(each.start): (each.state, each.product is None) for each in mosaics(session)}
    assert found == {"2018-06-01": ("PUBLISHED", False), "2018-07-01": ("REJECTED", True)}
