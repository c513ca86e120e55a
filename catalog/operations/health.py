"""The one judgement of the service: a level, a headline, and sentences that say what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from catalog.operations.complaints import complaints
from catalog.operations.facts import Facts, Grade, Sentence
from catalog.operations.observed import Observed, Room, observe
from catalog.operations.timeliness import Objectives
from products.spans import counted, span

_QUIET = timedelta(hours=1)
"""After so long without any event a service without work counts as idle."""
_NAMED = 2
"""Causes that a headline names."""


class Level(StrEnum):
    """How the service stands, in a word."""

    BROKEN = "broken"
    """It cannot do its work until somebody acts."""
    LATE = "late"
    """It works, and what it does comes later than the objectives allow."""
    STOPPED = "stopped"
    """Nobody works, and nothing has waited long for that."""
    HEALTHY = "healthy"
    IDLE = "idle"
    """It is ready, and nothing has come for some time."""


@dataclass(frozen=True)
class Health:
    """How the service stands, and what an operator should know and do."""

    level: Level
    headline: str
    """One sentence that begins with the level."""
    sentences: tuple[Sentence, ...]
    """The gravest first; each says what, where, and what to do."""


def health(
    session: Session,
    moment: datetime,
    objectives: Objectives,
    poll: timedelta,
    room: Room | None = None,
) -> Health:
    """Observe and judge the service; ``poll`` is how often it looks at its source."""
    return judge(observe(session, moment, objectives, room), objectives, poll)


def judge(observed: Observed, objectives: Objectives, poll: timedelta) -> Health:
    """Judge what was observed.

    Nothing here changes with the mere passing of seconds, except that a limit is crossed once:
    a blip of the source, the pause between two turns or one late mosaic does not change the level.
    """
    facts = Facts(observed, objectives, poll)
    sentences = complaints(facts)
    level = _level(facts, sentences)
    return Health(level, _headline(level, facts, sentences), sentences)


def _level(facts: Facts, sentences: Sequence[Sentence]) -> Level:
    grades = {sentence.level for sentence in sentences}
    if Grade.BROKEN in grades:
        return Level.BROKEN
    if Grade.LATE in grades:
        return Level.LATE
    if not facts.living:
        return Level.STOPPED
    last = facts.seen.last_event
    quiet = last is None or facts.seen.moment - last > _QUIET
    return Level.IDLE if quiet and not any(facts.work) else Level.HEALTHY


def _headline(level: Level, facts: Facts, sentences: Sequence[Sentence]) -> str:
    looks = sum(sentence.level == Grade.LOOK for sentence in sentences)
    match level:
        case Level.BROKEN | Level.LATE:
            return f"{level.capitalize()}: {_causes(level, sentences)}."
        case Level.STOPPED:
            work = facts.work_that("waits", "wait") or "nothing waits"
            told = f"Stopped: no worker runs, and {work}."
        case Level.IDLE:
            last = facts.seen.last_event
            since = f"for {span((facts.seen.moment - last).total_seconds())}" if last else "yet"
            told = f"Idle: nothing waits, and nothing came {since}."
        case Level.HEALTHY:
            work = facts.work_that("is in work", "are in work") or "nothing waits"
            told = f"Healthy: {work}."
    return f"{told} {_to_look_at(looks)}" if looks else told


def _causes(level: Level, sentences: Sequence[Sentence]) -> str:
    causes = [one.brief for one in sentences if one.level == level.value]
    more = len(causes) - _NAMED
    return "; ".join(causes[:_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _to_look_at(looks: int) -> str:
    return f"{counted(looks, 'thing wants', 'things want')} a look."
