"""Short-term composite: the decision tree for few observations (specification section 4.3).

====  =======================================================  =====================
step  condition, over the valid observations                   chosen
====  =======================================================  =====================
1     mean mNDWI < -0.55 and max NDVI - mean NDVI < 0.05       largest NDVI
2     mean NDVI < -0.30 and mean mNDWI - min mNDWI < 0.05      largest mNDWI
3     mean NDVI > 0.60 and mean TCB < 0.45                     largest NDVI
4     the darkest (smallest TCB) is no cloud                   the darkest
5     the darkest is no snow either                            it, or none: TCB > 1
6     mean NDVI < -0.20                                        largest mNDWI
7     mean TCB > 0.45                                          smallest NDVI
8     otherwise                                                largest NDVI
====  =======================================================  =====================

Step 2 follows the figure of the ATBD, not its table. Of equal extrema the newest counts.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.cloudtest import cloud_test
from algorithms.indices import B8A, Vector, brightness, mndwi, ndvi

Matrix = npt.NDArray[Any]


@njit(nogil=True, cache=True, forceinline=True)
def stc(spectra: Matrix, snow: npt.NDArray[np.bool_], n: int, scratch: Matrix) -> tuple[int, int]:
    """Choose among ``spectra[:n]`` (float64[T, 8], 0..1, newest first).

    ``snow[i]`` tells whether observation i is confirmed snow; ``scratch`` is float64[3, n] or
    longer, for the indices. Returns the index of the winner, or
    -1 for none, and the number of the step that decided.
    """
    wet, green, bright = scratch[0, :n], scratch[1, :n], scratch[2, :n]
    for i in range(n):
        wet[i], green[i] = mndwi(spectra[i]), ndvi(spectra[i])
        bright[i] = brightness(spectra[i], B8A)
    mean_wet, mean_green, mean_bright = _mean(wet), _mean(green), _mean(bright)
    wettest, driest = _extreme(wet, 1.0), _extreme(wet, -1.0)
    greenest = _extreme(green, 1.0)
    if greenest >= 0 and mean_wet < -0.55 and green[greenest] - mean_green < 0.05:
        return greenest, 1
    if wettest >= 0 and mean_green < -0.30 and mean_wet - wet[driest] < 0.05:
        return wettest, 2
    if mean_green > 0.60 and mean_bright < 0.45:
        return greenest, 3
    darkest = _extreme(bright, -1.0)
    if not cloud_test(spectra[darkest]):
        return darkest, 4
    if not snow[darkest]:
        return (-1, 5) if bright[darkest] > 1.0 else (darkest, 5)
    palest = _extreme(green, -1.0)
    return _snowy(mean_green, mean_bright, wettest, palest, greenest, darkest)


@njit(nogil=True, cache=True, forceinline=True)
def _snowy(
    mean_green: float, mean_bright: float, wettest: int, palest: int, greenest: int, darkest: int
) -> tuple[int, int]:
    if wettest >= 0 and mean_green < -0.20:
        return wettest, 6
    if greenest < 0:
        return darkest, 8
    return (palest, 7) if mean_bright > 0.45 else (greenest, 8)


@njit(nogil=True, cache=True, forceinline=True)
def _mean(values: Vector) -> float:
    """Return the mean of the defined values, NaN where none is."""
    total, count = 0.0, 0
    for value in values:
        if not np.isnan(value):
            total += value
            count += 1
    return total / count if count else np.nan


@njit(nogil=True, cache=True, forceinline=True)
def _extreme(values: Vector, sign: float) -> int:
    """Return the first index of the largest (sign 1) or smallest (-1) value, -1 where none is."""
    best, largest = -1, -np.inf
    for i in range(len(values)):
        # chosen without a branch, which no processor could foresee; NaN is never larger
        larger = sign * values[i] > largest
        best = i if larger else best
        largest = sign * values[i] if larger else largest
    return best
