"""A published product is composed again, bit by bit, whatever happened since."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from products.errors import BadInput
from products.granule import Granule
from products.period import PeriodKind
from qc.finding import Verdict, worst
from storage.local import discard
from tasks import produce as produce_module
from tasks.check import check_folder
from tasks.cycle import Wanted, run_once
from tasks.reproduce import Match, Reproduction, reproduce
from tasks.workshop import Workshop
from tests.qc.spoil import change, rewrite
from tests.real import ROOT, needs
from tests.tasks.carry_world import (
    DRAWN,
    LAND,
    Sight,
    box,
    bring_up,
    deliver,
    published,
    take_in,
    whole,
    withdraw,
)
from tests.tasks.helpers import workshop

LOCAL = Sight(9, ((box(range(3, 4), range(3, 5)), LAND),))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setattr(produce_module, "write_pictures", lambda *_: None)
    opened = workshop(tmp_path / "home", block=32, threshold=3, qc=DRAWN)
    yield opened
    opened.catalog.close()


@pytest.fixture
def granules(shop: Workshop, tmp_path: Path) -> list[Granule]:
    """Two revisions: most blocks of the second are carried over from the first."""
    given = [deliver(tmp_path / "in", sight) for sight in (whole(3), whole(5), LOCAL)]
    take_in(shop, given[:2])
    take_in(shop, given[2:])
    return given


@pytest.fixture
def product(shop: Workshop, granules: list[Granule]) -> Path:
    return published(shop)


def first_of(shop: Workshop) -> Path:
    return min(shop.products.glob("*/*"), key=lambda path: int(path.name.rpartition("_")[2]))


def differing(found: Reproduction) -> dict[str, Match]:
    return {name: match for name, match in found.files if match is not Match.EQUAL}


def test_a_product_is_reproduced_by_name_and_by_folder(shop: Workshop, product: Path) -> None:
    found = reproduce(shop, product.name)
    files = sorted(p.relative_to(product).as_posix() for p in product.rglob("*") if p.is_file())
    assert [name for name, _ in found.files] == files
    assert (differing(found), found.differing, found.hint) == ({}, 0, None)
    assert reproduce(shop, str(product)) == found
    assert reproduce(shop, f"{product}/") == found


def test_nothing_is_left_behind_and_nothing_is_changed(shop: Workshop, product: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in shop.home.glob("products/**/*") if p.is_file()}
    reproduce(shop, product.name)
    assert list(shop.staging.iterdir()) == []
    assert before == {p: p.stat().st_mtime_ns for p in before}
    with shop.catalog.engine.connect() as connection:
        count = connection.execute(sa.text("SELECT count(*) FROM revision")).scalar_one()
    assert count == 2


def test_a_revision_that_is_no_longer_current(shop: Workshop, product: Path) -> None:
    earlier = first_of(shop)
    assert earlier != product
    assert differing(reproduce(shop, earlier.name)) == {}


def test_after_granules_were_superseded_and_withdrawn(
    shop: Workshop, product: Path, granules: list[Granule], tmp_path: Path
) -> None:
    take_in(shop, [deliver(tmp_path / "in", whole(5, baseline=400, seed=8))])
    withdraw(shop, granules[0])
    bring_up(shop)
    for folder in shop.products.glob("*/*"):
        assert differing(reproduce(shop, folder.name)) == {}, folder.name


def test_after_the_working_store_was_emptied(shop: Workshop, product: Path) -> None:
    for folder in shop.working.glob("*/*/"):
        discard(folder)
    assert differing(reproduce(shop, product.name)) == {}
    assert list(shop.working.glob("*/*/observation.json"))


def test_by_the_recorded_definition_whatever_the_settings_are(
    shop: Workshop, product: Path, tmp_path: Path
) -> None:
    other = workshop(tmp_path / "home", block=16, threshold=5, memory_budget=1 << 20, qc=DRAWN)
    found = reproduce(other, product.name)
    other.catalog.close()
    assert differing(found) == {}


def test_a_copy_elsewhere(shop: Workshop, product: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(product, tmp_path / "copy" / product.name)
    shutil.rmtree(product)
    assert differing(reproduce(shop, str(copy))) == {}
    with pytest.raises(BadInput, match="is gone; give a folder that holds a copy"):
        reproduce(shop, product.name)


def test_a_tampered_layer_is_named(shop: Workshop, product: Path) -> None:
    place = "31UDS"
    change(product, "B04", (3, 4), 7)
    found = reproduce(shop, product.name)
    item = f"stac_M60_20220101_{place}.json"  # it tells the checksum of the layer
    changed = {f"{place}/B04_M60_20220101_{place}.tiff", item, "manifest.json"}
    assert differing(found) == dict.fromkeys(sorted(changed), Match.DIFFERENT)
    assert found.hint == "In the layers that differ, 1 pixel differs."


def test_a_layer_that_was_written_again_has_the_same_pixels(shop: Workshop, product: Path) -> None:
    rewrite(product, "B04")
    found = reproduce(shop, product.name)
    assert found.differing == 3
    assert found.hint
    assert "No pixel of those layers differs" in found.hint


def test_a_layer_that_cannot_be_read(shop: Workshop, product: Path) -> None:
    next(product.rglob("B04_*.tiff")).write_bytes(b"broken")
    found = reproduce(shop, product.name)
    assert (found.differing, found.hint) == (1, "A layer cannot be read.")


def test_a_file_too_many_and_one_too_few(shop: Workshop, product: Path) -> None:
    (product / "notes.txt").write_text("hello")
    (product / "inspire.xml").unlink()
    found = reproduce(shop, product.name)
    assert differing(found) == {"inspire.xml": Match.MISSING, "notes.txt": Match.EXTRA}


def test_tampered_metadata_are_named(shop: Workshop, product: Path) -> None:
    path = next(product.rglob("metadata_*.json"))
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"Title": "Other"}))
    found = reproduce(shop, product.name)
    assert list(differing(found)) == [f"31UDS/{path.name}"]
    assert found.hint == f"31UDS/{path.name} differs in Title."
    path.write_text("<html>")
    assert reproduce(shop, product.name).hint == f"31UDS/{path.name} is not JSON as it should be."


def test_another_contact_is_told(shop: Workshop, product: Path, tmp_path: Path) -> None:
    changed = {"block": 32, "threshold": 3, "organisation": "Somebody else", "qc": DRAWN}
    other = workshop(tmp_path / "home", **changed)
    found = reproduce(other, product.name)
    other.catalog.close()
    assert not any(name.endswith(".tiff") for name in differing(found))
    assert found.hint
    assert "differs in Institution: S2GM_ORGANISATION" in found.hint


def test_a_source_that_is_gone_is_one_sentence(
    shop: Workshop, product: Path, granules: list[Granule]
) -> None:
    for folder in shop.working.glob("*/*/"):
        discard(folder)
    gone = Path(granules[1].images[0].href)
    gone.unlink()
    with pytest.raises(BadInput, match="cannot be composed again: ") as refusal:
        reproduce(shop, product.name)
    assert str(gone) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_source_that_changed_is_one_sentence(
    shop: Workshop, product: Path, granules: list[Granule], tmp_path: Path
) -> None:
    for folder in shop.working.glob("*/*/"):
        discard(folder)
    shutil.rmtree(tmp_path / "in" / granules[1].id)
    deliver(tmp_path / "in", whole(5, seed=3))
    with pytest.raises(BadInput, match="gives other pixels than when it was ingested"):
        reproduce(shop, product.name)


@pytest.mark.parametrize(
    "altered",
    ['"algorithm": "1.0.0"', '"layout": "0.9.0"', '"algorithm": "1.1.0", "shuffle": "yes"'],
)
def test_another_version_is_one_sentence(shop: Workshop, product: Path, altered: str) -> None:
    with shop.catalog.engine.begin() as connection:
        told = connection.execute(sa.text("SELECT max(definition) FROM revision")).scalar_one()
        changed = json.dumps(json.loads(told) | json.loads(f"{{{altered}}}"))
        connection.execute(sa.text("UPDATE revision SET definition = :d"), {"d": changed})
    with pytest.raises(BadInput, match=r"was composed by another version \("):
        reproduce(shop, product.name)


def test_names_that_are_no_product_of_this_catalog(
    shop: Workshop, product: Path, tmp_path: Path
) -> None:
    for wrong, words in (
        ("S2GM", "is not a product name"),
        (str(tmp_path / "nowhere" / product.name), "There is no folder"),
        (str(tmp_path), "is not named like a product; give the base folder or the name"),
        ("", "is not a product name"),
        (str(product / "manifest.json"), "is a file; give the base folder"),
        (f"{product.name}9", "does not know"),
        (product.name.replace("31UDS", "31UES"), "does not know"),
    ):
        with pytest.raises(BadInput, match=words):
            reproduce(shop, wrong)


def test_a_revision_that_is_not_composed(shop: Workshop, product: Path) -> None:
    with shop.catalog.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM verdict"))
        connection.execute(
            sa.text(
                "UPDATE revision SET state = 'PLANNED', current = false, product = NULL, "
                "manifest = NULL, published_at = NULL"
            )
        )
    with pytest.raises(BadInput, match="is not composed yet"):
        reproduce(shop, product.name)


@pytest.mark.real_data
@needs("l2a-31UDS")
def test_real_mosaics_are_checked_and_reproduced(tmp_path: Path) -> None:
    wanted = Wanted(kinds=(PeriodKind.QUARTER,), resolutions=(20,))
    opened = workshop(tmp_path / "home")
    assert run_once(opened, str(ROOT / "l2a-31UDS" / "catalog.json"), wanted) == 6
    for folder in sorted(opened.products.glob("*/*")):
        found = check_folder(folder, None, opened.settings, opened)
        assert worst(found.findings) in (Verdict.PASS, Verdict.WARN), found.findings
    summer = next(opened.products.glob("*/S2GM_Q20_20180701_*"))
    shutil.rmtree(opened.working)
    assert differing(reproduce(opened, summer.name)) == {}
    opened.catalog.close()
