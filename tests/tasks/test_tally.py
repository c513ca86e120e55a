"""What is counted by windows of any size is what is counted block by block."""

import numpy as np
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from products.grid import Grid
from tasks.tally import BlockTally, Tally
from tasks.window import parts

HEIGHT, WIDTH, SIDE = 70, 50, 16
GRID = Grid(32631, 10, (HEIGHT, WIDTH), Affine(10, 0, 0, 0, -10, 0))


@settings(deadline=None)
@given(st.integers(5, 80), st.integers(0, 2**16))
def test_blocks_do_not_depend_on_the_windows(side: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    method = rng.integers(0, 4, (HEIGHT, WIDTH)).astype(np.uint8)
    source = rng.integers(-1, 9, (HEIGHT, WIDTH)).astype(np.int16)
    negative = rng.random((HEIGHT, WIDTH)) < 0.05
    tally = Tally.of(GRID, SIDE)
    for rows, columns in parts(range(HEIGHT), range(WIDTH), (side, side)):
        window = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        tally.count(method[window], source[window], rows, columns)
        tally.count_clamped(negative[window], rows, columns)
    expected = []
    for rows, columns in parts(range(HEIGHT), range(WIDTH), (SIDE, SIDE)):
        window = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        expected.append(
            BlockTally(
                int(negative[window].sum()),
                [int((method[window] == code).sum()) for code in range(4)],
                {int(index) for index in source[window].flat} - {-1},
            )
        )
    assert tally.blocks == expected
    assert tally.clamped == negative.sum()
    assert tally.used == set(source.flat) - {-1}
    assert {code: (method == code).sum() for code in np.unique(method)} == tally.methods


def test_a_carried_block_counts_as_when_it_was_selected() -> None:
    tally = Tally.of(GRID, SIDE)
    tally.carry(range(64, 70), range(48, 50), BlockTally(3, [0, 2, 0, 1], {4}))
    assert (tally.clamped, tally.methods, tally.used) == (3, {1: 2, 3: 1}, {4})
    assert tally.blocks[-1].clamped == 3
