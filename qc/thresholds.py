"""The numbers by which rules judge; ``S2GM_QC__NAME`` sets one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Limits of the rules that measure; each says its unit and the rule that uses it."""

    view_zenith: float = 11.0
    """Degrees; L1.1-zenith: no observation farther from nadir may be chosen (section 3)."""
    year_shift: float = 0.6
    """0 to 1; L2.6-year: largest distance of a band's distribution from that of a year earlier."""
    recomposed_windows: int = 2
    """How many windows of 128 x 128 pixels L3.3-blocks composes again."""
    decided_pixels: int = 20
    """How many pixels L3.4-reference decides."""
