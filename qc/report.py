"""The quality report of a revision."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from products.product import ProductFacts
from qc.catalogue import RULES
from qc.finding import Finding, Verdict, worst


def render_report(facts: ProductFacts, findings: Sequence[Finding], checked: datetime) -> bytes:
    """Render the report as JSON; it lies beside the product, outside its folder."""
    report = {
        "product": str(facts.name),
        "verdict": worst(findings),
        "checked": checked.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "counts": {v: sum(f.verdict is v for f in findings) for v in Verdict},
        "statistics": facts.statistics,
        "notes": list(facts.notes),
        "findings": [_told(finding) for finding in findings],
    }
    return (json.dumps(report, indent=2) + "\n").encode()


def _told(finding: Finding) -> dict[str, object]:
    rule = RULES[finding.rule]
    about = {"title": rule.title, "measures": rule.measures, "why": rule.why, "todo": rule.todo}
    return asdict(finding) | about
