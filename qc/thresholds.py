"""The numbers by which rules judge; ``S2GM_QC__NAME`` sets one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Limits of the rules that measure; each says its unit and the rule that uses it."""

    view_zenith: float = 11.0
    """Degrees; L1.1-zenith: no observation farther from nadir may be chosen (section 3)."""
