"""Print, as a table for the README, what was measured and has a goal.

``python -m benchmarks.goals`` reads ``build/bench.json``, which ``make bench`` writes.
"""

import json
from typing import Any

from benchmarks.report import RESULTS


def table(results: list[dict[str, Any]]) -> str:
    """Return the results with a goal as a Markdown table."""
    lines = ["| measured | value | goal | met | beside |", "|---|---:|---:|---|---|"]
    for one in results:
        if one["goal"] is not None:
            unit = "" if one["unit"] == "share" else f" {one['unit']}"
            met = "yes" if one["met"] else "**no**"
            cells = (one["name"], f"{one['value']:.3g}{unit}", f"{one['goal']:.3g}", met)
            lines.append(f"| {' | '.join(cells)} | {one['peer'] or ''} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(json.loads(RESULTS.read_text())))
