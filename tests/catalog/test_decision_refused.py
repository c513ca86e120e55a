"""Decisions that are refused, by us and by the database, and what the folders need to know."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import select

from catalog.decision import (
    find_stopped,
    hold_stopped,
    is_published,
    never_published,
    recompose,
    reject,
    release,
)
from catalog.engine import Catalog
from catalog.quality import decisions
from catalog.quality_tables import DecisionRow
from catalog.query import numbers_in_use
from catalog.tables import RevisionRow
from catalog.withdrawal import Word
from products.errors import BadInput
from products.mosaic import Definition
from tests.catalog.decided import (
    THIRD,
    WORD,
    again,
    let,
    moved,
    name,
    status,
    stop,
    stopped,
)
from tests.catalog.test_catalog import bring, due

__all__ = ["stopped"]


def test_wrong_words_are_refused_and_nothing_changes(stopped: Catalog) -> None:
    before = status(stopped)
    for nothing in (None, "", " \n\t"):
        for decide in (let, stop):
            with pytest.raises(BadInput, match="--reason"):
                decide(stopped, 2, Word("ann", nothing))
        with pytest.raises(BadInput, match="--reason"), stopped.transaction() as session:
            find_stopped(session, name(2), Word("ann", nothing))
        with pytest.raises(BadInput, match="--reason"), stopped.transaction() as session:
            recompose(session, name(2), Word("ann", nothing), Definition())
    unknown = (
        name(9),
        name(2, "2.0.0"),
        name(2**40),
        name(2).replace("31UDS", "31UDT"),
        name(2).replace("M10", "M20"),
    )
    for wrong in unknown:
        with pytest.raises(BadInput, match=f"no mosaic {wrong} in"), stopped.transaction() as s:
            reject(s, wrong, WORD, lambda _revision: True)
    with pytest.raises(BadInput, match="not a product name"), stopped.transaction() as session:
        release(session, "31UDS", WORD, moved)
    with pytest.raises(BadInput, match="is published, so there is nothing to release"):
        let(stopped, 1)
    assert status(stopped) == before
    with stopped.transaction() as session:
        assert decisions(session) == []


def test_what_is_not_composed_yet_cannot_be_decided_about(stopped: Catalog) -> None:
    bring(stopped, THIRD)
    due(stopped)
    for decide in (let, stop, again):
        with pytest.raises(BadInput, match=f"{name(3)} is not composed yet"):
            decide(stopped, 3)


def test_what_contradicts_a_decision_says_which(stopped: Catalog) -> None:
    again(stopped, 2)
    for decide in (let, stop):
        with pytest.raises(
            BadInput, match=r"not composed yet \(sent to be composed anew by ann on"
        ):
            decide(stopped, 2)


def test_what_was_released_is_not_composed_again(stopped: Catalog) -> None:
    let(stopped, 2)
    with pytest.raises(BadInput, match=r"is published \(released by ann on .*nothing to compose"):
        again(stopped, 2)


def test_the_database_itself_refuses_two_standing_decisions_and_one_without_reason(
    stopped: Catalog,
) -> None:
    stop(stopped, 2)
    with stopped.transaction() as session:
        revision = session.exec(select(DecisionRow.revision_id)).one()
    moment = datetime(2018, 7, 1, tzinfo=UTC)
    usual = {"revision_id": revision, "verb": "REJECT", "reason": "No.", "standing": False}
    for wrong in ({"standing": True}, {"reason": ""}, {"verb": "SHRUG"}, {"revision_id": "none"}):
        with pytest.raises(sa.exc.IntegrityError), stopped.transaction() as session:
            session.add(DecisionRow(decided_by="ann", decided_at=moment, **(usual | wrong)))


def test_the_database_itself_refuses_a_rejected_revision_that_is_current(stopped: Catalog) -> None:
    with pytest.raises(sa.exc.IntegrityError), stopped.transaction() as session:
        session.execute(sa.update(RevisionRow).where(RevisionRow.current).values(state="REJECTED"))


def test_what_may_be_released_keeps_its_record_and_what_was_never_read_is_known(
    stopped: Catalog,
) -> None:
    with stopped.transaction() as session:
        assert numbers_in_use(session) == {1, 2}
        assert never_published(session) == {2: f"quarantine/31UDS/{name(2)}"}
        assert hold_stopped(session, 2) == f"quarantine/31UDS/{name(2)}"
        assert not is_published(session, name(2))
        assert not is_published(session, name(77))
    let(stopped, 2)
    with stopped.transaction() as session:
        assert never_published(session) == {}
        assert hold_stopped(session, 2) is None
        assert is_published(session, name(2))
        for other in ("notes_2", name(2).replace("M10", "M20"), name(2, "2.0.0"), name(2**40)):
            assert not is_published(session, other)
    stop(stopped, 2)
    with stopped.transaction() as session:
        assert never_published(session) == {}
        assert hold_stopped(session, 2) is None
