"""A hub over a small catalog, and browsers that visit it."""

import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from catalog.engine import now
from catalog.operations.accounts import Clerk, add_account
from hub.app import create_app
from hub.passwords import Passwords
from tasks.workshop import Workshop
from tests.tasks.helpers import workshop as open_workshop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it recommends another library
    from fastapi.testclient import TestClient

ADDRESS = "http://127.0.0.1:8421"
PASSWORD = "four words without sense"
ACCEPTS = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
_TOKEN = re.compile(r'name="token" value="([^"]*)"')
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Weak on purpose: the tests sign in often."""


class Browser:
    """What a person does with a browser: look, fill in forms, follow."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def look(self, path: str, **headers: str) -> httpx.Response:
        """Open a page without following where it leads."""
        return self.client.get(path, headers=ACCEPTS | headers, follow_redirects=False)

    def token(self, path: str) -> str:
        """Return the token in the first form of a page."""
        found = _TOKEN.search(self.look(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def send(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as it is given."""
        return self.client.post(path, data=form, headers=ACCEPTS | headers, follow_redirects=False)

    def fill_in(self, page: str, path: str, **form: str) -> httpx.Response:
        """Send a form of a page, with the token that stands in it."""
        return self.send(path, {"token": self.token(page), **form}, origin=ADDRESS)

    def sign_in(self, name: str = "ada", password: str = PASSWORD) -> httpx.Response:
        """Sign in, or try to."""
        return self.fill_in("/sign-in", "/sign-in", name=name, password=password, next="/")


Visit = Callable[..., Browser]


@pytest.fixture(scope="session")
def _new_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalog, made once: copying it is quicker than migrating each time."""
    home = tmp_path_factory.mktemp("hub") / "home"
    open_workshop(home).catalog.close()
    return home / "catalog.sqlite"


@pytest.fixture
def open_hub(tmp_path: Path, _new_catalog: Path) -> Iterator[Callable[..., FastAPI]]:
    """Open the hub of a data root, with any settings; closed after the test."""
    (tmp_path / "home").mkdir()
    shutil.copyfile(_new_catalog, tmp_path / "home" / "catalog.sqlite")
    with ExitStack() as opened:

        def made(**settings: object) -> FastAPI:
            shop = open_workshop(tmp_path / "home", **settings)
            opened.callback(shop.catalog.close)
            return create_app(shop, passwords=QUICK)

        yield made


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Open a browser of its own at a hub."""
    with ExitStack() as opened:

        def made(app: FastAPI, base: str = ADDRESS, address: str = "127.0.0.1") -> Browser:
            client = TestClient(
                app, base_url=base, client=(address, 50000), raise_server_exceptions=False
            )
            return Browser(opened.enter_context(client))

        yield made


@pytest.fixture
def hub(open_hub: Callable[..., FastAPI]) -> FastAPI:
    """A hub for accounts: ada may act, ben may look."""
    app = open_hub()
    add(app.state.hub.workshop, "ada", operator=True)
    add(app.state.hub.workshop, "ben", operator=False)
    return app


@pytest.fixture
def stranger(hub: FastAPI, visit: Visit) -> Browser:
    return visit(hub)


@pytest.fixture
def ada(hub: FastAPI, visit: Visit) -> Browser:
    browser = visit(hub)
    assert browser.sign_in().status_code == 303
    return browser


@pytest.fixture
def ben(hub: FastAPI, visit: Visit) -> Browser:
    browser = visit(hub)
    assert browser.sign_in("ben").status_code == 303
    return browser


def add(shop: Workshop, name: str, *, operator: bool) -> None:
    """Make an account with the password of the tests."""
    with shop.catalog.transaction() as session:
        add_account(session, name, QUICK.hash(PASSWORD), Clerk("tester"), now(), operator=operator)
