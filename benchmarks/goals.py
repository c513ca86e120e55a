"""Print, as a table for the README, what was measured and has a goal.

``python -m benchmarks.goals`` reads ``build/bench.json``, which ``make bench`` writes, and names
the processor on which it runs itself.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS


def processor() -> str:
    """Return the model and the number of cores that there are."""
    names = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{os.cpu_count()} cores of {names[0] if names else 'an unnamed processor'}"


def table(results: list[dict[str, Any]]) -> str:
    """Return the results with a goal as a Markdown table."""
    lines = ["| measured | value | goal | met | beside |", "|---|---:|---:|---|---|"]
    for one in results:
        if one["goal"] is not None:
            unit = "" if one["unit"] == "share" else f" {one['unit']}"
            met = "yes" if one["met"] else "**no**"
            cells = (one["name"], f"{_short(one['value'])}{unit}", _short(one["goal"]), met)
            lines.append(f"| {' | '.join(cells)} | {one['peer'] or ''} |")
    return "\n".join(lines)


def _short(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


if __name__ == "__main__":
    print(f"{processor()}\n\n{table(json.loads(RESULTS.read_text()))}")
