"""Medoid: the observation with the smallest sum of distances to all others (section 5).

Distances are Euclidean over seven bands. Pixels lie in lanes and are treated side by side. Sums are
formed in float32 first; their error is bounded, so an observation whose sum is far enough above the
smallest cannot win. Where more than one remains, the sums are formed again: squared distances are
exact integers, their roots float64, added in sorted order with twice the precision, so that equal
sums are recognised as equal and the newest observation wins them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.chunk import GROUP, PAIRS, Index
from algorithms.lanes import vector_sums

ROUNDING = 2.0**-24
"""Unit of rounding of float32."""
BANDS = 7
WEIGHT, SUM = 7, 8
ROWS, STRIDE = 9, GROUP + 16
"""Per observation seven bands, the weight and the sum; padded, or rows would share cache sets."""

_ZERO, _ONE, _INFINITE = np.float32(0), np.float32(1), np.float32(np.inf)
_HALF = np.uint32(16)
_ROW, _WORDS, _TWO = np.uint64(STRIDE), np.uint64(GROUP), np.uint64(2)
Array = npt.NDArray[Any]


@njit(nogil=True, cache=True)
def medoid_of_lanes(
    packed: Array,
    counts: Array,
    vector: bool,
    floats: Array,
    doubles: Array,
    best: Array,
    total: Array,
) -> None:
    """Choose in every lane among its ``counts`` observations.

    ``packed`` and ``counts`` are as ``algorithms.chunk`` leaves them. Fills ``best`` int32[GROUP],
    the row of the winner, and ``total`` float64[GROUP], its sum of distances in units of the
    values. ``floats`` float32[T + 1, ROWS, STRIDE] and ``doubles`` float64[T] are scratch.
    ``vector`` tells which way leads to the float32 sums; winners and totals are the same.
    """
    most = counts[-1]
    widen(packed, counts, most, floats)
    if vector:
        vector_sums(floats, counts)
    else:
        plain_sums(floats, counts)
    _choose(counts, most, floats, doubles, best)
    _totals(floats, most, best, total)


@njit(nogil=True, cache=True)
def widen(packed: Array, counts: Array, most: int, floats: Array) -> None:
    """Write seven bands as float32, the weight and the sum to begin with.

    Past the end of a lane the weight is 0 instead of 1, and the sum infinite: it never wins.
    """
    lanes = len(counts)
    words, flat = packed.reshape(packed.size), floats.reshape(floats.size)
    for i in range(most):
        weight, sums, row = floats[i, WEIGHT], floats[i, SUM], np.int32(i)
        read, to = np.uint64(i * PAIRS * GROUP), np.uint64(i * ROWS * STRIDE)
        _split(words, read, flat, to, to + _ROW, lanes)
        _split(words, read + _WORDS, flat, to + _TWO * _ROW, to + np.uint64(3) * _ROW, lanes)
        # the number of the observation goes where the weight comes
        _split(
            words,
            read + _TWO * _WORDS,
            flat,
            to + np.uint64(4) * _ROW,
            to + np.uint64(7) * _ROW,
            lanes,
        )
        _split(
            words,
            read + np.uint64(3) * _WORDS,
            flat,
            to + np.uint64(5) * _ROW,
            to + np.uint64(6) * _ROW,
            lanes,
        )
        for lane in range(lanes):
            weight[lane] = _ONE if row < counts[lane] else _ZERO
        for lane in range(lanes):
            sums[lane] = _ZERO if row < counts[lane] else _INFINITE


@njit(nogil=True, cache=True)
def _split(words: Array, read: Index, flat: Array, low: Index, high: Index, lanes: int) -> None:
    for i in range(lanes):
        lane = np.uint64(i)
        flat[low + lane] = np.float32(np.int16(words[read + lane]))
    for i in range(lanes):
        lane = np.uint64(i)
        flat[high + lane] = np.float32(np.int16(words[read + lane] >> _HALF))


@njit(nogil=True, cache=True, fastmath={"contract"})
def plain_sums(floats: Array, counts: Array) -> None:
    """Add to every observation its distances to the others; loops that any compiler vectorises.

    ``floats[i]`` holds, per lane, seven bands, the weight and the sum; ``floats[-1]`` is scratch.
    Only half of the matrix is visited: past the end of a lane nothing is added before the end.
    """
    most, lanes = counts[-1], np.uint64(len(counts))
    flat, apart = floats.reshape(floats.size), floats[-1, 0]
    for i in range(most):
        a = np.uint64(i * ROWS * STRIDE)
        for j in range(i + 1, most):
            b = np.uint64(j * ROWS * STRIDE)
            for p in range(lanes):
                step = flat[a + p] - flat[b + p]
                square = step * step
                step = flat[a + np.uint64(1 * STRIDE) + p] - flat[b + np.uint64(1 * STRIDE) + p]
                square += step * step
                step = flat[a + np.uint64(2 * STRIDE) + p] - flat[b + np.uint64(2 * STRIDE) + p]
                square += step * step
                step = flat[a + np.uint64(3 * STRIDE) + p] - flat[b + np.uint64(3 * STRIDE) + p]
                square += step * step
                step = flat[a + np.uint64(4 * STRIDE) + p] - flat[b + np.uint64(4 * STRIDE) + p]
                square += step * step
                step = flat[a + np.uint64(5 * STRIDE) + p] - flat[b + np.uint64(5 * STRIDE) + p]
                square += step * step
                step = flat[a + np.uint64(6 * STRIDE) + p] - flat[b + np.uint64(6 * STRIDE) + p]
                square += step * step
                apart[p] = np.sqrt(square)
            for p in range(lanes):
                flat[a + np.uint64(SUM * STRIDE) + p] += (
                    apart[p] * flat[b + np.uint64(WEIGHT * STRIDE) + p]
                )
            for p in range(lanes):
                flat[b + np.uint64(SUM * STRIDE) + p] += apart[p]


@njit(nogil=True, cache=True)
def _choose(counts: Array, most: int, floats: Array, doubles: Array, best: Array) -> None:
    """Find the smallest sum of every lane, and decide anew where rounding could have decided.

    A float32 sum of n distances errs by less than (n + 5) units; both sums that are compared may.
    """
    lanes = len(counts)
    limit, hits = floats[-1, 0], floats[-1, 1]
    for lane in range(lanes):
        limit[lane], hits[lane], best[lane] = _INFINITE, _ZERO, 0
    for i in range(most):
        sums = floats[i, SUM]
        for lane in range(lanes):
            limit[lane] = sums[lane] if sums[lane] < limit[lane] else limit[lane]
    for lane in range(lanes):
        limit[lane] *= np.float32(1.0 + 2.5 * (counts[lane] + 8) * ROUNDING)
    for i in range(most):
        sums, row = floats[i, SUM], np.int32(i)
        for lane in range(lanes):
            hit = sums[lane] <= limit[lane]
            hits[lane] += _ONE if hit else _ZERO
            best[lane] = row if hit else best[lane]
    for lane in range(lanes):
        if hits[lane] > _ONE:
            best[lane] = _decide(floats, counts[lane], lane, limit[lane], doubles)


@njit(nogil=True, cache=True)
def _decide(floats: Array, n: int, lane: int, limit: float, distances: Array) -> int:
    """Return the first of the observations up to ``limit`` whose exact sum is smallest."""
    best, smallest = -1, np.inf
    for i in range(n):
        if floats[i, SUM, lane] <= limit:
            for j in range(n):
                square = np.int64(0)
                for k in range(BANDS):
                    step = np.int64(floats[i, k, lane] - floats[j, k, lane])
                    square += step * step
                distances[j] = np.sqrt(np.float64(square))
            exact = exact_sum(distances[:n])
            if exact < smallest:
                best, smallest = i, exact
    return best


@njit(nogil=True, cache=True)
def _totals(floats: Array, most: int, best: Array, total: Array) -> None:
    """Form the sum of every winner in float64, in the order of the observations.

    Differences of int16 are exact in float32, their squares and the sum of these in float64.
    """
    lanes, own = len(total), floats[-1]
    for lane in range(lanes):
        total[lane] = 0.0
        for k in range(BANDS):
            own[k, lane] = floats[best[lane], k, lane]
    for i in range(most):
        other = floats[i]
        for lane in range(lanes):
            step = np.float64(own[0, lane] - other[0, lane])
            square = step * step
            step = np.float64(own[1, lane] - other[1, lane])
            square += step * step
            step = np.float64(own[2, lane] - other[2, lane])
            square += step * step
            step = np.float64(own[3, lane] - other[3, lane])
            square += step * step
            step = np.float64(own[4, lane] - other[4, lane])
            square += step * step
            step = np.float64(own[5, lane] - other[5, lane])
            square += step * step
            step = np.float64(own[6, lane] - other[6, lane])
            square += step * step
            total[lane] += np.sqrt(square) * np.float64(other[7, lane])


@njit(nogil=True, cache=True)
def exact_sum(terms: npt.NDArray[np.float64]) -> float:
    """Sort in place and add with a running error term, so that the order given is irrelevant."""
    terms.sort()
    high, low = 0.0, 0.0
    for term in terms:
        total = high + term
        part = total - high
        low += (high - (total - part)) + (term - part)
        high = total
    return high + low
