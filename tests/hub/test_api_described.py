"""The API answers as its description says, whatever it is asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.python import asgi

from hub.api.document import describe
from hub.app import create_app
from hub.guard import TOKEN_HEADER
from tests.hub.conftest import ADDRESS, QUICK, Browser, TestClient, add
from tests.hub.rows import many, stopped
from tests.hub.shelf import fill
from tests.catalog.operations.rows import write
from tests.tasks.helpers import workshop as open_workshop

schema = schemathesis.openapi.from_dict(
    describe(public=False, cookie="s2gm"), config=SchemathesisConfig(seed=1)
)
schema.config.generation.update(with_security_parameters=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, _new_catalog: Path) -> Iterator[FastAPI]:
    """One hub for all questions, which has something of everything."""
    home = tmp_path_factory.mktemp("described") / "home"
    home.mkdir()
    shutil.copyfile(_new_catalog, home / "catalog.sqlite")
    shop = open_workshop(home)
    fill(shop)
    add(shop, "ada", operator=True)
    yield create_app(shop, passwords=QUICK)
    asgi.shutdown_lifespans()
    shop.catalog.close()


@pytest.fixture(scope="module")
def operator(house: FastAPI) -> requests.Session:
    """Ada's session, as a program has it."""
    with TestClient(house, base_url=ADDRESS) as client:
        assert Browser(client).sign_in().status_code == 303
        session = requests.Session()
        session.cookies.set("s2gm", client.cookies["s2gm"])
        session.headers[TOKEN_HEADER] = client.get("/api/v1/account").json()["token"]
    return session


@schema.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_it_answers_as_described(
    case: schemathesis.Case, house: FastAPI, operator: requests.Session
) -> None:
    case.call_and_validate(app=house, base_url=ADDRESS, session=operator)
