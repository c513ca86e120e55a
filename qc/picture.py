"""Would the quicklook of a product show anything."""

import numpy as np

from qc.finding import Finding, Verdict
from qc.rule import ENOUGH, PixelRule, Sampled, measured, skipped
from qc.strips import Thinned

RULE = "L1.5-quicklook"
_COLOURS = ("B04", "B03", "B02")
_DARKEST, _BRIGHTEST = 2, 98


def picture_rule(limit: float) -> PixelRule:
    """Return the rule; the picture itself is made of the same pixels after the checks."""
    return Sampled(RULE, frozenset(_COLOURS), lambda thinned: judge_picture(thinned, limit))


def judge_picture(thinned: Thinned, limit: float) -> Finding:
    """Fail where a picture of red, green and blue would be of one colour."""
    if thinned["B04"].size < ENOUGH:
        return skipped(RULE, f"Fewer than {ENOUGH} pixels would be shown.")
    ends = [np.percentile(thinned[band], (_DARKEST, _BRIGHTEST)) for band in _COLOURS]
    contrast = max(float(high - low) for low, high in ends) / 10000
    told = f"Its quicklook spans {contrast:.4f} of reflectance."
    verdict = Verdict.FAIL if contrast < limit else Verdict.PASS
    return measured(RULE, verdict, told, contrast, limit)
