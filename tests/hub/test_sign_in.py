"""Signing in and out: who gets a session, how it is kept, and how it ends."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlmodel import select

from catalog.engine import now
from catalog.operation_tables import AccountRow, ActionRow, AttemptRow, SignInRow
from catalog.operations import accounts, sign_ins
from catalog.operations.accounts import Clerk
from hub.app import create_app
from hub.passwords import Passwords
from hub.serve import configure
from hub.sign_in import network_of
from products.errors import BadInput
from tasks.workshop import Workshop
from tests.hub.conftest import ADDRESS, PASSWORD, QUICK, Browser, TestClient, Visit, add

WRONG = "The name or the password is not right."


def shop_of(app: FastAPI) -> Workshop:
    return app.state.hub.workshop  # type: ignore[no-any-return]


def test_who_is_not_signed_in_is_sent_there_and_back(stranger: Browser) -> None:
    asked = stranger.look("/?tile=31UDS")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/sign-in?next=/%3Ftile%3D31UDS",
    )
    form = stranger.look(asked.headers["location"]).text
    assert 'name="next" value="/?tile=31UDS"' in form
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert token
    sent = {"token": token[1], "name": "ada", "password": PASSWORD, "next": "/?tile=31UDS"}
    went = stranger.send("/sign-in", sent, origin=ADDRESS)
    assert (went.status_code, went.headers["location"]) == (303, "/?tile=31UDS")
    assert "Sign out" in stranger.look("/").text


def test_programs_are_told_to_sign_in(stranger: Browser) -> None:
    refused = stranger.client.get("/", headers={"accept": "application/json"})
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"]
    part = stranger.client.get("/", headers={"hx-request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=/")
    assert stranger.client.get("/events").status_code == 401


@pytest.mark.parametrize("path", ["/sign-in", "/healthz", "/readyz", "/static/s2gm.css"])
def test_what_everybody_may_see(stranger: Browser, path: str) -> None:
    assert stranger.look(path).status_code == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites(stranger: Browser) -> None:
    cookie = stranger.sign_in().headers["set-cookie"].split(", s2gm-visit")[0]
    assert cookie.startswith("s2gm=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_behind_tls_cookies_are_for_tls_and_this_host_alone(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    app = open_hub(hub_https=True, url="https://hub.example.org/s2gm")
    add(shop_of(app), "ada", operator=True)
    browser = visit(app, "https://hub.example.org")
    token = browser.token("/sign-in")
    form = {"token": token, "name": "ada", "password": PASSWORD}
    said = browser.send("/sign-in", form, origin="https://hub.example.org")
    cookies = said.headers.get_list("set-cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-s2gm", "__Host-s2gm-visit"}
    assert all("Secure" in cookie and "Path=/" in cookie for cookie in cookies)
    assert said.headers["strict-transport-security"].startswith("max-age=")


def test_the_catalog_has_no_token_and_no_password(hub: FastAPI, ada: Browser) -> None:
    token = ada.client.cookies["s2gm"]
    with shop_of(hub).catalog.view() as session:
        (row,) = session.exec(select(SignInRow)).all()
        hashes = session.exec(select(AccountRow.password)).all()
    assert row.id == sign_ins.digest(token)
    assert token not in row.model_dump_json()
    assert all(each.startswith("$argon2id$") for each in hashes)


def test_every_session_has_tokens_of_its_own(hub: FastAPI, ada: Browser, visit: Visit) -> None:
    other = visit(hub)
    before = other.client.cookies.get("s2gm-visit"), other.token("/sign-in")
    other.sign_in()
    assert other.client.cookies["s2gm"] != ada.client.cookies["s2gm"]
    assert other.token("/account") not in (ada.token("/account"), *before)


@pytest.mark.parametrize("name", ["ada", "nobody", "", "'; DROP TABLE account; --", "ada\x00"])
def test_the_answer_does_not_tell_whether_an_account_is_there(stranger: Browser, name: str) -> None:
    said = stranger.sign_in(name, "something else altogether")
    assert said.status_code == 401
    assert WRONG in said.text
    assert "s2gm=" not in said.headers.get("set-cookie", "")


class CountingHasher(PasswordHasher):
    """Counts comparisons, which are what takes time."""

    compared = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        self.compared += 1
        return super().verify(hash, password)


def test_an_unknown_or_closed_account_costs_one_comparison_too(hub: FastAPI, visit: Visit) -> None:
    with shop_of(hub).catalog.transaction() as session:
        accounts.close_account(session, "ben", Clerk("tester"), now())
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    browser = visit(create_app(shop_of(hub), passwords=Passwords(hasher)))
    counts = []
    for name in ("ada", "nobody", "ben"):
        before = hasher.compared
        assert browser.sign_in(name, "something else altogether").status_code == 401
        counts.append(hasher.compared - before)
    assert counts == [1, 1, 1]


def test_ten_failures_close_an_account_for_a_while(hub: FastAPI, visit: Visit) -> None:
    for number in range(10):
        browser = visit(hub, address=f"192.0.2.{number}")
        assert browser.sign_in(password="wrong wrong wrong").status_code == 401
    refused = visit(hub, address="192.0.2.99").sign_in()
    assert refused.status_code == 429
    assert "Too many attempts failed; wait 15 minutes" in refused.text
    assert refused.headers["retry-after"] == "900"
    assert visit(hub, address="192.0.2.99").sign_in("ben").status_code == 303


def test_ten_failures_close_an_address_for_a_while(hub: FastAPI, visit: Visit) -> None:
    for number in range(10):
        visit(hub, address="192.0.2.1").sign_in(f"guess{number}", "wrong wrong wrong")
    assert visit(hub, address="192.0.2.1").sign_in().status_code == 429
    assert visit(hub, address="192.0.2.2").sign_in().status_code == 303


@pytest.mark.parametrize(
    ("settings", "reader", "counted"),
    [
        ({}, "127.0.0.1", "127.0.0.1"),
        ({"hub_https": True}, "127.0.0.1", "192.0.2.9"),
        ({"hub_https": True}, "192.0.2.1", "192.0.2.1"),
        ({"hub_https": True, "hub_proxy": "192.0.2.1"}, "192.0.2.1", "192.0.2.9"),
    ],
)
def test_the_word_of_a_proxy_counts_only_where_there_is_one(
    open_hub: Callable[..., FastAPI], settings: dict[str, object], reader: str, counted: str
) -> None:
    """Else who guesses would name another address with every attempt."""
    app = open_hub(**settings, url="https://hub.example.org")
    config = configure(app, shop_of(app).settings)
    config.load()
    with TestClient(
        config.loaded_app, base_url="https://hub.example.org", client=(reader, 50000)
    ) as client:
        token = Browser(client).token("/sign-in")
        form = {"token": token, "name": "ada", "password": "wrong wrong wrong"}
        client.post("/sign-in", data=form, headers={"x-forwarded-for": "192.0.2.9"})
    with shop_of(app).catalog.view() as session:
        assert session.exec(select(AttemptRow.address)).all() == [counted]


def test_the_wait_ends_by_itself(hub: FastAPI, stranger: Browser) -> None:
    with shop_of(hub).catalog.transaction() as session:
        for minutes in range(10):
            moment = now() - timedelta(minutes=14 - minutes)
            session.add(AttemptRow(account="ada", address="192.0.2.1", tried_at=moment))
    waits = stranger.sign_in()
    assert "wait 1 minutes" in waits.text
    with shop_of(hub).catalog.view() as session:
        assert len(session.exec(select(AttemptRow)).all()) == 10  # those who wait are not counted
        later = now() + timedelta(minutes=1)
        assert sign_ins.wait_of(session, "ada", "192.0.2.9", later) is None


def test_who_succeeds_is_not_counted(hub: FastAPI, visit: Visit) -> None:
    for _ in range(12):
        assert visit(hub).sign_in().status_code == 303
    with shop_of(hub).catalog.view() as session:
        assert session.exec(select(AttemptRow)).all() == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_address_counts_with_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/\r\nx"],
)
def test_signing_in_never_leads_elsewhere(stranger: Browser, target: str) -> None:
    form = {"token": stranger.token("/sign-in"), "name": "ada", "password": PASSWORD}
    said = stranger.send("/sign-in", form | {"next": target}, origin=ADDRESS)
    assert said.headers["location"] == "/"
    assert stranger.client.get("/sign-in", params={"next": target}).url.path == "/"


def test_signing_out_ends_the_session_at_the_hub(ada: Browser) -> None:
    token = ada.client.cookies["s2gm"]
    said = ada.fill_in("/account", "/sign-out")
    assert said.headers["location"] == "/sign-in"
    assert "s2gm" not in ada.client.cookies
    assert "You are signed out." in ada.look("/sign-in").text
    ada.client.cookies.set("s2gm", token)
    assert ada.look("/").status_code == 303


def test_a_session_ends_by_itself(open_hub: Callable[..., FastAPI], visit: Visit) -> None:
    app = open_hub(hub_session_hours=1)
    add(shop_of(app), "ada", operator=True)
    browser = visit(app)
    browser.sign_in()
    assert browser.look("/").status_code == 200
    token = browser.client.cookies["s2gm"]
    with shop_of(app).catalog.view() as session:
        assert sign_ins.find(session, token, now() + timedelta(minutes=59))
        assert sign_ins.find(session, token, now() + timedelta(minutes=61)) is None


def test_sessions_are_listed_and_ended_one_by_one(hub: FastAPI, ada: Browser, visit: Visit) -> None:
    lost = visit(hub)
    lost.client.headers["user-agent"] = "<b>Mozilla/5.0 (Android 14) Firefox/140"
    lost.sign_in()
    shown = ada.look("/account").text
    assert "Firefox on Android" in shown
    assert "<b>" not in shown
    (identity,) = re.findall(r'name="sign_in" value="([^"]+)"', shown)
    ada.fill_in("/account", "/account/end", sign_in=identity)
    assert "The session is ended." in ada.look("/account").text
    assert lost.look("/").status_code == 303
    assert ada.look("/").status_code == 200


def test_all_other_sessions_are_ended(hub: FastAPI, ada: Browser, visit: Visit) -> None:
    others = [visit(hub), visit(hub)]
    for other in others:
        other.sign_in()
    ada.fill_in("/account", "/account/end-others")
    assert "Other sessions ended: 2." in ada.look("/account").text
    assert [other.look("/").status_code for other in others] == [303, 303]
    assert ada.look("/").status_code == 200


def test_nobody_ends_the_sessions_of_others(ada: Browser, ben: Browser) -> None:
    identity = sign_ins.digest(ada.client.cookies["s2gm"])
    ben.fill_in("/account", "/account/end", sign_in=identity)
    assert "That session had ended." in ben.look("/account").text
    assert ada.look("/").status_code == 200


def test_a_closed_account_is_out_at_once(hub: FastAPI, ben: Browser) -> None:
    with shop_of(hub).catalog.transaction() as session:
        accounts.close_account(session, "ben", Clerk("tester"), now())
    assert ben.look("/").status_code == 303
    assert WRONG in ben.sign_in("ben").text


def test_another_password_ends_all_sessions_and_all_waiting(hub: FastAPI, ada: Browser) -> None:
    for _ in range(10):
        ada.client.cookies.delete("s2gm")
        ada.sign_in(password="wrong wrong wrong")
    with shop_of(hub).catalog.transaction() as session:
        renewed = QUICK.hash("another one without sense")
        accounts.set_password(session, "ada", renewed, Clerk("tester"), now())
    assert ada.sign_in().status_code == 401
    assert ada.sign_in(password="another one without sense").status_code == 303


def test_a_weak_hash_is_renewed_when_its_owner_signs_in(hub: FastAPI, visit: Visit) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    app = create_app(shop_of(hub), passwords=stronger)
    assert visit(app).sign_in().status_code == 303
    with shop_of(hub).catalog.view() as session:
        stored = accounts.password_of(session, "ada")
    assert stored
    assert "m=16,t=2" in stored
    assert visit(app).sign_in().status_code == 303


def test_passwords_are_long_and_names_are_plain(hub: FastAPI) -> None:
    with pytest.raises(BadInput, match="too short"):
        QUICK.hash("elevenchars")
    with pytest.raises(BadInput, match="too long"):
        QUICK.hash("x" * 201)
    with shop_of(hub).catalog.transaction() as session:
        for name in ("Ada", "", "a b", "../x", "-x", "x" * 41, "é"):
            with pytest.raises(BadInput, match="cannot be the name"):
                add_named(session, name)
        with pytest.raises(BadInput, match="already"):
            add_named(session, "ada")


def add_named(session: object, name: str) -> None:
    accounts.add_account(session, name, "hash", Clerk("tester"), now(), operator=False)  # type: ignore[arg-type]


def test_every_change_of_an_account_is_on_record(hub: FastAPI) -> None:
    with shop_of(hub).catalog.transaction() as session:
        accounts.close_account(session, "ben", Clerk("root"), now())
        add_named(session, "ben")
        told = [(row.subject, row.reason, row.done_by) for row in session.exec(select(ActionRow))]
    assert told == [
        ("ada", "Account made; it may act.", "tester"),
        ("ben", "Account made; it may look.", "tester"),
        ("ben", "Account closed.", "root"),
        ("ben", "Account made; it may look.", "tester"),
    ]


def test_the_first_visitor_learns_how_to_make_an_account(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    browser = visit(open_hub())
    assert "s2gm users add NAME --operator" in browser.look("/sign-in").text


def test_a_session_shows_when_it_was_last_seen(hub: FastAPI, ada: Browser) -> None:
    presence = hub.state.hub.presence
    late = now() + timedelta(minutes=5)
    presence.note(sign_ins.digest(ada.client.cookies["s2gm"]), late)
    presence.write(shop_of(hub).catalog, late)
    with shop_of(hub).catalog.view() as session:
        assert [each.seen_at for each in sign_ins.sign_ins(session, "ada", late)] == [late]
