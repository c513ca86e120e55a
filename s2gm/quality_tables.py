"""What ``qc`` and ``reproduce`` print."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from qc.catalogue import LEVELS, RULES
from qc.finding import Finding, Verdict, number_of, worst
from s2gm.tables import console
from tasks.check import Checkup
from tasks.reproduce import Reproduction

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.FAIL: "red",
    Verdict.SKIPPED: "dim",
}


def print_checkup(checkup: Checkup, pages: Sequence[Path] = ()) -> None:
    """Print the pass matrix, chapter by chapter, what was left out, and the verdict in one line."""
    out = console()
    looked = [f for f in checkup.findings if f.verdict is not Verdict.SKIPPED]
    for level, title in LEVELS.items():
        found = [f for f in looked if RULES[f.rule].level == level]
        if found:
            out.print(_chapter(f"{level} {title}", found))
    for line in (*_left_out(checkup.findings), *(str(page.resolve()) for page in pages)):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    out.print(_last_line(checkup), highlight=False, soft_wrap=True)


def _left_out(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield a line for each reason why rules were left out."""
    rules: dict[str, list[str]] = {}
    for finding in findings:
        if finding.verdict is Verdict.SKIPPED:
            rules.setdefault(finding.message, []).append(finding.rule)
    for reason, names in rules.items():
        yield f"left out: {number_of(len(names), 'rule')} ({', '.join(names)}): {reason}"


def _last_line(checkup: Checkup) -> str:
    verdict = worst(checkup.findings)
    word = _coloured(verdict)
    if checkup.not_compared and verdict is not Verdict.FAIL:
        word = "[yellow]NOT COMPARED[/yellow]"
    counts = {v: sum(f.verdict is v for f in checkup.findings) for v in reversed(Verdict)}
    counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    told = "".join(f" {escape(sentence)}" for sentence in checkup.left_out)
    return f"{checkup.facts[0].name}: {word} ({counted}){'.' if told else ''}{told}"


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


def _chapter(title: str, found: list[Finding]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("rule", "verdict", "what was found"):
        table.add_column(heading, overflow="fold")
    for finding in found:
        table.add_row(finding.rule, _coloured(finding.verdict), escape(finding.message))
    return table


def _coloured(verdict: Verdict) -> str:
    return f"[{_COLOURS[verdict]}]{verdict}[/{_COLOURS[verdict]}]"
