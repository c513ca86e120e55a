"""Withdrawal from end to end: products, shelf, orders, explanations, and crashes."""

import json
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pystac
import pytest

from catalog.query import MosaicStatus, granules, mosaics
from products.errors import BadInput
from products.mosaic import MosaicKey
from products.period import PeriodKind
from tasks import withdraw as withdraw_module
from tasks.cycle import Wanted
from tasks.explain import explain
from tasks.shelf import shelve
from tasks.tailor import tailor
from tasks.withdraw import own_word, system_user, undo_withdrawal, withdraw_granules
from tests.metadata.stac_schemas import stac_problems
from tests.tasks.helpers import run, tree, workshop
from tests.tasks.store_world import archive, finished, home
from tests.tasks.tailor_world import JANUARY, order_of

__all__ = ["archive", "finished", "home"]
KEY = MosaicKey("31UDS", JANUARY, 20)
AREA = "POLYGON ((3.0005 51.4495, 3.0025 51.4495, 3.0025 51.4505, 3.0005 51.4495))"
POINT = (500130.0, 5699830.0)


def inputs(home: Path) -> tuple[str, ...]:
    return status(home).granules


def status(home: Path) -> MosaicStatus:
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        (found,) = mosaics(session)
    opened.catalog.close()
    return found


def states(home: Path) -> dict[str, str]:
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        found = {row.id: row.state for row in granules(session)}
    opened.catalog.close()
    return found


def out(home: Path, *ids: str) -> None:
    withdraw_granules(workshop(home), ids, own_word("It is striped."))


def back(home: Path, *ids: str) -> None:
    undo_withdrawal(workshop(home), ids, own_word())


def pixels(home: Path) -> dict[str, str]:
    found = tree(home / (status(home).product or ""))
    return {name: digest for name, digest in found.items() if name.endswith(".tiff")}


def shelved(home: Path) -> list[str]:
    """Return the ids of the items that readers find from the root of the STAC catalog."""
    catalog = pystac.Catalog.from_file(str(home / "stac" / "catalog.json"))
    return [item.id for item in catalog.get_items(recursive=True)]


def test_the_product_is_that_of_an_archive_without_it(
    home: Path, archive: Path, tmp_path: Path
) -> None:
    before = inputs(home)
    out(home, before[1])
    assert run(home, archive) == 1
    assert inputs(home) == (before[0], *before[2:])
    assert states(home)[before[1]] == "WITHDRAWN"
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for folder in archive.glob("*.SAFE"):
        if folder.stem != before[1]:
            (inbox / folder.name).symlink_to(folder)
    run(tmp_path / "never", inbox)
    assert pixels(home) == pixels(tmp_path / "never")
    candidates = explain(workshop(home), KEY, *POINT)["candidates"]
    assert {each["granule"] for each in candidates} == {*inputs(home)}
    assert run(home, archive) == 0


def test_undone_it_is_the_revision_before_again(home: Path, archive: Path) -> None:
    before = status(home)
    out(home, before.granules[0])
    run(home, archive)
    after = status(home)
    assert after.product != before.product
    products = tree(home / "products")
    back(home, before.granules[0])
    assert run(home, archive) == 0
    assert status(home) == before
    assert tree(home / "products") == products
    first, second = (Path(each.product or "").name for each in (before, after))
    assert shelved(home) == [first]
    items = {
        path.stem: json.loads(path.read_bytes()) for path in (home / "stac").glob("*/S2GM*.json")
    }
    told = {
        name: {link["rel"]: link["title"] for link in item["links"] if "-version" in link["rel"]}
        for name, item in items.items()
    }
    assert told == {
        first: {"predecessor-version": second, "latest-version": first},
        second: {"successor-version": first, "latest-version": first},
    }
    assert {n: item["properties"]["deprecated"] for n, item in items.items()} == {
        first: False, second: True,
    }  # fmt: skip


def test_a_revision_whose_folder_was_removed_is_composed_again(
    home: Path, finished: Path, archive: Path
) -> None:
    before = status(home)
    out(home, before.granules[0])
    run(home, archive)
    shutil.rmtree(home / (before.product or ""))
    back(home, before.granules[0])
    assert run(home, archive) == 1
    assert status(home).product == before.product
    assert tree(home / (before.product or "")) == tree(finished / (before.product or ""))


def test_tracking_again_brings_nothing_back(home: Path, archive: Path) -> None:
    one = inputs(home)[0]
    out(home, one)
    run(home, archive)
    before = status(home)
    with workshop(home).catalog.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE source SET cursor = NULL")
    assert run(home, archive) == 0
    assert status(home) == before
    assert states(home)[one] == "WITHDRAWN"


def test_nothing_left_is_nothing_published(home: Path, archive: Path, tmp_path: Path) -> None:
    before = status(home)
    out(home, *before.granules)
    assert run(home, archive) == 0
    after = status(home)
    assert (after.state, after.product, after.granules) == ("EMPTY", None, ())
    assert shelved(home) == []
    for path in (home / "stac").rglob("*.json"):
        document = json.loads(path.read_bytes())
        assert stac_problems(document) == []
        if document["type"] == "Feature":
            assert document["properties"]["deprecated"]
            assert not [link for link in document["links"] if link["rel"] == "latest-version"]
    assert (home / (before.product or "") / "manifest.json").exists()
    with pytest.raises(BadInput, match="no observation of 31UDS in MONTH"):
        tailor(workshop(home), order_of(AREA), tmp_path / "out")
    with pytest.raises(BadInput, match="is published"):
        explain(workshop(home), KEY, *POINT)
    back(home, before.granules[0])
    assert run(home, archive) == 1
    assert inputs(home) == before.granules[:1]
    assert shelved(home) == [Path(status(home).product or "").name]


def test_an_order_before_the_next_run_is_not_cut_from_it(home: Path, tmp_path: Path) -> None:
    before = status(home)
    out(home, before.granules[0])
    folder = tailor(workshop(home), order_of(AREA), tmp_path / "out")
    (document,) = folder.rglob("metadata_*.json")
    named = json.loads(document.read_text())["Product_id_list"].values()
    assert set(named) == set(before.granules[1:])


def test_other_mosaics_stay_as_they_are(archive: Path, tmp_path: Path) -> None:
    wanted = Wanted(kinds=(PeriodKind.TENDAYS,), resolutions=(60,))
    run(tmp_path, archive, wanted)
    opened = workshop(tmp_path)
    with opened.catalog.transaction() as session:
        first, second = mosaics(session)
    out(tmp_path, *second.granules)
    assert run(tmp_path, archive, wanted) == 0
    with opened.catalog.transaction() as session:
        untouched, gone = mosaics(session)
    assert untouched == first
    assert gone.state == "EMPTY"
    assert shelved(tmp_path) == [Path(first.product or "").name]


def test_the_user_is_the_one_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    assert system_user() == pwd.getpwuid(withdraw_module.os.getuid()).pw_name
    monkeypatch.setattr(withdraw_module.os, "getuid", lambda: 3_999_999)
    assert system_user() == "uid 3999999"


@pytest.mark.parametrize(
    ("verb", "number", "points"), [("withdraw", 1, 13), ("withdraw", None, 6), ("undo", 1, 6)]
)
def test_killed_at_any_point_it_ends_where_it_should(
    finished: Path, archive: Path, tmp_path: Path, verb: str, number: int | None, points: int
) -> None:
    """Without a granule, without any, and with one that is back; the next run finishes each."""
    taken = inputs(finished)[:number]
    begin = _copy(finished, tmp_path / "begin")
    if verb == "undo":
        out(begin, *taken)
        run(begin, archive)
    plain = _copy(begin, tmp_path / "plain")
    _decide(plain, verb, taken)
    run(plain, archive)
    for point in range(1, points + 1):
        tried = _copy(begin, tmp_path / "tried")
        assert _die(tried, archive, point, verb, taken) == -signal.SIGKILL
        if states(tried) != states(plain):  # it died before it had decided
            assert states(tried) == states(begin)
            _decide(tried, verb, taken)
        run(tried, archive)
        assert tree(tried / "products") == tree(plain / "products")
        assert states(tried) == states(plain)
        assert _published(status(tried)) == _published(status(plain))
        assert shelved(tried) == shelved(plain)
        assert not shelve(workshop(tried))
        shutil.rmtree(tried)
    assert _die(_copy(begin, tmp_path / "last"), archive, points + 1, verb, taken) == 0


def _copy(home: Path, to: Path) -> Path:
    return Path(shutil.copytree(home, to, ignore=shutil.ignore_patterns("*.lock")))


def _published(found: MosaicStatus) -> tuple[object, ...]:
    return found.state, found.reason, found.product, found.granules


def _decide(home: Path, verb: str, taken: Sequence[str]) -> None:
    {"withdraw": out, "undo": back}[verb](home, *taken)


def _die(home: Path, source: Path, fatal: int, verb: str, taken: Sequence[str]) -> int:
    """Decide and run in a process that dies at a point; return its exit status."""
    words = [str(home), str(source), str(fatal), verb, *taken]
    command = [sys.executable, "-m", "tests.tasks.killable_withdraw", *words]
    return subprocess.run(command).returncode
