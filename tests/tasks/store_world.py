"""A small finished data root whose working store tests damage and bound."""

import shutil
import threading
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from tasks import decode as decode_module
from tasks.workshop import Workshop
from tests.tasks.helpers import run, workshop, write_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    write_archive(root, days=11, size=240, corrupt=False)
    return root


@pytest.fixture(scope="module")
def finished(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("finished")
    assert run(home, archive) == 1
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """A copy of a finished data root that a test may damage."""
    return Path(
        shutil.copytree(finished, tmp_path / "home", ignore=shutil.ignore_patterns("*.lock"))
    )


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each image was decoded, by its address."""
    counted: Counter[str] = Counter()
    guard, genuine = threading.Lock(), decode_module.decode

    def counting(path: Path, epsg: int, where: str) -> object:
        with guard:
            counted[where] += 1
        return genuine(path, epsg, where)

    monkeypatch.setattr(decode_module, "decode", counting)
    return counted


def redo(home: Path) -> Workshop:
    """Open a data root whose mosaic is due again, its products gone."""
    opened = workshop(home)
    with opened.catalog.engine.begin() as connection:
        for table in ("verdict", "report"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
        connection.execute(
            sa.text("UPDATE revision SET state = 'PLANNED', current = 0, product = NULL")
        )
        connection.execute(sa.text("UPDATE mosaic SET state = 'DUE'"))
    shutil.rmtree(home / "products")
    return opened
