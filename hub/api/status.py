"""How the service stands: the judgement, the stages, timeliness, and what happened lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request

from catalog.operations.activity import Hour, activity
from catalog.operations.health import Health
from catalog.operations.stages import Stage, stages
from catalog.operations.timeliness import SourceTimeliness, timeliness
from catalog.operations.workers import database_moment
from hub.api.common import area
from hub.api.errors import errors
from hub.api.shapes import ServiceStatus, shaped
from hub.state import Reading, Shop, hub_of
from tasks.standing import objectives_of, status_of

router = area("status")
_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class HealthNow:
    """The one judgement of the service."""

    moment: datetime
    """When it was observed, by the clock of the catalog."""
    health: Health


@dataclass(frozen=True)
class StagesNow:
    """The pipeline as a row of stages."""

    moment: datetime
    """When they were counted, by the clock of the catalog."""
    stages: tuple[Stage, ...]
    """Those of granules first, each in the order of the work."""


@dataclass(frozen=True)
class TimelinessNow:
    """How timely the last 24 hours were."""

    since: datetime
    moment: datetime
    """When it was measured, by the clock of the catalog."""
    sources: tuple[SourceTimeliness, ...]


@dataclass(frozen=True)
class ActivityNow:
    """What happened in the last 24 hours of the clock."""

    moment: datetime
    """When it was counted, by the clock of the catalog."""
    hours: tuple[Hour, ...]
    """The oldest first; the last is the one that runs."""


@router.get("/status", response_model=ServiceStatus, responses=errors())
def read_status(request: Request, session: Reading, shop: Shop) -> Any:
    """Tell how the service stands.

    All that the overview shows, and `s2gm status --json` prints, as of one moment.
    """
    return shaped(status_of(session, shop.settings, hub_of(request).gauge.read()))


@router.get("/health", responses=errors())
def read_health(request: Request, session: Reading, shop: Shop) -> HealthNow:
    """Tell whether the service is healthy, late or broken.

    A level, a headline, and sentences that say what, where, and what to do. The answer is 200 at
    every level; `/readyz` is for programs that only ask whether the hub can work.
    """
    found = status_of(session, shop.settings, hub_of(request).gauge.read())
    return HealthNow(found.moment, found.health)


@router.get("/stages", responses=errors())
def read_stages(session: Reading) -> StagesNow:
    """Count what stands at each stage of the pipeline, and since when."""
    moment = database_moment(session)
    return StagesNow(moment, stages(session, moment))


@router.get("/timeliness", responses=errors())
def read_timeliness(session: Reading, shop: Shop) -> TimelinessNow:
    """Measure the time to publication in the last 24 hours, by source.

    From sensing, and from when a granule was first seen at its source, against the objectives.
    """
    moment = database_moment(session)
    since = moment - _DAY
    found = timeliness(session, since, moment, objectives_of(shop.settings))
    return TimelinessNow(since, moment, found)


@router.get("/activity", responses=errors())
def read_activity(session: Reading) -> ActivityNow:
    """Count what happened in each of the last 24 hours."""
    moment = database_moment(session)
    return ActivityNow(moment, activity(session, moment))
