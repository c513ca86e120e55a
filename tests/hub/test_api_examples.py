"""The examples of ``docs/api.md`` work as they stand there, and the page of the API has it all."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI

from hub.api.document import AREAS, describe
from hub.problems import MEDIA_TYPE
from hub.serve import configure
from tests.catalog.decided import name
from tests.catalog.operations.rows import granule, trouble, write
from tests.hub.conftest import PASSWORD, Browser, Visit
from tests.hub.rows import hours_ago
from tests.hub.shelf import fill, shop_of
from tests.hub.test_failures import done

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLES = [line[4:] for line in PAGE.read_text().splitlines() if line.startswith("    ")]


@pytest.fixture
def address(hub: FastAPI) -> Iterator[str]:
    """The hub, served as it is to others, with a stopped product and a rejected granule."""
    shop = shop_of(hub)
    fill(shop)
    write(
        shop.catalog,
        granule("G1", hours_ago(3), "REJECTED"),
        trouble("GRANULE", "G1", hours_ago(3), id=1, tile="31UDS", rule="checksum"),
    )
    server = uvicorn.Server(configure(hub, shop.settings))
    server.config.port = 0
    thread = Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_a_script_signs_in_reads_and_acts(address: str, hub: FastAPI) -> None:
    assert EXAMPLES[0] == "HUB=http://127.0.0.1:8421"
    script = "\n".join(["set -euo pipefail", f"HUB={address}", *EXAMPLES[1:]])
    told = subprocess.run(
        ["bash", "-c", script], input=f"{PASSWORD}\n", text=True, capture_output=True, check=False
    )
    assert told.returncode == 0, told.stderr
    for said in ('"headline":', '"ordinal":2', '"id":1,"kind":"GRANULE"', "304\n",
                 '"state":"rejected"', '"subject":"G1"'):  # fmt: skip
        assert said in told.stdout
    assert [(verb, subject, via) for verb, subject, _, _, via in done(hub)] == [
        ("REJECT", name(2), "api"), ("RETRY", "G1", "api"),
    ]  # fmt: skip


def test_the_table_of_addresses_names_them_all() -> None:
    table = "".join(line for line in PAGE.read_text().splitlines() if line.startswith("|"))
    for path in describe(public=False, cookie="s2gm")["paths"]:
        last = [part for part in path.split("/") if not part.startswith("{")][-1]
        assert re.search(rf"\b{last}\b", table), path


def test_the_page_shows_every_address(ada: Browser) -> None:
    text = ada.look("/api").text
    document = describe(public=False, cookie="s2gm")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"<code>{method.upper()} {path}</code>" in text
            assert f'id="{operation["operationId"]}"' in text
    assert 'src="http' not in text
    assert 'href="http' not in text


def test_the_description_is_whole(ada: Browser) -> None:
    document = ada.client.get("/api/v1/openapi.json").json()
    assert document == describe(public=False, cookie="s2gm")
    assert document["info"]["title"] == "S2GM hub"
    ids = []
    for methods in document["paths"].values():
        for method, operation in methods.items():
            ids.append(operation["operationId"])
            assert operation["summary"][0].isupper()
            assert not operation["summary"].endswith(".")
            assert {"401", "503"} <= operation["responses"].keys()
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert answer["content"][MEDIA_TYPE]["example"]["status"] == int(status)
            needed = {"session": []} if method == "get" else {"session": [], "token": []}
            assert operation["security"] == [needed]
            assert ("requestBody" in operation) == (method == "post")
    assert len(ids) == len(set(ids)) == sum(len(router.routes) for router in AREAS)


def test_every_schema_of_the_description_is_used(ada: Browser) -> None:
    text = ada.client.get("/api/v1/openapi.json").text
    for schema in ada.client.get("/api/v1/openapi.json").json()["components"]["schemas"]:
        assert f'"#/components/schemas/{schema}"' in text, schema


def test_fields_are_explained_in_the_words_of_json() -> None:
    schemas = describe(public=False, cookie="s2gm")["components"]["schemas"]
    told = schemas["Stage"]["properties"]["oldest_since"]["description"]
    assert told == (
        "Since when the one that came first stands there; null where nothing waits there."
    )
    assert schemas["Tile"]["properties"]["state"]["description"].startswith("What to look at first")
    assert "``" not in str(schemas)


def test_a_public_hub_says_that_everybody_may_read(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    browser = visit(open_hub(hub_public=True))
    document = browser.client.get("/api/v1/openapi.json").json()
    assert document["paths"]["/api/v1/health"]["get"]["security"] == [{"session": []}, {}]
    assert document["paths"]["/api/v1/failures/{number}/retry"]["post"]["security"] == [
        {"session": [], "token": []}
    ]
    assert "API" in browser.look("/api").text


def test_behind_tls_the_cookie_has_its_other_name(
    open_hub: Callable[..., FastAPI], visit: Visit
) -> None:
    browser = visit(open_hub(hub_public=True, hub_https=True))
    document = browser.client.get("/api/v1/openapi.json").json()
    assert document["components"]["securitySchemes"]["session"]["name"] == "__Host-s2gm"
