"""What a rule found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule says; FAIL stops the publication."""

    PASS = "PASS"  # noqa: S105 - not a password
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """The result of one rule."""

    rule: str
    """Short stable name."""
    title: str
    verdict: Verdict
    message: str
    """What was found, in a sentence."""
    hint: str = ""
    """What to do."""


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the gravest verdict, PASS for no findings."""
    order = (Verdict.PASS, Verdict.WARN, Verdict.FAIL)
    return max((finding.verdict for finding in findings), key=order.index, default=Verdict.PASS)
