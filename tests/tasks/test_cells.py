"""Cells: which blocks an input that came or went can change, by brute force and pixel by pixel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import one_per_datatake
from products.grid import Extent
from tasks.carry import Input, touched_blocks
from tasks.cells import CELL, Cells, count_cells, load_cells, save_cells
from tasks.window import parts
from tests.tasks.carry_world import SIDE

BLOCK = 32
WINDOWS = tuple(parts(range(SIDE), range(SIDE), (BLOCK, BLOCK)))


def _one_cell(row: int, column: int, *, valid: bool) -> Cells:
    data = np.zeros((3, 3), np.uint32)
    data[row, column] = 1
    return Cells(data * valid, data)


def test_a_block_is_touched_by_data_only_where_its_datatake_has_another() -> None:
    old, new = Input("old", "0", "one"), Input("new", "0", "two")
    cells = {new: _one_cell(1, 1, valid=False)}
    assert not any(touched_blocks([old], [old, new], cells, WINDOWS, 60))
    twin = replace(new, datatake="one")
    touched = touched_blocks([old], [old, twin], {twin: cells[new]}, WINDOWS, 60)
    # the middle cell reaches from pixel 42.67 to 85.33: blocks 1 and 2
    expected = [r.start // BLOCK in (1, 2) and c.start // BLOCK in (1, 2) for r, c in WINDOWS]
    assert list(touched) == expected
    assert all(touched_blocks([old], [old, new], {new: None}, WINDOWS, 60))
    assert not any(touched_blocks([old, new], [old, new], {}, WINDOWS, 60))


@pytest.mark.parametrize("resolution", [10, 20, 60])
def test_cells_count_every_pixel_once(resolution: int) -> None:
    metres = 6000
    extent = Extent(32631, 0, 0, metres, metres)
    rng = np.random.default_rng(resolution)
    scl = rng.integers(0, 12, (metres // resolution,) * 2).astype(np.uint8)
    counted = count_cells(scl, resolution, extent)
    weight = 9 if resolution == 60 else 1
    assert counted.valid.shape == (3, 3)
    assert counted.valid.sum() == weight * np.isin(scl, (2, 4, 5, 6, 11)).sum()
    assert counted.data.sum() == weight * (scl != 0).sum()
    last = slice(2 * CELL // 20, None)
    fine = np.repeat(np.repeat(scl, 3, 0), 3, 1) if resolution == 60 else scl
    if resolution != 10:
        assert counted.data[2, 2] == (fine[last, last] != 0).sum()


def test_of_several_scl_images_the_cell_with_most_counts(tmp_path: Path) -> None:
    few, many = _one_cell(0, 0, valid=True), _one_cell(0, 1, valid=False)
    save_cells(tmp_path, [few, many])
    extent = Extent(32631, 0, 0, 7680, 7680)
    kept = load_cells(tmp_path, extent)
    assert kept
    assert kept.valid.tolist() == few.valid.tolist()
    assert kept.data.tolist() == np.maximum(few.data, many.data).tolist()


@pytest.mark.parametrize(("width", "height"), [(7681, 7680), (7680, 5120), (7680, 10240)])
def test_cells_of_another_extent_are_unknown(tmp_path: Path, width: int, height: int) -> None:
    cells = _one_cell(0, 0, valid=True)
    save_cells(tmp_path, [cells])
    assert load_cells(tmp_path, Extent(32631, 0, 0, width, height)) is None
    assert load_cells(tmp_path, Extent(32631, 0, 0, 7679, 5121))


inputs = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans(), st.booleans()),
    max_size=6,
    unique_by=lambda each: each[:2],
)
"""Datatake and place within it, and in which of the two lists."""


@settings(deadline=None)
@given(inputs, st.data())
def test_what_is_not_touched_has_the_same_valid_observations(
    drawn: list[tuple[int, int, bool, bool]], data: st.DataObject
) -> None:
    """Brute force over cells of four pixels, and no block is touched without need."""
    everybody = [Input(f"{take}-{place}", "0", str(take)) for take, place, *_ in sorted(drawn)]
    member = {f"{take}-{place}": which for take, place, *which in drawn}
    old, new = ([each for each in everybody if member[each.folder][i]] for i in (0, 1))
    codes = st.lists(st.sampled_from([0, 4, 9]), min_size=12, max_size=12)
    scl = {each: np.array(data.draw(codes), np.uint8).reshape(1, 12) for each in everybody}
    cells = {
        each: Cells(
            *((m.reshape(1, 3, 4).sum(2, dtype=np.uint32)) for m in (pixels == 4, pixels != 0))
        )
        for each, pixels in scl.items()
    }
    cell = CELL // 20
    windows = [(range(cell), range(cell * i, cell * (i + 1))) for i in range(3)]
    touched = touched_blocks(old, new, cells, windows, 20)
    before, after = (_valid(each, scl) for each in (old, new))
    for number, anew in enumerate(touched):
        pixels = range(4 * number, 4 * number + 4)
        if not anew:
            assert [before[p] for p in pixels] == [after[p] for p in pixels]
        else:
            assert any(
                (scl[each][0, pixels] == 4).any()
                or (
                    (scl[each][0, pixels] != 0).any()
                    and any(o != each and o.datatake == each.datatake for o in own)
                )
                for own in (old, new)
                for each in {*old} ^ {*new}
                if each in own
            )


def _valid(inputs: list[Input], scl: dict[Input, np.ndarray]) -> list[list[Input]]:
    """Return by pixel the inputs with a valid observation, of each datatake the first alone."""
    if not inputs:
        return [[]] * 12
    newest_first = inputs[::-1]
    datatakes = np.array([int(each.datatake) for each in newest_first], np.int16)
    left = one_per_datatake(np.stack([scl[each] for each in newest_first]), datatakes)
    return [
        [each for each, pixels in zip(newest_first, left, strict=True) if pixels[0, p] == 4]
        for p in range(12)
    ]
