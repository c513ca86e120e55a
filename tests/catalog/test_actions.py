"""What people did is written in the transaction that did it, and what failed is tried again."""

from collections.abc import Callable

import pytest

from catalog.claim import fail
from catalog.engine import Catalog
from catalog.operation_tables import ActionVerb, TroubleKind
from catalog.operations.actions import Action, actions, record_action
from catalog.operations.troubles import open_trouble, troubles
from catalog.query import granules, tracked
from catalog.register import register
from catalog.retry import dismiss, retry_granule, retry_mosaic
from catalog.tables import MosaicRow
from catalog.withdrawal import Word, take_back, withdraw
from products.errors import BadInput
from products.granule import Unreadable
from products.mosaic import MosaicKey
from tests.catalog.decided import again, let, name, stop, stopped
from tests.catalog.test_catalog import bring, demand, due, granule, publish_all, take
from tests.catalog.test_troubles import deliver, happen, spoil, stand

__all__ = ["stopped"]
FIRST = granule("2018-06-05")
JUNE = MosaicKey.parse("31UDS MONTH 2018-06-01 10 m")
HUB = Word("ann", " It is \n fine. ", "hub")


def done(catalog: Catalog, subject: str | None = None) -> list[Action]:
    with catalog.view() as session:
        page = actions(session, 100, subject=subject)
    assert page.total == len(page.entries)
    return list(page.entries)


def words(catalog: Catalog) -> list[tuple[str, str, str, str, str]]:
    return [(o.verb.value, o.subject, o.reason, o.done_by, o.via) for o in done(catalog)]


def granule_again(catalog: Catalog, granule_id: str, word: Word = HUB) -> None:
    with catalog.transaction() as session:
        retry_granule(session, granule_id, word)


def mosaic_again(catalog: Catalog, key: MosaicKey = JUNE, word: Word = HUB) -> None:
    with catalog.transaction() as session:
        retry_mosaic(session, key, word)


def aside(catalog: Catalog, subject: str, word: Word = HUB) -> list[str]:
    with catalog.transaction() as session:
        return [one.subject for one in dismiss(session, subject, word)]


def test_decisions_are_recorded_under_the_name_of_the_product(stopped: Catalog) -> None:
    let(stopped, 2, HUB)
    stop(stopped, 2, Word("bob", "No."))
    assert words(stopped) == [
        ("REJECT", name(2), "No.", "bob", "cli"),
        ("RELEASE", name(2), "It is fine.", "ann", "hub"),
    ]


def test_to_compose_again_is_recorded(stopped: Catalog) -> None:
    again(stopped, 2)
    assert [(one.verb, one.subject) for one in done(stopped)] == [
        (ActionVerb.RECOMPOSE, name(2)),
    ]


def test_what_is_refused_is_not_recorded(stopped: Catalog) -> None:
    with pytest.raises(BadInput):
        let(stopped, 1, HUB)
    with pytest.raises(BadInput):
        stop(stopped, 2, Word("ann", " "))
    assert done(stopped) == []


def test_withdrawals_are_recorded_granule_by_granule(catalog: Catalog) -> None:
    second = granule("2018-06-08")
    bring(catalog, FIRST, second)
    with catalog.transaction() as session:
        withdraw(session, [FIRST.id, second.id], HUB)
    with catalog.transaction() as session:
        take_back(session, [FIRST.id], Word("bob"))
    assert words(catalog) == [
        ("RESTORE", FIRST.id, "No reason given.", "bob", "cli"),
        ("WITHDRAW", second.id, "It is fine.", "ann", "hub"),
        ("WITHDRAW", FIRST.id, "It is fine.", "ann", "hub"),
    ]
    assert [one.verb for one in done(catalog, second.id)] == [ActionVerb.WITHDRAW]


def test_they_come_page_by_page(catalog: Catalog) -> None:
    for number in range(5):
        with catalog.transaction() as session:
            record_action(session, ActionVerb.ACCOUNT, str(number), "x", "ann", "cli")
    with catalog.view() as session:
        pages = [actions(session, 2, offset) for offset in (0, 2, 4)]
    assert [[one.subject for one in page.entries] for page in pages] == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
    ]
    assert {page.total for page in pages} == {5}


# ------------------------------------------------------------------ try again


def test_a_rejected_granule_waits_again_for_its_ingest(catalog: Catalog) -> None:
    deliver(catalog, FIRST)
    spoil(catalog, FIRST)
    granule_again(catalog, FIRST.id)
    with catalog.view() as session:
        assert tracked(session) == [FIRST.id]
        (row,) = granules(session)
    assert (row.state, row.rule, row.reason, row.spoken) == ("TRACKED", None, None, ())
    assert stand(catalog) == []
    assert words(catalog) == [("RETRY", FIRST.id, "It is fine.", "ann", "hub")]


def test_a_failed_mosaic_is_due_again(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, FIRST)
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert held is not None
    with catalog.transaction() as session:
        fail(session, held, "The disk is full.")
    mosaic_again(catalog)
    with catalog.view() as session:
        assert session.get_one(MosaicRow, mosaic).state == "DUE"
        assert troubles(session, 10).total == 0
    assert words(catalog) == [("RETRY", str(JUNE), "It is fine.", "ann", "hub")]


def _unreadable(catalog: Catalog) -> None:
    bad = Unreadable("bad", "/x", "metadata", "It is not XML.")
    with catalog.transaction() as session:
        register(session, "archive", [], [bad], None)


@pytest.mark.parametrize(
    ("prepare", "granule_id", "said"),
    [
        (lambda _: None, "nobody", "no granule nobody"),
        (lambda catalog: deliver(catalog, FIRST), FIRST.id, "waits for its ingest"),
        (lambda catalog: bring(catalog, FIRST), FIRST.id, "is ingested"),
        (_unreadable, "bad", "deliver it again"),
    ],
)
def test_granules_that_cannot_be_tried_again(
    catalog: Catalog, prepare: Callable[[Catalog], None], granule_id: str, said: str
) -> None:
    prepare(catalog)
    with pytest.raises(BadInput, match=said):
        granule_again(catalog, granule_id)
    assert done(catalog) == []


def test_a_withdrawn_granule_is_brought_back_first(catalog: Catalog) -> None:
    deliver(catalog, FIRST)
    with catalog.transaction() as session:
        withdraw(session, [FIRST.id], HUB)
    spoil(catalog, FIRST)  # as an ingest does that had begun before
    with pytest.raises(BadInput, match=r"withdrawn \(It is fine\.\).*--undo"):
        granule_again(catalog, FIRST.id)


def test_mosaics_that_cannot_be_tried_again(stopped: Catalog) -> None:
    with pytest.raises(BadInput, match="no mosaic 31UDS YEAR"):
        mosaic_again(stopped, MosaicKey.parse("31UDS YEAR 2018-01-01 10 m"))
    with pytest.raises(BadInput, match="release, reject or recompose"):
        mosaic_again(stopped)
    bring(stopped, granule("2018-06-11"))
    with pytest.raises(BadInput, match="is DUE already"):
        mosaic_again(stopped)
    publish_all(stopped)
    with pytest.raises(BadInput, match="is PUBLISHED, so there is nothing"):
        mosaic_again(stopped)
    assert done(stopped) == []


# ------------------------------------------------------------------ set aside


def test_all_that_troubles_a_subject_is_dismissed(catalog: Catalog) -> None:
    happen(catalog)
    happen(catalog, "other")
    with catalog.transaction() as session:
        open_trouble(session, TroubleKind.RUN, "archive", "It broke.")
    assert aside(catalog, "archive") == ["archive", "archive"]
    assert [one.subject for one in stand(catalog)] == ["other"]
    assert [one.verb.value for one in done(catalog, "archive")] == ["DISMISS", "DISMISS"]


def test_one_trouble_is_dismissed_by_its_number(catalog: Catalog) -> None:
    happen(catalog)
    (one,) = stand(catalog)
    assert aside(catalog, str(one.id)) == ["archive"]
    with pytest.raises(BadInput, match="nothing to dismiss"):
        aside(catalog, str(one.id))


@pytest.mark.parametrize("subject", ["nobody", "77", "9" * 30])
def test_what_does_not_stand_cannot_be_dismissed(catalog: Catalog, subject: str) -> None:
    with pytest.raises(BadInput, match=f"No trouble of {subject} is shown"):
        aside(catalog, subject)


def test_everything_needs_its_reason(catalog: Catalog) -> None:
    deliver(catalog, FIRST)
    spoil(catalog, FIRST)
    for nothing in (None, " "):
        word = Word("ann", nothing)
        for act in (
            lambda word=word: granule_again(catalog, FIRST.id, word),
            lambda word=word: mosaic_again(catalog, JUNE, word),
            lambda word=word: aside(catalog, FIRST.id, word),
        ):
            with pytest.raises(BadInput, match="needs its reason"):
                act()
    assert done(catalog) == []
    assert len(stand(catalog)) == 1
