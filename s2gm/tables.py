"""What the commands print."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from catalog.operations.accounts import Account
from catalog.quality import Judged
from catalog.query import GranuleStatus, MosaicStatus
from catalog.tables import MosaicState
from products.decision import Decision
from products.words import counted, revision_words

_COLOURS = {
    "PUBLISHED": "green",
    "READY": "green",
    "DUE": "yellow",
    "COMPOSING": "yellow",
    "TRACKED": "yellow",
    "SUPERSEDED": "dim",
    "EMPTY": "dim",
    "WITHDRAWN": "red",
    "QUARANTINED": "red",
    "FAILED": "red",
    "REJECTED": "red",
    "passed": "green",
    "warned": "yellow",
    "released": "yellow",
    "stopped": "red",
    "rejected": "red",
    "accepted": "green",
    "accepted with warning": "yellow",
}


def console() -> Console:
    """Return a console that does not cut lines when the output goes into a file."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def print_json(value: Any) -> None:
    """Print for programs."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def mosaic_record(status: MosaicStatus, home: Path) -> dict[str, Any]:
    """Return a mosaic as ``s2gm mosaics --json`` prints it; scripts depend on the names."""
    return {
        "tile": status.tile,
        "period": status.period,
        "start": status.start.isoformat(),
        "end": status.end.isoformat(),
        "resolution": status.resolution,
        "state": status.state,
        "reason": status.reason,
        "revision": status.revision,
        "number": status.number,
        "product": str((home / status.product).resolve()) if status.product else None,
        "granules": list(status.granules),
        "published_at": status.published_at.isoformat() if status.published_at else None,
        "latency_seconds": status.latency_seconds,
        "qc": status.verdicts,
        "quality": status.quality,
        "report": status.shown.report if status.shown else None,
        "warnings": [vars(rule) for rule in status.shown.spoken] if status.shown else [],
        "decision": _decision_record(status.shown),
        "stopped": _stopped_record(status.stopped, home),
        "decisions": [_told_of(one) | {"standing": one.standing} for one in status.decisions],
    }


def _stopped_record(stopped: Judged | None, home: Path) -> dict[str, Any] | None:
    if stopped is None:
        return None
    return {
        "product": str((home / stopped.product).resolve()),
        "revision": stopped.ordinal,
        "number": stopped.number,
        "quality": stopped.quality,
        "rules": [vars(rule) for rule in stopped.spoken],
        "report": stopped.report,
        "decision": _decision_record(stopped),
    }


def _decision_record(judged: Judged | None) -> dict[str, Any] | None:
    return judged.decision.to_record() if judged and judged.decision else None


def _told_of(decision: Decision) -> dict[str, Any]:
    named = {
        "product": decision.product,
        "revision": decision.ordinal,
        "number": decision.number,
    }
    return named | decision.to_record()


def granule_record(row: GranuleStatus) -> dict[str, Any]:
    """Return a granule as ``s2gm granules --json`` prints it."""
    return {
        "id": row.id,
        "tile": row.tile,
        "sensed": row.datatake_start.isoformat() if row.datatake_start else None,
        "state": row.state,
        "rule": row.rule,
        "reason": row.reason,
        "location": row.location,
        "tracked_at": row.tracked_at.isoformat(),
        "withdrawn_by": row.withdrawn_by,
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
        "quality": row.quality,
        "warnings": [vars(rule) for rule in row.spoken],
    }


def print_mosaics(found: list[MosaicStatus]) -> None:
    """Print mosaics as a table."""
    table = Table(title=counted(len(found), "mosaic"))
    for heading in (
        "tile",
        "period",
        "start",
        "m",
        "state",
        "quality",
        "revision",
        "number",
        "granules",
        "latency",
        "folder",
    ):
        table.add_column(heading, overflow="fold")
    for status in found:
        latency = status.latency_seconds
        table.add_row(
            status.tile,
            status.period,
            status.start.isoformat(),
            str(status.resolution),
            _coloured(status.state),
            _coloured(status.quality or "-"),
            str(status.revision or "-"),
            str(status.number or "-"),
            str(len(status.granules)),
            f"{latency:.0f} s" if latency is not None else "-",
            "\n".join(_told(status)) or "-",
        )
    console().print(table)


def _told(status: MosaicStatus) -> Iterator[str]:
    """Say what readers get, what is warned of, what was stopped and why, and who decided what."""
    if status.product:
        yield escape(status.product)
    for rule in status.shown.spoken if status.shown else ():
        yield escape(f"{rule.rule}: {rule.message}")
    if stopped := status.stopped:
        yield escape(f"{stopped.quality}: {stopped.product}")
        yield revision_words(stopped.ordinal, stopped.number)
    if status.reason and status.state != MosaicState.REJECTED:
        yield escape(status.reason)
    for one in status.decisions:
        yield escape(f"{revision_words(one.ordinal, one.number)}: {one}")


def print_granules(rows: list[GranuleStatus]) -> None:
    """Print granules as a table."""
    table = Table(title=counted(len(rows), "granule"))
    for heading in ("granule", "tile", "sensed", "state", "quality", "reason"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        sensed = row.datatake_start.strftime("%Y-%m-%d %H:%M") if row.datatake_start else "-"
        quality = _coloured(row.quality or "-")
        table.add_row(row.id, row.tile or "-", sensed, _coloured(row.state), quality, _why(row))
    console().print(table)


def _why(row: GranuleStatus) -> str:
    reason = escape(row.reason or "")
    if row.withdrawn_at is not None:
        reason += f" ({row.withdrawn_by}, {row.withdrawn_at:%Y-%m-%d %H:%M} UTC)"
    warned = [f"{rule.rule}: {rule.message}" for rule in row.spoken if rule.verdict == "WARN"]
    return "\n".join([*([reason] if reason else []), *map(escape, warned)])


def print_story(story: dict[str, Any]) -> None:
    """Print the story of a pixel."""
    out = console()
    methods = ("none", "single observation", "STC", "MEDOID")
    step = f", tree step {story['step']}" if story["step"] is not None else ""
    out.print(f"[bold]{story['mosaic']}[/bold], pixel row {story['row']} column {story['column']}")
    out.print(f"method: {methods[int(story['method'])]}{step}")
    table = Table()
    for heading in ("date", "granule", "SCL", "valid", "NDVI", "TCB", "distance sum", ""):
        table.add_column(heading, overflow="fold")
    for entry in story["candidates"]:
        table.add_row(
            entry["date"],
            entry["granule"],
            str(entry["scl"]),
            "yes" if entry["valid"] else entry["why_not"],
            *(_number(entry[name]) for name in ("ndvi", "tcb", "distance_sum")),
            "<- selected" if entry["selected"] else "",
        )
    out.print(table)


def _coloured(state: str) -> str:
    colour = _COLOURS.get(state, "white")
    return f"[{colour}]{state}[/{colour}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def print_accounts(found: list[Account]) -> None:
    """Print the accounts of the hub as a table."""
    table = Table("account", "may", "made", "last signed in", "closed")
    for account in found:
        moments = (account.made_at, account.seen_at, account.closed_at)
        may = "look and act" if account.operator else "look"
        told = (f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in moments)
        table.add_row(escape(account.name), may, *told)
    console().print(table)
