"""The API says what the pages and the command line say, to whom may know it."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from catalog.tables import GranuleRow, MosaicRow
from hub.api.document import AREAS
from hub.guard import TOKEN_HEADER
from s2gm.status_tables import status_record
from tasks.prefect_address import prefect_address_told
from tasks.standing import status
from tasks.workshop import Workshop
from tests.catalog.decided import FAILED, FIRST, SECOND, name, step
from tests.catalog.operations.rows import mosaic, statements, trouble, worker, write
from tests.catalog.test_catalog import demand
from tests.hub.conftest import Browser, Visit
from tests.hub.rows import catalog_of, hours_ago, many, stopped
from tests.hub.rows import fill as fill_rows
from tests.hub.shelf import FILES, MONTH, fill, filled, shop_of
from tests.hub.test_failures import MOSAIC, done, torn

__all__ = ["filled"]
API = "/api/v1"
STOPPED = "S2GM_M20_20000801_20000831_31UDS_STD_v1.0.0_7"
WHY = {"reason": "It was delivered anew."}


def get(browser: Browser, path: str, **headers: str) -> httpx.Response:
    return browser.client.get(API + path, headers=headers)


def read(browser: Browser, path: str) -> Any:
    """Return what an address answers; it must be there."""
    said = get(browser, path)
    assert said.status_code == 200, said.text
    return said.json()


def post(browser: Browser, path: str, body: object = WHY, token: str | None = None) -> Any:
    """Act as a program does: with the token that the API told."""
    token = read(browser, "/account")["token"] if token is None else token
    return browser.client.post(
        API + path, json=body, headers={TOKEN_HEADER: token} if token else {}
    )


def is_problem(said: httpx.Response, status: int) -> str:
    """Expect a problem document, and return what it says."""
    assert said.status_code == status, said.text
    assert said.headers["content-type"] == "application/problem+json"
    problem = said.json()
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    return str(problem["detail"])


# What it says


def test_the_status_is_that_of_the_command_line(ada: Browser, hub: FastAPI) -> None:
    fill_rows(hub, *many(3))
    said = read(ada, "/status")
    told = json.loads(json.dumps(status_record(status(shop_of(hub)))), object_hook=as_the_api)
    assert said.keys() == told.keys()
    for part in ("stages", "timeliness", "published", "workers"):
        assert said[part], part
        assert said[part] == told[part], part
    assert said["health"]["level"] == told["health"]["level"]
    assert len(said["health"]["sentences"]) == len(told["health"]["sentences"])
    assert len(said["activity"]) == 24


def as_the_api(record: dict[str, Any]) -> dict[str, Any]:
    """Write moments as the API writes them; both are ISO 8601."""
    for member, value in record.items():
        if isinstance(value, str) and value.endswith("+00:00"):
            record[member] = value.replace("+00:00", "Z")
    return record


@pytest.mark.parametrize(
    ("path", "part", "member"),
    [("/health", "health", "health"), ("/stages", "stages", "stages"),
     ("/timeliness", "timeliness", "sources"), ("/activity", "activity", "hours"),
     ("/workers", "workers", "entries"), ("/storage", "storage", "storage")],
)  # fmt: skip
def test_each_part_of_the_status_has_an_address(
    ada: Browser, hub: FastAPI, path: str, part: str, member: str
) -> None:
    fill_rows(hub, *many(2))
    whole, said = read(ada, "/status"), read(ada, path)
    assert without_room(said[member]) == without_room(whole[part])


def without_room(part: Any) -> Any:
    """Leave out what may change from one question to the next."""
    if isinstance(part, dict):
        return {k: v for k, v in part.items() if k not in ("free", "working", "headline")}
    return part


@pytest.mark.parametrize(
    ("page", "path", "members"),
    [("/gate", "/gate", ("product", "key")), ("/failures", "/failures", ("subject", "message")),
     ("/runs", "/workers", ("name", "standing")), ("/tiles", "/tiles", ("name", "state")),
     ("/actions", "/actions", ("subject", "reason"))],
)  # fmt: skip
def test_lists_say_what_the_pages_say(
    ada: Browser, hub: FastAPI, page: str, path: str, members: tuple[str, ...]
) -> None:
    fill_rows(hub, *many(3), *stopped(100))
    shown = ada.look(page).text
    entries = read(ada, path)["entries"]
    assert entries
    for one in entries:
        for member in members:
            assert str(one[member]) in shown


def test_the_calendar_counts_as_the_page_does(ada: Browser, hub: FastAPI) -> None:
    shop = shop_of(hub)
    demand(shop.catalog)
    step(shop.catalog, (FIRST, SECOND))
    found = read(ada, "/tiles/31UDS?year=2018")
    assert [(one["day"], one["expected"], one["used"]) for one in found["days"]] == [
        ("2018-06-05", 1, 1), ("2018-06-08", 1, 1),
    ]  # fmt: skip
    assert [(one["kind"], one["state"], one["revision"]) for one in found["mosaics"]] == [
        ("MONTH", "published", 1)
    ]
    day = read(ada, "/tiles/31UDS/days/2018-06-05")
    assert day["day"]["expected"] == 1
    assert [one["id"] for one in day["granules"]] == [FIRST.id]
    listed = read(ada, "/tiles/31UDS/days/2018-06-05/granules")
    assert listed == {"total": 1, "entries": day["granules"]}
    assert FIRST.id in ada.look("/tiles/31UDS/days/2018-06-05").text


def test_a_mosaic_is_told_with_revisions_and_inputs(filled: Workshop, ben: Browser) -> None:
    found = read(ben, MONTH)
    assert (found["state"], found["shown"]["name"], found["newest"]["name"]) == (
        "stopped", name(1), name(2),
    )  # fmt: skip
    assert [one["ordinal"] for one in found["revisions"]] == [2, 1]
    assert read(ben, f"{MONTH}/revisions") == {"total": 2, "entries": found["revisions"]}
    assert [one["ordinal"] for one in read(ben, f"{MONTH}/revisions?offset=1")["entries"]] == [1]
    assert read(ben, f"{MONTH}/inputs") == {
        "revision": name(1), "inputs": found["inputs"], "others": found["others"],
    }  # fmt: skip
    assert [one["granule"]["id"] for one in found["inputs"]] == [FIRST.id]
    assert [one["id"] for one in found["others"]] == [SECOND.id]


def test_where_the_files_of_granules_lie_is_not_told(filled: Workshop, ben: Browser) -> None:
    with filled.catalog.transaction() as session:
        for row in session.exec(select(GranuleRow)):
            row.location = "https://ann:secret@example.org/granule?sig=secret"
    for path in (MONTH, f"{MONTH}/inputs", "/tiles/31UDS/days/2018-06-05"):
        said = get(ben, path).text
        assert FIRST.id in said
        assert "example.org" not in said


def test_a_product_lists_its_files_where_they_are_served(filled: Workshop, ben: Browser) -> None:
    found = read(ben, f"/products/{name(1)}")
    assert [one["path"] for one in found["files"]] == [*sorted(FILES), "manifest.json"]
    for link in (
        *(one["href"] for one in found["files"]), found["quicklook"], found["selection"],
        found["report_html"], found["report_json"],
    ):  # fmt: skip
        assert ben.look(link).status_code == 200, link
    sizes = {one["path"]: one["size"] for one in found["files"] if one["path"] in FILES}
    assert sizes == {path: len(content) for path, content in FILES.items()}


def test_the_map_is_geojson_of_all_tiles(ada: Browser, hub: FastAPI) -> None:
    shop = shop_of(hub)
    demand(shop.catalog)
    step(shop.catalog, FIRST, FAILED)
    said = get(ada, "/map")
    assert said.headers["content-type"] == "application/geo+json"
    (feature,) = said.json()["features"]
    (drawn,) = ada.look("/map/tiles.json").json()["features"]
    assert feature["geometry"] == drawn["geometry"]
    assert feature["id"] == "31UDS"
    assert feature["properties"]["state"] == "stopped"
    assert feature["properties"] == read(ada, "/tiles")["entries"][0]


def test_turns_come_from_the_prefect_server_if_there_is_one(ada: Browser, hub: FastAPI) -> None:
    assert read(ada, "/turns") == {"page": None, "entries": None}
    with prefect_address_told(shop_of(hub).home, "http://127.0.0.1:9/api"):
        assert read(ada, "/turns") == {"page": "http://127.0.0.1:9", "entries": None}


def test_moments_are_utc_and_iso_8601(ada: Browser, hub: FastAPI) -> None:
    fill_rows(hub, worker("w1", hours_ago(1)))
    said = read(ada, "/workers")
    for text in (said["moment"], said["entries"][0]["seen_at"]):
        assert text.endswith("Z")
        assert datetime.fromisoformat(text).utcoffset() is not None


# Lists, and what is kept


@pytest.mark.parametrize("path", ["/tiles", "/gate", "/failures", "/actions"])
def test_lists_are_paged_with_their_total(ada: Browser, hub: FastAPI, path: str) -> None:
    fill_rows(hub, *many(4))
    whole = read(ada, path)
    assert whole["total"] == len(whole["entries"])
    parts = [read(ada, f"{path}?limit=1&offset={n}") for n in range(whole["total"])]
    assert [one["total"] for one in parts] == [whole["total"]] * len(parts)
    assert [entry for one in parts for entry in one["entries"]] == whole["entries"]
    assert read(ada, f"{path}?offset=1000")["entries"] == []
    assert read(ada, f"{path}?limit=200") == whole
    for wrong in ("limit=201", "limit=0", "offset=-1", "offset=x"):
        assert is_problem(get(ada, f"{path}?{wrong}"), 422).startswith("query.")


def test_the_number_of_statements_depends_on_nothing(ada: Browser, hub: FastAPI) -> None:
    fill_rows(hub, *many(2))
    paths = ("/status", "/gate", "/failures", "/actions", "/tiles", "/map", "/workers")
    costs = []
    for count in (0, 40):
        write(catalog_of(hub), *many(count, first=3))
        with statements(catalog_of(hub)) as asked:
            for path in paths:
                read(ada, path)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_an_answer_that_is_still_the_same_is_not_sent_again(ada: Browser, hub: FastAPI) -> None:
    fill_rows(hub, *many(1))
    said = get(ada, "/failures")
    assert said.headers["cache-control"] == "private, no-cache"
    again = get(ada, "/failures", **{"if-none-match": said.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == said.headers["etag"]
    write(catalog_of(hub), trouble("RUN", "archive", hours_ago(0)))
    assert get(ada, "/failures", **{"if-none-match": said.headers["etag"]}).status_code == 200


def test_every_address_answers_head_like_get(filled: Workshop, ada: Browser) -> None:
    for path in readable():
        said, head = get(ada, path), ada.client.head(API + path)
        assert (head.status_code, head.content) == (said.status_code, b""), path
        assert head.headers["content-type"] == said.headers["content-type"]
        assert "etag" in head.headers


def readable() -> list[str]:
    """Every address that can be read, of what the shelf has."""
    known = {
        "{tile}": "31UDS", "{day}": "2018-06-05", "{period}": "MONTH", "{start}": "2018-06-01",
        "{resolution}": "10", "{product}": name(1),
    }  # fmt: skip
    found = []
    for router in AREAS:
        for route in router.routes:
            path = str(route.path).removeprefix(API)  # type: ignore[attr-defined]
            for parameter, value in known.items():
                path = path.replace(parameter, value)
            if "GET" in route.methods and "{" not in path:  # type: ignore[attr-defined]
                found.append(path)
    assert len(found) > 15
    return found


# Who may read


def test_nobody_reads_without_signing_in(stranger: Browser, filled: Workshop) -> None:
    for path in (*readable(), "/failures/1", "/openapi.json"):
        said = get(stranger, path, accept="text/html")
        assert is_problem(said, 401).startswith("Sign in to see this hub")
        assert said.headers["www-authenticate"] == 'Session realm="s2gm"'


def test_a_public_hub_tells_everybody_what_its_pages_show(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    app = open_hub(hub_public=True)
    fill(shop_of(app))
    browser = visit(app)
    for path in readable():
        expected = 401 if path == "/actions" else 200  # who did what is not for strangers
        assert get(browser, path).status_code == expected, path
    assert read(browser, "/account") == {"account": None, "operator": False, "token": None}
    assert "not published" in is_problem(get(browser, f"/products/{name(2)}"), 403)
    for path in (f"/gate/{name(2)}/reject", "/failures/1/dismiss"):
        assert is_problem(post(browser, path, token=""), 403)


def test_it_tells_who_asks(ada: Browser, ben: Browser) -> None:
    assert read(ada, "/account") == {
        "account": "ada", "operator": True, "token": ada.token("/account"),
    }  # fmt: skip
    assert read(ben, "/account")["operator"] is False


# What it does


def test_a_rejected_granule_is_tried_again(ada: Browser, hub: FastAPI) -> None:
    torn(hub)
    assert post(ada, "/failures/1/retry").json() == {"kind": "GRANULE", "subject": "G1"}
    assert done(hub) == [("RETRY", "G1", WHY["reason"], "ada", "api")]
    with catalog_of(hub).view() as session:
        assert session.get_one(GranuleRow, "G1").state == "TRACKED"
    assert read(ada, "/failures")["total"] == 0
    (mended,) = read(ada, "/failures/mended")["entries"]
    assert mended == read(ada, "/failures/1")
    assert is_problem(post(ada, "/failures/1/retry"), 409)


def test_a_mosaic_that_failed_is_composed_again(ada: Browser, hub: FastAPI) -> None:
    fill_rows(
        hub, mosaic(1, "FAILED", reason="Full."), trouble("MOSAIC", MOSAIC, hours_ago(1), id=1)
    )
    assert post(ada, "/failures/1/retry").json()["subject"] == MOSAIC
    assert done(hub) == [("RETRY", MOSAIC, WHY["reason"], "ada", "api")]


def test_a_dismissed_trouble_is_listed_for_those_who_ask(ada: Browser, hub: FastAPI) -> None:
    torn(hub)
    gone = post(ada, "/failures/1/dismiss").json()
    assert gone["dismissed_at"] is not None
    assert done(hub) == [("DISMISS", "G1", WHY["reason"], "ada", "api")]
    assert read(ada, "/failures")["entries"] == []
    assert read(ada, "/failures?dismissed=true")["entries"] == [gone]
    assert "nothing to dismiss" in is_problem(post(ada, "/failures/1/dismiss"), 409)


def test_what_was_stopped_is_rejected(ada: Browser, hub: FastAPI) -> None:
    fill_rows(hub, *stopped(7))
    said = post(ada, f"/gate/{STOPPED}/reject").json()
    assert said == {
        "product": STOPPED, "state": "rejected", "shown": None, "repeats": None, "reverses": None,
    }  # fmt: skip
    assert done(hub) == [("REJECT", STOPPED, WHY["reason"], "ada", "api")]
    with catalog_of(hub).view() as session:
        assert session.get_one(MosaicRow, 7).state == "REJECTED"
    again = post(ada, f"/gate/{STOPPED}/reject").json()
    assert again["repeats"]["decided_by"] == "ada"
    assert len(done(hub)) == 1
    (action,) = read(ada, f"/actions?subject={STOPPED}")["entries"]
    assert (action["verb"], action["via"], action["done_by"]) == ("REJECT", "api", "ada")


def test_what_cannot_be_done_as_things_stand_is_a_conflict(
    filled: Workshop, ada: Browser, hub: FastAPI
) -> None:
    said = post(ada, f"/gate/{name(2)}/release")
    assert "cannot be released, because it is damaged" in is_problem(said, 409)
    said = post(ada, f"/gate/{name(1)}/recompose")
    assert "so there is nothing to compose again" in is_problem(said, 409)
    assert done(hub) == []


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": " \u00a0"}, {"reason": None}, [], None, {"reason": "\x00"},
     {"reason": "x" * 601}, {"reason": "a\nb"}],
)  # fmt: skip
def test_nothing_is_done_without_a_reason(ada: Browser, hub: FastAPI, body: object) -> None:
    torn(hub)
    assert is_problem(post(ada, "/failures/1/retry", body), 422)
    assert done(hub) == []


def test_only_operators_act_and_only_with_their_token(
    ada: Browser, ben: Browser, stranger: Browser, hub: FastAPI
) -> None:
    torn(hub)
    write(catalog_of(hub), *stopped(7))
    paths = [f"/failures/1/{verb}" for verb in ("retry", "dismiss")]
    paths += [f"/gate/{STOPPED}/{verb}" for verb in ("release", "reject", "recompose")]
    foreign = read(ben, "/account")["token"]
    for path in paths:
        for token in ("", "guessed", foreign):
            assert "not of this hub" in is_problem(post(ada, path, token=token), 403)
        assert "may look but not act" in is_problem(post(ben, path), 403)
        assert is_problem(post(stranger, path, token=foreign), 401)
        elsewhere = {TOKEN_HEADER: read(ada, "/account")["token"], "origin": "https://evil.example"}
        said = ada.client.post(API + path, json=WHY, headers=elsewhere)
        assert "another site" in is_problem(said, 403)
    assert done(hub) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/failures/99/retry", 404), ("/failures/99999999999/retry", 422), ("/failures/x/retry", 422),
     (f"/gate/{STOPPED}/reject", 404), ("/gate/x/reject", 404), ("/gate/%00/reject", 422),
     (f"/gate/{STOPPED}/delete", 404)],
)  # fmt: skip
def test_what_there_is_not_is_told_as_such(ada: Browser, path: str, status: int) -> None:
    assert is_problem(post(ada, path), status)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing", 404), ("/tiles/99ZZZ", 404), ("/tiles/31UDS%00", 422), ("/failures/7", 404),
     ("/tiles/31UDS/days/20180605", 422), ("/tiles/31UDS/days/1528156800", 422),
     ("/tiles/31UDS/days/2018-06-31", 422), ("/mosaics/31UDS/MONTH/2018-06-01/10", 404),
     ("/mosaics/31UDS/MONTH/2018-06-02/10", 404), ("/mosaics/31UDS/MONTH/2018-06-01/30", 404),
     ("/mosaics/31UDS/WEEK/2018-06-01/10", 422), (f"/products/{name(1)}", 404),
     ("/products/..%2f..%2fetc%2fpasswd", 404), ("/actions?subject=%00", 422)],
)  # fmt: skip
def test_what_cannot_be_read_is_told_as_such(ada: Browser, path: str, status: int) -> None:
    assert is_problem(get(ada, path), status)
