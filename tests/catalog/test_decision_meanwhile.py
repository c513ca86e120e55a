"""Decisions while workers claim and commit, and while others decide."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlmodel import Session

from catalog.claim import Outcome, commit
from catalog.decision import Decided, hold_stopped, reject, release
from catalog.engine import Catalog
from catalog.tables import RevisionState
from catalog.withdrawal import Word
from tests.catalog.decided import (
    SECOND,
    THIRD,
    WORD,
    back,
    let,
    moved,
    name,
    out,
    settle,
    shown,
    stop,
    stopped,
)
from tests.catalog.test_catalog import bring, due, publish, take

__all__ = ["stopped"]


def overlapping(
    catalog: Catalog, first: Callable[[Session], object], second: Callable[[], object]
) -> object:
    """Run ``first`` in a transaction that ends only when ``second``, begun meanwhile, waits."""
    with ThreadPoolExecutor(1) as pool:
        with catalog.transaction() as session:
            first(session)
            session.flush()
            begun = threading.Event()

            def act() -> object:
                begun.set()
                return second()

            waiting = pool.submit(act)
            begun.wait()
            threading.Event().wait(0.4)
            assert not waiting.done()
        return waiting.result(timeout=30)


def test_a_commit_that_ends_while_its_product_is_rejected_is_seen(stopped: Catalog) -> None:
    bring(stopped, THIRD)
    (mosaic,) = due(stopped)
    held = take(stopped, mosaic)
    assert held is not None
    made = Outcome(RevisionState.PUBLISHED, f"products/31UDS/{name(3)}", "ab" * 32, ())
    decided = overlapping(stopped, lambda s: commit(s, held, made), lambda: stop(stopped, 3))
    assert decided == Decided("REJECTED", name(1))
    assert shown(stopped) == ("REJECTED", "rejected", 1)


def test_a_rejection_that_ends_while_its_mosaic_is_claimed_is_seen(stopped: Catalog) -> None:
    """The claim was made due by what came back; it settles on what was rejected meanwhile."""
    out(stopped, SECOND)
    settle(stopped)
    back(stopped, SECOND)
    (mosaic,) = due(stopped)
    held = overlapping(
        stopped,
        lambda s: reject(s, name(2), WORD, lambda _revision: True),
        lambda: take(stopped, mosaic),
    )
    assert held is None
    assert shown(stopped) == ("REJECTED", "rejected", 1)


def test_of_two_decisions_at_a_time_the_second_sees_the_first(stopped: Catalog) -> None:
    second = overlapping(
        stopped, lambda s: release(s, name(2), WORD, moved), lambda: let(stopped, 2)
    )
    assert isinstance(second, Decided)
    assert second.repeats is not None
    decided = overlapping(
        stopped,
        lambda s: reject(s, name(2), WORD, lambda _revision: True),
        lambda: let(stopped, 2, Word("bob", "Yes.")),
    )
    assert isinstance(decided, Decided)
    assert (decided.state, decided.shown) == ("PUBLISHED", name(2))
    assert decided.reverses is not None
    assert decided.reverses.verb == "REJECT"


def test_a_release_that_ends_while_an_input_is_withdrawn_is_seen(stopped: Catalog) -> None:
    overlapping(stopped, lambda s: release(s, name(2), WORD, moved), lambda: out(stopped, SECOND))
    assert shown(stopped) == ("DUE", "released", 2)
    settle(stopped)
    assert shown(stopped) == ("PUBLISHED", "passed", 1)


def test_a_release_that_ends_while_another_revision_is_committed_is_overtaken(
    stopped: Catalog,
) -> None:
    bring(stopped, THIRD)
    (mosaic,) = due(stopped)
    held = take(stopped, mosaic)
    assert held is not None
    overlapping(stopped, lambda s: release(s, name(2), WORD, moved), lambda: publish(stopped, held))
    assert shown(stopped) == ("PUBLISHED", "passed", 3)


def test_an_old_folder_is_not_put_back_while_a_release_moves_it(stopped: Catalog) -> None:
    def held() -> str | None:
        with stopped.transaction() as session:
            return hold_stopped(session, 2)

    assert overlapping(stopped, lambda s: release(s, name(2), WORD, moved), held) is None
