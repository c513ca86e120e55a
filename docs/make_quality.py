"""Write the table of docs/quality.md: every rule of the catalogue, with its limit."""

import re
from pathlib import Path

from qc.catalogue import LEVELS, RULES, Rule
from qc.report import setting_of
from qc.thresholds import RANGES, Thresholds

PAGE = Path(__file__).with_name("quality.md")
_PLACE = re.compile(r"<!-- rules -->.*<!-- end -->", re.DOTALL)


def rules_table() -> str:
    """Return the rules chapter by chapter, each as one row of Markdown."""
    lines: list[str] = []
    for level, title in LEVELS.items():
        rules = [rule for rule in RULES.values() if rule.level == level]
        if rules:
            lines += ["", f"### {level if level != 'input' else ''} {title}".replace("  ", " "), ""]
            lines += ["| rule | what it measures | limit | why it matters | what to do |"]
            lines += ["|---|---|---|---|---|", *map(_row, rules)]
    return "\n".join(lines[1:])


def filled(page: str) -> str:
    """Return the page with the table of the present catalogue."""
    table = f"<!-- rules -->\n\n{rules_table()}\n\n<!-- end -->"
    return _PLACE.sub(lambda _: table, page)


def _row(rule: Rule) -> str:
    limit = ""
    if rule.limit:
        limit = f"{getattr(Thresholds(), rule.limit):g} (`{setting_of(rule)}`, "
        limit += f"{RANGES[rule.limit]})"
    cells = (f"**{rule.title}** `{rule.id}`", rule.measures, limit, rule.why, rule.todo)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    """Put the table between the marks of the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
