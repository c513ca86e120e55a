"""The quality report of a product, for programs; ``qc.page`` renders the same for people."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Any

from products.decision import Decision, all_records
from products.product import ProductFacts
from qc.advice import advice
from qc.catalogue import LEVELS, RULES, Rule
from qc.comparison import Comparison
from qc.decided import render_json
from qc.finding import Finding, Verdict, worst
from qc.thresholds import setting

REPORT_VERSION = "1.0"
"""Raised where a key changes its meaning or goes; a new key leaves it."""

_WORDS = {
    Verdict.FAIL: "Stopped",
    Verdict.WARN: "Passed with warnings",
    Verdict.PASS: "Passed",
    Verdict.SKIPPED: "Not judged",
}


@dataclass(frozen=True)
class Headline:
    """The verdict on a product in words."""

    verdict: Verdict
    word: str
    """``Passed``, ``Passed with warnings``, ``Stopped`` or ``Not judged``."""
    why: str
    """In a sentence or two."""
    objections: tuple[Finding, ...] = ()
    """What speaks against the product, the gravest first."""

    def __str__(self) -> str:
        """Return all of it as one text."""
        named = (f"{f.rule}, {RULES[f.rule].title}: {f.message}" for f in self.objections)
        return " ".join((f"{self.word}. {self.why}", *named))


def headline(findings: Sequence[Finding]) -> Headline:
    """Say in words what all findings come to."""
    counts = {v: sum(f.verdict is v for f in findings) for v in Verdict}
    looked = len(findings) - counts[Verdict.SKIPPED]
    parts = [
        f"{_rules(counts[verdict])} {word}"
        for verdict, word in ((Verdict.FAIL, "failed"), (Verdict.WARN, "warned"))
        if counts[verdict]
    ]
    if not looked:
        why = "No rule could look at the product."
    elif parts:
        why = f"Of {_rules(looked)} that looked, {' and '.join(parts)}."
    else:
        why = f"{_rules(looked)} looked, and none objected."
    if looked and counts[Verdict.SKIPPED]:
        why += f" {_rules(counts[Verdict.SKIPPED])} could not look."
    verdict = worst(findings) if looked else Verdict.SKIPPED
    objections = (*_with(findings, Verdict.FAIL), *_with(findings, Verdict.WARN))
    return Headline(verdict, _WORDS[verdict], why, objections)


def _with(findings: Sequence[Finding], verdict: Verdict) -> list[Finding]:
    return [finding for finding in in_order(findings) if finding.verdict is verdict]


@dataclass(frozen=True)
class Known:
    """What only the catalog knows of a product."""

    ordinal: int | None = None
    """Of its revision, counted from 1 for each mosaic; None where there is no catalog."""
    decisions: tuple[Decision, ...] = ()
    """What people decided about it, oldest first."""


UNKNOWN = Known()
"""An order, or a product of elsewhere."""


def render_report(
    facts: ProductFacts,
    findings: Sequence[Finding],
    checked: datetime,
    comparisons: Sequence[Comparison] = (),
    not_compared: str = "",
    known: Known = UNKNOWN,
) -> bytes:
    """Render the report as JSON (docs/quality.md); it lies beside the product, not in its folder.

    ``comparisons`` are those behind the findings of level 2, ``not_compared`` why there are none
    though a reference was asked for. The same findings give the same bytes, but for the time at
    which they were made.
    """
    said = headline(findings)
    report = {
        "report_version": REPORT_VERSION,
        "product": str(facts.name),
        "place": facts.place,
        "number": facts.name.number,
        "revision": known.ordinal,
        "period": facts.period.kind,
        "start": facts.period.start.isoformat(),
        "end": facts.period.end.isoformat(),
        "resolution": facts.grid.resolution,
        "algorithm": facts.algorithm,
        "threshold": facts.threshold,
        "inputs": len(facts.sources),
        "verdict": said.verdict,
        "headline": str(said),
        "checked": checked.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "counts": {v: sum(f.verdict is v for f in findings) for v in Verdict},
        "statistics": facts.statistics,
        "notes": list(facts.notes),
        "findings": [told(finding) for finding in in_order(findings)],
        "not_run": [rule.id for rule in not_run(findings)],
        "decisions": all_records(known.decisions),
        "comparisons": [compared(comparison) for comparison in comparisons],
        "not_compared": not_compared or None,
    }
    return render_json(report)


def whole(pieces: Sequence[ProductFacts]) -> ProductFacts:
    """Return the facts with which a product is reported as a whole, where it has several pieces.

    Their places are named together, and each input counts once. Statistics are of pieces.
    """
    first, *others = pieces
    if not others:
        return first
    return replace(
        first,
        place=", ".join(facts.place for facts in pieces),
        sources=tuple({each.id: each for facts in pieces for each in facts.sources}.values()),
        notes=tuple(dict.fromkeys(note for facts in pieces for note in facts.notes)),
        statistics={},
    )


def compared(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison with what the specification says of each layer."""
    record = asdict(comparison)
    for entry, layer in zip(record["layers"], comparison.layers, strict=True):
        entry["likeness"] = layer.likeness
    return record


def told(finding: Finding) -> dict[str, Any]:
    """Return a finding with all that the catalogue says of its rule."""
    rule, quantity = RULES[finding.rule], finding.measured
    return {
        "rule": rule.id,
        "level": rule.level,
        "chapter": LEVELS[rule.level],
        "title": rule.title,
        "verdict": finding.verdict,
        "message": finding.message,
        "value": _number(finding.value),
        "limit": _number(finding.limit),
        "quantity": quantity.name if quantity else None,
        "unit": quantity.unit if quantity else None,
        "side": quantity.side if quantity and finding.limit is not None else None,
        "setting": setting_behind(finding),
        "measures": rule.measures,
        "why": rule.why,
        "todo": advice(finding),
    }


def setting_of(rule: Rule) -> str | None:
    """Return the environment variable that sets a rule's limit, None where there is none."""
    return setting(rule.limit) if rule.limit else None


def setting_behind(finding: Finding) -> str | None:
    """Return the environment variable that set the limit of a finding, None where none did."""
    if finding.quantity is None:
        return setting_of(RULES[finding.rule])
    return setting(finding.quantity.setting) if finding.quantity.setting else None


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings in the order of the catalogue."""
    place = {rule: number for number, rule in enumerate(RULES)}
    return sorted(findings, key=lambda finding: place[finding.rule])


def not_run(findings: Sequence[Finding]) -> list[Rule]:
    """Return the rules for products that no finding is of."""
    found = {finding.rule for finding in findings}
    return [rule for rule in RULES.values() if rule.level != "input" and rule.id not in found]


def _number(value: float | None) -> float | None:
    """Return a number that JSON knows; it has neither infinities nor NaN."""
    return value if value is not None and isfinite(value) else None


def _rules(count: int) -> str:
    return f"{count} rule{'s' * (count != 1)}"
