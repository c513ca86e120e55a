"""A service with troubles, on the command line: what it does by itself, and what a person types."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from catalog.engine import Catalog
from catalog.operations.actions import Action, actions
from catalog.operations.troubles import Trouble, troubles
from catalog.operations.workers import Standing, Worker, database_moment, workers
from tests.s2gm.conftest import ROOT, environment, s2gm
from tests.s2gm.test_cli import refused
from tests.tasks.helpers import write_archive

pytestmark = pytest.mark.prefect


def opened(home: Path) -> Catalog:
    return Catalog(f"sqlite:///{home / 'catalog.sqlite'}")


def stand(home: Path) -> list[Trouble]:
    with opened(home).view() as session:
        return list(troubles(session, 100).entries)


def done(home: Path) -> list[Action]:
    with opened(home).view() as session:
        return list(actions(session, 100).entries)


def known(home: Path) -> list[Worker]:
    with opened(home).view() as session:
        return workers(session, database_moment(session))


@pytest.fixture
def root(home: Path, tmp_path: Path) -> Path:
    """A copy of the data root in which one granule is rejected."""
    ignored = shutil.ignore_patterns("*.lock", "prefect", "working")
    return Path(shutil.copytree(home, tmp_path / "home", ignore=ignored))


def test_a_trouble_is_dismissed_and_a_granule_retried(root: Path) -> None:
    (one,) = stand(root)
    said = s2gm("--home", root, "dismiss", one.id, "--reason", "Known.")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [
        f"{one.subject}: dismissed; it is shown again when it happens again."
    ]
    assert stand(root) == []
    said = s2gm("--home", root, "retry", one.subject, "--reason", "It is mended.")
    assert said.stdout.splitlines() == [f"{one.subject}: the next `s2gm run` tries it again."]
    assert [(a.verb.value, a.subject, a.reason, a.via) for a in done(root)] == [
        ("RETRY", one.subject, "It is mended.", "cli"),
        ("DISMISS", one.subject, "Known.", "cli"),
    ]


def test_what_cannot_be_done_is_refused(root: Path) -> None:
    (one,) = stand(root)
    for verb in ("retry", "dismiss"):
        refused(s2gm("--home", root, verb, one.subject), "needs its reason", "--reason")
    mosaic = ("31UDS", "MONTH", "2022-01-01", "20")
    refused(s2gm("--home", root, "retry", *mosaic, "--reason", "x"), "31UDS MONTH 2022-01-01 20 m")
    refused(s2gm("--home", root, "dismiss", *mosaic, "--reason", "x"), "nothing to dismiss")
    assert done(root) == []


# ------------------------------------------------------------------ a service that goes on


@contextmanager
def service(
    home: Path, source: Path | str, log: Path, server: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    words = ("run", "--source", source, "--period", "MONTH", "--resolution", "20")
    settings = {
        "S2GM_POLL_SECONDS": "0.2",
        "S2GM_HEARTBEAT_SECONDS": "0.2",
        "S2GM_LOG_LEVEL": "info",
        "S2GM_LOG_FORMAT": "json",
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "s2gm.cli", "--home", str(home), *map(str, words)],
            cwd=ROOT,
            env=environment(**settings, **server),
            stdout=subprocess.DEVNULL,
            stderr=file,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(process: "subprocess.Popen[bytes]", condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        assert process.poll() is None, "the service has ended"
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_troubles_come_and_go_while_the_service_goes_on(
    tmp_path: Path, server: dict[str, str]
) -> None:
    home, inbox, log = tmp_path / "home", tmp_path / "inbox", tmp_path / "log"
    write_archive(inbox, days=4, corrupt=False, reprocessed=False)
    inbox.rename(tmp_path / "later")
    inbox.mkdir()
    with service(home, inbox, log, server) as process:
        until(process, lambda: (home / "catalog.sqlite").exists() and bool(events(log)))
        until(process, lambda: "turn.done" in events(log))
        (worker,) = known(home)
        assert worker.standing in (Standing.WORKING, Standing.WAITING)
        inbox.rmdir()
        until(process, lambda: [t.kind.value for t in stand(home)] == ["SOURCE"])
        until(process, lambda: "source.away" in events(log))
        (tmp_path / "later").rename(inbox)
        until(process, lambda: stand(home) == [] and "mosaic.published" in events(log))
        rename(home, "revision", "elsewhere")
        until(process, lambda: "RUN" in [t.kind.value for t in stand(home)])
        rename(home, "elsewhere", "revision")
        until(process, lambda: stand(home) == [])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 130
    (worker,) = known(home)
    assert worker.standing == Standing.ENDED
    assert (worker.holds, worker.doing) == ((), "")
    _follow(lines(log))


def test_a_service_may_start_while_its_source_is_away(
    tmp_path: Path, server: dict[str, str]
) -> None:
    home, address = tmp_path / "home", "http://127.0.0.1:9/catalog.json"
    with service(home, address, tmp_path / "log", server) as process:
        until(process, lambda: "source.away" in events(tmp_path / "log"))
        (one,) = stand(home)
        assert (one.kind.value, one.subject) == ("SOURCE", address)


def rename(home: Path, table: str, other: str) -> None:
    """Take a table away from the service, or give it back, as a mistake of an operator would."""
    catalog = opened(home)
    with catalog.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("PRAGMA legacy_alter_table=ON")
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {other}")
        connection.commit()
    catalog.close()


def lines(log: Path) -> list[dict[str, str]]:
    found = (line for line in log.read_text().splitlines() if line.startswith("{"))
    return [json.loads(line) for line in found]


def events(log: Path) -> list[str]:
    return [line["event"] for line in lines(log)]


def _follow(told: list[dict[str, str]]) -> None:
    """From a granule of a published revision one comes to its ingest, in threads of Prefect."""
    published = [line for line in told if line["event"] == "mosaic.published"]
    assert published
    for line in published:
        assert line["granules"]
        for name in line["granules"]:
            own = [each for each in told if each.get("granule") == name]
            assert [each["event"] for each in own] == ["granule.tracked", "granule.ingested"]
            assert {each["run"] for each in own} == {line["run"]}
    assert {"source.away", "source.back", "turn.failed"} <= {line["event"] for line in told}
