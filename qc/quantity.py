"""What a rule measures: in words, in which unit, and on which side of its limit is good."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Which side of its limit a number must stay on."""

    MAX = "max"
    """The limit is the largest that is good."""
    MIN = "min"
    """The limit is the smallest that is good."""


@dataclass(frozen=True)
class Quantity:
    """What the number of a finding is."""

    name: str
    """In words, for example ``largest view zenith``."""
    unit: str
    """Unit of the number and of its limit, for example ``degrees``; ``share`` is from 0 to 1."""
    setting: str = ""
    """Name of the limit in ``qc.thresholds.Thresholds``; empty where nobody can set it."""
    side: Side = Side.MAX

    def worst(self, values: list[float]) -> float:
        """Return the worst of some numbers; raises ValueError where there is none."""
        return max(values) if self.side is Side.MAX else min(values)


PIXELS = Quantity("pixels that break the rule", "pixels")
"""What most rules count that allow none."""


def share(name: str, setting: str = "") -> Quantity:
    """Return a share, the larger the worse."""
    return Quantity(f"share of {name}", "share", setting)
