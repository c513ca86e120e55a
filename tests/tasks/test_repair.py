"""A published product whose files broke gets them back, as they were published or not at all."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from products.errors import BadInput, NeedsOperator
from products.granule import Granule
from qc.manifest import check_manifest
from tasks import produce as produce_module
from tasks.repair import Repaired, repair
from tasks.workshop import Workshop
from tests.s2gm.conftest import ROOT, environment, s2gm
from tests.tasks.carry_world import DRAWN, deliver, forget, published, take_in, whole
from tests.tasks.helpers import tree, workshop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setattr(produce_module, "write_pictures", lambda *_: None)
    opened = workshop(tmp_path / "home", block=32, threshold=3, qc=DRAWN)
    yield opened
    opened.catalog.close()


@pytest.fixture
def granules(shop: Workshop, tmp_path: Path) -> list[Granule]:
    given = [deliver(tmp_path / "in", whole(day)) for day in (3, 5)]
    take_in(shop, given)
    return given


@pytest.fixture
def product(shop: Workshop, granules: list[Granule]) -> Path:
    return published(shop)


def layer(product: Path, name: str) -> Path:
    (path,) = product.rglob(f"{name}_M?0_*.tiff")
    return path


def damage(product: Path) -> list[str]:
    """Cut a layer short, lose another one, and change the metadata; return their paths."""
    cut, gone = layer(product, "B02"), layer(product, "source_index")
    cut.write_bytes(cut.read_bytes()[:-50])
    gone.unlink()
    (metadata,) = product.glob("*/metadata_*.json")
    metadata.write_text(metadata.read_text().replace("MONTH", "YEAR").replace("a", "b"))
    return sorted(path.relative_to(product).as_posix() for path in (cut, gone, metadata))


def test_only_what_broke_is_put_back(shop: Workshop, product: Path) -> None:
    before = tree(product)
    broken = damage(product)
    touched = {path: path.stat().st_mtime_ns for path in product.rglob("*") if path.is_file()}
    found = repair(shop, product.name)
    assert sorted(found.put_back) == broken
    assert found.problems == ()
    assert tree(product) == before
    assert check_manifest(product) == []
    for path, moment in touched.items():
        if path.relative_to(product).as_posix() not in broken:
            assert path.stat().st_mtime_ns == moment
    assert list(shop.staging.iterdir()) == []


def test_a_whole_product_is_not_composed_again(
    shop: Workshop, product: Path, granules: list[Granule]
) -> None:
    for granule in granules:
        forget(shop, granule)
        Path(granule.images[0].href).unlink()
    assert repair(shop, str(product)) == Repaired(product.name, (), ())


@pytest.mark.parametrize("what", ["manifest", "both", "folder", "product"])
def test_a_manifest_or_a_folder_that_is_lost(shop: Workshop, product: Path, what: str) -> None:
    before = tree(product)
    if what == "product":
        shutil.rmtree(product)
    elif what == "folder":
        shutil.rmtree(product / "31UDS")
    else:
        (product / "manifest.json").write_text("{}")
    if what == "both":
        damage(product)
    found = repair(shop, product.name)
    assert ("manifest.json" in found.put_back) == (what != "folder")
    assert tree(product) == before


def test_a_manifest_that_lies_is_not_believed(shop: Workshop, product: Path) -> None:
    manifest = product / "manifest.json"
    whole_one = manifest.read_bytes()
    manifest.write_bytes(whole_one.replace(b'"sha256": "', b'"sha256": "0'))
    assert repair(shop, product.name).put_back == ("manifest.json",)
    assert manifest.read_bytes() == whole_one


def test_files_that_do_not_belong_there_stay_and_are_told(shop: Workshop, product: Path) -> None:
    (product / "notes.txt").write_text("mine")
    damage(product)
    found = repair(shop, product.name)
    assert found.problems == ("notes.txt does not belong here",)
    assert (product / "notes.txt").read_text() == "mine"


def test_what_is_composed_otherwise_is_refused_and_nothing_is_changed(
    shop: Workshop, product: Path, tmp_path: Path
) -> None:
    other = workshop(tmp_path / "home", organisation="Another", block=32, threshold=3, qc=DRAWN)
    path = layer(product, "B02")
    path.write_bytes(b"")
    assert repair(other, product.name).put_back == (f"31UDS/{path.name}",)
    path.write_bytes(b"")
    (product / "inspire.xml").unlink()
    before = tree(product)
    with pytest.raises(BadInput, match=r"nothing was changed: composed again, inspire\.xml is not"):
        repair(other, product.name)
    assert tree(product) == before
    (product / "manifest.json").unlink()
    with pytest.raises(BadInput, match=r"composed again, manifest\.json is not as it was"):
        repair(other, product.name)
    other.catalog.close()


def test_what_cannot_be_repaired_is_one_sentence(
    shop: Workshop, product: Path, granules: list[Granule], tmp_path: Path
) -> None:
    copy = shutil.copytree(product, tmp_path / "copy" / product.name)
    with pytest.raises(BadInput, match=r"is a copy; repair .* by its name"):
        repair(shop, str(copy))
    with pytest.raises(BadInput, match="does not know"):
        repair(shop, f"{product.name}7")
    path = layer(product, "B02")
    path.unlink()
    path.mkdir()
    with pytest.raises(NeedsOperator, match=r"B02_.* cannot be written \(.*\); check the disk"):
        repair(shop, product.name)
    path.rmdir()
    forget(shop, granules[0])
    Path(granules[0].images[0].href).unlink()
    with pytest.raises(BadInput, match="cannot be composed again"):
        repair(shop, product.name)


@pytest.mark.parametrize("fatal", [1, 2, 4])
def test_who_is_killed_leaves_whole_files(shop: Workshop, product: Path, fatal: int) -> None:
    before = tree(product)
    damage(product)
    (product / "manifest.json").unlink()
    damaged = tree(product)
    command = [sys.executable, "-m", "tests.tasks.killable_repair", str(shop.home), str(fatal)]
    died = subprocess.run(
        [*command, product.name],
        cwd=ROOT,
        env=environment(S2GM_BLOCK="32", S2GM_THRESHOLD="3"),
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    left = tree(product)
    assert len([name for name in before if left.get(name) != damaged.get(name)]) == fatal - 1
    assert {*left} <= {*before}
    for name, content in left.items():
        assert content in (before[name], damaged.get(name))
    assert "manifest.json" not in left
    repair(shop, product.name)
    assert tree(product) == before


def test_the_command(shop: Workshop, product: Path) -> None:
    settings = {"S2GM_BLOCK": "32", "S2GM_THRESHOLD": "3"}
    said = s2gm("--home", shop.home, "repair", product.name, **settings)
    told = f"{product.name}: 0 files were put back; every file is as it was published.\n"
    assert (said.returncode, said.stdout) == (0, told), said.stderr
    path = layer(product, "B02")
    path.write_bytes(b"")
    (product / "notes.txt").touch()
    said = s2gm("--home", shop.home, "repair", product, **settings)
    assert said.returncode == 1
    assert said.stdout.splitlines() == [
        f"put back  31UDS/{path.name}",
        "notes.txt does not belong here",
        f"{product.name}: 1 file was put back; 1 thing is not as published.",
    ]
