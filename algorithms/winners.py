"""Take what products tell of the observations that won, pixel by pixel.

What does not lie in memory for all observations is taken from one after the other. ``Winners`` says
which pixels each of them won, so that every pixel is visited once and not once per observation.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from algorithms.resample import MISSING

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Winners:
    """Which pixels of a window each observation won."""

    order: npt.NDArray[np.int32]
    """[P]: places in the flattened window, by observation and in rising order; none at the end."""
    ends: npt.NDArray[np.int64]
    """[T + 1]: where the places of each observation begin in ``order``, and where the last end."""

    @classmethod
    def of(cls, source: npt.NDArray[np.int16], observations: int) -> "Winners":
        """Group the pixels of ``source``, int16[Y, X], -1 where no observation won."""
        order, ends = np.empty(source.size, np.int32), np.zeros(observations + 1, np.int64)
        _group(source.reshape(-1), order, ends)
        return cls(order, ends)

    @property
    def observations(self) -> list[int]:
        """The observations that won a pixel."""
        won: list[int] = np.flatnonzero(np.diff(self.ends)).tolist()
        return won

    def places(self, observation: int) -> npt.NDArray[np.int32]:
        """Return the places in the flattened window that an observation won."""
        return self.order[self.ends[observation] : self.ends[observation + 1]]


@njit(nogil=True, cache=True)
def _group(source: Array, order: Array, ends: Array) -> None:
    for p in range(len(source)):
        if source[p] >= 0:
            ends[source[p] + 1] += 1
    for t in range(1, len(ends)):
        ends[t] += ends[t - 1]
    following = ends.copy()
    for p in range(len(source)):
        if source[p] >= 0:
            order[following[source[p]]] = p
            following[source[p]] += 1


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


@njit(nogil=True, cache=True)
def take_repeated(
    block: Array, factor: int, top: int, left: int, places: Array, out: Array
) -> None:
    """Write pixels of the window that ``algorithms.resample.repeat_into`` would write.

    ``block`` is [V, U], ``out`` [Y, X]; of its pixels those at ``places``, int32[N], are written.
    """
    flat, columns = out.reshape(out.size), np.int32(out.shape[1])
    for place in places:
        y, x = place // columns, place % columns
        flat[place] = block[(top + y) // factor, (left + x) // factor]


@njit(nogil=True, cache=True)
def take_between(
    lines: Array, low: Array, high: Array, down: Array, scale: float, places: Array, out: Array
) -> None:
    """Write pixels of the window that ``interpolate_nodes`` would give, as multiples of ``scale``.

    The first four are what ``algorithms.resample.node_lines`` returns for the window; ``out`` is
    uint16[Y, X], of its pixels those at ``places``, int32[N], are written.
    """
    flat, columns = out.reshape(out.size), np.int32(out.shape[1])
    for place in places:
        y, x = place // columns, place % columns
        part = down[y]
        degrees = np.float32(lines[low[y], x] * (1 - part) + lines[high[y], x] * part)
        flat[place] = np.uint16(np.rint(np.float64(degrees) / scale))
