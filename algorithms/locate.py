"""Nearest neighbour by the pull principle: which source pixel contains a point (section 6)."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def pixels_at(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    origin: tuple[float, float],
    size: float,
    shape: tuple[int, int],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return row and column of the pixels that contain points, and whether there is one.

    ``x``, ``y`` are float64 coordinates in the raster's system; ``origin`` is its upper left
    corner, ``size`` its pixel size in the same unit, ``shape`` rows and columns. A point on an
    edge belongs to the pixel right of it or below it. Row and column are 0 where there is none.
    """
    with np.errstate(invalid="ignore"):
        column = np.floor((x - origin[0]) / size)
        row = np.floor((origin[1] - y) / size)
        inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    rows = np.where(inside, row, 0).astype(np.int64)
    return rows, np.where(inside, column, 0).astype(np.int64), inside
