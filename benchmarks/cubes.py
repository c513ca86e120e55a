"""Cubes to compose: simulated, or resampled from the real acquisitions where they are present."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio

from algorithms.resample import aggregate_mean

BANDS = ("B02", "B03", "B04", "B06", "B08", "B8A", "B11", "B12")
REAL = Path(os.environ.get("S2GM_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
_FINE = ("B02", "B03", "B04", "B08")

Array = npt.NDArray[Any]


def simulated(count: int, side: int) -> tuple[Array, Array]:
    """Return random reflectance int16[T, 8, Y, X] and SCL uint8[T, Y, X], half of it valid.

    Each pixel is valid or not on its own: no neighbours share a mask, which is the worst case.
    """
    rng = np.random.default_rng(0)
    cube = rng.integers(100, 5000, (count, len(BANDS), side, side)).astype(np.int16)
    return cube, rng.choice([4, 9], (count, side, side)).astype(np.uint8)


def acquisitions() -> tuple[Array, Array] | None:
    """Return all real acquisitions at 20 m, reflectance and SCL, or None where there are none."""
    folder = REAL / "l2a-31UDS" / "items"
    if not folder.exists():
        return None
    cubes, scenes = [], []
    for item in sorted(folder.iterdir()):
        read = {b: _read(item / f"{b}.tif").astype(np.int16) for b in BANDS}
        cubes.append([aggregate_mean(read[b], 2) if b in _FINE else read[b] for b in BANDS])
        scenes.append(_read(item / "SCL.tif").astype(np.uint8))
    return np.array(cubes, np.int16), np.array(scenes)


def resampled(real: tuple[Array, Array], count: int, side: int) -> tuple[Array, Array]:
    """Return patches of the real acquisitions, each patch with dates of its own."""
    cubes, scenes = real
    rng, patch = np.random.default_rng(0), scenes.shape[1]
    cube = np.empty((count, len(BANDS), side, side), np.int16)
    scl = np.empty((count, side, side), np.uint8)
    for y in range(0, side, patch):
        for x in range(0, side, patch):
            dates = rng.permutation(len(cubes))[:count]
            cube[..., y : y + patch, x : x + patch] = cubes[dates]
            scl[..., y : y + patch, x : x + patch] = scenes[dates]
    return cube, scl


def _read(path: Path) -> Array:
    with rasterio.open(path) as file:
        pixels: Array = file.read(1)
    return pixels
