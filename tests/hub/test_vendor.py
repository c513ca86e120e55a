"""What the pages use of others is here, as it was published, and nobody else is asked."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import hub
from hub.files import StaticFiles

HUB = Path(hub.__file__).parent
VENDOR = HUB / "static" / "vendor"
ROOT = HUB.parent
RECIPE = ROOT / "infra" / "vendor"


def test_every_file_is_as_it_was_fetched() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    expected = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert found == expected


def test_versions_are_those_that_are_asked_for() -> None:
    told = json.loads((HUB / "vendor.json").read_text())
    asked = json.loads((RECIPE / "package.json").read_text())["dependencies"]
    locked = json.loads((RECIPE / "package-lock.json").read_text())["packages"]
    assert {name: about["version"] for name, about in told.items()} == asked
    for name, version in asked.items():
        package = locked[f"node_modules/{name}"]
        assert package["version"] == version
        assert package["integrity"].startswith("sha512-")
        assert (VENDOR / name / "LICENSE").is_file()


def test_the_lock_names_no_registry() -> None:
    text = (RECIPE / "package-lock.json").read_text()
    assert "://" not in text
    assert '"resolved"' not in text


@pytest.mark.parametrize("name", ["s2gm.css", "s2gm.js", "map.js"])
def test_our_own_files_ask_nobody_else(name: str) -> None:
    text = (HUB / "static" / name).read_text()
    assert not re.search(r"""url\(|@import|https?:|["'(]//""", text)


def test_styles_of_others_load_only_what_is_here() -> None:
    names = StaticFiles().names
    for path in VENDOR.rglob("*.css"):
        for target in re.findall(r"url\(([^)]+)\)", path.read_text()):
            if not target.startswith("#"):  # of the behaviours that no browser knows any more
                place = (path.parent / target).relative_to(HUB / "static").as_posix()
                assert place in names


def test_pages_name_only_files_that_are_here() -> None:
    names = StaticFiles().names
    used = {
        name
        for path in (HUB / "templates").glob("*.html")
        for name in re.findall(r"static\('([^']+)'\)", path.read_text())
    }
    assert {"s2gm.css", "s2gm.js", "vendor/htmx.org/htmx.min.js"} <= used
    assert used <= set(names)


def test_the_wheel_has_pages_and_files(tmp_path: Path) -> None:
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    packed = set(zipfile.ZipFile(built).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder in ("static", "templates")
        for path in (HUB / folder).rglob("*")
        if path.is_file()
    }
    assert wanted | {"hub/vendor.json"} <= packed
    assert not any("node_modules" in name for name in packed)
