"""Logs: one vocabulary, text or JSON, no secrets, and a granule's way from line to line."""

import ast
import json
import logging
import re
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from tasks.logs import Event, configure_logs, correlated, current_run, event_log
from tasks.settings import Settings
from tests.tasks.helpers import run, write_archive

ROOT = Path(__file__).parents[2]
LOG = event_log("tasks.try")


def configure(form: str = "json", level: str = "info") -> None:
    configure_logs(Settings(log_format=form, log_level=level))  # type: ignore[arg-type]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Give the lines that were written since the last time."""
    yield lambda: capsys.readouterr().err.splitlines()
    configure("text", "warning")


def records(lines: list[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines]


def test_a_line_for_programs(said) -> None:
    configure()
    with correlated(run="r1", granule="G"):
        assert current_run() == "r1"
        LOG.info(Event.GRANULE_INGESTED, tile="31UDS")
    assert current_run() is None
    (line,) = said()
    record = json.loads(line)
    assert list(record)[:3] == ["time", "level", "event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", str(record.pop("time")))
    assert record == {
        "level": "info",
        "event": "granule.ingested",
        "tile": "31UDS",
        "run": "r1",
        "granule": "G",
        "logger": "tasks.try",
    }


def test_a_line_for_people(said) -> None:
    configure("text")
    with correlated(mosaic="31UDS MONTH 2022-01-01 20 m"):
        LOG.warning(
            Event.MOSAIC_STOPPED, message="It is\nwrong.", granules=["a", "b"], forged="x\ny"
        )
    (line,) = said()
    head = 'Z warning mosaic.stopped: It is wrong. granules=a,b forged="x\\ny"'
    assert line.split("Z ", 1)[1] == f'{head[2:]} mosaic="31UDS MONTH 2022-01-01 20 m"'


def test_what_is_less_grave_than_asked_for_is_not_written(said) -> None:
    configure(level="warning")
    LOG.info(Event.TURN_DONE)
    LOG.warning(Event.SOURCE_AWAY)
    assert [record["event"] for record in records(said())] == ["source.away"]


def test_configuring_again_writes_no_line_twice(said) -> None:
    configure()
    configure()
    LOG.info(Event.TURN_DONE)
    assert len(said()) == 1


def test_an_error_comes_with_its_trace(said) -> None:
    for form in ("json", "text"):
        configure(form)
        try:
            raise ValueError("https://me:word@host/x")
        except ValueError:
            LOG.exception(Event.TURN_FAILED, message="It broke.")
    first, *rest = said()
    assert "ValueError: https://host/x" in json.loads(first)["exception"]
    assert rest[0].endswith("error turn.failed: It broke.")
    assert rest[1].startswith("Traceback")
    assert "word" not in "".join((first, *rest)).replace("password", "")


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_is_written(said, form: str) -> None:
    configure(form)
    LOG.warning(
        Event.GRANULE_POSTPONED,
        message="https://me:canary@host/x?sig=canary cannot be fetched.",
        source="postgresql+psycopg://me:canary@host/x",
        granules=["s3://key:canary@bucket/x"],
    )
    (line,) = said()
    assert "canary" not in line
    assert "https://host/x?... cannot be fetched." in line


def test_lines_of_the_standard_library_are_written_alike(said) -> None:
    configure()
    with correlated(run="r1"):
        logging.getLogger("storage.s3").warning("The service %s is slow.", "x")
    (record,) = records(said())
    assert (record["event"], record["run"]) == ("The service x is slow.", "r1")


def test_a_granule_is_followed_from_its_tracking_to_its_publication(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive", days=9)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        run(tmp_path / "home", tmp_path / "archive", log_level="info")
    assert len({line["run"] for line in lines if not line["event"].startswith("worker.")}) == 1
    published = [line for line in lines if line["event"] == Event.MOSAIC_PUBLISHED]
    assert published
    for line in published:
        assert line["mosaic"] == "31UDS MONTH 2022-01-01 20 m"
        assert len(line["revision"]) == 12
        for granule in line["granules"]:
            events = [each["event"] for each in lines if each.get("granule") == granule]
            assert events == [Event.GRANULE_TRACKED, Event.GRANULE_INGESTED]
    order = [line["event"] for line in lines]
    assert order[:2] == [Event.WORKER_BEGAN, Event.TURN_BEGUN]
    assert order.index(Event.MOSAIC_CLAIMED) < order.index(Event.MOSAIC_PUBLISHED)
    assert order[-2:] == [Event.TURN_DONE, Event.WORKER_ENDED]


def test_only_events_of_the_vocabulary_are_logged() -> None:
    found = set()
    for room in ("tasks", "flows", "s2gm"):
        for path in (ROOT / room).glob("*.py"):
            tree = ast.parse(path.read_text())
            if "event_log(__name__)" not in path.read_text():
                continue
            for node in ast.walk(tree):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                if isinstance(node.func.value, ast.Name) and node.func.value.id == "_LOG":
                    event = node.args[-1] if node.func.attr == "log" else node.args[0]
                    assert isinstance(event, ast.Attribute), (path, node.lineno)
                    assert ast.unparse(event.value) == "Event", (path, node.lineno)
                    found.add(Event[event.attr])
    assert found == set(Event)


def test_the_manual_tells_of_every_event() -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    told = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", text, re.MULTILINE))
    assert told == {event.value for event in Event}
