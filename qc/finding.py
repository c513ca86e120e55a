"""What a rule found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule says; FAIL stops the publication."""

    SKIPPED = "SKIPPED"
    """The rule could not look, and says why."""
    PASS = "PASS"  # noqa: S105 - not a password
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """The result of one rule; ``qc.catalogue`` tells what the rule measures, and why."""

    rule: str
    """Id of the rule in the catalogue."""
    verdict: Verdict
    message: str
    """What was found, in a sentence."""
    value: float | None = None
    """What was measured, where it is one number."""
    limit: float | None = None
    """The threshold that ``value`` was compared with."""


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the gravest verdict, PASS where no rule looked."""
    order = (Verdict.SKIPPED, Verdict.PASS, Verdict.WARN, Verdict.FAIL)
    return max((f.verdict for f in findings), key=order.index, default=Verdict.PASS)
