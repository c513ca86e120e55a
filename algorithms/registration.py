"""How far one image lies beside another one: phase correlation of their edges."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_DISTINCT = 15.0
"""Height of the peak, in standard deviations, below which it may be chance: bands of clear real
ground have more than 20, a hazy pair that seemed 8 pixels apart had 10."""


def find_shift(moved: Array, fixed: Array) -> tuple[float, float] | None:
    """Return by how many rows and columns ``moved`` lies below and right of ``fixed``.

    Both [Y, X] of one shape, NaN where there is nothing. None where their edges have too little in
    common to tell. Edges rather than values, because bands differ in brightness (Kuglin and Hines
    1975; the peak is refined by a parabola).
    """
    window = np.hanning(fixed.shape[0])[:, None] * np.hanning(fixed.shape[1])
    one, other = (np.fft.rfft2(_edges(pixels) * window) for pixels in (moved, fixed))
    cross = one * np.conj(other)
    strength = np.abs(cross)
    if not strength.max():
        return None
    surface = np.fft.irfft2(cross / np.maximum(strength, strength.max() * 1e-12), fixed.shape)
    row, column = divmod(int(surface.argmax()), surface.shape[1])
    if surface[row, column] < _DISTINCT * surface.std():
        return None
    return _refined(surface[:, column], row), _refined(surface[row], column)


def _edges(pixels: Array) -> Array:
    values = pixels.astype(np.float64)
    known = ~np.isnan(values)
    values[~known] = np.median(values[known]) if known.any() else 0.0
    down, right = np.gradient(values)
    slopes = np.hypot(down, right)
    centred: Array = slopes - slopes.mean()
    return centred


def _refined(profile: Array, peak: int) -> float:
    """Return the place of a peak between pixels, those beyond the middle being negative."""
    size = len(profile)
    before, top, after = (float(profile[(peak + step) % size]) for step in (-1, 0, 1))
    bend = before - 2 * top + after
    place = peak + ((before - after) / (2 * bend) if bend else 0.0)
    return place - size if place > size / 2 else place
