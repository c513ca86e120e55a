"""One turn of the service as plain functions; flows run the same steps under Prefect."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from catalog.affected import add_demand
from catalog.claim import break_leases, plan_due
from catalog.operations.workers import database_moment, mark_dead, unended
from catalog.query import tracked
from catalog.tables import RevisionState
from products.errors import SourceUnavailable
from products.period import PeriodKind
from tasks.decide import settle_quarantine
from tasks.ingest import ingest
from tasks.logs import Event, event_log
from tasks.produce import produce, sweep_records
from tasks.report import settle_reports
from tasks.retention import evict
from tasks.shelf import shelve
from tasks.track import track_source
from tasks.turn import turn
from tasks.workshop import Workshop, is_dead, sweep_dead_workers

_LOG = event_log(__name__)


@dataclass(frozen=True)
class Wanted:
    """Which mosaics a run works on; empty ``tiles`` means all."""

    tiles: tuple[str, ...] = ()
    kinds: tuple[PeriodKind, ...] = tuple(PeriodKind)
    resolutions: tuple[int, ...] = (10, 20, 60)


def plan(workshop: Workshop, wanted: Wanted) -> list[int]:
    """Return the ids of the mosaics to compose, after taking back those of dead workers."""
    home = workshop.settings.home
    _bury(workshop)
    sweep_dead_workers(home)  # after the leases: a worker without a lock counts as alive
    sweep_records(workshop)
    settle_quarantine(workshop)
    settle_reports(workshop)
    with workshop.catalog.transaction() as session:
        add_demand(session, wanted.tiles, wanted.kinds, wanted.resolutions)
        return plan_due(
            session, workshop.definition, wanted.tiles, wanted.kinds, wanted.resolutions
        )


def _bury(workshop: Workshop) -> None:
    """Take back the mosaics of dead workers, and record that these died.

    Dead is who has lost its lock, and who was not heard for longer than a lease lasts.
    """
    home, patience = workshop.settings.home, timedelta(seconds=workshop.settings.lease_seconds)
    with workshop.catalog.transaction() as session:
        broken = break_leases(session, lambda owner: is_dead(home, owner))
        heard_since = database_moment(session) - patience
        dead = [
            name
            for name, seen in unended(session).items()
            if name != workshop.owner and (seen < heard_since or is_dead(home, name))
        ]
        mark_dead(session, dead)
    for name in dead:
        _LOG.warning(Event.WORKER_DIED, worker=name)
    if broken:
        _LOG.warning(Event.MOSAICS_TAKEN_BACK, count=broken)


def waiting(workshop: Workshop, wanted: Wanted) -> list[str]:
    """Return the granules that wait for their ingest."""
    with workshop.catalog.transaction() as session:
        return tracked(session, wanted.tiles)


def run_once(workshop: Workshop, source: str, wanted: Wanted) -> int:
    """Track, ingest, plan, produce, shelve and evict, in turn; return how many were published."""
    with turn(workshop, source):
        track_source(workshop, source, wanted.tiles)
        for granule_id in waiting(workshop, wanted):
            with suppress(SourceUnavailable):  # it is recorded, and tried again
                ingest(workshop, granule_id)
        made = [produce(workshop, mosaic) for mosaic in plan(workshop, wanted)]
        shelve(workshop)
        evict(workshop)
        return made.count(RevisionState.PUBLISHED)
