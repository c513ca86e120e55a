"""Templates, and how moments, spans, sizes and shares are written in them."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from products.spans import span as roughly

NONE = "\N{EN DASH}"
_THIN = "\N{NARROW NO-BREAK SPACE}"
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome",
             "Safari": "Safari", "curl": "curl"}  # fmt: skip
_SYSTEMS = {"Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad",
            "Mac OS X": "macOS", "Linux": "Linux"}  # fmt: skip
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MANY_DAYS = 10
"""From which on nobody asks for the hours."""
_LONG = 32
"""Characters from which on a path hides the sentence around it."""
_PATH = re.compile(r"([^\s`]*/[^\s`]+/[^\s`]*[^\s`.,;:])")
TONES = ("ok", "late", "bad", "work", "wait", "quiet")
_TONES = {
    "healthy": "ok", "published": "ok", "working": "ok", "ended": "quiet", "accepted": "ok",
    "passed": "ok", "released": "ok", "met": "ok", "used": "ok",
    "late": "late", "stopped": "late", "silent": "late", "warned": "late", "missed": "late",
    "missing": "late",
    "broken": "bad", "rejected": "bad", "failed": "bad", "died": "bad",
    "tracked": "wait", "due": "wait", "waiting": "wait", "ingested": "wait", "checked": "wait",
    "planned": "wait", "composing": "work",
    "look": "wait", "note": "quiet", "away": "bad",
    "idle": "quiet", "empty": "quiet", "withdrawn": "quiet", "superseded": "quiet",
    "replaced": "quiet",
}  # fmt: skip
"""How grave each status word is; the style sheet knows these six tones."""


def environment() -> Environment:
    """Return the environment of ``hub/templates``; a value that lacks is an error."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "ago": ago,
        "browser": browser,
        "brief": brief,
        "bytes": size,
        "day": day,
        "iso": iso,
        "minute": minute,
        "moment": moment,
        "number": number,
        "paths": paths,
        "percent": percent,
        "plain": plain,
        "plural": plural,
        "roughly": roughly,
        "source": source,
        "span": span,
        "ticked": ticked,
        "tone": tone,
    }
    return made


def tone(word: str) -> str:
    """Return how grave a status word is, as the style sheet knows it; ``quiet`` if not known."""
    return _TONES.get(word, word if word in TONES else "quiet")


def moment(value: datetime | None) -> str:
    """Return a moment in UTC to the second."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if value else NONE


def minute(value: datetime | None) -> str:
    """Return a moment in UTC to the minute."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if value else NONE


def day(value: date | None) -> str:
    """Return a day."""
    return f"{value:%Y-%m-%d}" if value else NONE


def iso(value: datetime) -> str:
    """Return a moment as machines read it."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(value: float | timedelta | None) -> str:
    """Return a span of time, given in seconds, with one or two units."""
    if value is None:
        return NONE
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < 0:
        return f"\N{MINUS SIGN}{span(-seconds)}"
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02d} min"
    days = seconds // _DAY
    return f"{days} d {seconds % _DAY // _HOUR} h" if days < _MANY_DAYS else f"{days} d"


def ago(value: datetime | None, now: datetime) -> str:
    """Return how long before ``now`` a moment was, or how long after."""
    if value is None:
        return NONE
    seconds = (now - value).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"


def size(value: float | None) -> str:
    """Return a number of bytes."""
    if value is None:
        return NONE
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def percent(value: float | None) -> str:
    """Return a share of one as a percentage; all and nothing are said only where they are so."""
    if value is None:
        return NONE
    rounded = round(value * 100, 1)
    if 0 < value < 1:
        rounded = min(max(rounded, 0.1), 99.9)
    return f"{rounded:g}{_THIN}%"


def number(value: float | None) -> str:
    """Return a number with its thousands apart."""
    if value is None:
        return NONE
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return text.replace(",", _THIN)


def plural(value: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 | granule`` and ``2 | granules``."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def ticked(text: str) -> Markup:
    """Return a sentence in which what stands between backticks is set as code."""
    parts = plain(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )


def brief(text: str) -> Markup:
    """Return a sentence as ``ticked`` does, with the last part of long paths alone."""
    parts = plain(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else _shortened(part)
        for place, part in enumerate(parts)
    )


def paths(text: str) -> tuple[str, ...]:
    """Return the long paths of a sentence, of which ``brief`` shows the last part."""
    return tuple(found for found in _PATH.findall(plain(text)) if len(found) > _LONG)


def source(name: str) -> str:
    """Return the last two parts of the path or address of a source."""
    text = plain(name)
    return text if len(text) <= _LONG else "…/" + "/".join(text.rstrip("/").split("/")[-2:])


def _shortened(text: str) -> Markup:
    return Markup("").join(
        Markup('<span class="id" title="{}">…/{}</span>').format(part, part.rpartition("/")[2])
        if place % 2 and len(part) > _LONG
        else escape(part)
        for place, part in enumerate(_PATH.split(text))
    )


def plain(text: Any) -> str:
    """Return a foreign text on one line, without characters that change how others are read."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in str(text))).strip()


def browser(agent: str) -> str:
    """Return what a browser calls itself in a few words."""
    name = next((told for sign, told in _BROWSERS.items() if sign in agent), "A program")
    system = next((told for sign, told in _SYSTEMS.items() if sign in agent), "")
    return f"{name} on {system}" if system else name
