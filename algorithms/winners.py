"""Take the reflectance of the observations that won, as products store it."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.resample import MISSING

Array = npt.NDArray[Any]


def gather_reflectance(
    reflectance: npt.NDArray[np.int16], source: npt.NDArray[np.int16], nodata: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Return the winners' reflectance, and how many of its bands are negative in each pixel.

    ``reflectance`` is int16[T, B, Y, X] in 1/10000, ``source`` int16[Y, X] counts along T, -1 where
    nothing was chosen. Gives uint16[B, Y, X], negative values as 0 and missing ones as ``nodata``
    (specification section 9.2), and uint8[Y, X].
    """
    observations, bands, *shape = reflectance.shape
    stored = np.empty((bands, *shape), np.uint16)
    negative = np.zeros(tuple(shape), np.uint8)
    _gather(
        reflectance.reshape(observations, bands, -1),
        source.reshape(-1),
        np.uint16(nodata),
        stored.reshape(bands, -1),
        negative.reshape(-1),
    )
    return stored, negative


@njit(nogil=True, cache=True)
def _gather(reflectance: Array, source: Array, nodata: Any, stored: Array, negative: Array) -> None:
    for b in range(stored.shape[0]):
        for p in range(stored.shape[1]):
            value = reflectance[source[p], b, p] if source[p] >= 0 else np.int16(MISSING)
            if value == MISSING:
                stored[b, p] = nodata
            elif value < 0:
                stored[b, p] = 0
                negative[p] += 1
            else:
                stored[b, p] = value
