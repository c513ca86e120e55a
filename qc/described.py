"""What the catalogue says of a rule."""

from dataclasses import dataclass

from qc.quantity import Quantity


@dataclass(frozen=True)
class Rule:
    """One rule."""

    id: str
    title: str
    measures: str
    """What is measured, in a sentence."""
    why: str
    """Why it matters, in plain words."""
    todo: str
    """What to do where it speaks."""
    quantity: Quantity | None = None
    """What the number of its findings is, where they do not say another; None without one."""
    amount: str = ""
    """Name of the setting that says how much it looks at, where one does."""

    @property
    def limit(self) -> str:
        """Name of its field in ``qc.thresholds.Thresholds``; empty where it has none."""
        return self.quantity.setting if self.quantity and self.quantity.setting else self.amount

    @property
    def level(self) -> str:
        """Chapter of the rule: input, L0, L1, L2 or L3."""
        return self.id.split(".")[0]


LEVELS = {
    "input": "Input",
    "L0": "Integrity",
    "L1": "Plausibility",
    "L2": "Comparison",
    "L3": "Validation",
}
"""Title of each chapter."""
