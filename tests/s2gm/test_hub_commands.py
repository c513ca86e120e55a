"""The hub and its accounts on the command line."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.s2gm.conftest import ROOT, Said, environment, s2gm
from tests.s2gm.test_cli import refused
from tests.tasks.helpers import workshop

PASSWORD = "four words without sense"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    workshop(tmp_path / "home").catalog.close()
    return tmp_path / "home"


def users(root: Path, *words: str, typed: str = "") -> Said:
    return subprocess.run(
        [sys.executable, "-m", "s2gm.cli", "--home", str(root), "users", *words],
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
        timeout=60,
    )


def test_the_life_of_an_account(root: Path) -> None:
    said = users(root, "add", "ada", "--operator", typed=f"{PASSWORD}\n")
    assert (said.stdout, said.stderr) == ("ada may sign in, and look and act.\n", "")
    assert users(root, "add", "ben", typed=PASSWORD).stdout == "ben may sign in, and look.\n"
    refused(users(root, "add", "ada", typed=PASSWORD), "already", "s2gm users password ada")
    assert users(root, "password", "ada", typed=f"{PASSWORD} x").returncode == 0
    assert "its sessions are ended" in users(root, "close", "ben").stdout
    refused(users(root, "close", "ben"), "no account ben", "s2gm users list")
    table = users(root, "list").stdout
    assert "ada" in table
    assert "look and act" in table
    listed = users(root, "list", "--json").stdout
    found = [(each["name"], each["operator"], each["closed_at"]) for each in json.loads(listed)]
    assert found[0] == ("ada", True, None)
    assert found[1][:2] == ("ben", False)
    assert found[1][2].startswith("20")
    assert "argon2" not in listed + table


def test_what_cannot_be_an_account_is_refused(root: Path) -> None:
    refused(users(root, "add", "ada", typed="short\n"), "too short", "12 characters")
    refused(users(root, "add", "ada"), "too short")
    refused(users(root, "add", "Ada Lovelace", typed=PASSWORD), "cannot be the name")
    refused(users(root, "password", "nobody", typed=PASSWORD), "no account nobody")


def test_a_hub_for_others_needs_tls_and_a_data_root(root: Path, tmp_path: Path) -> None:
    refused(s2gm("--home", root, "hub", "--host", "0.0.0.0"), "S2GM_HUB_HTTPS=true")
    refused(s2gm("--home", tmp_path / "none", "hub"), "no data root")


def test_the_hub_prints_one_address_and_is_shown_or_not(root: Path) -> None:
    for words, status in (((), 401), (("--public",), 200)):
        command = [sys.executable, "-m", "s2gm.cli", "--home", str(root), "hub", "--port", "0"]
        with subprocess.Popen(
            [*command, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        ) as process:
            assert process.stdout
            assert process.stderr
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            assert httpx.get(address).status_code == status
            assert httpx.get(f"{address}readyz").json() == {"status": "ok"}
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=30)
        assert rest[0] == ""
        assert "Traceback" not in rest[1]
