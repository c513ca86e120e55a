"""Medoids of ``WIDTH`` pixels at a time: what ``algorithms.medoid`` does for one, with vectors.

A vector holds a number of each pixel, or two int16: two bands. Steps between two observations are
squared and added two bands at a time, by whole numbers, which is exact while a square fits a word;
``NARROW`` tells where it does. Two rows of the matrix of distances are walked at once: each
observation is loaded, and its sum stored, half as often.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.chunk import WORDS
from algorithms.lanes import (
    WIDTH,
    add,
    everywhere,
    line_up,
    load,
    mul,
    pair_lower,
    pair_range,
    pair_squares,
    pair_step,
    pair_upper,
    sqrt,
    store,
    to_doubles,
    to_floats,
    where_less,
)
from algorithms.medoid import tolerance

NARROW = np.float32(2.1e9)
"""What the squares of the ranges of all bands may add up to: squares of distances stay below 2**31.
"""

_LANES, _ROW, _WORDS = np.uint64(WIDTH), np.uint64(WORDS * WIDTH), np.uint64(WORDS)
_TWO, _THREE = np.uint64(2), np.uint64(3)
_LONGEST = np.float32(32767**2)
_NOUGHT, _ONE, _INFINITE = np.float32(0), np.float32(1), np.float32(np.inf)
Array = npt.NDArray[Any]
Vector = Any


class Abreast(NamedTuple):
    """``WIDTH`` pixels side by side; all arrays are flat, the lane runs fastest."""

    starts: Array
    """uint64[WIDTH]: where the list of each pixel begins among the records."""
    words: Array
    """uint32[T, WORDS, WIDTH]: the records without their numbers."""
    weights: Array
    """float32[T, WIDTH]: 0 past the end of a list, else 1; only past the end of the shortest."""
    sums: Array
    """float32[T + 1, WIDTH]: sums of distances."""
    own: Array
    """uint32[WORDS, WIDTH]: the record of the smallest sum."""
    row: Array
    """float32[WIDTH]: which it is; the first of several."""
    smallest: Array
    """float32[2, WIDTH]: the smallest sum, and the smallest of the others."""
    ranges: Array
    """float32[WIDTH]: the squares of the ranges of all bands, added, infinite where a step could
    reach 32767; nothing of the above, or of the total, is true beyond ``NARROW``."""
    total: Array
    """float64[WIDTH]: the sum of distances of that record."""
    best: Array
    """int64[WIDTH]: which record is the medoid, -1 where that is not sure."""


@njit(nogil=True, cache=True)
def new_abreast(observations: int) -> Abreast:
    """Allocate room for lists of so many observations."""
    return Abreast(
        np.zeros(WIDTH, np.uint64),
        np.zeros(observations * WORDS * WIDTH, np.uint32),
        np.zeros(observations * WIDTH, np.float32),
        np.zeros((observations + 1) * WIDTH, np.float32),
        np.zeros(WORDS * WIDTH, np.uint32),
        np.zeros(WIDTH, np.float32),
        np.zeros(2 * WIDTH, np.float32),
        np.zeros(WIDTH, np.float32),
        np.zeros(WIDTH, np.float64),
        np.zeros(WIDTH, np.int64),
    )


@njit(nogil=True, cache=True)
def medoids_abreast(records: Array, counts: Array, found: Abreast) -> None:
    """Find the medoid of every pixel as ``medoid`` does, where that is sure.

    ``records`` is flat uint32, ``counts`` int32[WIDTH] ascends. ``found.starts`` is given, and
    moved.
    """
    line_up_records(records, counts, found)
    add_ranges(found, counts[-1])
    vector_sums(found, counts)
    _smallest(found, counts)
    for lane in range(WIDTH):
        at = np.int64(found.row[lane]) * (WORDS * WIDTH) + lane
        for k in range(WORDS):
            found.own[k * WIDTH + lane] = found.words[at + k * WIDTH]
    _totals(found, counts)
    _settle(found, counts)


@njit(nogil=True, cache=True)
def _settle(found: Abreast, counts: Array) -> None:
    """Name the medoid, unless values lie too far apart or rounding could have decided."""
    for lane in range(WIDTH):
        limit = found.smallest[lane] * tolerance(counts[lane])
        sure = (found.ranges[lane] <= NARROW) & (found.smallest[WIDTH + lane] > limit)
        found.best[lane] = np.int64(found.row[lane]) if sure else -1


@njit(nogil=True, cache=True)
def line_up_records(records: Array, counts: Array, found: Abreast) -> None:
    """Write the records side by side; a list that ends early goes on with its last record."""
    fewest, most = counts[0], counts[-1]
    for i in range(most):
        if i >= fewest:
            for lane in range(WIDTH):
                found.weights[i * WIDTH + lane] = _ONE if i < counts[lane] else _NOUGHT
                if i >= max(counts[lane], 1):
                    found.starts[lane] -= _WORDS
        at = np.uint64(i)
        line_up(records, found.starts, at * _WORDS, found.words, at * _ROW)


@njit(nogil=True, cache=True, forceinline=True)
def _observation(words: Array, i: int) -> tuple[Vector, Vector, Vector, Vector]:
    at = np.uint64(i) * _ROW
    return (
        load(words, at),
        load(words, at + _LANES),
        load(words, at + _TWO * _LANES),
        load(words, at + _THREE * _LANES),
    )


@njit(nogil=True, cache=True, forceinline=True)
def _square(a: tuple[Vector, ...], b: tuple[Vector, ...]) -> Vector:
    visible = add(pair_squares(pair_step(a[0], b[0])), pair_squares(pair_step(a[1], b[1])))
    infrared = add(pair_squares(pair_step(a[2], b[2])), pair_squares(pair_step(a[3], b[3])))
    return add(visible, infrared)


@njit(nogil=True, cache=True, forceinline=True)
def _distance(a: tuple[Vector, ...], b: tuple[Vector, ...]) -> Vector:
    return sqrt(to_floats(_square(a, b)))


@njit(nogil=True, cache=True)
def vector_sums(found: Abreast, counts: Array) -> None:
    """Form the sum of distances of every observation in float32.

    Weights are looked at only past the end of the shortest list.
    """
    words, weights, sums = found.words, found.weights, found.sums
    fewest, most = int(counts[0]), int(counts[-1])
    sums[: (most + 1) * WIDTH] = 0
    for i in range(0, most, 2):
        p, q = np.uint64(i) * _LANES, np.uint64(i + 1) * _LANES
        # behind the last record of a list, and of all, comes itself: at distance 0
        a, b = _observation(words, i), _observation(words, min(i + 1, most - 1))
        both = _distance(a, b)
        of_a, of_b = add(load(sums, p), both), add(load(sums, q), both)
        for j in range(i + 2, fewest):
            r, c = np.uint64(j) * _LANES, _observation(words, j)
            to_a, to_b = _distance(a, c), _distance(b, c)
            of_a, of_b = add(of_a, to_a), add(of_b, to_b)
            store(sums, r, add(load(sums, r), add(to_a, to_b)))
        for j in range(max(i + 2, fewest), most):
            r, c = np.uint64(j) * _LANES, _observation(words, j)
            to_a, to_b, weight = _distance(a, c), _distance(b, c), load(weights, r)
            of_a, of_b = add(of_a, mul(to_a, weight)), add(of_b, mul(to_b, weight))
            store(sums, r, add(load(sums, r), add(to_a, to_b)))
        store(sums, p, of_a)
        store(sums, q, of_b)


@njit(nogil=True, cache=True)
def add_ranges(found: Abreast, most: int) -> None:
    """Add the squares of the ranges of all bands; rounding may move the result a little."""
    a, b, c, d = _observation(found.words, 0)
    e, f, g, h = a, b, c, d
    for i in range(1, most):
        s, t, u, v = _observation(found.words, i)
        a, b, c, d = pair_lower(a, s), pair_lower(b, t), pair_lower(c, u), pair_lower(d, v)
        e, f, g, h = pair_upper(e, s), pair_upper(f, t), pair_upper(g, u), pair_upper(h, v)
    visible = add(_square_of_range(e, a), _square_of_range(f, b))
    infrared = add(_square_of_range(g, c), _square_of_range(h, d))
    store(found.ranges, np.uint64(0), add(visible, infrared))


@njit(nogil=True, cache=True, forceinline=True)
def _square_of_range(high: Vector, low: Vector) -> Vector:
    square = to_floats(pair_squares(pair_range(high, low)))
    return where_less(square, everywhere(_LONGEST), square, everywhere(_INFINITE))


@njit(nogil=True, cache=True)
def _smallest(found: Abreast, counts: Array) -> None:
    """Find the smallest sum of every list, which it is, and the smallest of the others."""
    for i in range(counts[0], counts[-1]):
        for lane in range(WIDTH):
            if i >= counts[lane]:
                found.sums[i * WIDTH + lane] = _INFINITE
    first, second, row = everywhere(_INFINITE), everywhere(_INFINITE), everywhere(_NOUGHT)
    for i in range(counts[-1]):
        one = load(found.sums, np.uint64(i) * _LANES)
        second = where_less(one, first, first, where_less(one, second, one, second))
        row = where_less(one, first, everywhere(np.float32(i)), row)
        first = where_less(one, first, one, first)
    store(found.row, np.uint64(0), row)
    store(found.smallest, np.uint64(0), first)
    store(found.smallest, _LANES, second)


@njit(nogil=True, cache=True)
def _totals(found: Abreast, counts: Array) -> None:
    """Add the distances to ``found.own``, in float64 and in the order of the observations."""
    own, added = _observation(found.own, 0), to_doubles(everywhere(_NOUGHT))
    for i in range(counts[0]):
        added = add(added, sqrt(to_doubles(_square(own, _observation(found.words, i)))))
    for i in range(counts[0], counts[-1]):
        distance = sqrt(to_doubles(_square(own, _observation(found.words, i))))
        weight = to_doubles(load(found.weights, np.uint64(i) * _LANES))
        added = add(added, mul(distance, weight))
    store(found.total, np.uint64(0), added)
