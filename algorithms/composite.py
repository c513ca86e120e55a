"""Select, for every pixel of a block, the one observation that represents its period."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from algorithms.chunk import CHUNK
from algorithms.indices import SPECTRUM
from algorithms.kernels import select_strip

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Selection:
    """What won, per pixel of a block."""

    source: npt.NDArray[np.int16]
    """[Y, X]: index into the observations given, -1 where none was chosen."""
    valid_obs: npt.NDArray[np.uint16]
    """[Y, X]: number of valid observations."""
    method: npt.NDArray[np.uint8]
    """[Y, X]: 0 none, 1 single observation, 2 STC, 3 MEDOID."""
    medoid_mos: npt.NDArray[np.float32]
    """[Y, X]: smallest sum of distances / valid observations, reflectance 0..1; else NaN."""


def select_observations(
    reflectance: npt.NDArray[np.int16],
    scl: npt.NDArray[np.uint8],
    view_zenith: npt.NDArray[np.float32],
    bands: tuple[str, ...],
    *,
    threshold: int = 5,
    vector: bool = True,
) -> Selection:
    """Select one observation per pixel (specification sections 3 to 5).

    Parameters
    ----------
    reflectance
        int16[T, B, Y, X], newest observation first, in 1/10000 with the offset applied; negative
        values are legal, -32768 is missing.
    scl
        uint8[T, Y, X], scene classification.
    view_zenith
        float32[T, Y, X], mean view zenith in degrees; NaN counts as invalid.
    bands
        Names along B in any order; B02 B03 B04 B06 B08 B8A B11 B12 must be among them.
    threshold
        Number of valid observations from which the medoid takes over from the STC.
    vector
        Whether medoids are sought for several pixels at a time; one by one, in plain loops, the
        same are found, but later.

    Raises
    ------
    ValueError
        Where a band is missing, shapes do not agree, or the threshold is below 2.
    """
    _check(reflectance, scl, view_zenith, bands, threshold)
    observations, count, height, width = reflectance.shape
    pixels = height * width
    inputs: tuple[Array, ...] = (
        np.ascontiguousarray(reflectance, np.int16).reshape(observations, count, pixels),
        np.ascontiguousarray(scl, np.uint8).reshape(observations, pixels),
        np.ascontiguousarray(view_zenith, np.float32).reshape(observations, pixels),
    )
    outputs = _nothing_chosen(pixels)
    rules: tuple[Any, ...] = (_places(bands), threshold, vector, CHUNK)
    whole = pixels // CHUNK
    walk: Any = select_strip
    _over_strips(whole, lambda strip: walk(*inputs, *rules, strip, *outputs))
    if rest := pixels - whole * CHUNK:
        # SCL 0 fills the last chunk up: no data
        tail = (_filled(array[..., whole * CHUNK :]) for array in inputs)
        last = _nothing_chosen(CHUNK)
        walk(*tail, *rules, np.array([0, 1]), *last)
        for output, ending in zip(outputs, last, strict=True):
            output[whole * CHUNK :] = ending[:rest]
    source, valid_obs, method, medoid_mos = (o.reshape(height, width) for o in outputs)
    return Selection(source, valid_obs, method, medoid_mos)


def _places(bands: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Return the places of ``SPECTRUM``, then of the bands that only have to be there."""
    others = [name for name in bands if name not in SPECTRUM]
    return np.array([bands.index(name) for name in (*SPECTRUM, *others)], np.int64)


def _nothing_chosen(pixels: int) -> tuple[Array, Array, Array, Array]:
    return (
        np.full(pixels, -1, np.int16),
        np.zeros(pixels, np.uint16),
        np.zeros(pixels, np.uint8),
        np.full(pixels, np.nan, np.float32),
    )


def _filled(part: Array) -> Array:
    """Return a chunk that begins with ``part``, of fewer pixels, and ends with zeros."""
    chunk = np.zeros((*part.shape[:-1], CHUNK), part.dtype)
    chunk[..., : part.shape[-1]] = part
    return chunk


def _over_strips(chunks: int, work: object) -> None:
    """Hand strips of chunks to threads; numba's own portable layer aborts on concurrent callers."""
    workers = max(1, numba.get_num_threads())
    edges = np.linspace(0, chunks, min(workers * 4, max(chunks, 1)) + 1).astype(np.int64)
    strips = [edges[i : i + 2] for i in range(len(edges) - 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, strips))  # type: ignore[arg-type]


def _check(
    reflectance: npt.NDArray[np.int16],
    scl: npt.NDArray[np.uint8],
    view_zenith: npt.NDArray[np.float32],
    bands: tuple[str, ...],
    threshold: int,
) -> None:
    if absent := [name for name in SPECTRUM if name not in bands]:
        raise ValueError(f"bands lacks {', '.join(absent)}")
    observations, count, height, width = reflectance.shape
    if count != len(bands):
        raise ValueError(f"reflectance has {count} bands, but {len(bands)} are named")
    for name, array in (("scl", scl), ("view_zenith", view_zenith)):
        if array.shape != (observations, height, width):
            raise ValueError(f"{name} has shape {array.shape}, not {(observations, height, width)}")
    if threshold < 2:
        raise ValueError(f"threshold is {threshold}, but must be at least 2")


def one_per_datatake(
    scl: npt.NDArray[np.uint8], datatake: npt.NDArray[np.int16]
) -> npt.NDArray[np.uint8]:
    """Keep, per pixel, only the first observation of each datatake that has data (section 2.6).

    ``scl`` is uint8[T, Y, X], ``datatake`` int16[T] names the datatake of each observation. The
    others get SCL 0. Returns a copy.
    """
    kept = scl.copy()
    for name in np.unique(datatake):
        members = np.flatnonzero(datatake == name)
        taken = scl[members[0]] != 0
        for t in members[1:]:
            kept[t][taken] = 0
            taken |= scl[t] != 0
    return kept
