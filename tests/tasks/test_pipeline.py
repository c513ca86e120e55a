"""The whole walk of the data on a simulated archive."""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio

from catalog.query import granules, mosaics
from products.errors import BadInput, GranuleRejected, SourceUnavailable
from products.granule import Image
from products.period import PeriodKind
from qc.finding import Finding, Verdict
from tasks import produce as produce_module
from tasks.check import Checkup
from tasks.cycle import Wanted
from tasks.decode import to_layer
from tasks.track import open_source
from tasks.window import blocks
from tests.tasks.helpers import run, tree, workshop, write_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    write_archive(root)
    return root


@pytest.fixture(scope="module")
def finished(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("finished")
    assert run(home, archive) > 0
    return home


def statuses(home: Path) -> list:
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        return mosaics(session)


def test_a_product_has_the_layout_of_the_specification(finished: Path) -> None:
    (status,) = [s for s in statuses(finished) if s.start.isoformat() == "2022-01-01"]
    folder = finished / status.product
    assert folder.name == "S2GM_M20_20220101_20220131_31UDS_STD_v1.0.0_1"
    assert {p.name for p in folder.iterdir()} == {
        "inspire.xml", "manifest.json", "stac_M20_20220101_31UDS.json", "31UDS"
    }  # fmt: skip
    files = {p.name for p in (folder / "31UDS").iterdir()}
    assert len(files) == 23
    assert {"B8A_M20_20220101_31UDS.tiff", "source_index_M20_20220101_31UDS.tiff"} <= files
    assert "metadata_M20_20220101_31UDS.json" in files
    document = json.loads((folder / "31UDS" / "metadata_M20_20220101_31UDS.json").read_text())
    assert document["Product_id_list"] == {str(i): g for i, g in enumerate(status.granules)}
    assert (finished / "qc" / f"{folder.name}.json").exists()
    assert set(status.verdicts.values()) <= {"PASS", "WARN", "SKIPPED"}


def test_running_again_does_nothing(finished: Path, archive: Path) -> None:
    before = tree(finished / "products")
    assert run(finished, archive) == 0
    assert tree(finished / "products") == before


def test_nothing_is_left_in_staging(finished: Path) -> None:
    assert list((finished / "staging").rglob("*.tiff")) == []


def test_the_corrupt_granule_is_named_and_the_others_go_on(finished: Path) -> None:
    opened = workshop(finished)
    with opened.catalog.transaction() as session:
        rejected = [row for row in granules(session) if row.state == "REJECTED"]
    assert [row.rule for row in rejected] in (["checksum"], ["size"])
    assert "fetch the granule again" in rejected[0].reason
    assert rejected[0].id not in {g for s in statuses(finished) for g in s.granules}


def test_a_mended_delivery_is_taken_in(archive: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    folder = inbox / sorted(archive.glob("*.SAFE"))[0].name
    shutil.copytree(archive / folder.name, folder)
    image = next(folder.rglob("*_B03_20m.jp2"))
    whole = image.read_bytes()
    image.write_bytes(whole[: len(whole) // 2])
    home = tmp_path / "home"
    assert run(home, inbox) == 0
    assert run(home, inbox) == 0
    image.write_bytes(whole)
    assert run(home, inbox) == 1


def test_threads_blocks_and_budget_do_not_change_a_byte(
    finished: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        run(tmp_path, archive, workers=1, memory_budget="1KiB")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert tree(tmp_path / "products") == tree(finished / "products")


def test_the_order_of_arrival_does_not_change_the_pixels(
    finished: Path, archive: Path, tmp_path: Path
) -> None:
    folders = sorted(archive.glob("*.SAFE"))
    random.Random(3).shuffle(folders)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for part in (folders[: len(folders) // 2], folders[len(folders) // 2 :]):
        for folder in part:
            (inbox / folder.name).symlink_to(folder)
        run(tmp_path / "home", inbox)
    assert _pixels(tmp_path / "home") == _pixels(finished)


def _pixels(home: Path) -> dict[str, str]:
    return {
        f"{Path(s.product).name.rsplit('_', 1)[0]}/{name}": digest
        for s in statuses(home)
        for name, digest in tree(home / s.product).items()
        if name.endswith(".tiff")
    }


def test_killed_at_every_point_it_ends_in_the_same_products(
    finished: Path, archive: Path, tmp_path: Path
) -> None:
    expected = tree(finished / "products")
    home = tmp_path / "home"
    command = [sys.executable, "-m", "tests.tasks.killable", str(home), str(archive)]
    deaths = 0
    while True:  # each run dies one effect later than the one before, until one gets through
        done = subprocess.run([*command, str(deaths + 1)], capture_output=True, text=True)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        deaths += 1
    assert deaths > 10
    assert tree(home / "products") == expected


def test_killed_at_random_times_it_ends_in_the_same_products(
    finished: Path, archive: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.tasks.killable", str(tmp_path), str(archive), "0"]
    rng = random.Random(6)
    for _ in range(5):
        process = subprocess.Popen(command)
        time.sleep(rng.uniform(1.0, 4.0))
        process.kill()
        process.wait()
    run(tmp_path, archive)
    assert tree(tmp_path / "products") == tree(finished / "products")


def test_what_fails_quality_control_is_quarantined_and_the_revision_before_stays(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    folders = sorted(archive.glob("*T31UDS*.SAFE"))
    (inbox / folders[0].name).symlink_to(folders[0])
    home = tmp_path / "home"
    run(home, inbox)
    before = statuses(home)[0].product
    bad = Finding("L1.1-scl", Verdict.FAIL, "It is wrong.")
    monkeypatch.setattr(produce_module, "check_product", lambda *_: Checkup((), (bad,), (), None))
    (inbox / folders[1].name).symlink_to(folders[1])
    assert run(home, inbox) == 0
    (status,) = statuses(home)
    assert (status.state, status.product) == ("QUARANTINED", before)
    assert "L1.1-scl" in status.reason
    assert (home / before / "manifest.json").exists()
    assert len(list((home / "quarantine" / "31UDS").iterdir())) == 1


def test_an_unusable_source_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist; give a folder"):
        open_source(str(tmp_path / "nowhere"))
    with pytest.raises(SourceUnavailable):
        open_source("http://127.0.0.1:9/catalog.json").discover(None)


def test_a_late_granule_touches_exactly_its_mosaics(archive: Path, tmp_path: Path) -> None:
    wanted = Wanted(kinds=tuple(PeriodKind), resolutions=(60,))
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    home = tmp_path / "home"
    folders = sorted(archive.glob("*.SAFE"), key=lambda f: f.name.split("_")[2])
    late = folders[1]
    for folder in folders:
        if folder != late:
            (inbox / folder.name).symlink_to(folder)
    run(home, inbox, wanted)
    before = {(s.period, s.start): s.revision for s in statuses(home)}
    (inbox / late.name).symlink_to(late)
    run(home, inbox, wanted)
    sensed = late.name.split("_")[2][:8]
    for status in statuses(home):
        touched = status.start.strftime("%Y%m%d") <= sensed <= status.end.strftime("%Y%m%d")
        assert status.state == "PUBLISHED"
        known = before.get((status.period, status.start))
        assert status.revision == ((known or 0) + 1 if touched else known)


def test_blocks_cover_a_grid_once(finished: Path) -> None:
    product = next((finished / "products").rglob("valid_obs*.tiff"))
    with rasterio.open(product) as file:
        shape = file.shape
    seen = np.zeros(shape, int)

    class Square:
        pass

    grid = Square()
    grid.shape = shape  # type: ignore[attr-defined]
    for rows, columns in blocks(grid, 7):  # type: ignore[arg-type]
        seen[rows.start : rows.stop, columns.start : columns.stop] += 1
    assert (seen == 1).all()


def test_dn_become_reflectance_with_the_stated_offset() -> None:
    numbers = np.array([[0, 1, 1000, 65535, 40000, 33767]], np.uint16)
    image = Image("B02", 10, "x", offset=-1000)
    assert to_layer(numbers, image).tolist() == [[-32768, -999, 0, -32768, -32768, 32767]]
    plain = Image("B02", 10, "x")
    assert to_layer(numbers, plain).tolist() == [[-32768, 1, 1000, -32768, -32768, -32768]]
    with pytest.raises(GranuleRejected, match="no SCL code"):
        to_layer(np.array([[300]], np.uint16), Image("SCL", 20, "x", quantification=1.0))
