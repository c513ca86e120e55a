"""What ``qc`` and ``reproduce`` print."""

from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from qc.catalogue import LEVELS, RULES
from qc.finding import Finding, Verdict, worst
from s2gm.tables import console
from tasks.check import Checkup
from tasks.reproduce import Reproduction

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.FAIL: "red",
    Verdict.SKIPPED: "dim",
}


def checkup_record(checkup: Checkup) -> dict[str, Any]:
    """Return a checkup as ``s2gm qc --json`` prints it; scripts depend on the names."""
    return {
        "product": str(checkup.facts[0].name),
        "verdict": worst(checkup.findings),
        "counts": _counts(checkup),
        "findings": [asdict(f) | {"title": RULES[f.rule].title} for f in checkup.findings],
        "comparisons": [_comparison_record(each) for each in checkup.comparisons],
    }


def print_checkup(checkup: Checkup) -> None:
    """Print the pass matrix, chapter by chapter, and the verdict in one line."""
    out = console()
    for level, title in LEVELS.items():
        found = [f for f in checkup.findings if RULES[f.rule].level == level]
        if found:
            out.print(_chapter(f"{level} {title}", found))
    counted = ", ".join(f"{count} {verdict}" for verdict, count in _counts(checkup).items())
    verdict = worst(checkup.findings)
    out.print(f"{checkup.facts[0].name}: {_coloured(verdict)} ({counted})", soft_wrap=True)


def print_reproduction(found: Reproduction) -> None:
    """Print what became of each file, and the verdict in one line."""
    out = console()
    for name, match in found.files:
        out.print(f"{match:9} {name}", markup=False, highlight=False, soft_wrap=True)
    if found.hint:
        out.print(found.hint, markup=False, highlight=False, soft_wrap=True)
    total = len(found.files)
    verdict = (
        f"{found.differing} of {total} files are not as composing again gives them."
        if found.differing
        else f"all {total} files are equal, bit by bit."
    )
    out.print(f"{found.product}: {verdict}", markup=False, highlight=False, soft_wrap=True)


def _comparison_record(comparison: Any) -> dict[str, Any]:
    record = asdict(comparison)
    for entry, layer in zip(record["layers"], comparison.layers, strict=True):
        entry["likeness"] = layer.likeness
    return record


def _chapter(title: str, found: list[Finding]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("rule", "verdict", "what was found"):
        table.add_column(heading, overflow="fold")
    for finding in found:
        table.add_row(finding.rule, _coloured(finding.verdict), escape(finding.message))
    return table


def _coloured(verdict: Verdict) -> str:
    return f"[{_COLOURS[verdict]}]{verdict}[/{_COLOURS[verdict]}]"


def _counts(checkup: Checkup) -> dict[str, int]:
    return {v: sum(f.verdict is v for f in checkup.findings) for v in reversed(Verdict)}
