"""The compiled walk over the chunks of a strip of pixels: validity, then STC or medoid."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.chunk import CHUNK, GROUP, PAIRS, fill_spectrum, pack, rank_pixels, read_chunk
from algorithms.medoid import ROWS, STRIDE, medoid_of_lanes
from algorithms.scl import SNOW
from algorithms.stc import stc

NONE, SINGLE, STC, MEDOID = 0, 1, 2, 3

_HALF = np.uint32(16)
Array = npt.NDArray[Any]


@njit(nogil=True, cache=True)
def select_strip(
    reflectance: Array,
    scl: Array,
    zenith: Array,
    bands: Array,
    threshold: int,
    vector: bool,
    sizes: Array,
    strip: Array,
    source: Array,
    valid_obs: Array,
    method: Array,
    spread: Array,
) -> None:
    """Select the observation of every pixel of the chunks from ``strip[0]`` to before ``strip[1]``.

    ``reflectance`` is int16[T, B, P], ``scl`` and ``zenith`` are [T, P], the outputs [P]; ``bands``
    begins with the places of ``SPECTRUM``. ``sizes`` are always CHUNK and GROUP: LLVM would unroll
    loops of known length instead of vectorising them. All scratch is allocated here.
    """
    observations, size = reflectance.shape[0], sizes[1]
    words = np.empty((observations, PAIRS, sizes[0]), np.uint32)
    valid, some = np.empty((observations, sizes[0]), np.uint8), np.empty(observations, np.uint8)
    packed = np.zeros((observations, PAIRS, size), np.uint32)
    found, counts = np.empty(size, np.int32), np.empty(size, np.int32)
    first, pixels = np.empty(observations + 2, np.int64), np.empty(size, np.int64)
    ends, listed = np.empty(size, np.uint64), np.empty(size, np.uint64)
    floats = np.empty((observations + 1, ROWS, STRIDE), np.float32)
    doubles = np.empty(max(observations, 8), np.float64)
    best, total = np.empty(size, np.int32), np.empty(size, np.float64)
    few, snow = np.empty((threshold, 8), np.float64), np.empty(threshold, np.bool_)
    indices = np.empty((3, threshold), np.float64)
    for start in range(strip[0] * CHUNK, strip[1] * CHUNK, CHUNK):
        read_chunk(reflectance, scl, zenith, bands, start, words, valid, some, doubles[:8])
        for left in range(0, CHUNK, GROUP):
            rank_pixels(valid, left, found, first, pixels, counts)
            pack(words, valid, some, left, pixels, packed, ends, listed)
            if counts[-1] >= threshold:
                medoid_of_lanes(packed, counts, vector, floats, doubles, best, total)
            for lane in range(size):
                at, n = start + pixels[lane], counts[lane]
                numbers = packed[:, 2, lane]
                valid_obs[at] = n
                if n >= threshold:
                    source[at], method[at] = numbers[best[lane]] >> _HALF, MEDOID
                    spread[at] = total[lane] / n / 10000.0
                elif n == 1:
                    source[at], method[at] = numbers[0] >> _HALF, SINGLE
                elif n > 1:
                    source[at], method[at] = _short_term(
                        reflectance, scl, bands, numbers, at, n, few, snow, indices
                    )


@njit(nogil=True, cache=True)
def _short_term(
    reflectance: Array,
    scl: Array,
    bands: Array,
    numbers: Array,
    p: int,
    n: int,
    few: Array,
    snow: Array,
    indices: Array,
) -> tuple[Any, int]:
    """Return the observation that the STC chooses among the ``n`` valid ones, and the method."""
    for i in range(n):
        t = np.int64(numbers[i] >> _HALF)
        fill_spectrum(reflectance, bands, t, p, few[i])
        snow[i] = scl[t, p] == SNOW
    winner, _step = stc(few, snow, n, indices)
    if winner < 0:
        return -1, NONE
    return np.int64(numbers[winner] >> _HALF), STC
