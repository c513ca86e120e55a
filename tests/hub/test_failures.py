"""Failures in plain words, and what an operator can do about them."""

from fastapi import FastAPI
from sqlmodel import select

from catalog.operation_tables import ActionRow, TroubleRow
from catalog.tables import GranuleRow, MosaicRow
from tests.catalog.operations.rows import granule, mosaic, statements, trouble, write
from tests.hub.conftest import ADDRESS, Browser
from tests.hub.rows import ESCAPED, HOSTILE, catalog_of, fill, hours_ago, many
from tests.hub.test_overview import text_of

MOSAIC = "31UDS MONTH 2022-06-01 20 m"


def torn(hub: FastAPI) -> None:
    """A granule that was rejected; its trouble has the number 1."""
    fill(
        hub,
        granule("G1", hours_ago(3), "REJECTED"),
        trouble(
            "GRANULE", "G1", hours_ago(3), id=1, tile="31UDS", rule="checksum",
            message="G1 is torn; deliver it again.", times=3, seen_at=hours_ago(1),
        ),
    )  # fmt: skip


def done(hub: FastAPI) -> list[tuple[str, str, str, str, str]]:
    with catalog_of(hub).view() as session:
        return [
            (row.verb, row.subject, row.reason, row.done_by, row.via)
            for row in session.exec(select(ActionRow))
            if row.verb != "ACCOUNT"
        ]


def test_without_failures_it_says_so(ada: Browser) -> None:
    said = text_of(ada.look("/failures").text)
    assert "Nothing is broken." in said
    assert "Nothing needed mending." in said


def test_a_failure_is_told_with_what_can_be_done(ada: Browser, hub: FastAPI) -> None:
    torn(hub)
    page = ada.look("/failures").text
    said = text_of(page)
    assert "1 thing went wrong and is not mended yet." in said
    assert "G1 is torn; deliver it again." in said
    assert "3 h 00 min ago; 3 times, last 1 h 00 min ago; rule checksum." in said
    assert 'href="/failures/1/retry" data-dialog>Try again<' in page
    assert '<a href="/tiles/31UDS">G1</a>' in page


def test_a_rejected_granule_is_tried_again_on_the_operators_word(
    ada: Browser, hub: FastAPI
) -> None:
    torn(hub)
    asked = ada.look("/failures/1/retry").text
    assert "Try this again?" in asked
    assert 'id="subject">G1<' in asked
    went = ada.fill_in("/failures/1/retry", "/failures/1/retry", reason="It was delivered anew.")
    assert (went.status_code, went.headers["location"]) == (303, "/failures")
    assert "G1 is tried again by the next turn." in ada.look("/failures").text
    assert done(hub) == [("RETRY", "G1", "It was delivered anew.", "ada", "hub")]
    with catalog_of(hub).view() as session:
        assert session.get_one(GranuleRow, "G1").state == "TRACKED"
        assert session.get_one(TroubleRow, 1).ended_at is not None
    assert "Mended" in ada.look("/failures").text


def test_a_mosaic_that_failed_is_composed_again(ada: Browser, hub: FastAPI) -> None:
    fill(hub, mosaic(1, "FAILED", reason="Full."), trouble("MOSAIC", MOSAIC, hours_ago(1), id=1))
    page = ada.look("/failures").text
    assert ">Compose again<" in page
    assert '<a href="/mosaics/31UDS/MONTH/2022-06-01/20">' in page
    ada.fill_in("/failures/1/retry", "/failures/1/retry", reason="There is room now.")
    with catalog_of(hub).view() as session:
        assert session.get_one(MosaicRow, 1).state == "DUE"
    assert done(hub) == [("RETRY", MOSAIC, "There is room now.", "ada", "hub")]


def test_what_is_dismissed_is_hidden_until_one_asks_for_it(ada: Browser, hub: FastAPI) -> None:
    torn(hub)
    ada.fill_in("/failures/1/dismiss", "/failures/1/dismiss", reason="It is known.")
    assert done(hub) == [("DISMISS", "G1", "It is known.", "ada", "hub")]
    assert "Nothing is broken." in ada.look("/failures").text
    shown = ada.look("/failures?dismissed=true").text
    assert "G1 is torn" in shown
    assert "/failures/1/dismiss" not in shown


def test_what_every_turn_tries_again_by_itself_has_no_button_for_it(
    ada: Browser, hub: FastAPI
) -> None:
    fill(
        hub,
        trouble("SOURCE", "archive", hours_ago(1), id=1),
        trouble("GRANULE", "G2", hours_ago(1), id=2, rule="unavailable"),
    )
    page = ada.look("/failures").text
    assert "/retry" not in page
    assert page.count("Every turn tries it again by itself.") == 2
    refused = ada.fill_in("/failures/1/dismiss", "/failures/1/retry", reason="Now.")
    assert refused.status_code == 422
    assert "tried again by every turn" in refused.text


def test_without_a_reason_or_twice_nothing_is_done(ada: Browser, hub: FastAPI) -> None:
    torn(hub)
    assert ada.fill_in("/failures/1/retry", "/failures/1/retry").status_code == 422
    assert done(hub) == []
    ada.fill_in("/failures/1/retry", "/failures/1/retry", reason="First.")
    assert ada.look("/failures/1/retry").status_code == 404
    assert ada.look("/failures/99/dismiss").status_code == 404
    assert ada.look("/failures/99999999999999999999/dismiss").status_code == 422
    assert len(done(hub)) == 1


def test_only_operators_act_and_only_by_a_form_of_this_hub(
    ada: Browser, ben: Browser, stranger: Browser, hub: FastAPI
) -> None:
    torn(hub)
    assert "/failures/1/retry" not in ben.look("/failures").text
    assert ben.look("/failures/1/retry").status_code == 403
    token = ben.token("/account")
    for verb in ("retry", "dismiss"):
        path, form = f"/failures/1/{verb}", {"reason": "Because."}
        assert ada.send(path, form, origin=ADDRESS).status_code == 403
        assert ada.send(path, form | {"token": "guessed"}, origin=ADDRESS).status_code == 403
        assert ben.send(path, form | {"token": token}, origin=ADDRESS).status_code == 403
        assert stranger.send(path, form, origin=ADDRESS).status_code in (303, 403)
    assert done(hub) == []


def test_hostile_texts_are_shown_as_they_are(ada: Browser, hub: FastAPI) -> None:
    fill(
        hub,
        trouble("GRANULE", HOSTILE, hours_ago(1), id=1, rule=HOSTILE, message=HOSTILE),
        trouble("MOSAIC", HOSTILE, hours_ago(1), id=2),
        trouble("RUN", HOSTILE, hours_ago(3), id=3, message=HOSTILE, ended_at=hours_ago(1)),
    )
    for path in ("/failures", "/failures/1/retry", "/failures/2/dismiss"):
        page = ada.look(path).text
        assert HOSTILE not in page
        assert ESCAPED in page


def test_lists_are_paged_and_the_number_of_statements_depends_on_nothing(
    ada: Browser, hub: FastAPI
) -> None:
    fill(hub, *many(1))
    with statements(catalog_of(hub)) as few:
        ada.look("/failures")
    write(catalog_of(hub), *many(50, first=2))
    with statements(catalog_of(hub)) as lots:
        page = ada.look("/failures").text
    assert len(few) == len(lots)
    assert page.count('id="trouble-') == 25
    assert 'href="/failures?offset=25" rel="next"' in page
    assert ada.look("/failures?offset=50").text.count('id="trouble-') == 1
    assert "This page of the list is empty." in ada.look("/failures?offset=75").text
    assert ada.look("/failures?offset=-1").status_code == 422


def test_long_paths_are_told_whole_below_the_sentence(ada: Browser, hub: FastAPI) -> None:
    path = "/srv/archive/S2A_1.SAFE/GRANULE/IMG_DATA/B04_10m.jp2"
    message = f"{path} is torn; fetch it again."
    fill(hub, trouble("GRANULE", "G1", hours_ago(1), id=1, message=message))
    page = ada.look("/failures").text
    assert "…/B04_10m.jp2</span> is torn" in page
    assert f'<p class="hint id">{path}</p>' in page
