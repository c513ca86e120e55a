"""How the service stands: everything that ``s2gm status`` and the first page of the hub show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from catalog.operations.activity import Hour, activity
from catalog.operations.health import Health, judge
from catalog.operations.latest import Published, last_published
from catalog.operations.observed import Room, observe
from catalog.operations.sizes import database_bytes, largest_shape
from catalog.operations.stages import Stage
from catalog.operations.timeliness import Objectives, SourceTimeliness
from catalog.operations.workers import Worker, database_moment
from tasks.gauge import Gauge, Storage, needed_for
from tasks.settings import Settings
from tasks.workshop import Workshop

_LAST = 10


@dataclass(frozen=True)
class Status:
    """How the service stands."""

    moment: datetime
    """When it was observed, by the clock of the catalog."""
    health: Health
    stages: tuple[Stage, ...]
    timeliness: tuple[SourceTimeliness, ...]
    """Of the last 24 hours."""
    activity: tuple[Hour, ...]
    published: tuple[Published, ...]
    """The last publications, the newest first."""
    workers: tuple[Worker, ...]
    storage: Storage
    database_bytes: int


def status(workshop: Workshop, gauge: Gauge | None = None) -> Status:
    """Observe and judge the service; without a gauge the working store is counted now."""
    storage = gauge.read() if gauge else Gauge(workshop).read(wait=True)
    with workshop.catalog.view() as session:
        return status_of(session, workshop.settings, storage)


def status_of(session: Session, settings: Settings, storage: Storage) -> Status:
    """Observe and judge the service within one view of the catalog."""
    moment, objectives = database_moment(session), objectives_of(settings)
    shape = largest_shape(session)
    room = Room(storage.free, needed_for(shape)) if shape else None
    observed = observe(session, moment, objectives, room)
    return Status(
        moment=moment,
        health=judge(observed, objectives, timedelta(seconds=settings.poll_seconds)),
        stages=observed.stages,
        timeliness=observed.timeliness,
        activity=activity(session, moment),
        published=last_published(session, _LAST),
        workers=observed.workers,
        storage=storage,
        database_bytes=database_bytes(session),
    )


def objectives_of(settings: Settings) -> Objectives:
    """Return the objectives of timeliness."""
    return Objectives(settings.objective_sensing_hours, settings.objective_visible_hours)
