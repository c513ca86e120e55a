"""Are reflectances as bright as land is: range, negatives, scale and offset (section 2.3)."""

from collections.abc import Mapping, Sequence

import numpy as np

from algorithms.scl import SNOW, SOIL, VEGETATION
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict
from qc.quantity import share
from qc.rule import ENOUGH, PixelRule, Sampled, Stated, measured, skipped
from qc.strips import Thinned
from qc.thresholds import Thresholds

_ONE = 10000
_OFFSET = 1000
"""What processing baselines from 04.00 on add to reflectance (section 2.3)."""
_GREEN = "B03"
_ALL_NEGATIVE = 0.8
"""Share of vegetation without green from which on an offset was taken off twice."""
_NO_GREEN = share("vegetation without green")

_MEDIANS: Mapping[int, Mapping[str, tuple[int, int]]] = {
    VEGETATION: {
        "B01": (0, 1500),
        "B02": (0, 1500),
        "B03": (50, 1800),
        "B04": (0, 1800),
        "B05": (200, 2600),
        "B06": (600, 5500),
        "B07": (800, 6500),
        "B08": (800, 6500),
        "B8A": (800, 6800),
        "B11": (300, 4500),
        "B12": (150, 3500),
    },
    SOIL: {
        "B01": (50, 5000),
        "B02": (50, 5500),
        "B03": (100, 6000),
        "B04": (100, 6500),
        "B05": (150, 6800),
        "B06": (200, 7000),
        "B07": (200, 7000),
        "B08": (200, 7000),
        "B8A": (200, 7200),
        "B11": (250, 8000),
        "B12": (200, 7500),
    },
}
"""Between which stored values the median of a band lies on vegetation and on bare ground, from
closed forest in winter and burnt land to white sand; wide, so that no land is called wrong."""
_NAMES = {VEGETATION: "vegetation", SOIL: "bare ground"}


def reflectance_rules(facts: ProductFacts, limits: Thresholds) -> list[PixelRule]:
    """Return the rules about the brightness of a product."""
    bands = [layer.api_id for layer in facts.layers if layer.is_reflectance]
    has_scene = any(layer.api_id == "SCENE" for layer in facts.layers)
    scene = frozenset({"SCENE"}) if has_scene else frozenset[str]()
    dark = [band for band in ("B01", "B02", "B04", "B12") if band in bands]
    return [
        Sampled("L1.2-range", frozenset(bands) | scene, lambda t: _range(t, bands, limits.bright)),
        Stated(_negative(facts, len(bands), limits.negative)),
        Sampled("L1.2-scale", frozenset({*bands, "SCENE"}), lambda t: _scale(t, bands, limits)),
        Sampled(
            "L1.2-offset",
            frozenset({*(dark or ("B02",)), _GREEN, "SCENE"}),
            lambda t: _offset(t, dark, limits.floor),
        ),
    ]


def _range(thinned: Thinned, bands: Sequence[str], limit: float) -> Finding:
    rule = "L1.2-range"
    land = thinned["SCENE"] != SNOW if "SCENE" in thinned else slice(None)
    shares = {band: _share(thinned[band][land] > _ONE) for band in bands}
    if not shares or not thinned[bands[0]][land].size:
        return skipped(rule, "No pixel without snow shows reflectance.")
    worst = max(shares, key=lambda band: shares[band])
    told = f"At most {shares[worst]:.2%} of the pixels without snow are above 1, in {worst}."
    verdict = Verdict.WARN if shares[worst] > limit else Verdict.PASS
    return measured(rule, verdict, told, shares[worst], limit)


def _negative(facts: ProductFacts, bands: int, limit: float) -> Finding:
    """Judge the negatives that were counted while the product was composed: layers hide them."""
    rule = "L1.2-negative"
    if "clamped_values" not in facts.statistics or not bands:
        told = "How many negatives were stored as 0 is counted only where a mosaic is composed."
        return skipped(rule, told)
    rows, columns = facts.grid.shape
    chosen = rows * columns * (1 - facts.statistics.get("share_none", 0))
    share = facts.statistics["clamped_values"] / max(chosen * bands, 1)
    told = f"{share:.2%} of all reflectances were negative and stored as 0."
    return measured(rule, Verdict.WARN if share > limit else Verdict.PASS, told, share, limit)


def _scale(thinned: Thinned, bands: Sequence[str], limits: Thresholds) -> Finding:
    rule = "L1.2-scale"
    beyond: dict[tuple[int, str], tuple[float, float]] = {}
    for code, plausible in _MEDIANS.items():
        here = thinned["SCENE"] == code
        if np.count_nonzero(here) < ENOUGH:
            continue
        for band in bands:
            median = float(np.median(thinned[band][here]))
            beyond[code, band] = _beyond(median, *plausible[band]), median
    if not beyond:
        return skipped(rule, f"Fewer than {ENOUGH} pixels are vegetation, or bare ground.")
    code, band = max(beyond, key=lambda key: beyond[key][0])
    factor, median = beyond[code, band]
    at = f"the median of {band} on {_NAMES[code]} is {median / _ONE:.4f}"
    if factor <= limits.scale:
        told = f"Medians are plausible; nearest to its bounds, {at}."
        return measured(rule, Verdict.PASS, told, factor, limits.scale)
    low, high = (bound / _ONE for bound in _MEDIANS[code][band])
    told = f"{at[0].upper()}{at[1:]}, which should be between {low} and {high}."
    return measured(rule, Verdict.FAIL, told, factor, limits.scale)


def _beyond(median: float, low: int, high: int) -> float:
    """Return how far a median goes towards its bounds, as a factor; above 1 it is beyond one."""
    return max(low / max(median, 1), median / high)


def _offset(thinned: Thinned, dark: Sequence[str], limit: float) -> Finding:
    """Look for the floor that a forgotten offset leaves, where some band is nearly black.

    That is vegetation only: its chlorophyll absorbs blue and red whatever the soil and the haze.
    """
    rule = "L1.2-offset"
    green = thinned["SCENE"] == VEGETATION
    if np.count_nonzero(green) < ENOUGH:
        return skipped(rule, f"Fewer than {ENOUGH} pixels are vegetation, which alone is dark.")
    darkest = np.minimum.reduce([thinned[band][green] for band in dark])
    share, none = _share(darkest < _OFFSET), _share(thinned[_GREEN][green] == 0)
    if none > _ALL_NEGATIVE:
        told = f"{none:.0%} of the vegetation has no green at all: an offset was taken off twice."
        return measured(rule, Verdict.FAIL, told, none, _ALL_NEGATIVE, _NO_GREEN)
    told = f"{share:.1%} of the vegetation has a band below 0.1."
    if share < limit:
        told += " An offset of 0.1 was not taken off."
        return measured(rule, Verdict.FAIL, told, share, limit)
    return measured(rule, Verdict.PASS, told, share, limit)


def _share(mask: Array) -> float:
    return float(mask.mean()) if mask.size else 0.0
