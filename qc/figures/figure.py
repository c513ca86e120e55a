"""What a figure is, and what all figures need."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from products.bands import BY_ID
from products.product import ProductFacts
from products.raster_read import Array
from qc.evidence import Evidence, Sampled
from qc.maps import Map


@dataclass(frozen=True)
class Figure:
    """Something to look at."""

    title: str
    caption: str
    alt: str
    """What it shows, for who cannot see it."""
    drawing: Markup | Map


@dataclass(frozen=True)
class Gap:
    """Something that cannot be shown, and why."""

    title: str
    reason: str


Shown = Figure | Gap


def missing(evidence: Evidence, facts: ProductFacts, title: str, *names: str) -> Gap | None:
    """Say why layers cannot be shown together, None where they can."""
    delivered = {layer.api_id for layer in facts.layers}
    for name in names:
        if name not in delivered:
            return Gap(title, f"This product has no layer {BY_ID[name].name}.")
        if name not in evidence.shown:
            reason = evidence.shown.unread.get(name, "it was not looked at")
            return Gap(title, f"The layer {BY_ID[name].name} cannot be shown ({reason}).")
    return None


def values_of(sampled: Sampled, name: str) -> Array:
    """Return the physical values of a layer where it has data, float64[N]."""
    layer = BY_ID[name]
    pixels = sampled[name]
    found: Array = pixels[pixels != layer.nodata] * layer.scale
    return found


def percentile(values: Array, share: float) -> float:
    """Return the value below which so many percent of the values lie, 0 of none."""
    return float(np.percentile(values, share)) if values.size else 0.0


def counts_of(sampled: Sampled, name: str) -> dict[int, int]:
    """Return how many pixels have each stored value of a layer of classes or numbers."""
    pixels = sampled[name]
    codes, numbers = np.unique(pixels[pixels != BY_ID[name].nodata], return_counts=True)
    return dict(zip(codes.tolist(), numbers.tolist(), strict=True))
