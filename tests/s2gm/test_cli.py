"""The command line as people and scripts use it: every test runs it as a process."""

import json
import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.s2gm.conftest import ROOT, WANTED, Said, environment, s2gm
from tests.tasks.helpers import tree

HEAVY = ("prefect", "rasterio", "numba", "numpy", "sqlalchemy")
PIXEL = ("--x", "500130", "--y", "5699830")


def refused(said: Said, *words: str) -> None:
    """The refusal is one sentence on standard error and nothing else."""
    assert said.returncode in (1, 2)
    assert said.stdout == ""
    assert "Traceback" not in said.stderr
    lines = said.stderr.splitlines()
    assert len(lines) == 1, said.stderr
    assert lines[0].startswith("s2gm: ")
    assert lines[0].endswith(".")
    for word in words:
        assert word in lines[0]


def test_help_is_instant_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom s2gm.cli import app\n"
        "said = CliRunner().invoke(app, ['--help'])\n"
        "assert said.exit_code == 0 and 'explain' in said.output, said.output\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment()
    )
    assert done.stdout.strip() == "[]", done.stderr
    assert time.monotonic() - began < 5
    assert s2gm("--help").returncode == 0


@pytest.mark.prefect
def test_a_run_publishes_and_says_so(first_run: tuple[Path, Said]) -> None:
    home, said = first_run
    assert said.returncode == 0, said.stderr
    assert "4 revisions published." in said.stdout
    waiting = re.search(r"31UDS: (\d+) granules waiting", said.stdout)  # as seen when looked at
    assert waiting is not None
    assert f"{waiting[1]} of {waiting[1]} granules looked through" in said.stdout
    assert said.stderr == ""
    assert len(list((home / "products" / "31UDS").iterdir())) == 4
    for folder in (home / "products" / "31UDS").iterdir():
        assert (folder / "manifest.json").exists()


@pytest.mark.prefect
def test_a_second_run_publishes_nothing(home: Path, archive: Path, server: dict[str, str]) -> None:
    before = tree(home / "products")
    said = s2gm("--home", home, "run", "--once", "--source", archive, *WANTED, **server)
    assert said.returncode == 0, said.stderr
    assert "0 revisions published." in said.stdout.splitlines()
    assert tree(home / "products") == before


@pytest.mark.prefect
def test_mosaics_for_programs(home: Path) -> None:
    said = s2gm("--home", home, "mosaics", "--json")
    records = json.loads(said.stdout)
    assert len(records) == 4
    for record in records:
        assert {
            "tile", "period", "start", "end", "resolution", "state", "revision", "product",
            "granules",
        } <= record.keys()  # fmt: skip
        folder = Path(record["product"])
        assert folder.is_absolute()
        assert (folder / "inspire.xml").is_file()
        assert (record["tile"], record["state"], record["revision"]) == ("31UDS", "PUBLISHED", 1)
        assert record["resolution"] == 20
        assert record["granules"]
    month = next(record for record in records if record["period"] == "MONTH")
    assert (month["start"], month["end"]) == ("2022-01-01", "2022-01-31")
    known = {record["id"] for record in granules(home)}
    assert set(month["granules"]) <= known


def granules(home: Path) -> list[dict[str, str]]:
    records: list[dict[str, str]] = json.loads(s2gm("--home", home, "granules", "--json").stdout)
    return records


@pytest.mark.prefect
def test_granules_for_programs(home: Path, archive: Path) -> None:
    records = granules(home)
    assert {record["id"] for record in records} == {f.stem for f in archive.glob("*.SAFE")}
    states = {record["state"] for record in records}
    assert states == {"READY", "SUPERSEDED", "REJECTED"}
    for record in records:
        assert {"id", "tile", "sensed", "state", "rule", "reason", "location"} <= record.keys()
        assert (record["state"] == "REJECTED") == (record["reason"] is not None)


@pytest.mark.prefect
def test_tables_for_people(home: Path) -> None:
    assert "4 mosaics" in s2gm("--home", home, "mosaics").stdout
    said = s2gm("--home", home, "granules").stdout
    assert all(record["id"] in said for record in granules(home))


@pytest.mark.prefect
def test_explain_tells_the_same_to_people_and_programs(home: Path) -> None:
    words = ("--home", home, "explain", "31UDS", "MONTH", "2022-01-01", "20", *PIXEL)
    story = json.loads(s2gm(*words, "--json").stdout)
    (month,) = (
        record
        for record in json.loads(s2gm("--home", home, "mosaics", "--json").stdout)
        if record["period"] == "MONTH"
    )
    assert {entry["granule"] for entry in story["candidates"]} == set(month["granules"])
    (winner,) = (entry for entry in story["candidates"] if entry["selected"])
    assert month["granules"][winner["source_index"]] == winner["granule"]
    told = s2gm(*words)
    assert told.returncode == 0
    (line,) = (line for line in told.stdout.splitlines() if "<- selected" in line)
    assert winner["granule"] in line


@pytest.fixture
def spoilt(home: Path, tmp_path: Path) -> Path:
    """A copy of the data root, in which granules may be withdrawn."""
    ignored = shutil.ignore_patterns("*.lock", "prefect", "working")
    return Path(shutil.copytree(home, tmp_path / "home", ignore=ignored))


@pytest.mark.prefect
def test_a_granule_is_withdrawn_and_brought_back(spoilt: Path) -> None:
    """The month's newest processing: the older one takes its place, and gives it back."""
    known = {record["id"]: record for record in granules(spoilt)}
    (old,) = (name for name, record in known.items() if record["state"] == "SUPERSEDED")
    (new,) = (name for name in known if name[:26] == old[:26] and name != old)
    said = s2gm("--home", spoilt, "withdraw", new, "--reason", "Stripes in [B08].")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [
        f"{new}: withdrawn.",
        f"{old}: counts again.",
        "2 mosaics are due; the next `s2gm run` brings them up to date.",
    ]
    told = {record["id"]: record for record in granules(spoilt)}
    assert (told[new]["state"], told[new]["reason"]) == ("WITHDRAWN", "Stripes in [B08].")
    assert told[new]["withdrawn_by"] == pwd.getpwuid(os.getuid()).pw_name
    assert told[new]["withdrawn_at"].startswith("20")
    assert told[old] | {"state": "SUPERSEDED"} == known[old]
    (line,) = (row for row in s2gm("--home", spoilt, "granules").stdout.splitlines() if new in row)
    assert "Stripes in [B08]." in line
    assert f"({told[new]['withdrawn_by']}, " in line
    states = [m["state"] for m in json.loads(s2gm("--home", spoilt, "mosaics", "--json").stdout)]
    assert sorted(states) == ["DUE", "DUE", "PUBLISHED", "PUBLISHED"]
    refused(s2gm("--home", spoilt, "withdraw", new, "--reason", "x"), "withdrawn already", "--undo")
    said = s2gm("--home", spoilt, "withdraw", new, "--undo")
    assert said.stdout.splitlines()[:2] == [
        f"{new}: no longer withdrawn.",
        f"{old}: superseded again.",
    ]
    assert {record["id"]: record for record in granules(spoilt)} == known
    refused(s2gm("--home", spoilt, "withdraw", new, "--undo"), "is not withdrawn")


@pytest.mark.prefect
def test_wrong_withdrawals_are_refused(spoilt: Path) -> None:
    known = granules(spoilt)
    (rejected,) = (record["id"] for record in known if record["state"] == "REJECTED")
    ready = next(record["id"] for record in known if record["state"] == "READY")
    refused(s2gm("--home", spoilt, "withdraw", "S2A_NONE", "--reason", "x"), "no granule S2A_NONE")
    refused(s2gm("--home", spoilt, "withdraw", rejected, "--reason", "x"), "is rejected")
    refused(s2gm("--home", spoilt, "withdraw", ready), "needs its reason", "--reason")
    refused(s2gm("--home", spoilt, "withdraw", ready, "--reason", " "), "needs its reason")
    refused(s2gm("--home", spoilt, "withdraw", ready, "S2A_NONE", "--reason", "x"), "S2A_NONE")
    assert granules(spoilt) == known


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--tile", "31UDI"), "'31UDI' is not an MGRS tile"),
        (("--period", "WEEK"), "'WEEK' is not a period"),
        (("--resolution", "15"), "no 15 m mosaics"),
    ],
)
def test_wrong_wishes_are_refused(tmp_path: Path, words: tuple[str, str], expected: str) -> None:
    said = s2gm("--home", tmp_path / "home", "run", "--once", "--source", tmp_path, *words)
    refused(said, expected)
    assert not (tmp_path / "home").exists()


def test_unusable_sources_are_refused(tmp_path: Path) -> None:
    def run(source: object) -> Said:
        return s2gm("--home", tmp_path / "home", "run", "--once", "--source", source)

    page = tmp_path / "page.json"
    page.write_text("<html>")
    binary = tmp_path / "binary.json"
    binary.write_bytes(bytes(range(256)))
    refused(run(tmp_path / "nowhere"), "nowhere does not exist", "give a folder")
    refused(run(page), "page.json is not JSON")
    refused(run(binary), "binary.json is not JSON")
    refused(run("http://127.0.0.1:9/catalog.json"), "127.0.0.1:9", "cannot be read now")
    assert not (tmp_path / "home").exists()


def test_data_roots_that_are_none_are_refused(tmp_path: Path) -> None:
    refused(s2gm("--home", tmp_path / "no", "mosaics"), "no data root", "s2gm run")
    refused(s2gm("--home", tmp_path, "granules"), "no catalog in", "s2gm run")
    assert list(tmp_path.iterdir()) == []
    file = tmp_path / "file"
    file.touch()
    (tmp_path / "source").mkdir()
    run = ("run", "--once", "--source", tmp_path / "source")
    refused(s2gm("--home", file, *run), "data root", "cannot be used")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "catalog.sqlite").write_bytes(b"not a database at all" * 100)
    refused(s2gm("--home", broken, "mosaics"), "catalog.sqlite cannot be opened")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("rubbish", "S2GM_DATABASE"),
        ("nosuch://host/name", "S2GM_DATABASE"),
        ("postgresql+psycopg://me:secret@127.0.0.1:9/x", "cannot be opened"),
        ("postgresql+psycopg://me:secret@127.0.0.1:port/x", "S2GM_DATABASE"),
        ("sqlite:////nowhere/at/all.sqlite", "cannot be opened"),
    ],
)
def test_unreadable_databases_are_refused(tmp_path: Path, address: str, expected: str) -> None:
    said = s2gm("--home", tmp_path, "mosaics", S2GM_DATABASE=address)
    refused(said, expected)
    assert "secret" not in said.stderr


def test_no_password_of_a_source_is_told(tmp_path: Path) -> None:
    address = "http://me:secret@127.0.0.1:9/catalog.json?key=hidden"
    said = s2gm("--home", tmp_path / "home", "run", "--once", "--source", address)
    assert said.returncode == 1
    assert "127.0.0.1:9/catalog.json" in said.stderr
    assert "secret" not in said.stdout + said.stderr
    assert "hidden" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("S2GM_WORKERS", "0"),
        ("S2GM_WORKERS", "two"),
        ("S2GM_MEMORY_BUDGET", "much"),
        ("S2GM_THRESHOLD", "1"),
        ("S2GM_LEASE_SECONDS", "-1"),
        ("S2GM_POLL_SECONDS", "inf"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "catalog.sqlite").touch()
    refused(s2gm("--home", tmp_path, "mosaics", **{name: value}), name, repr(value))


def test_a_prefect_server_that_is_away_is_named(tmp_path: Path) -> None:
    words = ("--home", tmp_path / "home", "run", "--once", "--source", tmp_path)
    refused(s2gm(*words, PREFECT_API_URL="http://127.0.0.1:9/api"), "PREFECT_API_URL")


@pytest.mark.prefect
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("31UDS", "MONTH", "2022-13-01", "20", *PIXEL), "is not a date"),
        (("31UDS", "MONTH", "2022-01-02", "20", *PIXEL), "2022-01-02"),
        (("31UDS", "WEEK", "2022-01-01", "20", *PIXEL), "is not a period"),
        (("99XXX", "MONTH", "2022-01-01", "20", *PIXEL), "not an MGRS tile"),
        (("31UDS", "MONTH", "2022-01-01", "30", *PIXEL), "no 30 m mosaics"),
        (("31UDS", "YEAR", "2022-01-01", "20", *PIXEL), "is published"),
        (("31UDS", "MONTH", "2022-01-01", "20", "--x", "1", "--y", "1"), "outside the tile"),
        (("31UDS", "MONTH", "2022-01-01", "20", "--x", "nan", "--y", "1"), "is nowhere"),
    ],
)
def test_wrong_questions_are_refused(home: Path, words: tuple[str, ...], expected: str) -> None:
    refused(s2gm("--home", home, "explain", *words), expected)


class _Api(BaseHTTPRequestHandler):
    """A STAC API whose search is out of order."""

    def do_GET(self) -> None:
        host = f"http://{self.headers['Host']}"
        root = {
            "type": "Catalog", "stac_version": "1.0.0", "id": "api", "description": "x",
            "conformsTo": ["https://api.stacspec.org/v1.0.0/item-search"],
            "links": [{"rel": "search", "href": f"{host}/search", "method": "POST",
                       "type": "application/geo+json"}],
        }  # fmt: skip
        data = json.dumps(root).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        self.send_error(503)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.mark.prefect
def test_a_failure_inside_the_flow_is_one_sentence(tmp_path: Path, server: dict[str, str]) -> None:
    api = HTTPServer(("127.0.0.1", 0), _Api)
    Thread(target=api.serve_forever, daemon=True).start()
    source = f"http://127.0.0.1:{api.server_port}/"
    words = ("run", "--once", "--source", source, "--tile", "31UDS")
    said = s2gm("--home", tmp_path / "home", *words, **server)
    api.shutdown()
    api.server_close()
    assert said.returncode == 1
    assert said.stderr.startswith(f"s2gm: The STAC API {source} cannot be searched now")
    assert len(said.stderr.splitlines()) == 1, said.stderr


@pytest.mark.prefect
def test_killed_at_random_moments_it_ends_in_the_same_products(
    home: Path, archive: Path, tmp_path: Path, server: dict[str, str]
) -> None:
    again = tmp_path / "home"
    words = ["--home", str(again), "run", "--once", "--source", str(archive), *WANTED]
    rng = random.Random(11)
    deaths = []
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "s2gm.cli", *words],
            cwd=ROOT,
            env=environment(**server),
            stdout=subprocess.DEVNULL,
        )
        wait_for(again / "workers", f"*-{process.pid}-*.lock")
        time.sleep(rng.uniform(1.0, 4.0))
        process.kill()
        deaths.append(process.wait())
    assert deaths[0] == -signal.SIGKILL
    said = s2gm(*words, **server)
    assert said.returncode == 0, said.stderr
    assert tree(again / "products") == tree(home / "products")


@pytest.mark.prefect
def test_the_mosaic_of_a_dead_worker_is_finished_by_the_next_run_at_once(
    archive: Path, tmp_path: Path, server: dict[str, str]
) -> None:
    """Its lease has not ended when the next service starts; its lock tells that it is dead."""
    home = tmp_path / "home"
    died = subprocess.run(
        [sys.executable, "-m", "tests.tasks.killable", home, archive, "produce.claimed"],
        cwd=ROOT,
        env=environment(),
    )
    assert died.returncode == -signal.SIGKILL
    states = [m["state"] for m in json.loads(s2gm("--home", home, "mosaics", "--json").stdout)]
    assert states.count("COMPOSING") == 1
    said = s2gm("--home", home, "run", "--once", "--source", archive, *WANTED, **server)
    assert said.returncode == 0, said.stderr
    states = {m["state"] for m in json.loads(s2gm("--home", home, "mosaics", "--json").stdout)}
    assert states == {"PUBLISHED"}


@pytest.mark.prefect
def test_the_prefect_server_ends_with_a_run_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    home = tmp_path / "home"
    words = ("--home", home, "run", "--source", tmp_path / "empty")
    process = subprocess.Popen(
        [sys.executable, "-m", "s2gm.cli", *map(str, words)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
    )
    wait_for(home / "prefect", "server.log")
    deadline = time.monotonic() + 120
    while len(below := descendants(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(below) >= 2
    process.kill()
    process.wait()
    while (left := [pid for pid in below if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []


def wait_for(folder: Path, pattern: str) -> None:
    deadline = time.monotonic() + 120
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, f"{folder / pattern} did not appear"
        time.sleep(0.05)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that these started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
