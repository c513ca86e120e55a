"""What holds for every single pixel of a sound product (specification sections 3, 4 and 9.2)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from algorithms.scl import SNOW, VALID
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict
from qc.quantity import PIXELS
from qc.rule import Bounded, Invariant, PixelRule, Stated, skipped
from qc.strips import Strip
from qc.thresholds import Thresholds

_HAIR = 1e-9
"""Indices may differ by this from those with which the pixel was chosen."""
_HIGHEST = {
    "SUN_ZENITH": 9000,
    "SUN_AZIMUTH": 36000,
    "VIEW_ZENITH_MEAN": 9000,
    "VIEW_AZIMUTH_MEAN": 36000,
}
"""Largest legal angle, in hundredths of a degree."""
_PERCENT = 100
_DEGREE = 0.01
"""Of a stored angle."""
_MEASURES = ("AOT", "CLOUD", "SNOW")
_SNOW_BANDS = ("B02", "B03", "B04", "B8A", "B11", "B12")


def invariants(facts: ProductFacts, threshold: int, limits: Thresholds) -> list[PixelRule]:
    """Return the rules; ``threshold`` is that of the medoid, 0 where nobody knows it."""
    delivered = [layer.api_id for layer in facts.layers]
    bands = frozenset(layer.api_id for layer in facts.layers if layer.is_reflectance)
    angles = [name for name in _HIGHEST if name in delivered]
    others = [name for name in _MEASURES if name in delivered]
    return [
        Invariant("L1.1-scl", frozenset({"SCENE", "INDEX"}), _scl),
        Invariant("L1.1-index", frozenset({"INDEX"}), lambda s: _index(s, facts)),
        _by_threshold(
            "L1.1-spread",
            frozenset({"INDEX", "VALID_OBS", "MEDOID_MOS"}),
            threshold,
            lambda strip: _spread(strip, threshold),
        ),
        Invariant("L1.1-nodata", bands | {"INDEX"}, lambda s: _nodata(s, sorted(bands))),
        Bounded("L1.1-zenith", "VIEW_ZENITH_MEAN", limits.view_zenith, _DEGREE, "degrees"),
        _by_threshold(
            "L1.1-valid",
            frozenset({"INDEX", "VALID_OBS"}),
            threshold,
            lambda strip: _valid(strip, threshold, len(facts.sources)),
        ),
        Invariant("L1.1-snow", frozenset({"INDEX", "SCENE", *_SNOW_BANDS}), _snow),
        Invariant("L1.1-angles", frozenset(angles or _HIGHEST), lambda s: _angles(s, angles)),
        _Layers(facts, others, limits.aot),
    ]


def _by_threshold(
    rule: str, needs: frozenset[str], threshold: int, broken: Callable[[Strip], Iterator[Array]]
) -> PixelRule:
    """Return an invariant that only the threshold decides, or one that says that it is unknown."""
    if threshold:
        return Invariant(rule, needs, broken)
    told = "The product does not say from how many valid observations the medoid is sought."
    return Stated(skipped(rule, told))


def _scl(strip: Strip) -> Iterator[Array]:
    scene = strip["SCENE"]
    yield np.where(strip.chosen, ~np.isin(scene, VALID), scene != strip.nodata("SCENE"))


def _index(strip: Strip, facts: ProductFacts) -> Iterator[Array]:
    index = strip["INDEX"]
    unused = [number for number, source in enumerate(facts.sources) if not source.used]
    yield (index < -1) | (index >= len(facts.sources)) | np.isin(index, unused)


def _spread(strip: Strip, threshold: int) -> Iterator[Array]:
    valid = strip["VALID_OBS"]
    medoid = strip.chosen & (valid >= threshold) & (valid != strip.nodata("VALID_OBS"))
    yield (strip["MEDOID_MOS"] != strip.nodata("MEDOID_MOS")) != medoid


def _nodata(strip: Strip, bands: Sequence[str]) -> Iterator[Array]:
    for band in bands:
        yield (strip[band] != strip.nodata(band)) != strip.chosen


def _valid(strip: Strip, threshold: int, sources: int) -> Iterator[Array]:
    """Compare the number of valid observations with whether one of them was chosen.

    With 2 to T - 1 valid ones the STC may choose none (step 5); otherwise one is always chosen.
    """
    valid = strip["VALID_OBS"]
    seen = valid != strip.nodata("VALID_OBS")
    refused = (valid >= 2) & (valid < threshold)
    impossible = (valid == 0) | (valid > sources)
    yield np.where(strip.chosen, ~seen | impossible, seen & (~refused | impossible))


def _snow(strip: Strip) -> Iterator[Array]:
    """Confirm snow again from the stored values.

    Negatives were stored as 0. That raises the brightness and leaves the NDSI on its side of the
    limit, unless green itself was negative; such pixels cannot be judged.
    """
    snow = strip.chosen & (strip["SCENE"] == SNOW) & (strip["B03"] > 0)
    wrong = np.zeros(strip.shape, bool)
    if snow.any():
        b02, b03, b04, b8a, b11, b12 = (strip[band][snow] / 10000.0 for band in _SNOW_BANDS)
        ndsi = (b03 - b11) / (b03 + b11)
        visible = 0.3029 * b02 + 0.2786 * b03 + 0.4733 * b04
        brightness = visible + 0.5599 * b8a + 0.508 * b11 + 0.1872 * b12
        wrong[snow] = ~((ndsi > 0.6 - _HAIR) & (brightness > 0.36 - _HAIR))
    yield wrong


def _angles(strip: Strip, names: Sequence[str]) -> Iterator[Array]:
    for name in names:
        angle = strip[name]
        known = angle != strip.nodata(name)
        yield known & ((angle > _HIGHEST[name]) | ~strip.chosen)


class _Layers:
    """Two questions in one: is the aerosol below its limit, and all else where it may be."""

    id = "L1.1-layers"

    def __init__(self, facts: ProductFacts, names: Sequence[str], thickest: float) -> None:
        self.needs = frozenset(names or _MEASURES)
        self._else = Invariant(self.id, self.needs, lambda strip: _layers(strip, names))
        scale = next((layer.scale for layer in facts.layers if layer.api_id == "AOT"), None)
        self._aerosol = (
            Bounded(self.id, "AOT", thickest, scale, "of aerosol optical thickness")
            if scale
            else None
        )
        self._unscaled = " The product states 0 as the scale of AOT." if scale == 0 else ""

    def look(self, strip: Strip) -> None:
        """Take in a strip."""
        self._else.look(strip)
        if self._aerosol:
            self._aerosol.look(strip)

    def finding(self) -> Finding:
        """Say what is broken; the number is the aerosol's, unless only something else is."""
        others = self._else.finding()
        aerosol = self._aerosol.finding() if self._aerosol else None
        if aerosol is None or (aerosol.verdict, others.verdict) == (Verdict.PASS, Verdict.FAIL):
            told = f"{others.message}{self._unscaled}"
            return replace(others, message=told, quantity=PIXELS)
        if others.verdict is Verdict.FAIL:
            return replace(aerosol, message=f"{aerosol.message} {others.message}")
        return aerosol


def _layers(strip: Strip, names: Sequence[str]) -> Iterator[Array]:
    for name in names:
        values = strip[name]
        known = values != strip.nodata(name)
        beyond = values > _PERCENT if name != "AOT" else np.False_
        yield known & (beyond | ~strip.chosen)
