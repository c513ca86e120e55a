"""The files of products: those of known revisions alone, and nothing in them can run."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from tasks.workshop import Workshop
from tests.catalog.decided import FIRST, name, step
from tests.catalog.operations.statements import statements
from tests.catalog.test_catalog import demand
from tests.hub.conftest import Browser, Visit
from tests.hub.shelf import FILES, PNG, fill, filled, point_reports, put, shop_of, write_manifest

__all__ = ["filled"]
TIFF = "31UDS/B04_M10_20180601_31UDS.tiff"


@pytest.mark.parametrize("path", list(FILES))
def test_a_file_of_the_manifest_is_sent_as_it_is(filled: Workshop, ben: Browser, path: str) -> None:
    answer = ben.look(f"/files/{name(1)}/data/{path}")
    assert (answer.status_code, answer.content) == (200, FILES[path])


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (f"data/{TIFF}", "image/tiff"),
        ("data/31UDS/metadata_M10_20180601_31UDS.json", "application/json"),
        ("data/inspire.xml", "application/xml"),
        ("data/manifest.json", "application/json"),
        ("quicklook.png", "image/png"),
        ("selection.png", "image/png"),
        ("report.json", "application/json"),
        ("report.html", "text/html; charset=utf-8"),
    ],
)
def test_every_file_has_its_type_and_can_do_nothing(
    filled: Workshop, ben: Browser, path: str, media_type: str
) -> None:
    answer = ben.look(f"/files/{name(1)}/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "sandbox"} <= set(policy)
    assert not [part for part in policy if part.startswith(("script-src", "connect-src"))]
    styled = "style-src 'unsafe-inline'" in policy
    assert styled == (path == "report.html")


def test_images_are_saved_and_documents_shown(filled: Workshop, ben: Browser) -> None:
    saved = ben.look(f"/files/{name(1)}/data/{TIFF}").headers["content-disposition"]
    assert saved == f'attachment; filename="{TIFF.split("/")[1]}"'
    assert "content-disposition" not in ben.look(f"/files/{name(1)}/report.html").headers


def test_a_part_of_a_file_can_be_asked_for(filled: Workshop, ben: Browser) -> None:
    path = f"/files/{name(1)}/data/{TIFF}"
    part = ben.look(path, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, FILES[TIFF][10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(FILES[TIFF])}"
    assert ben.look(path, range="bytes=-5").content == FILES[TIFF][-5:]
    assert ben.look(path, range="bytes=99999-").status_code == 416


def test_what_the_browser_has_is_not_sent_again(filled: Workshop, ben: Browser) -> None:
    path = f"/files/{name(1)}/quicklook.png"
    first = ben.look(path)
    assert first.content == PNG
    again = ben.look(path, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "sandbox" in again.headers["content-security-policy"]


_OUTSIDE = [
    "../../../catalog.sqlite",
    "../catalog.sqlite",
    "..",
    ".",
    "",
    "/",
    "/etc/passwd",
    "//etc/passwd",
    "31UDS/../manifest.json",
    "31UDS/../../../../catalog.sqlite",
    "....//....//catalog.sqlite",
    "..\\..\\catalog.sqlite",
    "31UDS",
    "31UDS/",
    "manifest.json/",
    "manifest.json\x00.png",
    "C:\\windows\\win.ini",
    "file:///etc/passwd",
    "~/.ssh/id_rsa",
    "31UDS/B04_M10_20180601_31UDS.tiff ",
    "31uds/b04_m10_20180601_31uds.tiff",
    "\u2025/catalog.sqlite",
    "%2e%2e/catalog.sqlite",
    "A" * 5000,
]


@pytest.mark.parametrize("path", _OUTSIDE)
def test_no_path_leads_out_of_a_product(filled: Workshop, ben: Browser, path: str) -> None:
    raw = quote(path, safe="").replace(".", "%2E")  # so that the client leaves dots alone
    for written in (raw, raw.replace("%2F", "/"), quote(raw)):
        answer = ben.look(f"/files/{name(1)}/data/{written}")
        assert answer.status_code == 404, written
        assert answer.request.url.raw_path.endswith(written.encode())
        assert b"SQLite" not in answer.content


@pytest.mark.parametrize(
    "product",
    [
        "..",
        "%2e%2e",
        "..%2f..",
        "products",
        "S2GM",
        name(99),
        name(1).lower(),
        name(1) + "%00",
        name(1).replace("31UDS", "31UES"),
        name(1, "9.9.9"),
        name(1).replace("_1", "_01"),
        name(10**30),
        "%F0%9F%9B%B0",
        "x" * 3000,
    ],
)
@pytest.mark.parametrize("what", ["data/manifest.json", "quicklook.png", "report.html"])
def test_what_the_catalog_does_not_know_is_not_there(
    filled: Workshop, ben: Browser, product: str, what: str
) -> None:
    assert ben.look(f"/files/{product}/{what}").status_code == 404


def test_a_folder_that_the_catalog_does_not_know_is_not_served(
    filled: Workshop, ben: Browser
) -> None:
    put(filled, 7)
    assert ben.look(f"/files/{name(7)}/data/manifest.json").status_code == 404


@pytest.mark.parametrize(
    "path", ["../../../catalog.sqlite", "/etc/hostname", "..", "31UDS/.hidden", ".hidden", "a b"]
)
def test_a_manifest_that_names_what_is_outside_gives_nothing(
    filled: Workshop, ben: Browser, path: str
) -> None:
    folder = filled.products / "31UDS" / name(1)
    write_manifest(folder, {path: 1, "inspire.xml": 1})
    answer = ben.look(f"/files/{name(1)}/data/{quote(path, safe='')}")
    assert answer.status_code == 404
    assert ben.look(f"/files/{name(1)}/data/inspire.xml").status_code == 200


def test_a_link_that_leads_out_gives_nothing(filled: Workshop, ben: Browser) -> None:
    folder = filled.products / "31UDS" / name(1)
    (folder / "inspire.xml").unlink()
    (folder / "inspire.xml").symlink_to(filled.home / "catalog.sqlite")
    assert ben.look(f"/files/{name(1)}/data/inspire.xml").status_code == 404
    picture = filled.quicklooks / f"{name(1)}.png"
    picture.unlink()
    picture.symlink_to("/etc/hostname")
    assert ben.look(f"/files/{name(1)}/quicklook.png").status_code == 404


@pytest.mark.parametrize("page", ["../../etc/hostname", "/etc/hostname", "catalog.sqlite", "qc"])
def test_a_report_elsewhere_gives_nothing(filled: Workshop, ben: Browser, page: str) -> None:
    point_reports(filled, page)
    assert ben.look(f"/files/{name(1)}/report.html").status_code == 404


def test_what_is_not_listed_or_gone_is_not_there(filled: Workshop, ben: Browser) -> None:
    folder = filled.products / "31UDS" / name(1)
    (folder / "extra.json").write_text("{}")
    assert ben.look(f"/files/{name(1)}/data/extra.json").status_code == 404
    (folder / "inspire.xml").unlink()
    assert ben.look(f"/files/{name(1)}/data/inspire.xml").status_code == 404
    (folder / "manifest.json").write_text("[[[[")
    assert ben.look(f"/files/{name(1)}/data/manifest.json").status_code == 404


def test_what_is_not_published_is_for_who_is_signed_in(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    app = open_hub(hub_public=True)
    fill(shop_of(app))
    anybody = visit(app)
    assert anybody.look(f"/files/{name(1)}/data/manifest.json").status_code == 200
    for what in ("data/manifest.json", "quicklook.png", "report.html", "report.json"):
        assert anybody.look(f"/files/{name(2)}/{what}").status_code == 403


def test_who_is_signed_in_sees_what_was_stopped(filled: Workshop, ben: Browser) -> None:
    assert ben.look(f"/files/{name(2)}/report.html").status_code == 200
    assert ben.look(f"/files/{name(2)}/data/inspire.xml").status_code == 200


def test_a_hub_that_is_not_public_gives_strangers_nothing(
    filled: Workshop, stranger: Browser
) -> None:
    answer = stranger.look(f"/files/{name(1)}/data/manifest.json")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_a_revision_that_is_not_composed_has_no_files(hub: FastAPI, ben: Browser) -> None:
    shop = shop_of(hub)
    demand(shop.catalog)
    step(shop.catalog, FIRST)
    assert ben.look(f"/files/{name(1)}/data/manifest.json").status_code == 404
    assert ben.look(f"/files/{name(1)}/report.html").status_code == 404


def test_a_file_costs_one_statement_besides_those_of_the_session(
    filled: Workshop, ben: Browser
) -> None:
    with statements(filled.catalog) as file:
        ben.look(f"/files/{name(1)}/data/{TIFF}")
    with statements(filled.catalog) as page:
        ben.look(f"/files/{name(1)}/report.html")
    assert len(file) == len(page) == 2
