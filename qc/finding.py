"""What a rule found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from qc.catalogue import RULES
from qc.quantity import Quantity

_SHOWN = 3
"""Pieces that a message tells of."""


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
    quantity: Quantity | None = None
    """What ``value`` is where it is not what the catalogue says of the rule."""

    @property
    def measured(self) -> Quantity | None:
        """What ``value`` is, None where there is no number."""
        if self.value is None and self.limit is None:
            return None
        return self.quantity or RULES[self.rule].quantity


def number_of(number: int, one: str, many: str | None = None) -> str:
    """Return a number and what it counts: ``1 pixel``, ``2 pixels``, or ``many`` of them."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the gravest verdict, PASS where no rule looked."""
    order = (Verdict.SKIPPED, Verdict.PASS, Verdict.WARN, Verdict.FAIL)
    return max((f.verdict for f in findings), key=order.index, default=Verdict.PASS)


def joined(by_piece: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Make one finding per rule of those of several pieces: the gravest, with its pieces named.

    Its number is the worst of those, which is the smallest where small is bad; the piece that it is
    of is named first.
    """
    if len(by_piece) == 1:
        return list(*by_piece.values())
    rules = dict.fromkeys(f.rule for found in by_piece.values() for f in found)
    return [_joined(rule, by_piece) for rule in rules]


def _joined(rule: str, by_piece: Mapping[str, Sequence[Finding]]) -> Finding:
    found = [(place, f) for place, each in by_piece.items() for f in each if f.rule == rule]
    gravest = worst(f for _, f in found)
    spoken = [(place, f) for place, f in found if f.verdict is gravest]
    lead = _lead([f for _, f in spoken])
    spoken.sort(key=lambda piece: piece[1] is not lead)
    told = " ".join(f"{place}: {f.message}" for place, f in spoken[:_SHOWN])
    if (more := len(spoken) - _SHOWN) > 0:
        told += f" And {more} more."
    return Finding(rule, gravest, told, lead.value, lead.limit, lead.quantity)


def _lead(found: Sequence[Finding]) -> Finding:
    """Return the finding with the worst number of those that measured the same as the first."""
    first = next((f for f in found if f.value is not None), found[0])
    alike = [f for f in found if f.value is not None and f.quantity == first.quantity]
    if first.measured is None or not alike:
        return first
    value = first.measured.worst([f.value for f in alike if f.value is not None])
    return next(f for f in alike if f.value == value)
