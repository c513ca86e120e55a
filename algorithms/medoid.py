"""Medoid: the observation with the smallest sum of distances to all others (section 5).

Distances are Euclidean over seven bands. Squared distances are exact integers, and every sum whose
comparison could be decided by rounding is formed again in sorted order with twice the precision, so
that equal sums are recognised as equal and the newest observation wins them.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

_NEAR = 1e-9


@njit(nogil=True, cache=True)
def medoid(
    values: npt.NDArray[np.int32], n: int, distances: npt.NDArray[np.float64]
) -> tuple[int, float]:
    """Choose among ``values[:n]`` (int32[T, 7], newest first); ``distances`` is scratch [T, T].

    Returns the index of the winner and its sum of distances, in units of ``values``.
    """
    sums = np.zeros(n)
    for i in range(n):
        distances[i, i] = 0.0
        for j in range(i + 1, n):
            square = np.int64(0)
            for b in range(values.shape[1]):
                step = np.int64(values[i, b] - values[j, b])
                square += step * step
            distance = np.sqrt(np.float64(square))
            distances[i, j] = distances[j, i] = distance
            sums[i] += distance
            sums[j] += distance
    limit = sums.min() * (1.0 + _NEAR)
    best, smallest = -1, np.inf
    for i in range(n):
        if sums[i] <= limit:
            exact = exact_sum(distances[i, :n])
            if exact < smallest:
                best, smallest = i, exact
    return best, smallest


@njit(nogil=True, cache=True)
def exact_sum(terms: npt.NDArray[np.float64]) -> float:
    """Add in ascending order with a running error term, so that the order given is irrelevant."""
    high, low = 0.0, 0.0
    for term in np.sort(terms):
        total = high + term
        part = total - high
        low += (high - (total - part)) + (term - part)
        high = total
    return high + low
