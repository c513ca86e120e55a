"""The spectral cloud or snow test of the short-term composite (specification section 4.2)."""

from numba import njit

from algorithms.indices import (
    B02,
    B03,
    B04,
    B06,
    B08,
    B8A,
    B11,
    B12,
    Vector,
    brightness,
    haze,
    normalised_difference,
)

EPSILON = 1e-4
"""Reflectance is raised to this inside the test only, where ratios of bands are formed."""


@njit(nogil=True, cache=True, forceinline=True)
def cloud_test(spectrum: Vector) -> bool:
    """Tell whether a spectrum (float64[8], 0..1) looks like cloud or snow; the compact form."""
    s = _raised(spectrum)
    h = haze(s)
    m = (s[B02] + s[B03] + s[B04]) / 3.0
    q = normalised_difference(s[B08], s[B11])
    visible = s[B03] / s[B11] > 1.0
    infrared = s[B11] / s[B03] > 1.0
    if (normalised_difference(s[B03], s[B11]) > 0.7 and brightness(s, B08) >= 0.36) or h < -0.2:
        return True
    if visible and m > 0.3 and h > -0.08 and q < 0.4:
        return True
    return _hazy(h, m, q, visible, infrared)


@njit(nogil=True, cache=True, forceinline=True)
def _raised(s: Vector) -> tuple[float, ...]:
    """Return a tuple, which needs no memory of its own."""
    return (
        max(s[B02], EPSILON), max(s[B03], EPSILON), max(s[B04], EPSILON), max(s[B06], EPSILON),
        max(s[B08], EPSILON), max(s[B8A], EPSILON), max(s[B11], EPSILON), max(s[B12], EPSILON),
    )  # fmt: skip


@njit(nogil=True, cache=True, forceinline=True)
def _hazy(h: float, m: float, q: float, visible: bool, infrared: bool) -> bool:
    if infrared and m < 0.2 and (h < -0.1 or (h < -0.08 and q < 0.4)):
        return True
    if m <= 0.12:
        return False
    if h < -0.02 and not (visible and m < 0.2):
        return True
    return visible and m < 0.3 and h < -0.055
