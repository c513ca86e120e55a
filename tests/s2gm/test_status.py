"""``s2gm status``: the same in a terminal as on the overview, and exit codes for scripts."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from s2gm.status_tables import drawn, status_record
from tasks.standing import Status, status
from tests.catalog.operations.rows import (
    granule,
    ground,
    month,
    mosaic,
    publication,
    revision,
    trouble,
    worker,
    write,
)
from tests.s2gm.conftest import ROOT, environment, s2gm
from tests.tasks.helpers import workshop


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("status") / "home"
    workshop(home).catalog.close()
    return home


@pytest.fixture
def home(empty: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("*.lock")
    return Path(shutil.copytree(empty, tmp_path / "home", ignore=ignored))


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def fill(home: Path, *rows: object) -> Status:
    shop = workshop(home)
    write(shop.catalog, *ground(), *rows)  # type: ignore[arg-type]
    found = status(shop)
    shop.catalog.close()
    return found


def printed(found: Status) -> str:
    """What the terminal shows, without lines and with single blanks."""
    out = Console(width=200, file=StringIO())
    out.print(drawn(found))
    return " ".join(out.file.getvalue().replace("│", " ").split())  # type: ignore[attr-defined]


def test_a_stopped_service_without_work_is_no_error(home: Path) -> None:
    said = s2gm("--home", home, "status")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines()[0] == "Stopped: no worker runs, and nothing waits."
    assert "`s2gm run --source SOURCE`" in said.stdout


def test_a_late_service_ends_with_3(home: Path) -> None:
    fill(home, worker("w1", hours_ago(-1)), granule("G1", hours_ago(3)))
    said = s2gm("--home", home, "status")
    assert (said.returncode, said.stderr) == (3, "")
    assert said.stdout.startswith("Late: granules wait longer than 2 h.")


def test_a_broken_service_ends_with_4_for_programs_too(home: Path) -> None:
    fill(home, granule("G1", hours_ago(3)))
    said = s2gm("--home", home, "status", "--json")
    assert (said.returncode, said.stderr) == (4, "")
    told = json.loads(said.stdout)
    assert told["health"]["level"] == "broken"
    assert told["health"]["sentences"][0]["link"] == "/runs"
    (tracked,) = (one for one in told["stages"] if one["name"] == "tracked")
    assert (tracked["of"], tracked["count"]) == ("granules", 1)
    assert set(told) == {
        "moment", "health", "stages", "timeliness", "activity", "published", "workers", "storage",
        "database_bytes",
    }  # fmt: skip


def test_what_cannot_be_told_ends_with_1(tmp_path: Path, home: Path) -> None:
    said = s2gm("--home", tmp_path / "nowhere", "status")
    assert (said.returncode, said.stdout) == (1, "")
    assert "There is no data root" in said.stderr
    assert s2gm("--home", home, "status", "--json", "--watch").returncode == 1


def test_the_terminal_shows_stages_timeliness_workers_and_room(home: Path) -> None:
    lease = {"lease_owner": "w1", "lease_until": 4e9, "claimed_at": hours_ago(0.1)}
    found = fill(
        home,
        mosaic(1, "PUBLISHED"),
        revision(1, 1, current=True),
        *(publication(1, 1, hours_ago(n / 10), 10, 3) for n in range(12)),
        mosaic(2, "COMPOSING", month(3), **lease),
        worker("w1", hours_ago(-1), doing="composes [31UDS]"),
        worker("w2", hours_ago(1), ended_at=hours_ago(1)),
        trouble("GRANULE", "G1", hours_ago(1), message="It is [red]torn[/red]."),
    )
    said = printed(found)
    assert "mosaics composing 1 6 min ago" in said
    assert "archive 12 visible 3 h 3 h 2 h: missed" in said
    assert "composes [31UDS] 31UDS MONTH 2000-04-01 20 m" in said
    assert "w2" not in said
    assert "G1: It is [red]torn[/red]." in said
    assert "working store 0 B; database " in said


def test_the_record_names_mosaics_and_moments(home: Path) -> None:
    new = publication(1, 1, hours_ago(1))
    found = fill(home, mosaic(1, "PUBLISHED"), revision(1, 1, current=True), new)
    (published,) = status_record(found)["published"]
    assert published["key"] == "31UDS MONTH 2022-06-01 20 m"
    assert datetime.fromisoformat(published["published_at"]).tzinfo is not None


def test_a_log_gets_a_line_whenever_the_headline_changes(home: Path) -> None:
    words = [sys.executable, "-m", "s2gm.cli", "--home", str(home), "status", "--watch"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(PYTHONUNBUFFERED="1")
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().endswith("Stopped: no worker runs, and nothing waits.\n")
        fill(home, granule("G1", hours_ago(3)))
        assert watching.stdout.readline().endswith("Broken: no worker runs, and 1 granule waits.\n")
        watching.terminate()
