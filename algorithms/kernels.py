"""The compiled walk over the chunks of a strip of pixels: validity, then STC or medoid."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.abreast import medoids_abreast, new_abreast
from algorithms.chunk import NUMBER, WORDS, new_chunk, rank_pixels, read_chunk
from algorithms.indices import B8A
from algorithms.lanes import WIDTH
from algorithms.medoid import medoid, new_scratch
from algorithms.scl import SNOW
from algorithms.stc import stc

NONE, SINGLE, STC, MEDOID = 0, 1, 2, 3

Array = npt.NDArray[Any]


class Few(NamedTuple):
    """Room for the observations of one pixel that the STC chooses among."""

    spectra: Array
    """float64[threshold, 8]"""
    snow: Array
    """bool[threshold]"""
    indices: Array
    """float64[3, threshold]"""


@njit(nogil=True, cache=True)
def select_strip(
    reflectance: Array,
    scl: Array,
    zenith: Array,
    bands: Array,
    threshold: int,
    vector: bool,
    size: int,
    strip: Array,
    source: Array,
    valid_obs: Array,
    method: Array,
    spread: Array,
) -> None:
    """Select the observation of every pixel of the chunks from ``strip[0]`` to before ``strip[1]``.

    ``reflectance`` is int16[T, B, P], ``scl`` and ``zenith`` are [T, P], the outputs [P]; ``bands``
    begins with the places of ``SPECTRUM``. ``size`` is always CHUNK: LLVM would unroll loops of
    known length instead of vectorising them. All scratch is allocated here.
    """
    chunk, found = new_chunk(len(scl), len(bands), size), new_abreast(len(scl))
    scratch, few = new_scratch(len(scl)), _new_few(threshold)
    words, apart = chunk.records.reshape(chunk.records.size), chunk.records.shape[1]
    shorts = words.view(np.int16).reshape(size, apart, 2 * WORDS)
    for start in range(strip[0] * size, strip[1] * size, size):
        read_chunk(reflectance, scl, zenith, bands, start, chunk)
        rank_pixels(chunk)
        for left in range(0, size, WIDTH):
            counts, pixels = chunk.counts[left : left + WIDTH], chunk.pixels[left : left + WIDTH]
            abreast = vector and counts[-1] >= threshold
            if abreast:
                for lane in range(WIDTH):
                    found.starts[lane] = pixels[lane] * apart * WORDS
                medoids_abreast(words, counts, found)
            for lane in range(WIDTH):
                n, pixel = counts[lane], pixels[lane]
                at = start + pixel
                valid_obs[at] = n
                if n >= threshold:
                    best, total = found.best[lane], found.total[lane]
                    if best < 0 or not abreast:
                        best, total = medoid(shorts[pixel, :n], scratch)
                    source[at], method[at] = shorts[pixel, best, NUMBER], MEDOID
                    spread[at] = total / n / 10000.0
                elif n == 1:
                    source[at], method[at] = shorts[pixel, 0, NUMBER], SINGLE
                elif n > 1:
                    records = shorts[pixel, :n]
                    source[at], method[at] = _short_term(reflectance, scl, bands, records, at, few)


@njit(nogil=True, cache=True)
def _new_few(threshold: int) -> Few:
    return Few(
        np.empty((threshold, 8), np.float64),
        np.empty(threshold, np.bool_),
        np.empty((3, threshold), np.float64),
    )


@njit(nogil=True, cache=True, forceinline=True)
def _short_term(
    reflectance: Array, scl: Array, bands: Array, records: Array, p: int, few: Few
) -> tuple[Any, int]:
    """Return the observation that the STC chooses among the valid ones, and the method."""
    for i in range(len(records)):
        t = np.int64(records[i, NUMBER])
        # no constant: LLVM divides several at once
        for k in range(records.shape[1]):
            few.spectra[i, k] = records[i, k] / 10000.0
        # a record has the number there
        few.spectra[i, B8A] = reflectance[t, bands[B8A], p] / 10000.0
        few.snow[i] = scl[t, p] == SNOW
    best, _step = stc(few.spectra, few.snow, len(records), few.indices)
    if best < 0:
        return -1, NONE
    return np.int64(records[best, NUMBER]), STC
