"""The gate: what was stopped, by which rule, and the decision of an operator."""

import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import select

from catalog.quality_tables import DecisionRow
from catalog.tables import MosaicRow, RevisionRow
from hub.app import create_app
from tests.catalog.operations.rows import revision, statements, write
from tests.hub.conftest import ADDRESS, QUICK, Browser, Visit, add
from tests.hub.rows import ESCAPED, HOSTILE, catalog_of, fill, many, stopped
from tests.hub.test_failures import done
from tests.hub.test_overview import text_of
from tests.tasks.helpers import run, write_archive
from tests.tasks.helpers import workshop as open_workshop
from tests.tasks.test_decide import STRICT

NAME = "S2GM_M20_20000801_20000831_31UDS_STD_v1.0.0_7"


def test_an_empty_gate_says_so(ada: Browser) -> None:
    said = text_of(ada.look("/gate").text)
    assert "Nothing waits at the gate." in said
    assert "Nobody has decided about a product yet." in said


def test_what_was_stopped_is_shown_with_rule_report_and_what_readers_get(
    ada: Browser, hub: FastAPI
) -> None:
    fill(hub, *stopped(7), revision(3, 7, ordinal=0, current=True))
    page = ada.look("/gate").text
    said = text_of(page)
    assert "Quality control stopped 1 mosaic; readers keep what they had." in said
    assert "L1.1-scl Broken at 3 pixels." in said
    assert "Readers get S2GM_M20_20220601_20220630_31UDS_STD_v1.0.0_3" in said
    assert f'href="/files/{NAME}/report.html">Report<' in page
    for verb in ("release", "reject", "recompose"):
        assert f'href="/gate/{NAME}/{verb}"' in page


def test_a_rejection_asks_once_and_is_recorded_with_who_when_and_why(
    ada: Browser, hub: FastAPI
) -> None:
    fill(hub, *stopped(7))
    asked = ada.look(f"/gate/{NAME}/reject").text
    assert "Reject this product?" in asked
    assert f'id="subject">{NAME}<' in asked
    assert 'class="danger"' in asked
    went = ada.fill_in(f"/gate/{NAME}/reject", f"/gate/{NAME}/reject", reason="It is  broken.")
    assert (went.status_code, went.headers["location"]) == (303, "/gate")
    page = text_of(ada.look("/gate").text)
    assert f"{NAME} is rejected. Readers get nothing." in page
    assert "Nothing waits at the gate." in page
    assert f"ada rejected {NAME} It is broken." in page
    assert done(hub) == [("REJECT", NAME, "It is broken.", "ada", "hub")]
    with catalog_of(hub).view() as session:
        assert session.get_one(MosaicRow, 7).state == "REJECTED"
        (decision,) = session.exec(select(DecisionRow)).all()
    assert (decision.decided_by, decision.reason) == ("ada", "It is broken.")


def test_a_refusal_is_told_in_words(ada: Browser, hub: FastAPI) -> None:
    fill(hub, *stopped(7))
    page = f"/gate/{NAME}/reject"
    refused = ada.fill_in(page, page)
    assert refused.status_code == 422
    assert "The reason is missing; go back and say why" in refused.text
    other = f"/gate/{NAME[:-1]}8/reject"
    assert "There is no mosaic" in ada.fill_in(page, other, reason="Because.").text
    damaged = ada.fill_in(page, f"/gate/{NAME}/release", reason="Fine.")
    assert damaged.status_code == 422
    assert "its folder is gone" in damaged.text
    assert done(hub) == []


@pytest.mark.parametrize("path", ["x/release", f"{NAME}/delete", "..%2f..%2fetc/release"])
def test_what_is_no_product_or_no_decision_is_refused(ada: Browser, path: str) -> None:
    assert ada.look(f"/gate/{path}").status_code in (404, 422)


def test_only_operators_decide_and_only_by_a_form_of_this_hub(
    ada: Browser, ben: Browser, stranger: Browser, hub: FastAPI
) -> None:
    fill(hub, *stopped(7))
    page = ben.look("/gate").text
    assert "Report" in page
    assert "/gate/" not in page
    token = ben.token("/account")
    for verb in ("release", "reject", "recompose"):
        path, form = f"/gate/{NAME}/{verb}", {"reason": "Because."}
        assert ben.look(path).status_code == 403
        assert ada.send(path, form, origin=ADDRESS).status_code == 403
        assert ada.send(path, form | {"token": token}, origin=ADDRESS).status_code == 403
        assert ben.send(path, form | {"token": token}, origin=ADDRESS).status_code == 403
        assert stranger.send(path, form, origin=ADDRESS).status_code in (303, 403)
    assert done(hub) == []
    with catalog_of(hub).view() as session:
        assert session.get_one(MosaicRow, 7).state == "QUARANTINED"


def test_hostile_texts_are_shown_as_they_are(ada: Browser, hub: FastAPI) -> None:
    fill(hub, *stopped(7, HOSTILE))
    page = ada.look("/gate").text
    assert HOSTILE not in page
    assert ESCAPED in page


def test_lists_are_paged_and_the_number_of_statements_depends_on_nothing(
    ada: Browser, hub: FastAPI
) -> None:
    fill(hub, *many(1))
    with statements(catalog_of(hub)) as few:
        ada.look("/gate")
    write(catalog_of(hub), *many(50, first=2))
    with statements(catalog_of(hub)) as lots:
        page = ada.look("/gate").text
    assert len(few) == len(lots)
    assert page.count('<li class="sheet card"') == 20
    assert 'href="/gate?offset=20" rel="next"' in page


def test_a_product_is_released_and_another_composed_again(visit: Visit, tmp_path: Path) -> None:
    """From end to end: files move, and readers get what was released."""
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    write_archive(inbox, days=11, size=240, corrupt=False)
    assert run(home, inbox, qc=STRICT) == 0
    shop = open_workshop(home)
    add(shop, "ada", operator=True)
    browser = visit(create_app(shop, passwords=QUICK))
    browser.sign_in()
    with shop.catalog.view() as session:
        (row,) = session.exec(select(RevisionRow)).all()
    name = Path(row.product or "").name
    page = f"/gate/{name}/recompose"
    browser.fill_in(page, page, reason="The disk was at fault.")
    assert "Nothing waits at the gate." in browser.look("/gate").text
    assert run(home, inbox, qc=STRICT) == 0
    page = f"/gate/{name}/release"
    went = browser.fill_in(page, page, reason="It is fine.")
    assert (went.status_code, went.headers["location"]) == (303, "/gate")
    assert f"Readers get {name}." in text_of(browser.look("/gate").text)
    assert (home / "products" / "31UDS" / name / "manifest.json").is_file()
    said = text_of(browser.look("/actions").text)
    assert f"ada released {name} It is fine. hub" in said
    shop.catalog.close()
    shutil.rmtree(home)
