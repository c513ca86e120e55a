"""What changed against a reference, such as the revision before."""

from dataclasses import dataclass

import numpy as np

from products.bands import Layer
from products.product import ProductFacts
from products.raster_read import Array
from qc.evidence import Evidence, Sampled
from qc.figures.charts import COLOUR_NAMES
from qc.figures.figure import Figure, Gap, Shown, missing, percentile
from qc.maps import Swatch, colours, map_of_classes
from qc.plots import density, percent
from qc.png import indexed_png

_KEY = (
    Swatch("#aab2ba", "the same spectrum"),
    Swatch("#fdbe85", "up to 0.01 apart"),
    Swatch("#e6550d", "up to 0.05 apart"),
    Swatch("#7f2704", "more than 0.05 apart"),
    Swatch("#2c7fb8", "new: no data before"),
    Swatch("#542788", "gone: no data now"),
)
_STEPS = (0.0, 0.01, 0.05)
_NEW, _GONE = 5, 6
_BINS = 64
_SHADES = 12
_COMPARED = ("AOT", "SCENE", "VALID_OBS", "MEDOID_MOS")


@dataclass(frozen=True)
class Difference:
    """How a layer differs from the reference, over the pixels that both have."""

    layer: str
    pixels: int
    """How many were compared."""
    equal: float
    """Share of those that are equal."""
    mean: float | None = None
    """In physical units, new minus reference; None of classes."""
    median: float | None = None
    deviation: float | None = None
    """Standard deviation."""
    largest: float | None = None
    """Without its sign."""


def change_map(evidence: Evidence, facts: ProductFacts) -> Shown:
    """Show where the spectra changed, and how much."""
    title = "Change"
    reference = evidence.reference
    bands = _both(evidence, [layer for layer in facts.layers if layer.is_reflectance])
    if reference is None or not bands:
        return Gap(title, "There is no reflectance band that both can show.")
    codes = _changes(evidence.shown, reference, bands)
    shares = np.bincount(codes.ravel(), minlength=len(_KEY) + 1) / codes.size
    key = [
        Swatch(s.colour, f"{s.label}: {percent(n)}")
        for s, n in zip(_KEY, shares[1:].tolist(), strict=True)
    ]
    alt = f"Map of changes: {', '.join(swatch.label for swatch in key)}."
    caption = f"The largest difference of reflectance among {len(bands)} bands."
    return Figure(title, caption, alt, map_of_classes(codes, key))


def _changes(shown: Sampled, reference: Sampled, bands: list[Layer]) -> Array:
    """Return uint8[Y, X]: 0 is no data in both, n the n-th of the key."""
    nodata = bands[0].nodata
    now, before = (sampled[bands[0].api_id] != nodata for sampled in (shown, reference))
    largest = np.zeros(now.shape, np.int32)
    for band in bands:
        apart = np.abs(shown[band.api_id].astype(np.int32) - reference[band.api_id])
        np.maximum(largest, apart, out=largest)
    limits = [round(step / bands[0].scale) for step in _STEPS]
    both = np.digitize(largest, limits, right=True) + 1
    codes = np.select([now & before, now, before], [both, _NEW, _GONE], 0)
    return codes.astype(np.uint8)


def scatters(evidence: Evidence, facts: ProductFacts) -> list[Shown]:
    """Show every reflectance band against the reference."""
    shown: list[Shown] = []
    for layer in facts.layers:
        if layer.is_reflectance:
            title = f"{layer.api_id} {COLOUR_NAMES[layer.api_id]}"
            gap = missing(evidence, facts, title, layer.api_id) or _no_reference(evidence, layer)
            shown.append(gap or _scatter(evidence, layer, title))
    return shown


def _scatter(evidence: Evidence, layer: Layer, title: str) -> Figure:
    now, before = _pairs(evidence, layer)
    top = max(percentile(now, 99.8), percentile(before, 99.8), 0.05)
    end = float(np.ceil(top * 20)) / 20
    counts, _, _ = np.histogram2d(now, before, _BINS, ((0, end), (0, end)))
    full = np.log1p(counts[::-1])  # the new values grow upwards
    shade = np.ceil(full / (full.max() or 1) * _SHADES).astype(np.uint8)
    picture = indexed_png(shade, ["#000000", *colours(_SHADES)])
    equal = float((now == before).mean()) if now.size else 1.0
    alt = f"{title} against the reference: {percent(equal)} of {now.size} pixels are equal."
    return Figure(title, f"{percent(equal)} equal", alt, density(alt, picture, 0, end))


def differences(evidence: Evidence, facts: ProductFacts) -> list[Difference]:
    """Measure the difference of every layer that can be compared."""
    layers = [x for x in facts.layers if x.is_reflectance or x.api_id in _COMPARED]
    return [_difference(evidence, layer) for layer in _both(evidence, layers)]


def _difference(evidence: Evidence, layer: Layer) -> Difference:
    now, before = _pairs(evidence, layer)
    apart = now - before
    equal = float((apart == 0).mean()) if apart.size else 1.0
    if layer.api_id == "SCENE" or not apart.size:
        return Difference(layer.name, apart.size, equal)
    return Difference(
        layer.name,
        apart.size,
        equal,
        float(apart.mean()),
        float(np.median(apart)),
        float(apart.std()),
        float(np.abs(apart).max()),
    )


def _both(evidence: Evidence, layers: list[Layer]) -> list[Layer]:
    reference = evidence.reference
    return [x for x in layers if x.api_id in evidence.shown and reference and x.api_id in reference]


def _no_reference(evidence: Evidence, layer: Layer) -> Gap | None:
    reference = evidence.reference
    if reference is None or layer.api_id in reference:
        return None
    reason = reference.unread.get(layer.api_id, "it was not looked at")
    return Gap(layer.name, f"The reference cannot be shown ({reason}).")


def _pairs(evidence: Evidence, layer: Layer) -> tuple[Array, Array]:
    """Return the physical values of both where both have data, float64[N] each."""
    assert evidence.reference is not None  # noqa: S101 - callers have looked
    now, before = evidence.shown[layer.api_id], evidence.reference[layer.api_id]
    there = (now != layer.nodata) & (before != layer.nodata)
    return now[there] * layer.scale, before[there] * layer.scale
