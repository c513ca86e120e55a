"""One turn of the service as plain functions; flows run the same steps under Prefect."""

import logging
from dataclasses import dataclass

from catalog.affected import add_demand
from catalog.claim import break_leases, plan_due
from catalog.query import tracked
from catalog.tables import RevisionState
from products.errors import SourceUnavailable
from products.period import PeriodKind
from tasks.decide import settle_quarantine
from tasks.ingest import ingest
from tasks.produce import produce, sweep_records
from tasks.report import settle_reports
from tasks.retention import evict
from tasks.shelf import shelve
from tasks.track import open_source, track
from tasks.workshop import Workshop, is_dead, sweep_dead_workers

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """Which mosaics a run works on; empty ``tiles`` means all."""

    tiles: tuple[str, ...] = ()
    kinds: tuple[PeriodKind, ...] = tuple(PeriodKind)
    resolutions: tuple[int, ...] = (10, 20, 60)


def plan(workshop: Workshop, wanted: Wanted) -> list[int]:
    """Return the ids of the mosaics to compose, after taking back those of dead workers."""
    home = workshop.settings.home
    with workshop.catalog.transaction() as session:
        break_leases(session, lambda owner: is_dead(home, owner))
    sweep_dead_workers(home)  # after the leases: a worker without a lock counts as alive
    sweep_records(workshop)
    settle_quarantine(workshop)
    settle_reports(workshop)
    with workshop.catalog.transaction() as session:
        add_demand(session, wanted.tiles, wanted.kinds, wanted.resolutions)
        return plan_due(
            session, workshop.definition, wanted.tiles, wanted.kinds, wanted.resolutions
        )


def waiting(workshop: Workshop, wanted: Wanted) -> list[str]:
    """Return the granules that wait for their ingest."""
    with workshop.catalog.transaction() as session:
        return tracked(session, wanted.tiles)


def run_once(workshop: Workshop, source: str, wanted: Wanted) -> int:
    """Track, ingest, plan, produce, shelve and evict, in turn; return how many were published."""
    track(workshop, open_source(source, wanted.tiles), wanted.tiles)
    for granule_id in waiting(workshop, wanted):
        try:
            ingest(workshop, granule_id)
        except SourceUnavailable as error:
            _LOG.warning("postponed: %s", error)
    made = [produce(workshop, mosaic) for mosaic in plan(workshop, wanted)]
    shelve(workshop)
    evict(workshop)
    return made.count(RevisionState.PUBLISHED)
