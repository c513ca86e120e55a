"""Charts: how the values of the layers are distributed, and how pixels were chosen."""

from collections.abc import Mapping, Sequence

import numpy as np

from algorithms.method import LABELS
from products.bands import METHOD_FROM
from products.product import ProductFacts
from products.raster_read import Array
from qc.evidence import Evidence, Sampled
from qc.figures.figure import Figure, Shown, counts_of, missing, percentile, values_of
from qc.maps import METHOD_COLOURS
from qc.plots import Bar, columns, histogram, percent, rows

COLOUR_NAMES = {
    "B01": "coastal aerosol", "B02": "blue", "B03": "green", "B04": "red", "B05": "red edge",
    "B06": "red edge", "B07": "red edge", "B08": "near infrared", "B8A": "narrow infrared",
    "B11": "shortwave infrared", "B12": "shortwave infrared",
}  # fmt: skip
"""What a band sees, for people."""
SCENE_NAMES = {2: "dark area", 4: "vegetation", 5: "bare soil", 6: "water", 11: "snow"}
"""The scene classes that may be shown."""
SCENE_COLOURS = {2: "#5b6169", 4: "#1b7837", 5: "#e3b341", 6: "#2c7fb8", 11: "#d7a6cf"}
NOT_VALID_COLOUR = "#c0392b"
_BINS = 48


def reflectance(evidence: Evidence, facts: ProductFacts) -> list[Shown]:
    """Show the distribution of every reflectance band, all on the same axis."""
    names = [layer.api_id for layer in facts.layers if layer.is_reflectance]
    tops = [percentile(values_of(evidence.shown, n), 99.5) for n in names if n in evidence.shown]
    edges = _edges(min(max(tops, default=0), 1.5))
    shown: list[Shown] = []
    for name in names:
        title = f"{name} {COLOUR_NAMES[name]}"
        gap = missing(evidence, facts, title, name)
        shown.append(gap or _distribution(evidence, name, edges, title, wide=False))
    return shown


def aerosol(evidence: Evidence, facts: ProductFacts) -> Shown:
    """Show the distribution of the aerosol optical thickness."""
    title = "Aerosol optical thickness"
    if gap := missing(evidence, facts, title, "AOT"):
        return gap
    edges = _edges(percentile(values_of(evidence.shown, "AOT"), 99.9))
    return _distribution(evidence, "AOT", edges, title, wide=True)


def _distribution(evidence: Evidence, name: str, edges: Array, title: str, *, wide: bool) -> Figure:
    values = values_of(evidence.shown, name)
    before = _before(evidence, name)
    middle = percentile(values, 50)
    spread = f"{percentile(values, 2):.3f} to {percentile(values, 98):.3f}"
    alt = f"Histogram of {title}: median {middle:.3f}, 96 % of the pixels from {spread}."
    drawn = histogram(
        alt,
        edges,
        _shares(values, edges),
        _shares(values_of(before, name), edges) if before else None,
        wide=wide,
    )
    return Figure(title, f"median {middle:.3f}", alt, drawn)


def methods(evidence: Evidence, facts: ProductFacts) -> Shown:
    """Show which share of the pixels each method chose."""
    title = "Share of methods"
    codes = evidence.methods()
    if gap := missing(evidence, facts, title, *METHOD_FROM):
        return gap
    assert codes is not None  # noqa: S101 - its layers are there
    shares = np.bincount(codes.ravel(), minlength=len(LABELS)) / codes.size
    named = zip(("no data", *LABELS[1:]), shares.tolist(), METHOD_COLOURS, strict=True)
    bars = [Bar(label, share, colour) for label, share, colour in named][::-1]
    alt = f"Share of methods: {_told(bars)}."
    many = f"{facts.threshold} valid observations or more" if facts.threshold else "Many"
    caption = f"{many}: the medoid chooses. Fewer: the STC decision tree. One: there is no choice."
    return Figure(title, caption, alt, rows(alt, bars))


def scenes(evidence: Evidence, facts: ProductFacts) -> Shown:
    """Show the share of each scene class among the pixels that have one."""
    title = "Scene classes"
    if gap := missing(evidence, facts, title, "SCENE"):
        return gap
    counts, before = _counts(evidence, "SCENE")
    bars = [
        Bar(
            f"{code} {SCENE_NAMES.get(code, 'not valid')}",
            _share(counts, code),
            SCENE_COLOURS.get(code, NOT_VALID_COLOUR),
            None if before is None else _share(before, code),
        )
        for code in sorted({*SCENE_NAMES, *counts})
    ]
    alt = f"Share of scene classes: {_told(bars)}."
    caption = "What Sen2Cor saw in the chosen observations; only these five classes are valid."
    return Figure(title, caption, alt, rows(alt, bars))


def valid_observations(evidence: Evidence, facts: ProductFacts) -> Shown:
    """Show how many valid observations pixels had to choose from."""
    title = "Valid observations per pixel"
    if gap := missing(evidence, facts, title, "VALID_OBS"):
        return gap
    counts, before = _counts(evidence, "VALID_OBS")
    most = max(counts, default=0)
    bars = [
        Bar(
            str(number),
            _share(counts, number),
            reference=None if before is None else _share(before, number),
        )
        for number in range(max((most, *(before or ()))) + 1)
    ]
    middle = percentile(values_of(evidence.shown, "VALID_OBS"), 50)
    alt = f"Share of pixels by number of valid observations, 0 to {most}; the median is {middle:g}."
    caption = f"Half of the pixels had {middle:g} or more to choose from, the best one {most}."
    return Figure(title, caption, alt, columns(alt, bars))


def _before(evidence: Evidence, name: str) -> Sampled | None:
    """Return the reference where it has a layer."""
    reference = evidence.reference
    return reference if reference and name in reference else None


def _counts(evidence: Evidence, name: str) -> tuple[dict[int, int], dict[int, int] | None]:
    before = _before(evidence, name)
    return counts_of(evidence.shown, name), counts_of(before, name) if before else None


def _share(counts: Mapping[int, int], code: int) -> float:
    return counts.get(code, 0) / max(sum(counts.values()), 1)


def _told(bars: Sequence[Bar]) -> str:
    return ", ".join(f"{bar.label} {percent(bar.share)}" for bar in bars)


def _edges(top: float) -> Array:
    """Return the edges of bins from 0 to a round number above, at least 0.1."""
    end = max(float(np.ceil(top * 10 - 1e-9)) / 10, 0.1)
    return np.linspace(0, end, _BINS + 1)


def _shares(values: Array, edges: Array) -> Array:
    """Return the shares between edges; what lies beyond counts in the outermost."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return counts / max(values.size, 1)
