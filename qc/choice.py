"""Was the right kind of observation chosen: methods, and what still looks like cloud."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from algorithms.method import LABELS, method_of
from algorithms.scl import SNOW, VEGETATION
from products.bands import METHOD_FROM
from products.period import PeriodKind
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict
from qc.quantity import share
from qc.rule import PixelRule, Sampled, measured, skipped
from qc.strips import Strip, Thinned
from qc.thresholds import Thresholds

_FEW = 3
"""Inputs from which on it is worth saying that hardly any of them was valid."""
_VISIBLE = ("B02", "B03", "B04")
_BRIGHT = 2000
"""Stored reflectance that every visible band of a cloud exceeds."""
_FLAT = 0.65
"""The darkest visible band of a cloud is brighter than this part of the brightest."""
_WHITE = 3000
"""Stored reflectance above which no visible band of vegetation is."""
_SINGLE = share("pixels with one valid observation", "single")
_CELL = 4
"""Side in pixels of the squares that are looked at as a whole: mixed pixels are no squares."""


def choice_rules(facts: ProductFacts, limits: Thresholds) -> list[PixelRule]:
    """Return the rules about what was chosen."""
    return [
        _Methods(facts, limits),
        Sampled(
            "L1.3-cloud",
            frozenset({*_VISIBLE, "SCENE"}),
            lambda thinned: judge_cloud(thinned, limits.cloud),
        ),
        _Class(limits.white_vegetation),
    ]


class _Methods:
    """Count how pixels were chosen."""

    id = "L1.3-methods"
    needs = frozenset(METHOD_FROM)

    def __init__(self, facts: ProductFacts, limits: Thresholds) -> None:
        self._kind, self._inputs = facts.period.kind, len(facts.sources)
        self._threshold, self._limits = facts.threshold, limits
        self._counts: Counter[int] = Counter()

    def look(self, strip: Strip) -> None:
        """Count the methods of a strip."""
        codes = method_of(*(strip[name] for name in METHOD_FROM))
        for code, count in enumerate(np.bincount(codes.ravel()).tolist()):
            self._counts[code] += count

    def finding(self) -> Finding:
        """Warn where there is little to see though there were inputs."""
        return judge_methods(self._counts, self._kind, self._inputs, self._threshold, self._limits)


def judge_methods(
    counts: Mapping[int, int], kind: PeriodKind, inputs: int, threshold: int, limits: Thresholds
) -> Finding:
    """Warn of a product that shows little; ``counts`` are pixels by the code of their method.

    Days are not judged, nor are the first revisions of a longer period: no data is natural with few
    inputs, and a single observation with fewer than a medoid needs, or where ``threshold`` is 0, as
    nobody knows it.
    """
    rule = _Methods.id
    shares = {code: counts.get(code, 0) / sum(counts.values()) for code in range(len(LABELS))}
    told = ", ".join(f"{LABELS[code]} {share:.1%}" for code, share in shares.items())
    told = f"Chosen by: {told}."
    if kind is not PeriodKind.DAY and inputs >= _FEW and shares[0] > limits.no_data:
        told += f" Most of it shows nothing, though there were {inputs} inputs."
        return measured(rule, Verdict.WARN, told, shares[0], limits.no_data)
    enough = threshold > 0 and inputs >= max(threshold, _FEW)
    if kind is not PeriodKind.DAY and enough and shares[1] > limits.single:
        told += f" Most of it had one valid observation only, though there were {inputs} inputs."
        return measured(rule, Verdict.WARN, told, shares[1], limits.single, _SINGLE)
    return measured(rule, Verdict.PASS, told, shares[0], limits.no_data)


def judge_cloud(thinned: Thinned, limit: float) -> Finding:
    """Warn where more pixels than the limit are bright and white, though not snow.

    The cloud test of section 4.2 calls each of these a cloud, but also half of a desert and most of
    a hazy day; that they are white as well sets them apart.
    """
    rule = "L1.3-cloud"
    scene = thinned["SCENE"]
    if not scene.size:
        return skipped(rule, "No pixel shows an observation.")
    visible = [thinned[band] for band in _VISIBLE]
    darkest, brightest = np.minimum.reduce(visible), np.maximum.reduce(visible)
    white = (darkest > _BRIGHT) & (darkest > _FLAT * brightest) & (scene != SNOW)
    share = float(white.mean())
    told = f"{share:.2%} of the pixels are white as cloud, though not snow."
    return measured(rule, Verdict.WARN if share > limit else Verdict.PASS, told, share, limit)


class _Class:
    """Look for squares that are vegetation by their class, but white and without chlorophyll."""

    id = "L1.3-class"
    needs = frozenset({*_VISIBLE, "B08", "SCENE"})

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._cells = self._wrong = 0

    def look(self, strip: Strip) -> None:
        """Count the squares of a strip, and those that contradict themselves."""
        white = strip["SCENE"] == VEGETATION
        for band in _VISIBLE:
            white &= strip[band] > _WHITE
        if white.any():
            red, infrared = (strip[band].astype(np.uint32) for band in ("B04", "B08"))
            white &= 2 * infrared < 3 * red  # an NDVI below 0.2
        self._cells += _squares(strip.chosen)
        self._wrong += _squares(white)

    def finding(self) -> Finding:
        """Fail where a patch was not chosen as it is shown."""
        if not self._cells:
            return skipped(self.id, f"It shows no square of {_CELL} pixels without gaps.")
        share = self._wrong / self._cells
        told = (
            f"{self._wrong} of {self._cells} squares of {_CELL} x {_CELL} pixels are vegetation by "
            "their class, but white."
        )
        verdict = Verdict.FAIL if share > self._limit else Verdict.PASS
        return measured(self.id, verdict, told, share, self._limit)


def _squares(mask: Array) -> int:
    """Count the squares of a grid that lie in the mask with all their pixels."""
    height, width = (length // _CELL * _CELL for length in mask.shape)
    if not mask[:height, :width].any():
        return 0
    shape = (height // _CELL, _CELL, width // _CELL, _CELL)
    return int(np.count_nonzero(mask[:height, :width].reshape(shape).all(axis=(1, 3))))
