"""HTML pages from the templates; what is put into them is text unless it was drawn by us."""

from math import isfinite
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from products.decision import minute
from products.words import counted
from qc.finding import Verdict
from qc.plots import percent

_THIN = "\N{NARROW NO-BREAK SPACE}"
_MARKS = {
    "PASS": "\N{CHECK MARK}",
    "WARN": "!",
    "FAIL": "\N{MULTIPLICATION X}",
    "SKIPPED": "\N{EN DASH}",
}
_WORDS = {"PASS": "passed", "WARN": "warning", "FAIL": "failed", "SKIPPED": "skipped"}
_MANY = 1000
_NONE = "\N{EN DASH}"


def render(template: str, **values: object) -> bytes:
    """Render a template of ``qc/templates`` in UTF-8; a value that lacks is an error."""
    return _PAGES.get_template(template).render(**values).encode()


def plain(text: object) -> str:
    """Return a foreign text without what no page can hold: control characters, half characters."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def number(value: float | None) -> str:
    """Return a number for people: thousands apart, four digits where it is not whole."""
    if value is None or not isfinite(value):
        return _NONE
    if float(value).is_integer():
        return f"{int(value):,}".replace(",", _THIN)
    return f"{value:.4g}" if abs(value) < _MANY else f"{value:,.1f}".replace(",", _THIN)


def decimals(value: float | None) -> str:
    """Return a number with four decimals, so that a column of them is easy to compare."""
    return _NONE if value is None else f"{round(value, 4) + 0.0:.4f}"


def mark(verdict: str) -> str:
    """Return the sign of a verdict."""
    return _MARKS[Verdict(verdict)]


def word(verdict: str) -> str:
    """Return the word for a verdict on one rule."""
    return _WORDS[Verdict(verdict)]


def _pages() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "plain": plain,
        "number": number,
        "decimals": decimals,
        "percent": percent,
        "mark": mark,
        "word": word,
        "minute": minute,
        "counted": counted,
    }
    return pages


_PAGES = _pages()
