"""Logs: one vocabulary of events, each line with the ids by which a granule can be followed.

Lines go to standard error, as text for people or as JSON for programs. ``run``, ``granule``,
``mosaic`` and ``revision`` are bound once with ``correlated``, and are on every line within.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from uuid import uuid4

import structlog
from structlog.stdlib import BoundLogger
from structlog.types import EventDict, Processor

from products.sentence import one_line, without_secrets
from tasks.settings import LogFormat, Settings

_ROOMS = ("catalog", "sources", "metadata", "qc", "storage", "tasks", "flows", "hub", "s2gm")
"""Loggers whose lines are ours; those of libraries stay theirs."""


class Event(StrEnum):
    """Everything that is logged, by what it is about."""

    TURN_BEGUN = "turn.begun"
    TURN_DONE = "turn.done"
    TURN_FAILED = "turn.failed"
    SOURCE_AWAY = "source.away"
    SOURCE_BACK = "source.back"
    GRANULE_TRACKED = "granule.tracked"
    GRANULE_INGESTED = "granule.ingested"
    GRANULE_REJECTED = "granule.rejected"
    GRANULE_POSTPONED = "granule.postponed"
    GRANULE_FAILED = "granule.failed"
    OBSERVATION_DAMAGED = "observation.damaged"
    OBSERVATION_EVICTED = "observation.evicted"
    MOSAIC_CLAIMED = "mosaic.claimed"
    MOSAIC_FROM_SCRATCH = "mosaic.from_scratch"
    MOSAIC_PUBLISHED = "mosaic.published"
    MOSAIC_STOPPED = "mosaic.stopped"
    MOSAIC_LOST = "mosaic.lost"
    MOSAIC_FAILED = "mosaic.failed"
    MOSAICS_TAKEN_BACK = "mosaics.taken_back"
    WORKER_BEGAN = "worker.began"
    WORKER_ENDED = "worker.ended"
    WORKER_DIED = "worker.died"
    WORKER_UNHEARD = "worker.unheard"
    WORKER_HEARD = "worker.heard"
    OPERATOR_ACTED = "operator.acted"
    TROUBLE_UNRECORDED = "trouble.unrecorded"
    REPORT_NOT_SHOWN = "report.not_shown"


def event_log(name: str) -> BoundLogger:
    """Return the log of a module; its lines name an ``Event`` first."""
    log: BoundLogger = structlog.stdlib.get_logger(name)
    return log


def configure_logs(settings: Settings) -> None:
    """Write the lines of this process as the settings ask, in place of how it was before."""
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _hide_secrets,
                _as_json if settings.log_format is LogFormat.JSON else _as_text,
            ],
        )
    )
    for room in _ROOMS:
        log = logging.getLogger(room)
        for old in [each for each in log.handlers if isinstance(each, _StandardError)]:
            log.removeHandler(old)
        log.addHandler(handler)
        log.setLevel(settings.log_level.upper())


@contextmanager
def correlated(**ids: str) -> Iterator[None]:
    """Put these ids on every line that is logged within, also by threads that are started there."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def current_run() -> str | None:
    """Return the id of the turn in which this is, None outside of one."""
    found: str | None = structlog.contextvars.get_contextvars().get("run")
    return found


def new_run() -> str:
    """Return an id for a turn of the service."""
    return uuid4().hex[:12]


class _StandardError(logging.Handler):
    """Standard error as it is at the moment: progress bars and tests put their own in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.handleError(record)


def _hide_secrets(_log: object, _method: str, fields: EventDict) -> EventDict:
    return {name: _without_secrets(value) for name, value in fields.items()}


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, (list, tuple)):
        return [_without_secrets(each) for each in value]
    return value


def _as_json(_log: object, _method: str, fields: EventDict) -> str:
    first = {name: fields.pop(name) for name in ("time", "level", "event") if name in fields}
    return json.dumps({**first, **fields}, default=str)


def _as_text(_log: object, _method: str, fields: EventDict) -> str:
    """Render ``TIME LEVEL EVENT: sentence key=value ...``, a trace below it."""
    time, level, event = (fields.pop(name, "") for name in ("time", "level", "event"))
    message, trace = fields.pop("message", ""), fields.pop("exception", "")
    fields.pop("logger", None)
    head = f"{time} {level} {one_line(str(event))}"
    told = f": {one_line(str(message))}" if message else ""
    pairs = "".join(f" {name}={_word(value)}" for name, value in fields.items())
    return f"{head}{told}{pairs}" + (f"\n{trace}" if trace else "")


def _word(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(_word(each) for each in value)
    text = str(value)
    return text if text.isprintable() and text.split() == [text] else json.dumps(text)


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=BoundLogger,
    cache_logger_on_first_use=False,
)
