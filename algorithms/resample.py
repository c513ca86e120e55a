"""Bring layers to one pixel size, and angles from nodes to pixels (specification section 6)."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

MISSING = -32768
Array = npt.NDArray[Any]


def upsample_nearest(block: Array, factor: int) -> Array:
    """Repeat every pixel ``factor`` times in both directions."""
    return block.repeat(factor, axis=0).repeat(factor, axis=1)


@njit(nogil=True, cache=True)
def repeat_into(block: Array, factor: int, top: int, left: int, out: Array) -> None:
    """Write the window of ``upsample_nearest(block, factor)`` that begins at ``top``, ``left``."""
    places = (np.arange(out.shape[1]) + left) // factor
    for y in range(out.shape[0]):
        if y and (top + y) % factor:
            out[y] = out[y - 1]
        else:
            row, line = block[(top + y) // factor], out[y]
            for x in range(len(line)):
                line[x] = row[places[x]]


def subsample_nearest(block: Array, factor: int) -> Array:
    """Take the pixel that contains each coarse pixel's centre (its lower right, if on a corner)."""
    rows, columns = block.shape[0] // factor, block.shape[1] // factor
    whole = block[: rows * factor, : columns * factor]
    return whole[factor // 2 :: factor, factor // 2 :: factor]


def aggregate_mean(block: npt.NDArray[np.int16], factor: int) -> npt.NDArray[np.int16]:
    """Average ``factor`` x ``factor`` pixels of int16 reflectance, rounded half to even.

    A missing pixel makes the average missing; incomplete rows and columns at the end are left out.
    """
    averaged = np.empty((block.shape[0] // factor, block.shape[1] // factor), np.int16)
    _average(block, factor, averaged)
    return averaged


@njit(nogil=True, cache=True)
def _average(block: Array, factor: int, out: Array) -> None:
    count = factor * factor
    total = np.empty(out.shape[1], np.int32)
    missing = np.empty(out.shape[1], np.bool_)
    for y in range(out.shape[0]):
        total[:], missing[:] = 0, False
        for row in range(y * factor, (y + 1) * factor):
            line = block[row]
            for x in range(out.shape[1]):
                for column in range(x * factor, (x + 1) * factor):
                    total[x] += line[column]
                    missing[x] |= line[column] == MISSING
        for x in range(out.shape[1]):
            quotient, twice = total[x] // count, 2 * (total[x] % count)
            up = (twice > count) | ((twice == count) & (quotient % 2 == 1))
            out[y, x] = MISSING if missing[x] else quotient + up


def fill_nodes(nodes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give every undefined node the value of the nearest defined one (first in row order)."""
    filled = nodes.astype(np.float64)
    known = np.argwhere(~np.isnan(filled))
    if not len(known):
        return filled
    for node in np.argwhere(np.isnan(filled)):
        nearest = known[((known - node) ** 2).sum(axis=1).argmin()]
        filled[tuple(node)] = nodes[tuple(nearest)]
    return filled


def interpolate_nodes(
    nodes: npt.NDArray[np.float64], step: float, resolution: int, rows: range, columns: range
) -> npt.NDArray[np.float32]:
    """Interpolate nodes to the pixel centres of a window, bilinearly.

    ``nodes`` is float64[N, M]; node (0, 0) lies on the tile's upper left corner, nodes are ``step``
    metres apart. Positions come from the pixels' own indices, so that windows do not matter.
    """
    angles = np.empty((len(rows), len(columns)), np.float32)
    _between_lines(*node_lines(nodes, step, resolution, rows, columns), angles)
    return angles


def node_lines(
    nodes: npt.NDArray[np.float64], step: float, resolution: int, rows: range, columns: range
) -> tuple[Array, Array, Array, Array]:
    """Interpolate nodes along their rows, for ``interpolate_nodes`` to go on between the rows.

    Returns float64[N, X], then for each row of the window the lines above and below it, int64[Y],
    and its part of the way between them, float64[Y].
    """
    low_row, high_row, down = _weights(nodes.shape[0], step, resolution, rows)
    low_col, high_col, right = _weights(nodes.shape[1], step, resolution, columns)
    lines = nodes[:, low_col] * (1 - right) + nodes[:, high_col] * right
    return lines, low_row, high_row, down


@njit(nogil=True, cache=True)
def _between_lines(lines: Array, low: Array, high: Array, down: Array, out: Array) -> None:
    for y in range(out.shape[0]):
        above, below, part = lines[low[y]], lines[high[y]], down[y]
        for x in range(out.shape[1]):
            out[y, x] = above[x] * (1 - part) + below[x] * part


def _weights(count: int, step: float, resolution: int, pixels: range) -> tuple[Array, Array, Array]:
    position = (np.arange(pixels.start, pixels.stop) + 0.5) * resolution / step
    low = np.clip(np.floor(position).astype(np.int64), 0, max(count - 2, 0))
    high = np.minimum(low + 1, count - 1)
    return low, high, np.clip(position - low, 0.0, 1.0)
