"""Windows are cut and joined again, and no pixel is lost or met twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.window import Window, parts, rectangles, strips

DOWN, ACROSS, SIDE = 5, 6, 4


def cover(windows: list[Window]) -> np.ndarray:
    times = np.zeros((DOWN * SIDE, ACROSS * SIDE), int)
    for rows, columns in windows:
        times[rows.start : rows.stop, columns.start : columns.stop] += 1
    return times


@given(st.lists(st.booleans(), min_size=DOWN * ACROSS, max_size=DOWN * ACROSS))
def test_joined_windows_cover_the_same_pixels_once(chosen: list[bool]) -> None:
    blocks = list(parts(range(DOWN * SIDE), range(ACROSS * SIDE), (SIDE, SIDE)))
    windows = [window for window, taken in zip(blocks, chosen, strict=True) if taken]
    expected = cover(windows)
    assert expected.max(initial=0) <= 1
    for joined in (list(strips(windows)), rectangles(windows)):
        assert np.array_equal(cover(joined), expected)
    assert len(rectangles(windows)) <= len(list(strips(windows))) <= len(windows)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((4, 4), [(range(12), range(8))]), ((12, 4), [(range(12), range(8))])],
)
def test_all_blocks_make_one_window(shape: tuple[int, int], expected: list[Window]) -> None:
    assert rectangles(list(parts(range(12), range(8), shape))) == expected


def test_columns_that_go_on_are_joined_beside_others() -> None:
    side, other = range(4), range(8, 12)
    windows = [(range(4), side), (range(4), other), (range(4, 8), side), (range(8, 12), side)]
    assert rectangles(windows) == [(range(12), side), (range(4), other)]
