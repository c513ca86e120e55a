"""The quality report in a few lines of Markdown, for places that show no more."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qc.catalogue import LEVELS
from qc.finding import Verdict
from qc.html import mark, plain, word

_ORDER = (Verdict.FAIL, Verdict.WARN, Verdict.PASS, Verdict.SKIPPED)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|&!~])")


def render_summary(report: Mapping[str, Any], page: Path) -> str:
    """Summarise a JSON report: the verdict, counts by chapter, what objects, and the full page."""
    findings = report["findings"]
    objecting = [f for f in findings if f["verdict"] in (Verdict.FAIL, Verdict.WARN)]
    lines = [
        f"# {mark(report['verdict'])} {_safe(report['product'])}",
        "",
        _safe(report["headline"]),
        "",
    ]
    lines += ["| chapter | failed | warned | passed | skipped |", "|---|---|---|---|---|"]
    for level, title in LEVELS.items():
        own = [finding["verdict"] for finding in findings if finding["level"] == level]
        if own:
            counts = " | ".join(str(own.count(v)) for v in _ORDER)
            lines.append(f"| {level} {title} | {counts} |")
    lines += ["", *(_objection(finding) for finding in objecting), ""]
    lines += [f"Checked {report['checked']}. The full report: `{page}`"]
    return "\n".join(lines) + "\n"


def _objection(finding: Mapping[str, Any]) -> str:
    said = f"**{_safe(finding['title'])}** (`{finding['rule']}`): {_safe(finding['message'])}"
    return f"- {mark(finding['verdict'])} {word(finding['verdict'])}: {said} {finding['todo']}"


def _safe(text: object) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", plain(text))
