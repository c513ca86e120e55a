"""Heartbeats: a process tells that it lives and what it does, and nothing waits for that."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from catalog.operations.workers import Standing, Worker, database_moment, workers
from tasks.cycle import plan
from tasks.heartbeat import heartbeat
from tasks.workshop import Workshop, open_workshop
from tests.tasks.helpers import MONTHLY, run, workshop, write_archive

BEAT = 0.02


def own(shop: Workshop) -> Worker:
    with shop.catalog.view() as session:
        found = workers(session, database_moment(session))
    return next(one for one in found if one.name == shop.owner)


def all_of(shop: Workshop) -> dict[str, Standing]:
    with shop.catalog.view() as session:
        return {one.name: one.standing for one in workers(session, database_moment(session))}


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(BEAT)


def test_it_greets_beats_and_leaves(tmp_path: Path) -> None:
    shop = workshop(tmp_path, heartbeat_seconds=BEAT)
    with heartbeat(shop):
        first = own(shop)
        assert first.standing == Standing.WAITING
        until(lambda: own(shop).seen_at > first.seen_at)
    assert own(shop).standing == Standing.ENDED
    assert own(shop).ended_at is not None


def test_it_tells_what_all_threads_do(tmp_path: Path) -> None:
    shop = workshop(tmp_path, heartbeat_seconds=BEAT)
    with heartbeat(shop), shop.board.doing("ingesting A"):
        with shop.board.doing("composing B"):
            until(lambda: own(shop).doing == "ingesting A; composing B")
        until(lambda: own(shop).doing == "ingesting A")
        assert own(shop).standing == Standing.WORKING


def test_a_process_has_one_heart_however_often_it_is_asked_for(tmp_path: Path) -> None:
    shop = workshop(tmp_path, heartbeat_seconds=BEAT)
    outer = heartbeat(shop)
    outer.__enter__()
    with heartbeat(shop):
        outer.__exit__(None, None, None)
        seen = own(shop).seen_at
        until(lambda: own(shop).seen_at > seen)
        assert own(shop).standing == Standing.WAITING
    assert own(shop).standing == Standing.ENDED


def test_an_error_in_the_work_ends_it_in_good_order(tmp_path: Path) -> None:
    shop = workshop(tmp_path)
    with pytest.raises(ZeroDivisionError), heartbeat(shop):
        raise ZeroDivisionError
    assert own(shop).standing == Standing.ENDED


def test_a_catalog_that_is_away_stops_nothing_and_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = workshop(tmp_path, heartbeat_seconds=BEAT, log_format="json")
    told: list[dict[str, str]] = []

    def said(event: str) -> bool:
        told.extend(json.loads(line) for line in capsys.readouterr().err.splitlines())
        return any(line["event"] == event for line in told)

    with heartbeat(shop):
        with shop.catalog.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE worker RENAME TO away")
        until(lambda: said("worker.unheard"))
        time.sleep(5 * BEAT)
        with shop.catalog.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO worker")
        until(lambda: said("worker.heard"))
    events = [line["event"] for line in told]
    assert events == ["worker.unheard", "worker.heard"]
    assert "no such table: worker" in told[0]["message"]
    assert told[0]["worker"] == shop.owner
    assert own(shop).standing == Standing.ENDED


def test_a_worker_unknown_to_the_catalog_greets_again(tmp_path: Path) -> None:
    """As after a catalog was restored from a backup."""
    shop = workshop(tmp_path, heartbeat_seconds=BEAT)
    with heartbeat(shop):
        with shop.catalog.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM worker")
        until(lambda: shop.owner in all_of(shop))


def test_work_that_holds_the_catalog_does_not_wait_for_a_beat(tmp_path: Path) -> None:
    shop = workshop(tmp_path, heartbeat_seconds=BEAT)
    with heartbeat(shop):
        with shop.catalog.transaction() as session:
            before = workers(session, database_moment(session))[0].seen_at
            time.sleep(10 * BEAT)
            assert workers(session, database_moment(session))[0].seen_at == before
        until(lambda: own(shop).seen_at > before)


def test_a_turn_has_a_worker_that_ends_with_it(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive", days=4)
    run(tmp_path / "home", tmp_path / "archive")
    shop = workshop(tmp_path / "home")
    assert list(all_of(shop).values()) == [Standing.ENDED]


def test_a_killed_worker_is_found_dead_by_the_next_plan(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive", days=4)
    home = tmp_path / "home"
    words = [str(home), str(tmp_path / "archive"), "produce.claimed"]
    died = subprocess.run([sys.executable, "-m", "tests.tasks.killable", *words], check=False)
    assert died.returncode == -signal.SIGKILL
    shop = workshop(home)
    with shop.catalog.view() as session:
        (worker,) = workers(session, database_moment(session))
    assert worker.ended_at is None
    assert [lease.mosaic for lease in worker.holds] == ["31UDS MONTH 2022-01-01 20 m"]
    plan(shop, MONTHLY)
    with shop.catalog.view() as session:
        (worker,) = workers(session, database_moment(session))
    assert (worker.standing, worker.holds) == (Standing.DIED, ())


def test_who_is_silent_for_longer_than_a_lease_counts_as_dead_until_it_beats(
    tmp_path: Path,
) -> None:
    """Its lock tells nothing where it runs on another machine."""
    shop, far = workshop(tmp_path), workshop(tmp_path, lease_seconds=120)
    with heartbeat(far):
        (tmp_path / "workers" / f"{far.owner}.lock").unlink()
        plan(shop, MONTHLY)
        assert all_of(shop)[far.owner] == Standing.WAITING
        with shop.catalog.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE worker SET seen_at = '2020-01-01 00:00:00'")
        plan(shop, MONTHLY)
        assert all_of(shop)[far.owner] == Standing.DIED
        until(lambda: all_of(shop)[far.owner] == Standing.WAITING)


def test_two_threads_may_ask_for_it(tmp_path: Path) -> None:
    shop = open_workshop(workshop(tmp_path).settings)

    def ask() -> None:
        for _ in range(20):
            with heartbeat(shop):
                pass

    threads = [Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert own(shop).standing == Standing.ENDED
