"""Spectral indices of one observation, on reflectance 0..1 (specification sections 3 and 4.1).

A spectrum is a float64 vector in the order of ``SPECTRUM``.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

SPECTRUM = ("B02", "B03", "B04", "B06", "B08", "B8A", "B11", "B12")
B02, B03, B04, B06, B08, B8A, B11, B12 = range(8)
MEDOID_BANDS = ("B02", "B03", "B04", "B06", "B08", "B11", "B12")

Vector = npt.NDArray[np.float64] | tuple[float, ...]


@njit(nogil=True, cache=True, forceinline=True)
def normalised_difference(a: float, b: float) -> float:
    """Return (a - b) / (a + b), NaN where the sum is 0."""
    total = a + b
    return (a - b) / total if total != 0.0 else np.nan


@njit(nogil=True, cache=True, forceinline=True)
def mndwi(s: Vector) -> float:
    """Return the water and snow index (B03 - B11) / (B03 + B11), also called NDSI."""
    ratio: float = normalised_difference(s[B03], s[B11])
    return ratio


@njit(nogil=True, cache=True, forceinline=True)
def ndvi(s: Vector) -> float:
    """Return the vegetation index (B08 - B04) / (B08 + B04)."""
    ratio: float = normalised_difference(s[B08], s[B04])
    return ratio


@njit(nogil=True, cache=True, forceinline=True)
def brightness(s: Vector, infrared: int) -> float:
    """Return tasselled cap brightness with the given near-infrared band (B8A, or B08)."""
    visible = 0.3029 * s[B02] + 0.2786 * s[B03] + 0.4733 * s[B04]
    value: float = visible + 0.5599 * s[infrared] + 0.508 * s[B11] + 0.1872 * s[B12]
    return value


@njit(nogil=True, cache=True, forceinline=True)
def haze(s: Vector) -> float:
    """Return tasselled cap haze."""
    visible = -0.8239 * s[B02] + 0.0849 * s[B03] + 0.4396 * s[B04]
    value: float = visible - 0.058 * s[B8A] + 0.2013 * s[B11] - 0.2773 * s[B12]
    return value


@njit(nogil=True, cache=True, forceinline=True)
def is_snow(s: Vector) -> bool:
    """Confirm a pixel classified as snow: NDSI > 0.6 and TCB > 0.36."""
    return mndwi(s) > 0.6 and brightness(s, B8A) > 0.36
