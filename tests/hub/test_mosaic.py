"""The page of a mosaic."""

from collections.abc import Callable
from datetime import date

import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from catalog.operations.revisions import PAGE
from hub.mosaics import mosaic_path, parse_key
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind
from tasks.workshop import Workshop
from tests.catalog.decided import FAILED, FIRST, SECOND, let, name, step, stop
from tests.catalog.operations.statements import statements
from tests.catalog.test_catalog import bring, demand, granule
from tests.hub.conftest import Browser, Visit
from tests.hub.shelf import FILES, MONTH, fill, filled, put, shop_of, write_manifest

__all__ = ["filled"]
KEY = MosaicKey("31UDS", Period(PeriodKind.MONTH, date(2018, 6, 1)), 10)


def test_the_page_shows_pictures_inputs_and_links(filled: Workshop, ben: Browser) -> None:
    text = ben.look(MONTH).text
    assert f'<img class="quicklook" src="/files/{name(1)}/quicklook.png"' in text
    assert f'<img class="selection" src="/files/{name(1)}/selection.png"' in text
    assert f'href="/files/{name(1)}/report.html"' in text
    for path in FILES:
        assert f'href="/files/{name(1)}/data/{path}"' in text
    for words in ("Metadata (JSON)", "INSPIRE (XML)", "STAC item (JSON)", "Quality report: warned"):
        assert words in text
    assert FIRST.id in text
    assert SECOND.id in text


def test_what_was_stopped_stands_above_with_its_reason(filled: Workshop, ben: Browser) -> None:
    text = ben.look(MONTH).text
    assert "Revision 2 is stopped" in text
    assert f"{FAILED.rule}: {FAILED.message}" in text
    assert f'href="/files/{name(2)}/report.html"' in text
    assert text.index("Revision 2 is stopped") < text.index("quicklook.png")


def test_operators_decide_here_too(filled: Workshop, ada: Browser, ben: Browser) -> None:
    text = ada.look(MONTH).text
    for verb in ("release", "reject", "recompose"):
        assert f'href="/gate/{name(2)}/{verb}"' in text
    assert f'href="/gate/{name(1)}/reject" data-dialog>Take back<' in text
    assert "/gate/" not in ben.look(MONTH).text


def test_what_was_taken_back_may_be_released_but_not_composed_again(
    filled: Workshop, ada: Browser
) -> None:
    let(filled.catalog, 2)
    stop(filled.catalog, 2)
    text = ada.look(MONTH).text
    assert f'href="/gate/{name(2)}/release"' in text
    assert f"/gate/{name(2)}/reject" not in text
    assert f"/gate/{name(2)}/recompose" not in text


def test_one_revision_is_published_and_those_before_it_are_replaced(
    filled: Workshop, ben: Browser
) -> None:
    let(filled.catalog, 2)
    text = ben.look(MONTH).text
    assert text.count("is-replaced") == 1
    assert text.count("readers get it") == 1


def test_files_have_size_and_checksum(filled: Workshop, ben: Browser) -> None:
    text = ben.look(MONTH).text
    assert text.count('<code class="digest">') == 2 * (len(FILES) + 1)
    assert "2.0 KiB" in text


def test_readers_of_a_public_hub_get_no_links_to_what_is_not_published(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    app = open_hub(hub_public=True)
    fill(shop_of(app))
    text = visit(app).look(MONTH).text
    assert "Revision 2 is stopped" in text
    assert f"/files/{name(1)}/" in text
    assert f"/files/{name(2)}/" not in text


def test_revisions_tell_what_changed_and_what_people_said(filled: Workshop, ben: Browser) -> None:
    let(filled.catalog, 2)
    stop(filled.catalog, 2)
    text = ben.look(MONTH).text
    assert f'Added <span class="id">{SECOND.id}</span>' in text
    assert "The first, of 1 granule." in text
    assert "ann, release" in text
    assert "ann said: It is fine." in text
    assert "Revision 2 is rejected" in text


def test_a_mosaic_that_waits_says_so(hub: FastAPI, ben: Browser) -> None:
    shop = shop_of(hub)
    demand(shop.catalog)
    bring(shop.catalog, FIRST)
    text = ben.look(MONTH).text
    assert "is-due" in text
    assert "No revision has been planned yet." in text
    assert "nothing yet" in text


def test_a_product_whose_folder_is_gone_says_what_to_do(hub: FastAPI, ben: Browser) -> None:
    shop = shop_of(hub)
    demand(shop.catalog)
    step(shop.catalog, FIRST)
    text = ben.look(MONTH).text
    assert "The manifest of this revision cannot be read." in text
    assert "No quicklook of it was drawn." in text
    assert "quicklook.png" not in text


def test_hostile_names_in_a_manifest_are_not_shown(filled: Workshop, ben: Browser) -> None:
    folder = filled.products / "31UDS" / name(1)
    write_manifest(folder, {"../../x": 1, "<script>x": 1, 'a" onclick="x': 1, "inspire.xml": 5})
    text = ben.look(MONTH).text
    assert "inspire.xml" in text
    assert "../../x" not in text
    assert "<script>x" not in text
    assert "onclick" not in text


def test_many_revisions_are_paged(hub: FastAPI, ben: Browser) -> None:
    shop = shop_of(hub)
    demand(shop.catalog)
    for day in range(1, PAGE + 3):
        step(shop.catalog, granule(f"2018-06-{day:02}"))
    put(shop, PAGE + 2)
    assert f"{MONTH}?offset={PAGE}" in ben.look(MONTH).text
    assert "The first, of 1 granule." not in ben.look(MONTH).text
    assert "The first, of 1 granule." in ben.look(f"{MONTH}?offset={PAGE}").text
    assert ben.look(f"{MONTH}?offset=999").status_code == 200
    assert ben.look(f"{MONTH}?offset=-1").status_code == 422


def test_the_page_costs_the_same_statements_however_much_there_is(
    hub: FastAPI, ben: Browser
) -> None:
    shop = shop_of(hub)
    demand(shop.catalog)
    costs = []
    for days in ((1,), range(2, 20)):
        for day in days:
            step(shop.catalog, granule(f"2018-06-{day:02}"))
        with statements(shop.catalog) as sent:
            assert ben.look(MONTH).status_code == 200
        costs.append(len(sent))
    assert costs == [12, 12]


@pytest.mark.parametrize(
    "path",
    [
        "31UDS/MONTH/2018-07-01/10",
        "31UES/MONTH/2018-06-01/10",
        "31UDS/MONTH/2018-06-02/10",
        "31UDS/WEEK/2018-06-01/10",
        "31UDS/month/2018-06-01/10",
        "31UDS/MONTH/20180601/10",
        "31UDS/MONTH/2018-06-01/30",
        "31UDS/MONTH/2018-06-01/010",
        "31UDS/MONTH/2018-06-01/%D9%A1%D9%A0",
        "31UDS/MONTH/2018-06-01/ten",
        "31UDS/MONTH/2018-06-01/" + "9" * 5000,
        "31UDS/MONTH/9999-13-41/10",
        "..%2f..%2fetc/MONTH/2018-06-01/10",
        "%3Cscript%3E/MONTH/2018-06-01/10",
    ],
)
def test_what_is_no_mosaic_is_not_there(filled: Workshop, ben: Browser, path: str) -> None:
    answer = ben.look(f"/mosaics/{path}")
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_addresses_lead_back_to_their_mosaic() -> None:
    assert mosaic_path(KEY) == MONTH
    assert parse_key("31UDS", "MONTH", "2018-06-01", "10") == KEY
    with pytest.raises(HTTPException, match="no such mosaic"):
        parse_key("31UDS", "MONTH", "2018-06-02", "10")
