"""The compiled walk over the pixels of a strip of rows: validity, then STC or medoid."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.indices import is_snow
from algorithms.medoid import medoid
from algorithms.scl import DARK, SNOW, SOIL, VEGETATION, WATER
from algorithms.stc import stc

MISSING = -32768
MAX_VIEW_ZENITH = 11.0
NONE, SINGLE, STC, MEDOID = 0, 1, 2, 3

Array = npt.NDArray[Any]


@njit(nogil=True, cache=True)
def scl_counts(code: int) -> bool:
    """Tell whether an SCL code is in the valid set; snow still needs its spectral confirmation."""
    return code in (DARK, VEGETATION, SOIL, WATER, SNOW)


@njit(nogil=True, cache=True)
def is_whole(reflectance: Array, t: int, y: int, x: int) -> bool:
    """Tell whether no band of an observation is missing."""
    for b in range(reflectance.shape[1]):  # noqa: SIM110 - compiled
        if reflectance[t, b, y, x] == MISSING:
            return False
    return True


@njit(nogil=True, cache=True)
def gather(
    reflectance: Array,
    scl: Array,
    zenith: Array,
    bands: Array,
    y: int,
    x: int,
    order: Array,
    spectra: Array,
) -> int:
    """Collect the valid observations of a pixel: their index and spectrum; return how many."""
    n = 0
    for t in range(reflectance.shape[0]):
        if not (scl_counts(scl[t, y, x]) and zenith[t, y, x] < MAX_VIEW_ZENITH):
            continue
        if not is_whole(reflectance, t, y, x):
            continue
        for k in range(8):
            spectra[n, k] = reflectance[t, bands[k], y, x] / 10000.0
        if scl[t, y, x] == SNOW and not is_snow(spectra[n]):
            continue
        order[n] = t
        n += 1
    return n


@njit(nogil=True, cache=True)
def select_strip(
    reflectance: Array,
    scl: Array,
    zenith: Array,
    bands: Array,
    threshold: int,
    rows: Array,
    source: Array,
    valid: Array,
    method: Array,
    spread: Array,
) -> None:
    """Select the observation of every pixel of rows ``rows[0]`` to ``rows[1]`` (excluded)."""
    count = reflectance.shape[0]
    order = np.empty(count, np.int64)
    spectra = np.empty((count, 8), np.float64)
    snow = np.zeros(count, np.bool_)
    values = np.empty((count, 7), np.int32)
    distances = np.empty((count, count), np.float64)
    medoid_bands = np.array([bands[0], bands[1], bands[2], bands[3], bands[4], bands[6], bands[7]])
    for y in range(rows[0], rows[1]):
        for x in range(reflectance.shape[3]):
            n = gather(reflectance, scl, zenith, bands, y, x, order, spectra)
            valid[y, x] = n
            if n == 1:
                source[y, x], method[y, x] = order[0], SINGLE
            elif n >= threshold:
                for i in range(n):
                    for k in range(7):
                        values[i, k] = reflectance[order[i], medoid_bands[k], y, x]
                best, total = medoid(values, n, distances)
                source[y, x], method[y, x] = order[best], MEDOID
                spread[y, x] = total / n / 10000.0
            elif n > 1:
                for i in range(n):
                    snow[i] = scl[order[i], y, x] == SNOW
                best, _step = stc(spectra, snow, n)
                if best >= 0:
                    source[y, x], method[y, x] = order[best], STC
