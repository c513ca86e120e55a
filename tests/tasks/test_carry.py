"""A revision of which most blocks are carried over is the one composed from scratch."""

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio

from catalog.query import published_inputs
from catalog.register import register
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind
from tasks import compose as compose_module
from tasks import produce as produce_module
from tasks.carry import CannotCarry, Carrier, Input, Record, renumbering
from tasks.cells import Cells, save_cells
from tasks.ingest import ingest, observation_folder
from tasks.tally import BlockTally
from tasks.window import parts
from tasks.withdraw import own_word, undo_withdrawal
from tasks.workshop import Workshop
from tests.tasks.carry_world import (
    DRAWN,
    LAND,
    SIDE,
    TILE,
    Sight,
    box,
    bring_up,
    deliver,
    forget,
    from_scratch,
    published,
    take_in,
    whole,
    withdraw,
)
from tests.tasks.helpers import tree, workshop

CLOUDY = Sight(9)
LOCAL = Sight(9, ((box(range(3, 4), range(3, 5)), LAND),))
"""Ground within one cell, the middle one, which meets 4 blocks."""
BLOCK = 32
KIND = {"block": BLOCK, "threshold": 3, "qc": replace(DRAWN, recomposed_windows=0)}
"""Quality control selects nothing again: what is selected is counted here."""
BLOCKS = 16
KEY = MosaicKey(TILE, Period(PeriodKind.MONTH, date(2022, 1, 1)), 60)
WINDOWS = tuple(parts(range(SIDE), range(SIDE), (BLOCK, BLOCK)))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setattr(produce_module, "write_pictures", lambda *_: None)
    opened = workshop(tmp_path / "home", **KIND)
    yield opened
    opened.catalog.close()


@pytest.fixture
def selections(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grow by one with every selection, by the number of pixels."""
    seen: list[int] = []
    select = compose_module.select_block

    def counted(inputs, stack, threshold):
        seen.append(inputs.scl[0].size)
        return select(inputs, stack, threshold)

    monkeypatch.setattr(compose_module, "select_block", counted)
    return seen


def begin(shop: Workshop, root: Path, *sights: Sight) -> None:
    take_in(shop, [deliver(root / "in", sight) for sight in sights])


def levels(caplog: pytest.LogCaptureFixture) -> list[int]:
    """Return the levels of what was said about composing from scratch."""
    return [record.levelno for record in caplog.records if "from scratch" in record.message]


def same(shop: Workshop, root: Path) -> bool:
    return tree(published(shop)) == from_scratch(shop, root / "again")


@pytest.mark.parametrize(
    ("sight", "count"),
    [
        (CLOUDY, 0),
        (LOCAL, 4),
        (Sight(9, ((box(range(1), range(1)), LAND),)), 4),
        (Sight(9, ((box(range(1), range(1)), 11),)), 4),
        (Sight(9, ((box(range(1), range(1)), 7),)), 0),
        (whole(9), BLOCKS),
        (replace(LOCAL, swath=(0, 16)), 0),
    ],
    ids=["cloud", "middle cell", "corner cell", "snow", "unclassified", "clear", "out of swath"],
)
@pytest.mark.parametrize("day", [1, 30])
def test_exactly_the_touched_blocks_are_selected(
    shop: Workshop, tmp_path: Path, selections: list[int], sight: Sight, count: int, day: int
) -> None:
    begin(shop, tmp_path, whole(3), whole(5), LOCAL if day == 9 else Sight(7))
    assert selections == [SIDE**2]
    selections.clear()
    assert take_in(shop, [deliver(tmp_path / "in", replace(sight, day=day))]) == 1
    assert sum(selections) == BLOCK**2 * count
    assert same(shop, tmp_path)


def test_a_clouded_newest_granule_leaves_every_layer_file_as_it_is(
    shop: Workshop, tmp_path: Path
) -> None:
    begin(shop, tmp_path, whole(3), whole(5))
    before = tree(published(shop))
    take_in(shop, [deliver(tmp_path / "in", Sight(30))])
    after = tree(published(shop))
    layers = {name for name in before if name.endswith(".tiff")}
    assert layers
    assert {name: after[name] for name in layers} == {name: before[name] for name in layers}
    assert after["manifest.json"] != before["manifest.json"]


def test_a_clouded_oldest_granule_renumbers_source_index_alone(
    shop: Workshop, tmp_path: Path
) -> None:
    begin(shop, tmp_path, whole(3), whole(5))
    before = published(shop)
    take_in(shop, [deliver(tmp_path / "in", Sight(1))])
    changed = {
        name.split("_M60")[0]
        for name, digest in tree(published(shop)).items()
        if name.endswith(".tiff") and tree(before)[name] != digest
    }
    assert changed == {"31UDS/source_index"}
    assert same(shop, tmp_path)


def test_an_observation_that_only_gives_way_is_looked_at(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    """A cloud of the better ranked strip takes the place of the other strip's clear pixels."""
    begin(shop, tmp_path, whole(3), whole(5, strip=0))
    selections.clear()
    clouded = Sight(5, strip=1, baseline=301, swath=(0, 40))
    take_in(shop, [deliver(tmp_path / "in", clouded)])
    assert sum(selections) == BLOCK**2 * 8
    index = next(published(shop).rglob("source_index*"))
    with rasterio.open(index) as file:
        pixels = file.read(1)
    assert (pixels[:, :40] == 0).all()
    assert (pixels[:, 40:] != 0).any()
    assert same(shop, tmp_path)


def test_a_successor_touches_only_where_it_or_the_superseded_is_valid(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    """They are of one datatake, but never together in a list: neither gives way to the other."""
    begin(shop, tmp_path, whole(3), whole(5), replace(LOCAL, day=9))
    selections.clear()
    clear = ((box(range(7, 8), range(7, 8)), LAND),)
    take_in(shop, [deliver(tmp_path / "in", Sight(9, clear, baseline=500))])
    with shop.catalog.transaction() as session:
        assert len(published_inputs(session, KEY)[2]) == 3
    assert sum(selections) == BLOCK**2 * 7  # two cells that meet four blocks each, one of them both
    assert same(shop, tmp_path)


def test_a_removed_granule_gives_its_pixels_back(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    local = deliver(tmp_path / "in", LOCAL)
    begin(shop, tmp_path, whole(3), whole(12))
    take_in(shop, [local])
    selections.clear()
    withdraw(shop, local)
    # the same inputs as before: the revision before is shown again, nothing is composed
    assert bring_up(shop) == 0
    assert selections == []
    take_in(shop, [deliver(tmp_path / "in", Sight(20))])
    assert same(shop, tmp_path)


def test_blocks_are_carried_over_from_a_revision_that_an_undoing_brought_back(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    local = deliver(tmp_path / "in", LOCAL)
    begin(shop, tmp_path, whole(3), whole(12))
    old = deliver(tmp_path / "in", whole(14))
    take_in(shop, [old, local])
    withdraw(shop, old)
    assert [bring_up(shop), bring_up(shop)] == [1, 0]
    undo_withdrawal(shop, [old.id], own_word())
    assert bring_up(shop) == 0
    selections.clear()
    take_in(shop, [deliver(tmp_path / "in", replace(LOCAL, day=20))])
    assert sum(selections) == BLOCK**2 * 4
    assert same(shop, tmp_path)


def test_a_removal_and_an_arrival_at_once(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    local = deliver(tmp_path / "in", LOCAL)
    begin(shop, tmp_path, whole(3), whole(12))
    take_in(shop, [local])
    selections.clear()
    withdraw(shop, local)
    take_in(shop, [deliver(tmp_path / "in", Sight(1))])
    assert sum(selections) == BLOCK**2 * 4
    assert same(shop, tmp_path)


def test_a_lost_observation_of_a_removed_granule_touches_everything(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    local = deliver(tmp_path / "in", LOCAL)
    begin(shop, tmp_path, whole(3), whole(12))
    take_in(shop, [local])
    selections.clear()
    withdraw(shop, local)
    forget(shop, local)
    shutil.rmtree(tmp_path / "in" / LOCAL.name)
    take_in(shop, [deliver(tmp_path / "in", Sight(1))])
    assert selections == [SIDE**2]
    assert same(shop, tmp_path)


def test_an_observation_without_cells_touches_everything(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    old = deliver(tmp_path / "in", CLOUDY)
    begin(shop, tmp_path, whole(3))
    take_in(shop, [old])
    (observation_folder(shop, old) / "cells.npz").write_bytes(b"")
    withdraw(shop, old)
    selections.clear()
    take_in(shop, [deliver(tmp_path / "in", Sight(1))])
    assert selections == [SIDE**2]


def _shorten(shop: Workshop) -> None:
    path = next(published(shop).rglob("B04*.tiff"))
    path.write_bytes(path.read_bytes()[:-1])


def _alter_manifest(shop: Workshop) -> None:
    path = published(shop) / "manifest.json"
    path.write_bytes(path.read_bytes() + b"\n")


def _lose_product(shop: Workshop) -> None:
    shutil.rmtree(published(shop))


def _record(shop: Workshop) -> Path:
    (path,) = (shop.home / "carry").glob("*.json")
    return path


def _edit_record(shop: Workshop, **values: object) -> None:
    """Change a record and seal it again."""
    path = _record(shop)
    replace(Record.load(path), **values).save(path)  # type: ignore[arg-type]


def _spoil_record(shop: Workshop) -> None:
    path = _record(shop)
    record = json.loads(path.read_text())
    record["counted"][0][0] += 1
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_shorten, "not the file of its manifest"),
        (_alter_manifest, "another manifest"),
        (_lose_product, "cannot be read"),
        (lambda shop: _record(shop).unlink(), "cannot be read"),
        (lambda shop: _record(shop).write_text("[1"), "cannot be read"),
        (lambda shop: _edit_record(shop, manifest="0" * 64), "of another manifest"),
        (lambda shop: _edit_record(shop, counted=(BlockTally(),) * 2), "2 blocks, not 16"),
        (lambda shop: _edit_record(shop, encoder="GDAL 1"), "encoded by GDAL 1"),
        (_spoil_record, "does not have its checksum"),
    ],
    ids=[
        "layer",
        "manifest",
        "product",
        "no record",
        "torn record",
        "foreign",
        "blocks",
        "encoder",
        "spoilt record",
    ],
)
def test_what_is_damaged_is_composed_from_scratch_with_a_warning(
    shop: Workshop,
    tmp_path: Path,
    selections: list[int],
    caplog: pytest.LogCaptureFixture,
    damage,
    said: str,
) -> None:
    begin(shop, tmp_path, whole(3), whole(5))
    damage(shop)
    selections.clear()
    with caplog.at_level(logging.WARNING):
        take_in(shop, [deliver(tmp_path / "in", CLOUDY)])
    assert selections == [SIDE**2]
    assert "31UDS MONTH 2022-01-01 60 m is composed from scratch" in caplog.text
    assert said in caplog.text
    assert same(shop, tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threshold": 4}, "has another definition"),
        ({"block": 64}, "has blocks of 32 pixels, not of 64"),
        ({"block": 31}, "has blocks of 32 pixels, not of 31"),
    ],
)
def test_another_threshold_or_block_size_begins_from_scratch(
    tmp_path: Path,
    selections: list[int],
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, int],
    said: str,
) -> None:
    begin(workshop(tmp_path / "home", **KIND), tmp_path, whole(3), whole(5))
    later = workshop(tmp_path / "home", **(KIND | changes))
    selections.clear()
    with caplog.at_level(logging.INFO, logger="tasks"):
        take_in(later, [deliver(tmp_path / "in", CLOUDY)])
    assert selections == [SIDE**2]
    assert same(later, tmp_path)
    assert levels(caplog) == [logging.INFO]
    assert said in caplog.text


@pytest.mark.parametrize(
    ("sight", "said"), [(CLOUDY, "has other layers"), (whole(9), "touch every block")]
)
def test_other_layers_or_ground_all_over_begin_from_scratch(
    shop: Workshop,
    tmp_path: Path,
    selections: list[int],
    caplog: pytest.LogCaptureFixture,
    sight: Sight,
    said: str,
) -> None:
    begin(shop, tmp_path, whole(3, extra=()), whole(5, extra=()))
    selections.clear()
    with caplog.at_level(logging.INFO, logger="tasks"):
        take_in(shop, [deliver(tmp_path / "in", replace(sight, extra=("AOT",)))])
    assert levels(caplog) == [logging.INFO]
    assert said in caplog.text
    assert selections == [SIDE**2]
    assert same(shop, tmp_path)


@pytest.mark.parametrize("recorded", [True, False])
def test_a_pixel_of_a_removed_granule_in_a_carried_block_is_noticed(
    shop: Workshop,
    tmp_path: Path,
    selections: list[int],
    caplog: pytest.LogCaptureFixture,
    recorded: bool,
) -> None:
    """By the record, and where that does not know of it, by the pixel."""
    local = deliver(tmp_path / "in", LOCAL)
    begin(shop, tmp_path, Sight(3), Sight(12))
    take_in(shop, [local])
    nothing = np.zeros((3, 3), np.uint32)
    save_cells(observation_folder(shop, local), [Cells(nothing, nothing)])
    if not recorded:
        assert bring_up(shop) == 0  # sweeps the record of the revision before
        kept = Record.load(_record(shop)).counted
        assert any(block.used for block in kept)
        _edit_record(shop, counted=tuple(replace(block, used=set()) for block in kept))
    withdraw(shop, local)
    selections.clear()
    with caplog.at_level(logging.WARNING):
        take_in(shop, [deliver(tmp_path / "in", Sight(1))])
    assert "shows an input that is gone" in caplog.text
    assert selections == [SIDE**2]
    assert same(shop, tmp_path)


def test_records_of_what_is_no_longer_current_are_swept(shop: Workshop, tmp_path: Path) -> None:
    begin(shop, tmp_path, whole(3))
    first = _record(shop)
    take_in(shop, [deliver(tmp_path / "in", CLOUDY)])
    bring_up(shop)
    assert _record(shop) != first
    assert _record(shop).stem == published(shop).name


def test_negative_winners_are_counted_in_carried_blocks(shop: Workshop, tmp_path: Path) -> None:
    begin(shop, tmp_path, whole(3), whole(5))
    take_in(shop, [deliver(tmp_path / "in", LOCAL)])
    item = next(published(shop).rglob("metadata*.json")).read_text()
    (count,) = (line for line in item.splitlines() if "clamped" in line.lower())
    assert int("".join(c for c in count.split(":")[1] if c.isdigit())) > 0
    assert same(shop, tmp_path)


def test_inputs_are_renumbered_in_their_order() -> None:
    a, b, c, d = (Input(name, "0", name) for name in "abcd")
    assert renumbering([a, b, d], [b, c, d]).tolist() == [-1, 0, 2]
    with pytest.raises(CannotCarry, match="another order"):
        renumbering([a, b], [b, a])
    again = replace(a, checksum="1")
    assert renumbering([a], [again]).tolist() == [-1]


def test_source_index_is_renumbered_pixel_by_pixel() -> None:
    carrier = Carrier({}, np.array([-1, 0, 2], np.int16), (), ())
    assert carrier.renumbered(np.array([[1, -1], [2, 1]], np.int16)).tolist() == [[0, -1], [2, 0]]
    for wrong in (0, 3, 9):
        with pytest.raises(CannotCarry):
            carrier.renumbered(np.array([[wrong]], np.int16))


def test_cells_of_a_wrong_shape_touch_everything(
    shop: Workshop, tmp_path: Path, selections: list[int]
) -> None:
    """A window beyond the cells would meet none that has a valid pixel."""
    begin(shop, tmp_path, whole(3), whole(5))
    granule = deliver(tmp_path / "in", replace(LOCAL, clear=((box(range(7, 8), range(7, 8)), 4),)))
    with shop.catalog.transaction() as session:
        register(session, "drawn", [granule], (), None)
    assert ingest(shop, granule.id)
    few = np.zeros((1, 1), np.uint32)
    save_cells(observation_folder(shop, granule), [Cells(few, few)])
    selections.clear()
    assert bring_up(shop) == 1
    assert selections == [SIDE**2]
    assert same(shop, tmp_path)
