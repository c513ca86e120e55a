"""The shift between two images, by their edges."""

import numpy as np
import pytest

from algorithms.registration import find_shift

SIDE = 128


def ground(seed: int = 1) -> np.ndarray:
    """Fields with sharp borders, larger than the window that is looked at."""
    rng = np.random.default_rng(seed)
    fields = rng.integers(300, 4000, (24, 24)).astype(float)
    return fields.repeat(9, axis=0).repeat(9, axis=1) + rng.normal(0, 30, (216, 216))


def window(pixels: np.ndarray, row: int, column: int) -> np.ndarray:
    return pixels[row : row + SIDE, column : column + SIDE]


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (0, -2), (-3, 5), (7, -6)])
def test_a_shift_by_whole_pixels_is_found(down: int, right: int) -> None:
    pixels = ground()
    found = find_shift(window(pixels, 30 - down, 30 - right), window(pixels, 30, 30))
    assert found is not None
    assert found == pytest.approx((down, right), abs=0.05)


def test_half_a_pixel_is_told_from_none_and_from_one() -> None:
    fine = np.hstack([ground(1), ground(2)])[:SIDE]
    coarse = [
        fine[:, begin : begin + 2 * SIDE].reshape(SIDE, SIDE, 2).mean(2) for begin in (59, 60)
    ]
    found = find_shift(*coarse)
    assert found is not None
    assert found[1] == pytest.approx(0.5, abs=0.3)


def test_brightness_and_contrast_of_the_bands_do_not_matter() -> None:
    pixels = ground()
    dark = 5000 - 0.3 * window(pixels, 28, 30)
    assert find_shift(dark, window(pixels, 30, 30)) == pytest.approx((2, 0), abs=0.05)


def test_pixels_without_a_value_do_not_make_edges() -> None:
    pixels = ground()
    moved = window(pixels, 29, 30).copy()
    moved[40:50, 60:70] = np.nan
    assert find_shift(moved, window(pixels, 30, 30)) == pytest.approx((1, 0), abs=0.1)


def test_nothing_is_told_of_images_that_have_nothing_in_common() -> None:
    flat = np.full((SIDE, SIDE), 500.0)
    rng = np.random.default_rng(2)
    one, other = rng.normal(500, 20, (2, SIDE, SIDE))
    assert find_shift(one, other) is None
    assert find_shift(flat, window(ground(), 30, 30)) is None
    assert find_shift(flat, flat) is None
    assert find_shift(np.full_like(flat, np.nan), flat) is None
