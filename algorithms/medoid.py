"""Medoid: the observation with the smallest sum of distances to all others (section 5).

Distances are Euclidean over seven bands. Sums are formed in float32 first; their error is bounded,
so an observation whose sum is far enough above the smallest cannot win. Where more than one
remains, the sums are formed again: squared distances are exact integers, their roots float64, added
in sorted order with twice the precision, so that equal sums are recognised as equal and the newest
observation wins them. ``algorithms.abreast`` does the first part for several pixels at a time.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.chunk import NUMBER

ROUNDING = 2.0**-24
"""Unit of rounding of float32."""
BANDS = 7

Array = npt.NDArray[Any]


class Scratch(NamedTuple):
    """Room for the observations of one pixel."""

    values: Array
    """float32[T, 7]"""
    sums: Array
    """float32[T]"""
    distances: Array
    """float64[T]"""


@njit(nogil=True, cache=True)
def new_scratch(observations: int) -> Scratch:
    """Allocate room for so many observations."""
    return Scratch(
        np.empty((observations, BANDS), np.float32),
        np.empty(observations, np.float32),
        np.empty(observations, np.float64),
    )


@njit(nogil=True, cache=True, forceinline=True)
def tolerance(n: int) -> np.float32:
    """Return by how much a sum may exceed the smallest and yet be smaller, as a factor.

    A float32 sum of n distances errs by less than (n + 5) units; both sums that are compared may.
    """
    return np.float32(1.0 + 2.5 * (n + 8) * ROUNDING)


@njit(nogil=True, cache=True)
def medoid(records: Array, scratch: Scratch) -> tuple[int, float]:
    """Choose among the records of one pixel, int16[n, 8], whatever their values.

    Returns the row of the winner and its sum of distances in units of the values.
    """
    plain_sums(records, scratch.values, scratch.sums)
    smallest = np.float32(np.inf)
    for i in range(len(records)):
        smallest = min(smallest, scratch.sums[i])
    limit = smallest * tolerance(len(records))
    best = decide(records, scratch.sums, limit, scratch.distances)
    return best, total_distance(records, best)


@njit(nogil=True, cache=True, fastmath={"contract"})
def plain_sums(records: Array, values: Array, sums: Array) -> None:
    """Form the sum of distances of every record in float32, visiting half of the matrix."""
    n = len(records)
    for i in range(n):
        for k in range(BANDS):
            values[i, k] = records[i, k + (k >= NUMBER)]
        sums[i] = 0
    for i in range(n):
        for j in range(i + 1, n):
            square = np.float32(0)
            for k in range(BANDS):
                step = values[i, k] - values[j, k]
                square += step * step
            distance = np.sqrt(square)
            sums[i] += distance
            sums[j] += distance


@njit(nogil=True, cache=True)
def decide(records: Array, sums: Array, limit: np.float32, distances: Array) -> int:
    """Return the first of the observations up to ``limit`` whose exact sum is smallest."""
    n = len(records)
    best, smallest, hits = -1, np.inf, 0
    for i in range(n):
        if sums[i] <= limit:
            best, hits = i, hits + 1
    if hits == 1:
        return best
    for i in range(n):
        if sums[i] <= limit:
            for j in range(n):
                distances[j] = np.sqrt(np.float64(squared_distance(records, i, j)))
            exact = exact_sum(distances[:n])
            if exact < smallest:
                best, smallest = i, exact
    return best


@njit(nogil=True, cache=True)
def squared_distance(records: Array, i: int, j: int) -> Any:
    """Return the square of the distance between two records, exactly."""
    square = np.int64(0)
    for k in range(BANDS + 1):
        if k != NUMBER:
            step = np.int64(records[i, k]) - np.int64(records[j, k])
            square += step * step
    return square


@njit(nogil=True, cache=True)
def total_distance(records: Array, i: int) -> float:
    """Add the distances of record i to all, in float64 and in the order of the records."""
    total = 0.0
    for j in range(len(records)):
        total += np.sqrt(np.float64(squared_distance(records, i, j)))
    return total


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
