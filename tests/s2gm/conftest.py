"""One Prefect server, and one data root that the command line filled, for all tests here."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.local_server import prefect_server
from tests.tasks.helpers import write_archive

ROOT = Path(__file__).parents[2]
Said = subprocess.CompletedProcess[str]
Cli = Callable[..., Said]
WANTED = ("--period", "MONTH", "--period", "TENDAYS", "--resolution", "20")


def environment(**settings: str) -> dict[str, str]:
    """The environment of this process without its own S2GM and Prefect settings."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("S2GM_", "PREFECT_"))}
    return plain | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"} | settings


def s2gm(*words: object, **settings: str) -> Said:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "s2gm.cli", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(**settings),
        timeout=300,
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings with which a process uses the server that ``flows.local_server`` starts."""
    before = dict(os.environ)
    os.environ.pop("PREFECT_API_URL", None)
    with prefect_server(tmp_path_factory.mktemp("server"), print) as url:
        folder = os.environ["PREFECT_HOME"]
        os.environ.clear()
        os.environ.update(before)
        yield {"PREFECT_API_URL": url, "PREFECT_HOME": folder}


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    write_archive(root)
    return root


@pytest.fixture(scope="session")
def first_run(
    server: dict[str, str], archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Said]:
    """A data root, and what the run said that filled it."""
    home = tmp_path_factory.mktemp("cli") / "home"
    said = s2gm("--home", home, "run", "--once", "--source", archive, *WANTED, **server)
    return home, said


@pytest.fixture(scope="session")
def home(first_run: tuple[Path, Said]) -> Path:
    folder, said = first_run
    assert said.returncode == 0, said.stderr
    return folder
