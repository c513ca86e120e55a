"""The threats to the hub, each with what keeps it out."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant

from catalog.operations.accounts import has_accounts
from hub import app as hub_app
from hub import guard
from hub.files import StaticFiles
from hub.guard import Operator
from hub.security import LARGEST_BODY, host_name, is_loopback
from hub.serve import serve
from products.errors import BadInput, NeedsOperator
from tests.hub.conftest import ACCEPTS, ADDRESS, Browser, Visit

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
FORGED = "not of this hub"
TEMPLATES = Path(hub_app.__file__).parent / "templates"


def add_trouble(app: FastAPI) -> None:
    """Add routes that go wrong, and one for operators, behind the same doors as all others."""
    router = APIRouter()

    @router.get("/mishap")
    def mishap() -> None:
        raise RuntimeError("the secret is 42")

    @router.get("/wrong")
    def wrong() -> None:
        raise BadInput("There is no <b>tile</b> 99ZZZ; look at /tiles.")

    @router.get("/full")
    def full() -> None:
        raise NeedsOperator("The disk is full.")

    @router.get("/number")
    def number(value: int) -> int:
        return value

    @router.post("/act")
    def act(operator: Operator) -> str:
        return operator.account

    doors = [Depends(guard.admitted), Depends(guard.unforged)]
    app.include_router(router, dependencies=doors)


@pytest.fixture
def house(hub: FastAPI) -> FastAPI:
    add_trouble(hub)
    return hub


# What stands on every answer


@pytest.mark.parametrize(
    "path", ["/sign-in", "/", "/nothing", "/static/s2gm.css", "/healthz", "/mishap", "/events"]
)
def test_every_answer_has_the_headers(house: FastAPI, visit: Visit, path: str) -> None:
    said = visit(house).look(path)
    assert {name: said.headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in said.headers


def test_pages_are_not_kept_by_anybody(ada: Browser) -> None:
    for path in ("/", "/account", "/healthz", "/nothing"):
        assert ada.look(path).headers["cache-control"] == "no-store"


def test_templates_have_nothing_that_the_policy_refuses() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|https?://")
    for path in TEMPLATES.glob("*.html"):
        assert not inline.findall(path.read_text()), path.name
        assert "| safe" not in path.read_text(), path.name


# Under which name, how much, and from where


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a@127.0.0.1", "["])
def test_a_foreign_name_is_not_answered(stranger: Browser, host: str) -> None:
    for path in ("/", "/sign-in", "/healthz", "/static/s2gm.css"):
        said = stranger.look(path, host=host)
        assert said.status_code == 421
        assert "s2gm" not in said.cookies


@pytest.mark.parametrize("host", ["localhost:9", "127.0.0.1", "[::1]:8421", "s2gm.example.org"])
def test_loopback_and_the_name_of_the_settings_are_answered(stranger: Browser, host: str) -> None:
    assert stranger.look("/healthz", host=host).status_code == 200


def test_two_names_are_not_answered(stranger: Browser) -> None:
    hosts = [("host", "127.0.0.1"), ("host", "evil.example")]
    assert stranger.client.get("/healthz", headers=httpx.Headers(hosts)).status_code == 421


def test_names_are_read_strictly() -> None:
    assert host_name("LOCALHOST.:80") == "localhost"
    assert host_name("[::1]:80") == "::1"
    for wrong in ("a b", "a/b", "a:b", "a:", "x" * 3 + "\n", "é", "a,b"):
        assert host_name(wrong) == ""
    assert is_loopback("::1")
    assert is_loopback("127.9.9.9")
    assert not is_loopback("192.0.2.1")
    assert not is_loopback("localhost.evil.example")


def test_a_hub_that_others_reach_needs_tls(open_hub: Callable[..., FastAPI]) -> None:
    shop = open_hub().state.hub.workshop
    with pytest.raises(BadInput, match="S2GM_HUB_HTTPS=true"):
        serve(shop, "0.0.0.0", 0, print)
    with pytest.raises(BadInput, match="cannot listen"):
        serve(shop, "127.0.0.1", 99999, print)


def test_a_large_body_is_refused_with_and_without_a_length(ada: Browser) -> None:
    form = {"token": ada.token("/account"), "sign_in": "x" * LARGEST_BODY}
    assert ada.send("/account/end", form, origin=ADDRESS).status_code == 413

    def pieces() -> object:
        for _ in range(20):
            yield b"x" * (LARGEST_BODY // 10)

    kind = {"content-type": "application/x-www-form-urlencoded", "origin": ADDRESS}
    said = ada.client.post("/account/end", content=pieces(), headers=ACCEPTS | kind)
    assert said.status_code == 413
    assert ada.look("/account", **{"content-length": "-1"}).status_code == 413


# Forged requests


def test_a_form_without_its_token_does_nothing(ada: Browser, ben: Browser) -> None:
    for form in ({}, {"token": ""}, {"token": "x"}, {"token": ben.token("/account")}):
        said = ada.send("/sign-out", form, origin=ADDRESS)
        assert said.status_code == 403
        assert FORGED in said.text
    assert ada.look("/").status_code == 200


def test_a_program_sends_the_token_as_a_header(house: FastAPI, visit: Visit) -> None:
    ada = visit(house)
    ada.sign_in()
    token = ada.token("/account")
    for given, status in (("", 403), ("x", 403), (token, 200)):
        said = ada.client.post("/act", json={}, headers={guard.TOKEN_HEADER: given})
        assert said.status_code == status


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://127.0.0.1:9", "http://localhost:8421"]
)
def test_a_form_of_another_site_does_nothing(ada: Browser, origin: str) -> None:
    form = {"token": ada.token("/account")}
    assert ada.send("/sign-out", form, origin=origin).status_code == 403
    assert ada.look("/").status_code == 200


def test_a_browser_that_tells_no_origin_tells_from_where(ada: Browser) -> None:
    form = {"token": ada.token("/account")}
    for site in ("cross-site", "same-site"):
        assert ada.send("/sign-out", form, **{"sec-fetch-site": site}).status_code == 403
    assert ada.send("/sign-out", form, **{"sec-fetch-site": "same-origin"}).status_code == 303


@pytest.mark.parametrize("path", ["/tiles?name=%00", "/actions?subject=a%00b"])
def test_a_null_character_is_refused_in_a_sentence(ada: Browser, path: str) -> None:
    answer = ada.look(path)
    assert answer.status_code == 422
    assert "holds a null character" in answer.text


def test_a_null_character_names_no_page(ada: Browser) -> None:
    assert ada.look("/tiles/%00").status_code == 404


def test_a_null_character_in_a_form_is_refused(ada: Browser) -> None:
    form = {"token": ada.token("/account"), "id": "a\x00"}
    assert ada.send("/account/end", form, origin=ADDRESS).status_code == 422


@pytest.mark.parametrize("origin", ["http://[", "null", "http://", "//", "http://a@b:c"])
def test_an_origin_that_is_none_is_refused(ada: Browser, origin: str) -> None:
    form = {"token": ada.token("/account")}
    assert ada.send("/account/end", form, origin=origin).status_code == 403


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/tiles", "/sign-in"])
def test_a_watchman_may_ask_for_the_head_alone(ada: Browser, path: str) -> None:
    whole, head = ada.client.get(path), ada.client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert "content-security-policy" in head.headers


def test_a_public_hub_keeps_the_log_for_those_who_signed_in(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    stranger = visit(open_hub(hub_public=True))
    assert stranger.look("/actions").status_code == 303
    assert stranger.client.get("/api/v1/actions").status_code == 401


def test_nobody_is_signed_in_by_another_site(stranger: Browser, visit: Visit, hub: FastAPI) -> None:
    """A form to sign in that was shown to somebody else does not count."""
    foreign = visit(hub).token("/sign-in")
    form = {"token": foreign, "name": "ada", "password": "four words without sense"}
    assert stranger.send("/sign-in", form, origin=ADDRESS).status_code == 403
    stranger.look("/sign-in")
    assert stranger.send("/sign-in", form, origin=ADDRESS).status_code == 403


def each_route() -> list[tuple[str, set[str], list[object]]]:
    found = []
    for router in hub_app.AREAS:
        for route in router.routes:
            calls: list[object] = []
            _collect(route.dependant, calls)  # type: ignore[attr-defined]
            found.append((route.path, route.methods, calls))  # type: ignore[attr-defined]
    assert found
    return found


def _collect(dependant: Dependant, calls: list[object]) -> None:
    calls.append(dependant.call)
    for each in dependant.dependencies:
        _collect(each, calls)


def test_every_route_that_changes_something_is_closed_to_strangers() -> None:
    """Whoever adds a POST route without an operator is told here."""
    for path, methods, calls in each_route():
        if methods & {"POST", "PUT", "PATCH", "DELETE"} and path != "/sign-in":
            assert {guard.operator, guard.signed_in} & set(calls), path


def test_every_route_is_closed_unless_it_is_open_on_purpose(stranger: Browser) -> None:
    for path, methods, _ in each_route():
        if path not in guard.OPEN and "GET" in methods:
            asked = path.replace("{", "").replace("}", "")
            assert stranger.look(asked).status_code in (303, 401), path


# Who may act


def test_who_may_look_may_not_act(house: FastAPI, visit: Visit) -> None:
    ben = visit(house)
    ben.sign_in("ben")
    assert ben.look("/").status_code == 200
    said = ben.fill_in("/account", "/act")
    assert said.status_code == 403
    assert "may look but not act" in said.text
    ada = visit(house)
    ada.sign_in()
    assert ada.fill_in("/account", "/act").status_code == 200


def test_a_public_hub_shows_pages_to_everybody_and_actions_to_nobody(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    app = open_hub(hub_public=True)
    add_trouble(app)
    browser = visit(app)
    assert "Sign in" in browser.look("/").text
    token = browser.token("/sign-in")
    for path in ("/act", "/sign-out", "/account/end-others"):
        assert browser.send(path, {"token": token}, origin=ADDRESS).headers["location"] == (
            "/sign-in?next=/"
        )
    assert browser.look("/account").status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "../../etc/passwd", "' OR 1=1 --", "x" * 4000])
def test_a_made_up_session_is_none(stranger: Browser, cookie: str) -> None:
    stranger.client.cookies.set("s2gm", cookie)
    assert stranger.look("/").status_code == 303


# Files


@pytest.mark.parametrize(
    "name",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd", "vendor/../../app.py", "s2gm.css/",
     "vendor", "", "S2GM.CSS", "s2gm.css%00", ".", "vendor/SHA256SUMS/../../../state.py"],
)  # fmt: skip
def test_no_other_file_is_served(stranger: Browser, name: str) -> None:
    said = stranger.look(f"/static/{name}")
    assert said.status_code == 404
    assert "import" not in said.text


def test_files_are_kept_for_good_under_the_name_of_their_content(stranger: Browser) -> None:
    page = stranger.look("/sign-in").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert addresses
    for address in addresses:
        said = stranger.look(address)
        assert "immutable" in said.headers["cache-control"]
        again = stranger.look(address, **{"if-none-match": said.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    stale = stranger.look("/static/s2gm.css?v=000000000000")
    assert stale.headers["cache-control"] == "public, no-cache"


def test_files_have_their_types(stranger: Browser) -> None:
    files = StaticFiles()
    types = {
        Path(name).suffix: stranger.look(files.address(name)).headers["content-type"]
        for name in files.names
    }
    assert types == {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        "": "text/plain; charset=utf-8",
    }


# What is shown is text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "> {{ 7 * 7 }} <"])
def test_what_others_wrote_is_shown_as_text(stranger: Browser, text: str) -> None:
    said = stranger.fill_in("/sign-in", "/sign-in", name=text, password="x").text
    for shown in (
        said,
        stranger.look(f"/{text}").text,
        stranger.look("/sign-in?next=/" + text).text,
    ):
        assert "<script>alert" not in shown
        assert "<img" not in shown
        assert "> 49 <" not in shown


@pytest.mark.parametrize("value", ["%%%", "/w==", "PGI+", "x" * 3000])
def test_a_message_that_somebody_made_up_is_text_at_most(ada: Browser, value: str) -> None:
    ada.client.cookies.set("s2gm-said", value)
    shown = ada.look("/")
    assert shown.status_code == 200
    assert "<b>" not in shown.text


def test_a_message_is_shown_once(ada: Browser) -> None:
    ada.fill_in("/account", "/account/end-others")
    assert "Other sessions ended" in ada.look("/account").text
    assert "Other sessions ended" not in ada.look("/account").text


# Errors tell what to do, and nothing else


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/nothing", 404, "There is nothing at /nothing."),
        ("/wrong", 422, "There is no &lt;b&gt;tile&lt;/b&gt; 99ZZZ; look at /tiles."),
        ("/full", 503, "The disk is full."),
        ("/number?value=x", 422, "query.value: "),
        ("/sign-out", 405, "/sign-out does not take GET."),
        ("/mishap", 500, "Number of this problem in the log: "),
    ],
)
def test_an_error_is_a_page_for_people(
    house: FastAPI, visit: Visit, path: str, status: int, told: str
) -> None:
    ada = visit(house)
    ada.sign_in()
    said = ada.look(path)
    assert said.status_code == status
    assert said.headers["content-type"] == "text/html; charset=utf-8"
    assert told in said.text
    assert "Sign in" not in said.text
    for secret in ("Traceback", "the secret is", "/hub/", "sqlalchemy"):
        assert secret not in said.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nothing", 404), ("/wrong", 422), ("/full", 503), ("/number", 422), ("/mishap", 500),
     ("/sign-out", 405)],
)  # fmt: skip
def test_an_error_is_a_problem_for_programs(
    house: FastAPI, visit: Visit, path: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    ada = visit(house)
    ada.sign_in()
    said = ada.client.get(path, headers={"accept": "application/json"})
    assert said.headers["content-type"] == "application/problem+json"
    problem = said.json()
    assert (said.status_code, problem["status"]) == (status, status)
    assert {"type", "title", "detail", "id"} <= problem.keys()
    assert "the secret" not in problem["detail"]
    if status == 500:
        assert problem["id"] in caplog.text
        assert "the secret is 42" in caplog.text


def test_a_catalog_that_is_away_has_a_page(hub: FastAPI, ada: Browser, tmp_path: Path) -> None:
    engine = hub.state.hub.workshop.catalog.engine
    engine.dispose()
    (tmp_path / "home").rename(tmp_path / "away")
    for path in ("/", "/account", "/readyz"):
        said = ada.look(path)
        assert said.status_code == 503
        assert said.headers["retry-after"] == "5"
    assert "The catalog does not answer" in ada.look("/").text
    assert ada.look("/healthz").status_code == 200
    engine.dispose()
    (tmp_path / "away").rename(tmp_path / "home")
    assert ada.look("/").status_code == 200


def test_looking_writes_nothing(hub: FastAPI, ada: Browser) -> None:
    engine = hub.state.hub.workshop.catalog.engine
    said: list[str] = []
    sa.event.listen(
        engine, "before_cursor_execute", lambda _c, _k, statement, *_: said.append(statement)
    )
    for path in ("/", "/account", "/readyz", "/sign-in"):
        ada.look(path)
    assert said
    assert [
        text for text in said if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
    ] == []
    assert "BEGIN IMMEDIATE" not in said


def test_no_secret_stands_in_an_address_or_a_page(hub: FastAPI, ada: Browser) -> None:
    token = ada.client.cookies["s2gm"]
    for path in ("/", "/account", "/nothing"):
        assert token not in ada.look(path).text


def test_there_is_no_account_unless_somebody_made_it(open_hub: Callable[..., FastAPI]) -> None:
    with open_hub().state.hub.workshop.catalog.view() as session:
        assert not has_accounts(session)
