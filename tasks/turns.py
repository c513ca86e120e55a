"""The last turns of the service, as the Prefect server knows them that the service runs with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

_FLOW = "near-real-time"
_PATIENCE_SECONDS = 1.0
_STATES = {
    "COMPLETED": "ended",
    "RUNNING": "working",
    "PENDING": "waiting",
    "SCHEDULED": "waiting",
    "PAUSED": "waiting",
    "FAILED": "failed",
    "CRASHED": "died",
    "CANCELLED": "ended",
    "CANCELLING": "ended",
}


@dataclass(frozen=True)
class Turn:
    """One turn: track, ingest, plan, produce."""

    name: str
    """Under which Prefect shows it."""
    state: str
    """``working``, ``waiting``, ``ended``, ``failed`` or ``died``."""
    source: str
    started_at: datetime | None
    seconds: float
    """How long it took, or has taken so far."""
    done: int
    """Steps that have ended."""
    steps: int
    """Steps that are known so far; a turn plans its mosaics only when its granules are there."""
    page: str
    """Where Prefect shows it."""


@dataclass(frozen=True)
class Turns:
    """What the Prefect server tells."""

    page: str
    """Address of its interface."""
    turns: tuple[Turn, ...] | None
    """The last ones, the newest first; None where the server does not answer."""


def last_turns(api: str, limit: int = 10, transport: httpx.BaseTransport | None = None) -> Turns:
    """Ask a Prefect server for the last turns; one that does not answer soon has none to tell."""
    page = api.rstrip("/").removesuffix("/api")
    try:
        with httpx.Client(
            base_url=f"{api.rstrip('/')}/", timeout=_PATIENCE_SECONDS, transport=transport
        ) as client:
            return Turns(page, tuple(_turn(client, run, page) for run in _runs(client, limit)))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return Turns(page, None)


def _runs(client: httpx.Client, limit: int) -> list[dict[str, Any]]:
    asked = {
        "flows": {"name": {"any_": [_FLOW]}},
        "sort": "EXPECTED_START_TIME_DESC",
        "limit": limit,
    }
    found: list[dict[str, Any]] = (
        client.post("flow_runs/filter", json=asked).raise_for_status().json()
    )
    return found


def _turn(client: httpx.Client, run: dict[str, Any], page: str) -> Turn:
    started = run["start_time"]
    state = _STATES.get(run["state_type"], "waiting")
    done, steps = _progress(client, run["id"]) if state == "working" else (0, 0)
    return Turn(
        name=str(run["name"]),
        state=state,
        source=str((run.get("parameters") or {}).get("source", "")),
        started_at=datetime.fromisoformat(started) if started else None,
        seconds=float(run.get("estimated_run_time") or run.get("total_run_time") or 0),
        done=done,
        steps=steps,
        page=f"{page}/runs/flow-run/{run['id']}",
    )


def _progress(client: httpx.Client, run_id: str) -> tuple[int, int]:
    own = {"flow_runs": {"id": {"any_": [run_id]}}}
    ended = own | {"task_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
    done, steps = (
        int(client.post("task_runs/count", json=asked).raise_for_status().json())
        for asked in (ended, own)
    )
    return done, steps
