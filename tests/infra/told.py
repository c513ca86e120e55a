"""What the alarms, the dashboard and the documents name, and what ``/metrics`` tells."""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.infra.conftest import PROMETHEUS, ROOT

OPERATING = ROOT / "docs" / "operating-alarms.md"
MONITORING = ROOT / "docs" / "monitoring.md"
DASHBOARD = ROOT / "infra" / "grafana" / "s2gm.json"
_NAME = re.compile(r"\bs2gm_[a-z_]+\b")


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def alarms() -> dict[str, dict[str, Any]]:
    """Every alarm by its name."""
    groups = load(PROMETHEUS / "s2gm.rules.yml")["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def named_in(expression: str) -> set[str]:
    """The samples that an expression of Prometheus names."""
    return set(_NAME.findall(expression))


def told_by(text: str) -> set[str]:
    """The samples that an answer of ``/metrics`` has."""
    return {re.split(r"[{ ]", line)[0] for line in text.splitlines() if line and line[0] != "#"}


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in headings}


def table(document: Path, first: str) -> list[list[str]]:
    """The rows of the table whose heading begins with a word."""
    lines = document.read_text().splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = []
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows
