"""What a rule found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

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


def number_of(number: int, one: str, many: str | None = None) -> str:
    """Return a number and what it counts: ``1 pixel``, ``2 pixels``, or ``many`` of them."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the gravest verdict, PASS where no rule looked."""
    order = (Verdict.SKIPPED, Verdict.PASS, Verdict.WARN, Verdict.FAIL)
    return max((f.verdict for f in findings), key=order.index, default=Verdict.PASS)


def joined(by_piece: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Make one finding per rule of those of several pieces: the gravest, with its pieces named."""
    if len(by_piece) == 1:
        return list(*by_piece.values())
    rules = dict.fromkeys(f.rule for found in by_piece.values() for f in found)
    return [_joined(rule, by_piece) for rule in rules]


def _joined(rule: str, by_piece: Mapping[str, Sequence[Finding]]) -> Finding:
    found = [(place, f) for place, each in by_piece.items() for f in each if f.rule == rule]
    gravest = worst(f for _, f in found)
    spoken = [(place, f) for place, f in found if f.verdict is gravest]
    told = " ".join(f"{place}: {f.message}" for place, f in spoken[:_SHOWN])
    if more := len(spoken) - _SHOWN:
        told += f" And {more} more." if more > 0 else ""
    values = [f.value for _, f in spoken if f.value is not None]
    return Finding(rule, gravest, told, max(values, default=None), spoken[0][1].limit)
