"""What keeps the house in order, and versions that are known not to work together."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("algorithms", "products", "catalog", "sources", "storage", "metadata", "qc", "tasks",
         "flows", "hub", "s2gm")  # fmt: skip


def test_no_flow_file_shadows_a_package() -> None:
    names = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__"}
    assert names.isdisjoint({*ROOMS, *sys.stdlib_module_names})


@pytest.mark.parametrize("room", ROOMS)
def test_files_stay_short(room: str) -> None:
    long = [p for p in (ROOT / room).rglob("*.py") if len(p.read_text().splitlines()) > 500]
    assert long == []


def test_the_prefect_server_imports_with_the_locked_fastapi() -> None:
    from prefect.server.api.server import create_app

    assert callable(create_app)


def test_the_lock_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "--index-url" not in text
    assert "://" not in text
    assert "--hash=sha256:" in text
