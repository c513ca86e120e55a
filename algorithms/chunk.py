"""Read a chunk of pixels: which observations are valid, and what their records are.

A chunk is ``CHUNK`` neighbours of one flat strip. Planes of whole tiles lie a power of two apart
and evict each other from the caches, so each row of a chunk is read once and what is valid is
written to a list of records per pixel, newest first and without gaps. Then the pixels are ranked by
their number of valid observations and get lanes in that order, so that neighbouring lanes have
about as many, and vectors of lanes have work.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.indices import B02, B03, B04, B06, B08, B8A, B11, B12, is_snow
from algorithms.lanes import write_records
from algorithms.scl import DARK, SNOW, SOIL, VEGETATION, WATER

CHUNK = 256
"""Pixels read at once; long enough for whole cache lines and for loops of bytes."""
WORDS = 4
"""A record: B02 B03, B04 B06, B08 and the number of the observation, B11 B12; each an int16."""
NUMBER = 5
"""Which int16 of a record is the number of its observation."""
MISSING = -32768
MAX_VIEW_ZENITH = 11.0

_MISSING = np.int16(MISSING)
_SPECTRUM, _BLOCK = 8, 8
_STEEPEST = np.float32(MAX_VIEW_ZENITH)
_YES, _NO, _BOTH = np.uint8(1), np.uint8(0), np.uint8(3)
_SNOW, _ANY_SNOW = np.uint8(SNOW), np.uint64(0x0202020202020202)

Array = npt.NDArray[Any]
Index = Any
"""An unsigned number: no index counts from the end, and loops are vectorised."""


class Chunk(NamedTuple):
    """What is known of the pixels of a chunk, and scratch."""

    good: Array
    """uint8[CHUNK]: validity of one observation."""
    rows: Array
    """uint64[B]: where the bands of one observation begin."""
    spectrum: Array
    """float64[8]: of one pixel."""
    records: Array
    """uint32[CHUNK, N, WORDS]: the valid observations of each pixel."""
    ends: Array
    """uint32[CHUNK]: the word behind the last record of each pixel."""
    first: Array
    """int64[T + 2]: the first lane for each number of observations."""
    pixels: Array
    """int64[CHUNK]: the pixel of each lane."""
    counts: Array
    """int32[CHUNK]: the number of valid observations in each lane, ascending."""


@njit(nogil=True, cache=True)
def new_chunk(observations: int, bands: int, size: int) -> Chunk:
    """Allocate room for ``size`` pixels.

    Every list has room for a record more, which is written and not counted. The number of records
    is odd: so the lists of neighbours do not share cache sets.
    """
    return Chunk(
        np.zeros(size, np.uint8),
        np.zeros(bands, np.uint64),
        np.zeros(8, np.float64),
        np.zeros((size, (observations + 1) | 1, WORDS), np.uint32),
        np.zeros(size, np.uint32),
        np.zeros(observations + 2, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.int32),
    )


@njit(nogil=True, cache=True)
def scl_counts(code: int) -> bool:
    """Tell whether an SCL code is in the valid set; snow still needs its spectral confirmation."""
    return (code == DARK) | (code == VEGETATION) | (code == SOIL) | (code == WATER) | (code == SNOW)


@njit(nogil=True, cache=True)
def read_chunk(
    reflectance: Array, scl: Array, zenith: Array, bands: Array, start: int, chunk: Chunk
) -> None:
    """List the valid observations of every pixel of the chunk at ``start`` (section 3).

    ``reflectance`` is int16[T, B, P], ``scl`` and ``zenith`` are [T, P]. Fills ``chunk.records``
    and ``chunk.ends``.
    """
    good, rows, ends, pixels = chunk.good, chunk.rows, chunk.ends, len(chunk.good)
    records, marks = chunk.records.reshape(chunk.records.size), good.view(np.uint64)
    codes, angles = scl.reshape(scl.size), zenith.reshape(zenith.size)
    flat, step = reflectance.reshape(reflectance.size), np.uint64(reflectance.shape[2])
    for p in range(pixels):
        ends[p] = np.uint32(p * chunk.records.shape[1] * WORDS)
    for t in range(len(scl)):
        _screen_scene(codes, angles, np.uint64(t * scl.shape[1] + start), good)
        marked = _any(marks)
        if not marked:
            continue
        here = np.uint64(t * reflectance.shape[1] * reflectance.shape[2] + start)
        for k in range(len(bands)):
            rows[k] = here + step * np.uint64(bands[k])
        _screen_spectrum(flat, rows, good)
        _screen_others(flat, rows, good)
        if marked & _ANY_SNOW:
            for p in range(pixels):
                if scl[t, start + p] == SNOW and good[p] != _NO:
                    fill_spectrum(reflectance, bands, t, start + p, chunk.spectrum)
                    good[p] = _YES if is_snow(chunk.spectrum) else _NO
        _write(flat, rows, t, good, marks, records, ends)


@njit(nogil=True, cache=True, forceinline=True)
def _screen_scene(codes: Array, angles: Array, at: Index, good: Array) -> None:
    """Mark what may be valid with 1, snow with 3; later screens leave only the lowest bit."""
    for i in range(len(good)):
        code = codes[at + np.uint64(i)]
        good[i] = np.uint8(scl_counts(code)) | (np.uint8(code == _SNOW) << _YES)
    for i in range(len(good)):
        good[i] &= np.uint8(angles[at + np.uint64(i)] < _STEEPEST) * _BOTH


@njit(nogil=True, cache=True, forceinline=True)
def _any(marks: Array) -> Index:
    """Return all marks of a row, eight to a word, in one."""
    together = np.uint64(0)
    for word in marks:
        together |= word
    return together


@njit(nogil=True, cache=True, forceinline=True)
def _screen_spectrum(flat: Array, rows: Array, good: Array) -> None:
    b02, b03, b04, b06 = rows[B02], rows[B03], rows[B04], rows[B06]
    b08, b8a, b11, b12 = rows[B08], rows[B8A], rows[B11], rows[B12]
    for i in range(len(good)):
        p = np.uint64(i)
        visible = min(min(flat[b02 + p], flat[b03 + p]), min(flat[b04 + p], flat[b06 + p]))
        infrared = min(min(flat[b08 + p], flat[b8a + p]), min(flat[b11 + p], flat[b12 + p]))
        good[p] &= np.uint8(min(visible, infrared) != _MISSING)


@njit(nogil=True, cache=True, forceinline=True)
def _screen_others(flat: Array, rows: Array, good: Array) -> None:
    """Screen the bands that only have to be there."""
    for k in range(_SPECTRUM, len(rows)):
        row = rows[k]
        for i in range(len(good)):
            good[i] &= _NO if flat[row + np.uint64(i)] == _MISSING else _YES


@njit(nogil=True, cache=True, forceinline=True)
def _write(
    flat: Array, rows: Array, t: int, good: Array, marks: Array, records: Array, ends: Array
) -> None:
    """Write a record behind every list, and end the list behind it where the pixel is valid."""
    for block in range(len(marks)):
        if marks[block]:
            write_records(flat, rows, np.uint64(block * _BLOCK), np.int16(t), records, ends)
    for p in range(len(good)):
        ends[p] += np.uint32(good[p]) * np.uint32(WORDS)


@njit(nogil=True, cache=True)
def fill_spectrum(reflectance: Array, bands: Array, t: Index, p: int, spectrum: Array) -> None:
    """Write the spectrum of pixel p of observation t as float64[8], 0..1."""
    for k in range(8):
        spectrum[k] = reflectance[t, bands[k], p] / 10000.0


@njit(nogil=True, cache=True)
def rank_pixels(chunk: Chunk) -> None:
    """Give each pixel a lane by the number of its valid observations, fewest first.

    Reads ``chunk.ends`` as ``read_chunk`` leaves it. Fills ``chunk.pixels`` and ``chunk.counts``.
    """
    first, ends, apart = chunk.first, chunk.ends, chunk.records.shape[1]
    for p in range(len(ends)):
        # in place of the end: the number of records
        ends[p] = ends[p] // np.uint32(WORDS) - np.uint32(p * apart)
    first[:] = 0
    for p in range(len(ends)):
        first[ends[p] + 1] += 1
    for n in range(1, len(first)):
        first[n] += first[n - 1]
    for p in range(len(ends)):
        lane = first[ends[p]]
        first[ends[p]] = lane + 1
        chunk.pixels[lane], chunk.counts[lane] = p, ends[p]
