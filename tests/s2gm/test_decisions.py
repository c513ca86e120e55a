"""Stopped, flagged, released and rejected products on the command line."""

import json
import os
import pwd
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.s2gm.conftest import s2gm
from tests.s2gm.test_cli import refused

pytestmark = pytest.mark.prefect
QUARTER = "S2GM_Q60_20220101_20220331_31UDS_STD_v1.0.0_5"
USER = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(scope="module")
def failed(
    home: Path, archive: Path, server: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A data root whose quarter failed at a limit that nothing can keep."""
    again = tmp_path_factory.mktemp("failed") / "home"
    shutil.copytree(home, again, ignore=shutil.ignore_patterns("*.lock", "prefect"))
    words = ("run", "--once", "--source", archive, "--period", "QUARTER", "--resolution", "60")
    said = s2gm("--home", again, *words, S2GM_QC__VIEW_ZENITH="1", **server)
    assert said.returncode == 0, said.stderr
    assert "0 revisions published." in said.stdout.splitlines()
    assert "Stopped: 1 mosaic; `s2gm mosaics` says by which rule." in said.stdout
    return again


@pytest.fixture
def root(failed: Path, tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("*.lock", "working")
    return Path(shutil.copytree(failed, tmp_path / "home", ignore=ignored))


def quarter(root: Path) -> dict[str, Any]:
    records = json.loads(s2gm("--home", root, "mosaics", "--json").stdout)
    (found,) = (record for record in records if record["period"] == "QUARTER")
    return dict(found)


def test_a_stopped_mosaic_says_by_which_rule(root: Path) -> None:
    found = quarter(root)
    assert (found["state"], found["quality"], found["product"]) == ("QUARANTINED", "stopped", None)
    assert found["reason"].startswith("L1.1-zenith: ")
    stopped = found["stopped"]
    assert (stopped["revision"], stopped["number"]) == (1, 5)
    assert stopped["product"] == str(root / "quarantine" / "31UDS" / QUARTER)
    (rule,) = stopped["rules"]
    assert (rule["rule"], rule["verdict"], rule["limit"]) == ("L1.1-zenith", "FAIL", 1)
    assert rule["value"] > 0
    assert (root / stopped["report"]).is_file()
    said = s2gm("--home", root, "mosaics").stdout
    assert "quality" in said
    assert "stopped" in said
    assert "L1.1-zenith" in said
    assert "revision 1, product number 5" in said


def test_released_and_rejected_in_words(root: Path) -> None:
    said = s2gm("--home", root, "release", QUARTER, "--reason", "Steep [is] fine.")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [
        f"{QUARTER}: released.",
        f"Readers get {QUARTER}.",
        "The mosaic is PUBLISHED.",
    ]
    found = quarter(root)
    assert (found["state"], found["quality"], found["stopped"]) == ("PUBLISHED", "released", None)
    assert (Path(found["product"]) / "manifest.json").is_file()
    decision = found["decision"]
    assert (decision["verb"], decision["reason"]) == ("RELEASE", "Steep [is] fine.")
    assert decision["decided_by"] == USER
    assert decision["decided_at"].startswith("20")
    assert [rule["rule"] for rule in found["warnings"]] == ["L1.1-zenith"]
    assert (found["revision"], found["number"]) == (1, 5)
    (told,) = found["decisions"]
    assert told == {"product": QUARTER, "revision": 1, "number": 5} | decision | {"standing": True}
    table = s2gm("--home", root, "mosaics").stdout
    assert f"released by {USER}" in table
    assert "Steep [is] fine." in table
    assert "1 mosaics" not in table
    said = s2gm("--home", root, "release", QUARTER, "--reason", "Again.")
    assert (said.returncode, said.stderr) == (0, "")
    first, second, *rest = said.stdout.splitlines()
    assert first == f"{QUARTER}: nothing changes, it is released already."
    assert second.startswith(f"It was released by {USER} on 20")
    assert second.endswith(": Steep [is] fine.")
    assert rest == [f"Readers get {QUARTER}.", "The mosaic is PUBLISHED."]
    elsewhere = root / "copies" / QUARTER
    for verb in ("release", "reject", "recompose"):
        refused(
            s2gm("--home", root, verb, elsewhere, "--reason", "x"),
            f"{elsewhere} is not the folder of {QUARTER}",
        )
    assert len(quarter(root)["decisions"]) == 1
    said = s2gm("--home", root, "reject", root / "products/31UDS" / QUARTER, "--reason", "No.")
    first, second, *rest = said.stdout.splitlines()
    assert first == f"{QUARTER}: rejected."
    assert second.startswith(f"Until now it was released by {USER} on 20")
    assert rest == [
        "Readers get nothing.",
        "The mosaic is REJECTED.",
    ]
    found = quarter(root)
    assert (found["state"], found["quality"], found["product"]) == ("REJECTED", "rejected", None)
    assert found["reason"] == f"Rejected by {USER}: No."


def test_composed_again_it_is_due(root: Path) -> None:
    said = s2gm("--home", root, "recompose", QUARTER, "--reason", "The limit was wrong.")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines()[0] == f"{QUARTER}: the next `s2gm run` composes it anew."
    found = quarter(root)
    assert (found["state"], found["decision"], found["stopped"]) == ("DUE", None, None)
    assert [(told["verb"], told["number"]) for told in found["decisions"]] == [("RECOMPOSE", 5)]
    assert f"sent to be composed anew by {USER}" in s2gm("--home", root, "mosaics").stdout


def test_wrong_decisions_are_refused(root: Path) -> None:
    before = quarter(root)
    published = "S2GM_M20_20220101_20220131_31UDS_STD_v1.0.0_"
    for verb in ("release", "reject", "recompose"):
        refused(s2gm("--home", root, verb, QUARTER), "needs its reason", "--reason")
        refused(s2gm("--home", root, verb, "x", "--reason", "x"), "'x' is not a product name")
        unknown = f"{published}77"
        refused(s2gm("--home", root, verb, unknown, "--reason", "x"), f"no mosaic {unknown}")
    assert quarter(root) == before


def test_what_is_wrong_with_granules_is_shown(root: Path) -> None:
    records = json.loads(s2gm("--home", root, "granules", "--json").stdout)
    qualities = {record["quality"] for record in records}
    assert {"accepted", "rejected"} <= qualities
    (rejected,) = (record for record in records if record["quality"] == "rejected")
    (rule,) = rejected["warnings"]
    assert (rule["rule"], rule["verdict"]) == ("input.1-checksums", "FAIL")
    assert rule["message"] == rejected["reason"]
    assert "accepted" in s2gm("--home", root, "granules").stdout
