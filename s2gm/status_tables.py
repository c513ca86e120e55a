"""How ``s2gm status`` shows the standing of the service."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from catalog.operations.facts import Sentence
from catalog.operations.stages import Stage
from catalog.operations.timeliness import SourceTimeliness, Way
from catalog.operations.workers import Worker
from products.mosaic import MosaicKey
from products.spans import room, span
from tasks.standing import Status

_COLOURS = {
    "broken": "bold red",
    "late": "bold yellow",
    "look": "cyan",
    "note": "dim",
    "healthy": "bold green",
    "idle": "bold green",
    "stopped": "bold",
}


def status_record(found: Any) -> Any:
    """Return the status as ``s2gm status --json`` prints it; mosaics are named, moments are ISO."""
    if isinstance(found, MosaicKey):
        return str(found)
    if isinstance(found, datetime):
        return found.isoformat()
    if is_dataclass(found):
        return {each.name: status_record(getattr(found, each.name)) for each in fields(found)}
    if isinstance(found, tuple):
        return [status_record(each) for each in found]
    return found


def drawn(found: Status) -> RenderableType:
    """Return the status as a terminal shows it."""
    level = found.health.level
    parts: list[RenderableType] = [Text(found.health.headline, style=_COLOURS[level])]
    if found.health.sentences:
        parts += ["", _sentences(found.health.sentences, found.moment)]
    parts += ["", _stages(found.stages, found.moment)]
    if found.timeliness:
        parts.append(_timeliness(found.timeliness))
    if living := [one for one in found.workers if one.standing not in ("ended", "died")]:
        parts.append(_workers(living, found.moment))
    return Group(*parts, _storage(found))


def _sentences(said: tuple[Sentence, ...], moment: datetime) -> Table:
    table = Table.grid(padding=(0, 2))
    for one in said:
        age = f" ({_age(one.since, moment)})" if one.since else ""
        table.add_row(Text(one.level, style=_COLOURS[one.level]), Text(f"{one.text}{age}"))
    return table


def _stages(found: tuple[Stage, ...], moment: datetime) -> Table:
    table = Table("", "stage", "now", "oldest", "last 24 h")
    for one in found:
        oldest = _age(one.oldest_since, moment) if one.oldest_since else ""
        table.add_row(one.of, one.name, str(one.count), oldest, str(one.last_24h))
    return table


def _timeliness(found: tuple[SourceTimeliness, ...]) -> Table:
    table = Table(
        "source, last 24 h", "published", "from", "half within", "95 % within", "objective"
    )
    for one in found:
        archived = f" + {one.archived} archived" if one.archived else ""
        published = f"{one.published}{archived}"
        if one.from_sensing is None or one.from_visible is None:
            table.add_row(escape(one.source), published)
            continue
        for name, way in (("sensing", one.from_sensing), ("visible", one.from_visible)):
            table.add_row(escape(one.source), published, name, *_way(way, one.judged))
    return table


def _way(way: Way, judged: bool) -> tuple[str, str, str]:
    verdict = ("met" if way.met else "missed") if judged else "too few to judge"
    return span(way.p50), span(way.p95), f"{span(way.objective)}: {verdict}"


def _workers(living: list[Worker], moment: datetime) -> Table:
    table = Table("worker", "stands", "heard", "does", "holds")
    for one in living:
        held = ", ".join(lease.mosaic for lease in one.holds)
        seen = _age(one.seen_at, moment)
        table.add_row(escape(one.name), one.standing, seen, escape(one.doing), escape(held))
    return table


def _storage(found: Status) -> Text:
    kept = found.storage
    working = room(kept.working) if kept.working is not None else "being counted"
    limit = f" of at most {room(kept.working_limit)}" if kept.working_limit else ""
    return Text(
        f"{room(kept.free)} of {room(kept.total)} free; working store {working}{limit}; "
        f"database {room(found.database_bytes)}."
    )


def _age(since: datetime, moment: datetime) -> str:
    return f"{span((moment - since).total_seconds())} ago"
