"""Read a chunk of pixels, find its valid observations and close the gaps between them.

A chunk is ``CHUNK`` neighbours of one flat strip. Planes of whole tiles lie a power of two apart
and evict each other from the caches, so a chunk is copied first, plane after plane, two bands to a
word. Then the pixels of each of its groups are ranked by their number of valid observations and get
lanes in that order, so that neighbouring lanes have about as many, and vectors of lanes have work.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.indices import B02, B03, B04, B06, B08, B8A, B11, B12, is_snow
from algorithms.scl import DARK, SNOW, SOIL, VEGETATION, WATER

CHUNK = 256
"""Pixels read at once; long enough for whole cache lines and for loops of bytes."""
GROUP = 64
"""Pixels that are ranked and composed side by side; a multiple of the width of any vector."""
PAIRS = 4
"""Words of two int16: B02 B03, B04 B06, B08 and the number of the observation, B11 B12."""
MISSING = -32768
MAX_VIEW_ZENITH = 11.0

_MISSING, _MISSING_WORD = np.int16(MISSING), np.uint16(1 << 15)
_SPECTRUM = 8
_STEEPEST = np.float32(MAX_VIEW_ZENITH)
_YES, _NO, _BOTH = np.uint8(1), np.uint8(0), np.uint8(3)
_SNOW, _ANY_SNOW = np.uint8(SNOW), np.uint64(0x0202020202020202)
_HALF = np.uint32(16)

Array = npt.NDArray[Any]
Index = Any
"""An unsigned number: no index counts from the end, and loops are vectorised."""


@njit(nogil=True, cache=True)
def scl_counts(code: int) -> bool:
    """Tell whether an SCL code is in the valid set; snow still needs its spectral confirmation."""
    return (code == DARK) | (code == VEGETATION) | (code == SOIL) | (code == WATER) | (code == SNOW)


@njit(nogil=True, cache=True)
def read_chunk(
    reflectance: Array,
    scl: Array,
    zenith: Array,
    bands: Array,
    start: int,
    words: Array,
    valid: Array,
    some: Array,
    spectrum: Array,
) -> None:
    """Copy the chunk at pixel ``start`` and mark what is valid (specification section 3).

    ``reflectance`` is int16[T, B, P], ``scl`` and ``zenith`` are [T, P]. Fills ``words``
    uint32[T, PAIRS, CHUNK] (untouched where ``some`` is 0), ``valid`` uint8[T, CHUNK] of 0 and 1,
    and ``some`` uint8[T]. ``spectrum`` is scratch, float64[8].
    """
    pixels, step = valid.shape[1], np.uint64(reflectance.shape[2])
    flat, copy = reflectance.reshape(reflectance.size), words.reshape(words.size)
    places = bands.astype(np.uint64)
    for t in range(reflectance.shape[0]):
        codes, good = scl[t, start : start + pixels], valid[t]
        _screen_scene(codes, zenith[t, start : start + pixels], good)
        marks = _any(good)
        some[t] = _YES if marks else _NO
        if some[t] == _NO:
            continue
        here = np.uint64(t * reflectance.shape[1] * reflectance.shape[2] + start)
        to = np.uint64(t * PAIRS * CHUNK)
        b02, b03 = here + step * places[B02], here + step * places[B03]
        b04, b06 = here + step * places[B04], here + step * places[B06]
        b08, b11 = here + step * places[B08], here + step * places[B11]
        b12 = here + step * places[B12]
        _pair(flat, b02, b03, copy, to, pixels)
        _pair(flat, b04, b06, copy, to + np.uint64(CHUNK), pixels)
        _number(flat, b08, np.uint32(t) << _HALF, copy, to + np.uint64(2 * CHUNK), pixels)
        _pair(flat, b11, b12, copy, to + np.uint64(3 * CHUNK), pixels)
        for k in range(PAIRS):
            _screen_words(copy, to + np.uint64(k * CHUNK), good)
        _screen(flat, here + step * places[B8A], good)
        for place in places[_SPECTRUM:]:
            _screen(flat, here + step * place, good)
        if not marks & _ANY_SNOW:
            continue
        for p in range(pixels):
            if codes[p] == SNOW and good[p] != _NO:
                fill_spectrum(reflectance, bands, t, start + p, spectrum)
                good[p] = _YES if is_snow(spectrum) else _NO


@njit(nogil=True, cache=True)
def _screen_scene(codes: Array, angles: Array, good: Array) -> None:
    """Mark what may be valid with 1, snow with 3; later screens leave only the lowest bit."""
    for p in range(len(good)):
        good[p] = np.uint8(scl_counts(codes[p])) | (np.uint8(codes[p] == _SNOW) << _YES)
    for p in range(len(good)):
        good[p] &= np.uint8(angles[p] < _STEEPEST) * _BOTH


@njit(nogil=True, cache=True)
def _any(marks: Array) -> Index:
    """Return all marks of a row, eight to a word, in one."""
    together = np.uint64(0)
    for word in marks.view(np.uint64):
        together |= word
    return together


@njit(nogil=True, cache=True)
def _pair(flat: Array, low: Index, high: Index, words: Array, to: Index, pixels: int) -> None:
    for i in range(pixels):
        p = np.uint64(i)
        a, b = np.uint32(np.uint16(flat[low + p])), np.uint32(np.uint16(flat[high + p]))
        words[to + p] = a | (b << _HALF)


@njit(nogil=True, cache=True)
def _number(flat: Array, low: Index, number: Index, words: Array, to: Index, pixels: int) -> None:
    for i in range(pixels):
        p = np.uint64(i)
        words[to + p] = np.uint32(np.uint16(flat[low + p])) | number


@njit(nogil=True, cache=True)
def _screen_words(words: Array, at: Index, good: Array) -> None:
    # from the copy: the planes themselves may have left the caches again
    for i in range(len(good)):
        word = words[at + np.uint64(i)]
        low, high = np.uint16(word), np.uint16(word >> _HALF)
        good[np.uint64(i)] &= np.uint8((low != _MISSING_WORD) & (high != _MISSING_WORD))


@njit(nogil=True, cache=True)
def _screen(flat: Array, at: Index, good: Array) -> None:
    for i in range(len(good)):
        p = np.uint64(i)
        good[p] &= _NO if flat[at + p] == _MISSING else _YES


@njit(nogil=True, cache=True)
def fill_spectrum(reflectance: Array, bands: Array, t: Index, p: int, spectrum: Array) -> None:
    """Write the spectrum of pixel p of observation t as float64[8], 0..1."""
    for k in range(8):
        spectrum[k] = reflectance[t, bands[k], p] / 10000.0


@njit(nogil=True, cache=True)
def rank_pixels(
    valid: Array, left: int, found: Array, first: Array, pixels: Array, counts: Array
) -> None:
    """Count the valid observations per pixel and give each a lane by it, fewest first.

    The group begins at pixel ``left`` of the chunk. Fills ``pixels`` int64[GROUP] and ``counts``
    int32[GROUP], the pixel of each lane and its number of valid observations; ``found``
    int32[GROUP] and ``first`` int64[T + 2] are scratch.
    """
    found[:] = 0
    for t in range(valid.shape[0]):
        good = valid[t, left : left + len(found)]
        for p in range(len(found)):
            found[p] += np.int32(good[p])
    first[:] = 0
    for p in range(len(found)):
        first[found[p] + 1] += 1
    for n in range(1, len(first)):
        first[n] += first[n - 1]
    for p in range(len(found)):
        lane = first[found[p]]
        first[found[p]] = lane + 1
        pixels[lane], counts[lane] = left + p, found[p]


@njit(nogil=True, cache=True)
def pack(
    words: Array,
    valid: Array,
    some: Array,
    left: int,
    pixels: Array,
    packed: Array,
    ends: Array,
    listed: Array,
) -> None:
    """Write the valid observations of every pixel into its lane without gaps, newest first.

    The group begins at pixel ``left`` of the chunk. ``words`` is uint32[T, PAIRS, CHUNK],
    ``packed`` uint32[T, PAIRS, GROUP]; ``ends`` and ``listed`` are scratch, uint64[GROUP].
    """
    flat = packed.reshape(packed.size)
    for lane in range(len(ends)):
        ends[pixels[lane] - left] = np.uint64(lane)
    for t in range(valid.shape[0]):
        if some[t] == _NO:
            continue
        good, found = valid[t, left : left + len(ends)], np.uint64(0)
        for p in range(len(ends)):
            listed[found] = np.uint64(p)
            found += np.uint64(good[p])
        w0, w1, w2, w3 = words[t, 0], words[t, 1], words[t, 2], words[t, 3]
        for i in range(found):
            p = listed[np.uint64(i)]
            at = ends[p]
            ends[p] = at + np.uint64(PAIRS * GROUP)
            p += np.uint64(left)
            flat[at] = w0[p]
            flat[at + np.uint64(GROUP)] = w1[p]
            flat[at + np.uint64(2 * GROUP)] = w2[p]
            flat[at + np.uint64(3 * GROUP)] = w3[p]
