"""The API answers as its description says, whatever it is asked."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.python import asgi
from sqlmodel import SQLModel

from hub.api.document import describe
from hub.app import create_app
from hub.guard import TOKEN_HEADER
from tests.catalog.decided import FIRST
from tests.catalog.operations.rows import trouble, worker, write
from tests.hub.conftest import ADDRESS, QUICK, Browser, TestClient, add
from tests.hub.rows import hours_ago, stopped
from tests.hub.shelf import fill
from tests.tasks.helpers import workshop as open_workshop

schema = schemathesis.openapi.from_dict(
    describe(public=False, cookie="s2gm"), config=SchemathesisConfig(seed=1)
)
schema.config.update(base_url=ADDRESS)
schema.config.generation.update(with_security_parameters=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, _new_catalog: Path) -> Iterator[FastAPI]:
    """One hub for all questions, which has something of everything."""
    home = tmp_path_factory.mktemp("described") / "home"
    home.mkdir()
    shutil.copyfile(_new_catalog, home / "catalog.sqlite")
    shop = open_workshop(home)
    fill(shop)
    write(shop.catalog, *_troubled())
    add(shop, "ada", operator=True)
    yield create_app(shop, passwords=QUICK)
    asgi.shutdown_lifespans()
    shop.catalog.close()


def _troubled() -> Iterable[SQLModel]:
    yield trouble("GRANULE", FIRST.id, hours_ago(2), id=1, tile="31UDS", rule="checksum")
    yield trouble("MOSAIC", "31UDS MONTH 2018-06-01 10 m", hours_ago(1))
    yield trouble("RUN", "archive", hours_ago(2), ended_at=hours_ago(1))
    yield worker("w1", hours_ago(0), doing="composes 31UDS")
    yield from stopped(7)


@pytest.fixture(scope="module")
def operator(house: FastAPI) -> dict[str, dict[str, str]]:
    """Ada's session, as a program has it."""
    with TestClient(house, base_url=ADDRESS) as client:
        assert Browser(client).sign_in().status_code == 303
        token = client.get("/api/v1/account").json()["token"]
        return {"cookies": {"s2gm": client.cookies["s2gm"]}, "headers": {TOKEN_HEADER: token}}


@schema.parametrize()
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_it_answers_as_described(
    case: schemathesis.Case, house: FastAPI, operator: dict[str, dict[str, str]]
) -> None:
    case.operation.schema.app = house  # by which it chooses how to ask
    case.call_and_validate(app=house, **operator)  # type: ignore[arg-type]


def test_what_is_there_is_told_as_described(
    house: FastAPI, operator: dict[str, dict[str, str]]
) -> None:
    """Every address that reads, asked for the examples of its own parameters."""
    paths = describe(public=False, cookie="s2gm")["paths"]
    with TestClient(house, base_url=ADDRESS, **operator) as client:
        for path, methods in paths.items():
            if "get" not in methods:
                continue
            given = {one["name"]: one["schema"] for one in methods["get"].get("parameters", ())}
            named = {name: one["examples"][0] for name, one in given.items() if "examples" in one}
            answer = client.get(path.format_map(named))
            assert answer.status_code == 200, path
            schema[path]["GET"].validate_response(answer)
