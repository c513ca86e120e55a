"""Granules that a person takes out of use, in the catalog: who, when, why, and what becomes due."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from catalog.affected import request_mosaic
from catalog.claim import Outcome, claim, commit
from catalog.delivery import published, standing, wanted_mosaic
from catalog.engine import Catalog, now
from catalog.ingested import accept
from catalog.need import kept_observations
from catalog.query import counts, granules, mosaics, tracked, waiting_by_tile
from catalog.register import register
from catalog.shelf import published_revisions
from catalog.tables import GranuleRow, MosaicRow, RevisionState, WithdrawalRow
from catalog.withdrawal import Changed, Word, take_back, withdraw
from products.errors import BadInput
from products.granule import Granule
from products.mosaic import Definition
from tests.catalog.test_catalog import (
    EXTENT,
    bring,
    demand,
    due,
    granule,
    publish,
    publish_all,
    take,
)
from tests.catalog.test_delivery import JUNE

FIRST, SECOND = granule("2018-06-05"), granule("2018-06-08")
OLD, NEW = granule("2018-06-05", "02.07"), granule("2018-06-05", "05.00")
WORD = Word("ann", "Striping in  B08.")


def out(catalog: Catalog, *taken: Granule, word: Word = WORD) -> Changed:
    with catalog.transaction() as session:
        return withdraw(session, [each.id for each in taken], word)


def back(catalog: Catalog, *taken: Granule) -> Changed:
    with catalog.transaction() as session:
        return take_back(session, [each.id for each in taken], Word("bob", "It was fine."))


def inputs(catalog: Catalog) -> tuple[str, ...]:
    """Return what the current revision of the one mosaic is made of."""
    with catalog.transaction() as session:
        (status,) = mosaics(session)
    return status.granules


def states(catalog: Catalog) -> dict[str, str]:
    with catalog.transaction() as session:
        return {row.id: row.state for row in granules(session)}


def settle(catalog: Catalog) -> None:
    """Claim what is due and expect that there is nothing to compose."""
    assert [take(catalog, mosaic) for mosaic in due(catalog)] == [None]


def test_who_when_and_why_are_kept_also_after_it_is_undone(catalog: Catalog) -> None:
    bring(catalog, FIRST)
    before = now()
    out(catalog, FIRST)
    with catalog.transaction() as session:
        (status,) = granules(session)
    assert (status.state, status.reason) == ("WITHDRAWN", "Striping in B08.")
    assert status.withdrawn_by == "ann"
    assert status.withdrawn_at is not None
    assert before <= status.withdrawn_at <= now()
    back(catalog, FIRST)
    out(catalog, FIRST, word=Word("cid", "Again."))
    with catalog.transaction() as session:
        rows = session.exec(select(WithdrawalRow).order_by(WithdrawalRow.id)).all()
    told = [(r.reason, r.withdrawn_by, r.undone_by, r.undone_because) for r in rows]
    assert told == [
        ("Striping in B08.", "ann", "bob", "It was fine."),
        ("Again.", "cid", None, None),
    ]
    assert rows[0].undone_at is not None
    assert before <= rows[0].withdrawn_at <= rows[0].undone_at <= now()


def test_the_mosaic_is_composed_without_it_and_with_it_again(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    publish_all(catalog)
    with catalog.transaction() as session:
        first = published(session, JUNE)
    assert out(catalog, FIRST) == Changed(back=(), gone=(FIRST.id,), due=1)
    assert publish_all(catalog) == 1
    assert inputs(catalog) == (SECOND.id,)
    assert back(catalog, FIRST) == Changed(back=(FIRST.id,), gone=(), due=1)
    settle(catalog)  # the same inputs as at first are the same revision
    with catalog.transaction() as session:
        assert published(session, JUNE) == first
    assert due(catalog) == []


def test_the_processing_that_it_had_superseded_counts_again(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, OLD, NEW)
    assert publish_all(catalog) == 1
    assert inputs(catalog) == (NEW.id,)
    assert out(catalog, NEW) == Changed(back=(OLD.id,), gone=(NEW.id,), due=1)
    assert states(catalog) == {OLD.id: "READY", NEW.id: "WITHDRAWN"}
    publish_all(catalog)
    assert inputs(catalog) == (OLD.id,)
    assert back(catalog, NEW) == Changed(back=(NEW.id,), gone=(OLD.id,), due=1)
    assert states(catalog) == {OLD.id: "SUPERSEDED", NEW.id: "READY"}


def test_both_processings_may_be_withdrawn_and_come_back_one_by_one(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, OLD, NEW)
    publish_all(catalog)
    assert out(catalog, NEW, OLD) == Changed(back=(), gone=(NEW.id,), due=1)
    settle(catalog)
    assert inputs(catalog) == ()
    assert back(catalog, OLD).back == (OLD.id,)
    publish_all(catalog)
    assert inputs(catalog) == (OLD.id,)
    assert back(catalog, NEW) == Changed(back=(NEW.id,), gone=(OLD.id,), due=1)


def test_one_that_counts_nowhere_makes_nothing_due(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, OLD, NEW)
    publish_all(catalog)
    assert out(catalog, OLD) == Changed((), (), 0)
    assert due(catalog) == []
    assert back(catalog, OLD) == Changed((), (), 0)
    assert states(catalog) == {OLD.id: "SUPERSEDED", NEW.id: "READY"}


def test_a_new_delivery_counts_and_the_withdrawn_one_does_not_compete(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, NEW)
    publish_all(catalog)
    out(catalog, NEW)
    bring(catalog, OLD)  # of a lower baseline
    publish_all(catalog)
    assert inputs(catalog) == (OLD.id,)
    assert states(catalog) == {OLD.id: "READY", NEW.id: "WITHDRAWN"}


def test_tracking_again_brings_nothing_back(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    publish_all(catalog)
    out(catalog, FIRST)
    publish_all(catalog)
    bring(catalog, FIRST)
    changed = granule("2018-06-05", fingerprint="two")
    bring(catalog, changed)
    assert due(catalog) == []
    assert states(catalog)[FIRST.id] == "WITHDRAWN"


def test_one_that_waits_for_its_ingest_waits_no_longer(catalog: Catalog) -> None:
    demand(catalog)
    with catalog.transaction() as session:
        register(session, "archive", [FIRST], [], None)
    out(catalog, FIRST)
    with catalog.transaction() as session:
        assert tracked(session) == []
        assert waiting_by_tile(session) == {}
        assert counts(session) == {"granules.WITHDRAWN": 1}
    back(catalog, FIRST)
    with catalog.transaction() as session:
        assert tracked(session) == [FIRST.id]
        assert waiting_by_tile(session) == {"31UDS": 1}
        assert counts(session) == {"granules.TRACKED": 1}


def test_one_whose_ingest_ends_after_its_withdrawal_does_not_count(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, OLD)
    publish_all(catalog)
    with catalog.transaction() as session:
        register(session, "archive", [NEW, granule("2018-07-05")], [], None)
    out(catalog, NEW, granule("2018-07-05"))
    for late in (NEW, granule("2018-07-05")):
        with catalog.transaction() as session:
            accept(session, late, EXTENT, "x")
    assert due(catalog) == []
    assert inputs(catalog) == (OLD.id,)  # and there is no mosaic of July
    back(catalog, NEW)
    publish_all(catalog)
    assert inputs(catalog) == (NEW.id,)


# ------------------------------------------------------------------ nothing left


def test_a_mosaic_without_inputs_is_no_longer_published(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST)
    publish_all(catalog)
    out(catalog, FIRST)
    settle(catalog)
    with catalog.transaction() as session:
        (status,) = mosaics(session)
        assert (status.state, status.revision, status.product) == ("EMPTY", None, None)
        assert status.reason == "No usable granule of its dates is left."
        assert published(session, JUNE) is None
        assert standing(session, JUNE) == ("EMPTY", status.reason)
        assert wanted_mosaic(session, JUNE, Definition()) is None
        ((_, (kept,)),) = published_revisions(session)
        assert not kept.current
    bring(catalog, SECOND)
    assert publish_all(catalog) == 1
    assert inputs(catalog) == (SECOND.id,)


def test_new_demand_and_orders_pass_over_it(catalog: Catalog) -> None:
    bring(catalog, FIRST)
    out(catalog, FIRST)
    demand(catalog)
    with catalog.transaction() as session:
        assert request_mosaic(session, JUNE) is None
        assert wanted_mosaic(session, JUNE, Definition()) is None
        assert mosaics(session) == []
    assert back(catalog, FIRST).due == 1
    assert publish_all(catalog) == 1


def test_the_working_store_does_not_need_it(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    with catalog.transaction() as session:
        register(session, "archive", [granule("2018-06-11")], [], None)
    out(catalog, FIRST, granule("2018-06-11"))
    with catalog.transaction() as session:
        kept = kept_observations(session, date(2018, 6, 10))
    told = {each.granule.id: (each.needed, each.in_use) for each in kept}
    assert told == {
        FIRST.id: (False, False), SECOND.id: (True, False), granule("2018-06-11").id: (False, False)
    }  # fmt: skip


def test_a_revision_whose_product_is_gone_is_composed_again(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    publish_all(catalog)
    out(catalog, FIRST)
    publish_all(catalog)
    back(catalog, FIRST)
    (mosaic,) = due(catalog)
    with catalog.transaction() as session:
        held = claim(session, mosaic, Definition(), "me", 60, lambda _revision: False)
    assert held is not None
    assert inputs(catalog) == (SECOND.id,)  # meanwhile
    publish(catalog, held)
    assert inputs(catalog) == (FIRST.id, SECOND.id)


# ------------------------------------------------------------------ meanwhile


def test_one_withdrawn_while_composing_makes_due_again(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert held is not None
    assert out(catalog, FIRST).due == 1
    with catalog.transaction() as session:
        assert session.get_one(MosaicRow, mosaic).state == "COMPOSING"
    publish(catalog, held)
    assert due(catalog) == [mosaic]
    publish_all(catalog)
    assert inputs(catalog) == (SECOND.id,)
    assert due(catalog) == []


def overlapping(catalog: Catalog, first: Callable[[Session], object], then: str, *of: object):
    """Run ``first`` in a transaction that ends only when another one, begun meanwhile, waits."""
    actions: dict[str, Callable[..., object]] = {"withdraw": out, "accept": ingest, "claim": take}
    with ThreadPoolExecutor(1) as pool:
        with catalog.transaction() as session:
            first(session)
            session.flush()
            begun = threading.Event()

            def second() -> object:
                begun.set()
                return actions[then](catalog, *of)

            waiting = pool.submit(second)
            begun.wait()
            threading.Event().wait(0.5)
            assert not waiting.done()
        return waiting.result(timeout=30)


def ingest(catalog: Catalog, each: Granule) -> None:
    with catalog.transaction() as session:
        accept(session, each, EXTENT, f"sum of {each.id}")


def test_an_ingest_that_ends_while_it_is_withdrawn_is_seen(catalog: Catalog) -> None:
    """The ingest of the better processing has superseded the other one, unseen by us so far."""
    demand(catalog)
    bring(catalog, OLD)
    with catalog.transaction() as session:
        register(session, "archive", [NEW], [], None)
    overlapping(catalog, lambda s: accept(s, NEW, EXTENT, "x"), "withdraw", NEW)
    assert states(catalog) == {OLD.id: "READY", NEW.id: "WITHDRAWN"}
    publish_all(catalog)
    assert inputs(catalog) == (OLD.id,)


@pytest.mark.parametrize(("here", "coming"), [(OLD, NEW), (NEW, OLD)])
def test_a_withdrawal_that_ends_while_another_delivery_is_ingested_is_seen(
    catalog: Catalog, here: Granule, coming: Granule
) -> None:
    demand(catalog)
    bring(catalog, here)
    with catalog.transaction() as session:
        register(session, "archive", [coming], [], None)
    overlapping(catalog, lambda s: withdraw(s, [here.id], WORD), "accept", coming)
    assert states(catalog) == {here.id: "WITHDRAWN", coming.id: "READY"}
    publish_all(catalog)
    assert inputs(catalog) == (coming.id,)


def test_a_withdrawal_that_ends_while_its_mosaic_is_claimed_is_seen(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    (mosaic,) = due(catalog)
    held = overlapping(catalog, lambda s: withdraw(s, [FIRST.id], WORD), "claim", mosaic)
    publish(catalog, held)
    assert inputs(catalog) == (SECOND.id,)
    assert due(catalog) == []


def test_a_claim_that_ends_while_an_input_is_withdrawn_is_seen(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    (mosaic,) = due(catalog)
    helds = []
    overlapping(
        catalog,
        lambda s: helds.append(claim(s, mosaic, Definition(), "me", 60)),
        "withdraw",
        FIRST,
    )
    publish(catalog, helds[0])
    assert due(catalog) == [mosaic]


def test_a_commit_that_ends_while_an_input_is_withdrawn_is_seen(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert held is not None
    made = Outcome(RevisionState.PUBLISHED, "products/1", "ab" * 32, (), None)
    overlapping(catalog, lambda s: commit(s, held, made), "withdraw", FIRST)
    assert inputs(catalog) == (FIRST.id, SECOND.id)
    assert due(catalog) == [mosaic]


# ------------------------------------------------------------------ refusals


def test_wrong_words_are_refused_and_nothing_changes(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST, SECOND)
    publish_all(catalog)
    out(catalog, FIRST)
    publish_all(catalog)
    with pytest.raises(BadInput, match=f"{FIRST.id} is withdrawn already .Striping in B08.*--undo"):
        out(catalog, SECOND, FIRST)
    with pytest.raises(BadInput, match=f"{SECOND.id} is not withdrawn"):
        back(catalog, FIRST, SECOND)
    with pytest.raises(BadInput, match=r"no granule S2A_2020-01-01_02.07_ in this catalog"):
        out(catalog, SECOND, granule("2020-01-01"))
    with pytest.raises(BadInput, match="no granule"):
        back(catalog, granule("2020-01-01"))
    for nothing in (None, "", " \n\t"):
        with pytest.raises(BadInput, match="--reason"):
            out(catalog, SECOND, word=Word("ann", nothing))
    assert states(catalog) == {FIRST.id: "WITHDRAWN", SECOND.id: "READY"}
    assert due(catalog) == []


def test_a_rejected_one_cannot_be_withdrawn(catalog: Catalog) -> None:
    bring(catalog, FIRST)
    with catalog.transaction() as session:
        row = session.get_one(GranuleRow, FIRST.id)
        row.state, row.rule, row.reason = "REJECTED", "checksum", "It is wrong."
        session.add(row)
    with pytest.raises(BadInput, match=r"is rejected \(checksum\)"):
        out(catalog, FIRST)


def test_naming_one_twice_withdraws_it_once(catalog: Catalog) -> None:
    bring(catalog, FIRST)
    assert out(catalog, FIRST, FIRST).gone == (FIRST.id,)
    assert back(catalog, FIRST, FIRST).back == (FIRST.id,)


def test_the_database_itself_refuses_a_second_one_and_one_without_reason(catalog: Catalog) -> None:
    bring(catalog, FIRST)
    out(catalog, FIRST)
    moment = datetime(2018, 7, 1, tzinfo=UTC)
    for wrong in (
        {"granule_id": FIRST.id, "reason": "Twice."},
        {"granule_id": FIRST.id, "reason": "", "undone_by": "x", "undone_at": moment},
        {"granule_id": FIRST.id, "reason": "By nobody.", "undone_at": moment},
        {"granule_id": "nowhere", "reason": "Unknown."},
    ):
        with pytest.raises(sa.exc.IntegrityError), catalog.transaction() as session:
            session.add(WithdrawalRow(withdrawn_by="ann", withdrawn_at=moment, **wrong))


def test_a_reason_that_is_no_utf_8_is_refused() -> None:
    with pytest.raises(BadInput, match="is not text in UTF-8"):
        Word("ann", b"caf\xe9".decode("utf-8", "surrogateescape"))
