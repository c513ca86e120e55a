"""Pages are told what changed, and of nothing else."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import Session, col

from catalog.engine import Catalog, now
from catalog.operation_tables import ActionRow, PublicationRow, SignInRow, TroubleRow, WorkerRow
from catalog.operations.pulse import TOPICS, pulse
from catalog.tables import GranuleRow, MosaicRow, SourceRow, TileRow
from hub import events
from hub.events import Watch
from tests.hub.conftest import Browser, Visit
from tests.s2gm.conftest import ROOT, environment
from tests.tasks.helpers import workshop


@pytest.fixture
def catalog(open_hub: Callable[..., FastAPI]) -> Catalog:
    found = open_hub().state.hub.workshop.catalog
    assert isinstance(found, Catalog)
    return found


def look(catalog: Catalog) -> Mapping[str, str]:
    with catalog.view() as session:
        return pulse(session)


def a_granule(session: Session) -> None:
    session.add(SourceRow(name="archive", seen_at=now()))
    session.flush()
    session.add(
        GranuleRow(id="g", source="archive", state="TRACKED", record="{}", tracked_at=now())
    )


def a_mosaic(session: Session) -> None:
    session.add(TileRow(name="31UDS", epsg=32631, west=0, north=0, width=1, height=1))
    session.flush()
    day = now().date()
    session.add(
        MosaicRow(tile="31UDS", kind="DAY", start=day, end=day, resolution=20, due_since=now())
    )


def a_worker(session: Session) -> None:
    session.add(
        WorkerRow(name="w", host="h", pid=1, started_at=now(), seen_at=now(), beat_seconds=2)
    )


def a_trouble(session: Session) -> None:
    session.add(TroubleRow(kind="SOURCE", subject="s", message="m", since=now(), seen_at=now()))


def an_action(session: Session) -> None:
    session.add(
        ActionRow(verb="RETRY", subject="s", reason="r", done_by="ada", done_at=now(), via="hub")
    )


@pytest.mark.parametrize(
    ("change", "topic"),
    [(a_granule, "granules"), (a_mosaic, "mosaics"), (a_worker, "workers"),
     (a_trouble, "troubles"), (an_action, "actions")],
)  # fmt: skip
def test_a_change_is_told_under_its_topic(
    catalog: Catalog, change: Callable[[Session], None], topic: str
) -> None:
    before = look(catalog)
    assert set(before) == set(TOPICS)
    assert look(catalog) == before
    with catalog.transaction() as session:
        change(session)
    after = look(catalog)
    assert {name for name in TOPICS if after[name] != before[name]} == {topic}


def test_a_mended_or_dismissed_trouble_is_told(catalog: Catalog) -> None:
    with catalog.transaction() as session:
        a_trouble(session)
    seen = [look(catalog)["troubles"]]
    for column in ("dismissed_at", "ended_at"):
        with catalog.transaction() as session:
            session.execute(sa.update(TroubleRow).values({column: now()}))
        seen.append(look(catalog)["troubles"])
    assert len(set(seen)) == 3


def test_beats_are_not_news_but_work_is(catalog: Catalog) -> None:
    with catalog.transaction() as session:
        a_worker(session)
    before = look(catalog)
    with catalog.transaction() as session:
        session.execute(sa.update(WorkerRow).values(seen_at=now()))
    assert look(catalog) == before
    with catalog.transaction() as session:
        session.execute(sa.update(WorkerRow).values(doing="composing"))
    assert look(catalog)["workers"] != before["workers"]


def test_that_a_worker_is_not_heard_any_more_is_news(catalog: Catalog) -> None:
    with catalog.transaction() as session:
        a_worker(session)
    before = look(catalog)
    with catalog.transaction() as session:
        session.execute(sa.update(WorkerRow).values(seen_at=now() - timedelta(seconds=8)))
    assert look(catalog)["workers"] != before["workers"]


def test_the_pulse_reads_little(catalog: Catalog) -> None:
    said: list[str] = []
    sa.event.listen(
        catalog.engine, "before_cursor_execute", lambda _c, _k, text, *_: said.append(text)
    )
    look(catalog)
    selects = [text for text in said if text.startswith("SELECT")]
    assert len(selects) == len(TOPICS) + 1, "one for each topic, and one for the clock"
    assert PublicationRow.__tablename__ in " ".join(said)


def test_all_open_pages_hear_the_same_and_slow_ones_hear_it_together() -> None:
    async def play() -> None:
        states = iter([{"a": "1"}, {"a": "1"}, {"a": "2"}, {"a": "2", "b": "1"}])
        watch = Watch(lambda: next(states))
        with watch.open() as one, watch.open() as other:
            assert [await watch.look() for _ in range(2)] == [set(), set()]
            for _ in range(2):
                watch.tell(await watch.look())
                if not one_heard:
                    one_heard.append(await one.next())
            assert one_heard == [["a"]]
            assert await one.next() == ["b"]
            assert await other.next() == ["a", "b"]

    one_heard: list[list[str]] = []
    asyncio.run(play())


def test_pages_are_told_when_the_catalog_goes_and_comes() -> None:
    def read() -> Mapping[str, str]:
        if away:
            raise sa.exc.OperationalError("SELECT", {}, Exception("away"))
        return {"a": "1"}

    async def play() -> None:
        watch = Watch(read)
        await watch.look()
        away.append(True)
        assert "catalog" in await watch.look()
        assert await watch.look() == set()
        away.clear()
        assert "catalog" in await watch.look()

    away: list[bool] = []
    asyncio.run(play())


def test_nobody_looks_at_the_catalog_while_nobody_listens() -> None:
    looked = []

    async def play() -> None:
        watch = Watch(lambda: looked.append(1) or {"a": str(len(looked))})
        running = asyncio.create_task(watch.run(every=0, clock=3600))
        for _ in range(50):
            await asyncio.sleep(0)
        assert looked == []
        with watch.open() as stream:
            assert await stream.next() == ["a"]
        running.cancel()

    asyncio.run(play())
    assert looked


def test_pages_are_told_that_time_goes_by() -> None:
    async def play() -> list[str]:
        watch = Watch(dict)
        running = asyncio.create_task(watch.run(every=0, clock=0))
        with watch.open() as stream:
            told = await stream.next()
        running.cancel()
        return told

    assert asyncio.run(play()) == [events.CLOCK]


def test_too_many_pages_are_refused(hub: FastAPI, ada: Browser) -> None:
    watch = hub.state.hub.watch
    watch._streams |= {events.Stream(str(reader)) for reader in range(200)}
    said = ada.client.get("/events")
    assert (said.status_code, said.headers["content-type"]) == (503, "application/problem+json")
    watch._streams.clear()


def test_one_reader_cannot_take_the_streams_of_others(
    hub: FastAPI, ada: Browser, ben: Browser
) -> None:
    watch = hub.state.hub.watch
    with hub.state.hub.workshop.catalog.view() as session:
        (mine,) = session.scalars(
            sa.select(col(SignInRow.id)).where(col(SignInRow.account) == "ada")
        )
    watch._streams |= {events.Stream(mine) for _ in range(20)}
    assert ada.client.get("/events").status_code == 503
    (his,) = {stream.reader for stream in watch._streams}
    assert his == mine
    assert watch.has_room("another")
    watch._streams.clear()


def test_a_live_page_listens_and_works_without_scripts(ada: Browser) -> None:
    page = ada.look("/").text
    assert 'sse-connect="/events"' in page
    assert 'hx-trigger="sse:changed"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "sse-connect" not in ada.look("/account").text


@contextmanager
def served(home: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A hub in a process of its own, and its address."""
    command = [sys.executable, "-m", "s2gm.cli", "--home", str(home), "hub", "--port", "0"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(**settings),
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def test_a_served_hub_tells_of_changes_and_ends_at_once(tmp_path: Path, visit: Visit) -> None:
    shop = workshop(tmp_path / "home")
    with (
        served(tmp_path / "home", S2GM_HUB_PUBLIC="true") as (address, process),
        httpx.Client(timeout=60) as client,
        client.stream("GET", f"{address}events") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines) == ": listening"
        list(until(events.CLOCK, lines))  # by then the hub knows what there is
        with shop.catalog.transaction() as session:
            a_trouble(session)
        told = [json.loads(line[6:]) for line in until("troubles", lines)]
        assert told[-1].count("troubles") == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in (0, 130)
        assert process.stdout
        assert process.stdout.read() == ""
    shop.catalog.close()


def until(topic: str, lines: Iterator[str]) -> Iterator[str]:
    """Return the data of events up to the one that tells of a topic."""
    for line in lines:
        if line.startswith("data: "):
            yield line
            if topic in line:
                return
