"""Is every band what its name says: relations that hold on land, and which exchange mends them.

Two kinds of relations are measured. On vegetation and on bare ground one band is darker than
another at most pixels, and everywhere some bands vary together more closely than others do. A
relation that is broken adds what is missing to the discord of a product. Exchanging two bands
breaks several relations; exchanging them back mends them, and that names the two. A scene that is
odd in itself is not mended by any exchange.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from algorithms.scl import DARK, SOIL, VEGETATION
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict
from qc.rule import ENOUGH, PixelRule, Sampled, measured, skipped
from qc.strips import Thinned

RULE = "L1.2-bands"
_ON_LAND = (
    ("B01", "B03"), ("B02", "B03"), ("B03", "B05"), ("B04", "B05"), ("B05", "B06"),
    ("B06", "B07"), ("B07", "B8A"), ("B05", "B08"), ("B05", "B11"), ("B12", "B11"),
)  # fmt: skip
_DARKER = {
    VEGETATION: (*_ON_LAND, ("B04", "B03"), ("B12", "B06"), ("B11", "B8A")),
    SOIL: (*_ON_LAND, ("B02", "B04"), ("B02", "B12")),
}
"""By scene class: the first band is darker than the second at most pixels."""
_ALIKE = (
    ("B02", "B03", "B05"), ("B02", "B04", "B12"), ("B03", "B02", "B01"), ("B03", "B04", "B12"),
    ("B03", "B05", "B11"), ("B06", "B05", "B12"), ("B06", "B07", "B05"), ("B06", "B8A", "B08"),
    ("B07", "B8A", "B05"), ("B08", "B07", "B05"), ("B08", "B07", "B11"), ("B8A", "B07", "B11"),
    ("B11", "B05", "B02"), ("B11", "B12", "B02"), ("B12", "B11", "B8A"),
)  # fmt: skip
"""The first band varies more closely with the second than with the third."""
_WEIGHT = 0.5
"""Of a difference of correlations (Fisher's z) against a share of pixels."""
_MENDED = 0.5
"""An exchange mends a product if it leaves less than this part of the discord, and none to tell."""
_FEWEST = 2 * ENOUGH
"""Pixels from which on correlations are judged."""
_LAND = (DARK, VEGETATION, SOIL)
_ADDED = 100
"""Added to stored values before their logarithm, so that the noise of dark pixels counts little."""
_STILL = 1e-6
"""Deviation of logarithms below which a band does not vary."""
_CLOSEST = 0.9999
"""Correlation above which bands are not told apart."""

Names = Mapping[str, str]
"""Which band is taken for which."""


def band_order_rule(facts: ProductFacts, limit: float) -> PixelRule:
    """Return the rule for the bands that a product has."""
    bands = [layer.api_id for layer in facts.layers if layer.is_reflectance]
    return Sampled(RULE, frozenset({*bands, "SCENE"}), lambda t: judge_order(t, bands, limit))


def judge_order(thinned: Thinned, bands: Sequence[str], limit: float) -> Finding:
    """Fail where exchanging two bands would mend the product, warn where nothing would."""
    relations = _Relations(thinned, bands)
    as_named = {band: band for band in bands}
    margins = relations.margins(as_named)
    if not margins:
        return skipped(RULE, f"Fewer than {ENOUGH} pixels of land, or too few bands to compare.")
    discord = _discord(margins)
    if discord <= limit:
        told = f"{len(margins)} relations between the bands are as on land."
        return measured(RULE, Verdict.PASS, told, discord, limit)
    broken = min(margins, key=lambda relation: margins[relation])
    exchanges = {
        (a, b): _discord(relations.margins(as_named | {a: b, b: a}))
        for a, b in combinations(bands, 2)
    }
    a, b = min(exchanges, key=lambda pair: exchanges[pair])
    told = f"Relations are broken, most of all this: {broken}."
    if exchanges[a, b] <= min(limit, _MENDED * discord):
        told += f" {a} and {b} seem to be exchanged: the other way round it fits."
        return measured(RULE, Verdict.FAIL, told, discord, limit)
    told += " No exchange of two bands mends it; a band may be wrong, or the land is unusual."
    return measured(RULE, Verdict.WARN, told, discord, limit)


class _Relations:
    """What is measured of the bands as they are, to be read with any names."""

    def __init__(self, thinned: Thinned, bands: Sequence[str]) -> None:
        self._bands = frozenset(bands)
        scene = thinned["SCENE"]
        self._darker = {
            code: _darker({band: thinned[band][scene == code] for band in bands})
            for code in _DARKER
            if np.count_nonzero(scene == code) >= ENOUGH
        }
        land = np.isin(scene, _LAND)
        enough = np.count_nonzero(land) >= _FEWEST
        self._alike = _alike({b: thinned[b][land] for b in bands}) if enough and bands else {}

    def margins(self, names: Names) -> dict[str, float]:
        """Return by how much each relation holds; negative ones are broken."""
        margins: dict[str, float] = {}
        for code, shares in self._darker.items():
            on = "vegetation" if code == VEGETATION else "bare ground"
            for a, b in _DARKER[code]:
                if {a, b} <= self._bands:
                    told = f"{a} is darker than {b} on {on}"
                    margins[told] = shares[names[a], names[b]] - 0.5
        for a, b, c in _ALIKE if self._alike else ():
            if {a, b, c} <= self._bands:
                closer = self._alike[names[a], names[b]] - self._alike[names[a], names[c]]
                margins[f"{a} varies with {b} more than with {c}"] = _WEIGHT * closer
        return margins


def _darker(values: Mapping[str, Array]) -> dict[tuple[str, str], float]:
    """Return for every two bands the share of pixels at which the first is darker."""
    return {(a, b): float((values[a] < values[b]).mean()) for a in values for b in values if a != b}


def _alike(values: Mapping[str, Array]) -> dict[tuple[str, str], float]:
    """Return Fisher's z of the correlation of every two bands, on logarithms.

    A band that does not vary has no correlation; it counts as 0.
    """
    logs = np.stack([np.log(values[band].astype(np.float64) + _ADDED) for band in values])
    logs -= logs.mean(axis=1, keepdims=True)
    logs[logs.std(axis=1) < _STILL] = 0
    spread = np.sqrt((logs**2).sum(axis=1))
    product = np.outer(spread, spread)
    together = np.divide(logs @ logs.T, product, out=np.zeros_like(product), where=product > 0)
    z = np.arctanh(np.clip(together, -_CLOSEST, _CLOSEST))
    names = list(values)
    return {(a, b): float(z[i, j]) for i, a in enumerate(names) for j, b in enumerate(names)}


def _discord(margins: Mapping[str, float]) -> float:
    return -sum(margin for margin in margins.values() if margin < 0)
