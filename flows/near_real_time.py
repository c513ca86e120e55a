"""The near-real-time job: track, ingest, plan, and produce what is due."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from prefect import flow, task, unmapped
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFutureList
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from catalog.tables import RevisionState
from flows.report_artifact import show_report
from products.errors import SourceUnavailable
from products.period import PeriodKind
from tasks import cycle
from tasks.heartbeat import heartbeat
from tasks.ingest import ingest
from tasks.logs import correlated, new_run
from tasks.produce import produce
from tasks.retention import evict
from tasks.settings import read_settings
from tasks.shelf import shelve
from tasks.track import track_source as ask_source
from tasks.turn import turn
from tasks.workshop import Workshop, open_workshop


@dataclass(frozen=True)
class Turn:
    """What one run of the job came to."""

    published: int
    """Revisions published."""
    postponed: tuple[str, ...]
    """Sentences that say why a granule could not be fetched now; it waits for the next run."""


@lru_cache(maxsize=4)
def workshop_at(home: str) -> Workshop:
    """Return this process's workshop of a data root."""
    return open_workshop(read_settings(Path(home)))


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=2)
def track_source(home: str, source: str, tiles: list[str]) -> int:
    """Record what is new at the source; return how many granules are."""
    return len(ask_source(workshop_at(home), source, tuple(tiles)))


@task(cache_policy=NO_CACHE)
def ingest_granule(home: str, granule_id: str) -> str:
    """Ingest one granule; return why it has to wait for the next run, empty where it has not."""
    try:
        ingest(workshop_at(home), granule_id)
    except SourceUnavailable as error:
        return str(error)
    return ""


@task(cache_policy=NO_CACHE)
def plan_mosaics(home: str, wanted: cycle.Wanted) -> list[int]:
    """Return the ids of the mosaics that are due."""
    return cycle.plan(workshop_at(home), wanted)


@task(cache_policy=NO_CACHE)
def produce_mosaic(home: str, mosaic_id: int) -> bool:
    """Recompose and check one mosaic, and show its quality report; tell whether it is published."""
    workshop = workshop_at(home)
    produced = produce(workshop, mosaic_id)
    if produced:
        show_report(workshop, mosaic_id)
    return produced == RevisionState.PUBLISHED


@task(cache_policy=NO_CACHE)
def shelve_products(home: str) -> bool:
    """Show what is published in the static STAC catalog."""
    return shelve(workshop_at(home))


@task(cache_policy=NO_CACHE)
def evict_observations(home: str) -> int:
    """Keep the working store within its limit; return how many observations were evicted."""
    return len(evict(workshop_at(home)))


@flow(name="near-real-time", validate_parameters=False)
def update(
    home: str, source: str, tiles: list[str], periods: list[str], resolutions: list[int]
) -> Turn:
    """Bring the mosaics of a source up to date.

    A granule or mosaic that fails unforeseen stops no other; its error is raised at the end.
    """
    wanted = cycle.Wanted(
        tuple(tiles), tuple(PeriodKind(word) for word in periods), tuple(resolutions)
    )
    with heartbeat(workshop_at(home)), correlated(run=flow_run.name or new_run()):
        return _turn(home, source, tiles, wanted)


def _turn(home: str, source: str, tiles: list[str], wanted: cycle.Wanted) -> Turn:
    track_source(home, source, tiles)
    waiting = cycle.waiting(workshop_at(home), wanted)
    ingested, failed = _settled(ingest_granule.map(unmapped(home), waiting))
    due = plan_mosaics(home, wanted)
    produced, failed_too = _settled(produce_mosaic.map(unmapped(home), due))
    shelve_products(home)
    evict_observations(home)
    for error in (*failed, *failed_too):
        raise error
    return Turn(sum(produced), tuple(sentence for sentence in ingested if sentence))


def _settled(futures: PrefectFutureList[Any]) -> tuple[list[Any], list[BaseException]]:
    """Wait for all; return what they gave and what they raised, both in order."""
    results = [future.result(raise_on_failure=False) for future in futures]
    failed = [result for result in results if isinstance(result, BaseException)]
    return [result for result in results if not isinstance(result, BaseException)], failed


def run(home: Path, source: str, wanted: cycle.Wanted) -> Turn:
    """Run the flow in this process with as many workers as the settings say.

    Prefect names the run by the id that is in the log lines of the turn.
    """
    workshop = workshop_at(str(home))
    workers = workshop.settings.workers
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers)
    with turn(workshop, source) as name:
        job = update.with_options(task_runner=runner, flow_run_name=name)  # type: ignore[arg-type]
        return job(
            str(home),
            source,
            list(wanted.tiles),
            [kind.value for kind in wanted.kinds],
            list(wanted.resolutions),
        )
