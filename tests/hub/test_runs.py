"""Runs: workers, turns, room; and the log of what people did."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import FastAPI

from catalog.operation_tables import ActionRow
from tasks.gauge import Gauge
from tasks.prefect_address import prefect_address_told, read_prefect_address
from tasks.turns import Turn, Turns, last_turns
from tests.catalog.operations.rows import month, mosaic, statements, worker, write
from tests.hub.conftest import Browser
from tests.hub.rows import ESCAPED, HOSTILE, catalog_of, fill, hours_ago, many
from tests.hub.test_overview import text_of

RUN = {
    "id": "a1",
    "name": "bold-otter",
    "state_type": "RUNNING",
    "start_time": "2022-06-15T12:00:00Z",
    "estimated_run_time": 42.5,
    "parameters": {"source": "archive"},
}


def prefect(answer: Callable[[str, dict[str, object]], object]) -> httpx.MockTransport:
    """A Prefect server that answers by path and what is asked."""

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer(request.url.path, json.loads(request.content)))

    return httpx.MockTransport(handle)


def test_without_workers_and_turns_it_says_so(ada: Browser) -> None:
    page = ada.look("/runs").text
    said = text_of(page)
    assert "No worker runs." in said
    assert "No turn is under way." in said
    assert "Free on the disk" in said
    assert "Database" in said


def test_workers_are_told_with_what_they_do_and_hold(ada: Browser, hub: FastAPI) -> None:
    until = datetime.now(UTC).timestamp() + 90
    lease = {"lease_owner": "w1", "lease_until": until, "claimed_at": hours_ago(0.1)}
    fill(
        hub,
        mosaic(1, "COMPOSING", month(3), **lease),
        worker("w1", hours_ago(-1), doing="composes 31UDS"),
        worker("w2", hours_ago(1)),
        worker("w3", hours_ago(2), started_at=hours_ago(5), ended_at=hours_ago(2), died=True),
    )
    page = ada.look("/runs").text
    said = text_of(page)
    assert "w1 composes 31UDS composing 31UDS MONTH 2000-04-01 20 m" in said
    assert '<a href="/mosaics/31UDS/MONTH/2000-04-01/20">' in page
    assert "begun 6 min ago; its lease ends in" in said
    assert "silent" in said
    assert "w3 died 2 h 00 min ago 3 h 00 min 7 on node" in said


def test_a_prefect_server_that_is_gone_is_told_as_such(ada: Browser, hub: FastAPI) -> None:
    home = hub.state.hub.workshop.home
    with prefect_address_told(home, "http://127.0.0.1:9/api"):
        said = text_of(ada.look("/runs").text)
    assert "The Prefect server does not answer." in said
    assert "Its address is http://127.0.0.1:9." in said


def test_turns_come_from_prefect_with_their_progress() -> None:
    def answer(path: str, asked: dict[str, object]) -> object:
        if path == "/api/flow_runs/filter":
            ended = RUN | {"id": "a2", "state_type": "FAILED", "total_run_time": 7}
            return [RUN, ended | {"estimated_run_time": None, "parameters": None}]
        assert path == "/api/task_runs/count"
        return 3 if "task_runs" in asked else 8

    found = last_turns("http://prefect:4200/api", transport=prefect(answer))
    began = datetime(2022, 6, 15, 12, tzinfo=UTC)
    page = "http://prefect:4200/runs/flow-run"
    assert found == Turns(
        "http://prefect:4200",
        (
            Turn("bold-otter", "working", "archive", began, 42.5, 3, 8, f"{page}/a1"),
            Turn("bold-otter", "failed", "", began, 7, 0, 0, f"{page}/a2"),
        ),
    )


def test_an_answer_that_nobody_understands_counts_as_none() -> None:
    odd = prefect(lambda _path, _asked: {"detail": "moved"})
    assert last_turns("http://prefect/api/", transport=odd) == Turns("http://prefect", None)
    assert last_turns("http://[broken").turns is None


def test_the_address_of_prefect_is_told_while_it_is_used(tmp_path: Path) -> None:
    with prefect_address_told(tmp_path, "http://ann:secret@prefect:4200/api"):
        assert read_prefect_address(tmp_path) == "http://prefect:4200/api"
    assert read_prefect_address(tmp_path) is None
    (tmp_path / "prefect" / "address").write_text("javascript:alert(1)")
    assert read_prefect_address(tmp_path) is None


def test_the_gauge_counts_the_working_store_once_a_minute(hub: FastAPI) -> None:
    moment = [0.0]
    shop = hub.state.hub.workshop
    gauge = Gauge(shop, lambda: moment[0])
    assert gauge.read(wait=True).working == 0
    (shop.working / "31UDS").mkdir(parents=True)
    (shop.working / "31UDS" / "layer").write_bytes(bytes(1000))
    moment[0] = 59
    assert gauge.read(wait=True).working == 0
    moment[0] = 61
    assert gauge.read(wait=True).working == 1000


def test_hostile_texts_are_shown_as_they_are(ada: Browser, hub: FastAPI) -> None:
    fill(hub, worker(HOSTILE, hours_ago(-1), doing=HOSTILE, host=HOSTILE))
    deed = {"verb": "REJECT", "done_by": HOSTILE, "done_at": hours_ago(1), "via": "cli"}
    write(catalog_of(hub), ActionRow(subject=HOSTILE, reason=HOSTILE, **deed))
    for path in ("/runs", "/actions", "/gate"):
        page = ada.look(path).text
        assert HOSTILE not in page
        assert page.count(ESCAPED) >= 3


def test_the_log_tells_who_did_what_and_why_the_last_first(ada: Browser, hub: FastAPI) -> None:
    for hours, subject in ((2, "P_1"), (1, "P_2")):
        deed = {"verb": "RELEASE", "done_by": "ann", "done_at": hours_ago(hours), "via": "cli"}
        write(catalog_of(hub), ActionRow(subject=subject, reason=f"Why {subject}.", **deed))
    said = text_of(ada.look("/actions").text)
    assert "ann released P_2 Why P_2. command line" in said
    assert said.index("P_2") < said.index("P_1")
    only = ada.look("/actions?subject=P_1").text
    assert "Why P_1." in only
    assert "Why P_2." not in only
    assert "Nobody did anything about it." in ada.look("/actions?subject=P_3").text


def test_the_number_of_statements_depends_on_nothing(ada: Browser, hub: FastAPI) -> None:
    counted = []
    fill(hub, *many(1))
    for first, count in ((2, 0), (2, 50)):
        write(catalog_of(hub), *many(count, first=first))
        for path in ("/runs", "/actions"):
            with statements(catalog_of(hub)) as asked:
                assert ada.look(path).status_code == 200
            counted.append(len(asked))
    assert counted[:2] == counted[2:]
