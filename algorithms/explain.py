"""The story of one pixel: every candidate, why it counts or not, and what decided."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from algorithms.chunk import MAX_VIEW_ZENITH, MISSING, scl_counts
from algorithms.cloudtest import cloud_test
from algorithms.composite import select_observations
from algorithms.indices import B8A, MEDOID_BANDS, SPECTRUM, brightness, haze, is_snow, mndwi, ndvi
from algorithms.scl import LABELS, SNOW
from algorithms.stc import stc


@dataclass(frozen=True)
class Candidate:
    """One observation of the pixel."""

    valid: bool
    why_not: str
    """Empty where valid."""
    ndvi: float | None
    mndwi: float | None
    tcb: float | None
    haze: float | None
    cloud_test: bool | None
    distance_sum: float | None
    """Sum of distances to the other valid observations, reflectance; only for the medoid."""
    selected: bool


@dataclass(frozen=True)
class PixelStory:
    """What happened at a pixel."""

    method: int
    """0 none, 1 single, 2 STC, 3 MEDOID."""
    winner: int
    """Index of the winner among the candidates, -1 for none."""
    step: int | None
    """Step of the decision tree, where it decided."""
    valid_obs: int
    medoid_mos: float | None
    candidates: tuple[Candidate, ...]


def explain_pixel(
    reflectance: npt.NDArray[np.int16],
    scl: npt.NDArray[np.uint8],
    view_zenith: npt.NDArray[np.float32],
    bands: tuple[str, ...],
    *,
    threshold: int = 5,
) -> PixelStory:
    """Tell the story of a pixel: reflectance int16[T, B], scl uint8[T], view_zenith float32[T].

    Newest first, as in ``select_observations``, with which it agrees.
    """
    picked = select_observations(
        reflectance[:, :, np.newaxis, np.newaxis],
        scl[:, np.newaxis, np.newaxis],
        view_zenith[:, np.newaxis, np.newaxis],
        bands,
        threshold=threshold,
    )
    places = [bands.index(name) for name in SPECTRUM]
    spectra = reflectance[:, places] / 10000.0
    reasons = [
        _why_not(reflectance[t], int(scl[t]), float(view_zenith[t]), bands, spectra[t])
        for t in range(len(scl))
    ]
    valid = [t for t, reason in enumerate(reasons) if not reason]
    winner, method = int(picked.source[0, 0]), int(picked.method[0, 0])
    sums = _distance_sums(reflectance, bands, valid) if len(valid) >= threshold else {}
    spread = float(picked.medoid_mos[0, 0])
    candidates = tuple(
        _candidate(reflectance[t], spectra[t], reasons[t], sums.get(t), selected=t == winner)
        for t in range(len(scl))
    )
    return PixelStory(
        method,
        winner,
        _step(spectra, scl, valid) if 1 < len(valid) < threshold else None,
        int(picked.valid_obs[0, 0]),
        None if np.isnan(spread) else spread,
        candidates,
    )


def _why_not(
    values: npt.NDArray[np.int16],
    code: int,
    zenith: float,
    bands: tuple[str, ...],
    spectrum: npt.NDArray[np.float64],
) -> str:
    if not scl_counts(code):
        label = LABELS[code] if code < len(LABELS) else "unknown"
        return f"SCL {code} ({label}) is not in the valid set"
    if not zenith < MAX_VIEW_ZENITH:
        return f"view zenith {zenith:.2f} is not below {MAX_VIEW_ZENITH}"
    if absent := [band for band, value in zip(bands, values, strict=True) if value == MISSING]:
        return f"{', '.join(absent)} missing"
    if code == SNOW and not is_snow(spectrum):
        return (
            f"snow not confirmed: NDSI {mndwi(spectrum):.3f} (> 0.6), "
            f"TCB {brightness(spectrum, B8A):.3f} (> 0.36)"
        )
    return ""


def _candidate(
    values: npt.NDArray[np.int16],
    spectrum: npt.NDArray[np.float64],
    reason: str,
    distance_sum: float | None,
    *,
    selected: bool,
) -> Candidate:
    if (values == MISSING).any():
        return Candidate(False, reason, None, None, None, None, None, None, selected)
    return Candidate(
        valid=not reason,
        why_not=reason,
        ndvi=_defined(ndvi(spectrum)),
        mndwi=_defined(mndwi(spectrum)),
        tcb=float(brightness(spectrum, B8A)),
        haze=float(haze(spectrum)),
        cloud_test=bool(cloud_test(spectrum)),
        distance_sum=distance_sum,
        selected=selected,
    )


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _distance_sums(
    reflectance: npt.NDArray[np.int16], bands: tuple[str, ...], valid: list[int]
) -> dict[int, float]:
    places = [bands.index(name) for name in MEDOID_BANDS]
    values = reflectance[valid][:, places].astype(np.float64) / 10000.0
    apart = np.sqrt(((values[:, np.newaxis] - values[np.newaxis]) ** 2).sum(axis=2))
    return {t: float(total) for t, total in zip(valid, apart.sum(axis=1), strict=True)}


def _step(spectra: npt.NDArray[np.float64], scl: npt.NDArray[np.uint8], valid: list[int]) -> int:
    chosen = np.ascontiguousarray(spectra[valid])
    scratch = np.empty((3, len(valid)), np.float64)
    return int(stc(chosen, scl[valid] == SNOW, len(valid), scratch)[1])
