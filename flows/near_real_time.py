"""The near-real-time job: track, ingest, plan, and produce what is due."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from prefect import flow, task, unmapped
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from products.errors import SourceUnavailable
from products.period import PeriodKind
from tasks import cycle
from tasks.ingest import ingest
from tasks.produce import produce
from tasks.settings import Settings
from tasks.shelf import shelve
from tasks.track import open_source, track
from tasks.workshop import Workshop, open_workshop


@lru_cache(maxsize=4)
def workshop_at(home: str) -> Workshop:
    """Return this process's workshop of a data root."""
    return open_workshop(Settings(home=Path(home)))


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=2)
def track_source(home: str, source: str, tiles: list[str]) -> int:
    """Record what is new at the source; return how many granules are."""
    names = tuple(tiles)
    return len(track(workshop_at(home), open_source(source, names), names))


@task(cache_policy=NO_CACHE)
def ingest_granule(home: str, granule_id: str) -> bool:
    """Ingest one granule; one whose files are out of reach now stays tracked for the next run."""
    try:
        return ingest(workshop_at(home), granule_id)
    except SourceUnavailable:
        return False


@task(cache_policy=NO_CACHE)
def plan_mosaics(home: str, wanted: cycle.Wanted) -> list[int]:
    """Return the ids of the mosaics that are due."""
    return cycle.plan(workshop_at(home), wanted)


@task(cache_policy=NO_CACHE)
def produce_mosaic(home: str, mosaic_id: int) -> bool:
    """Recompose, check and publish one mosaic."""
    return produce(workshop_at(home), mosaic_id)


@task(cache_policy=NO_CACHE)
def shelve_products(home: str) -> bool:
    """Show what is published in the static STAC catalog."""
    return shelve(workshop_at(home))


@flow(name="near-real-time", validate_parameters=False)
def update(
    home: str, source: str, tiles: list[str], periods: list[str], resolutions: list[int]
) -> int:
    """Bring the mosaics of a source up to date; return how many were published."""
    wanted = cycle.Wanted(
        tuple(tiles), tuple(PeriodKind(word) for word in periods), tuple(resolutions)
    )
    track_source(home, source, tiles)
    waiting = cycle.waiting(workshop_at(home), wanted)
    ingest_granule.map(unmapped(home), waiting).wait()
    due = plan_mosaics(home, wanted)
    published = sum(produce_mosaic.map(unmapped(home), due).result())
    shelve_products(home)
    return published


def run(home: Path, source: str, wanted: cycle.Wanted) -> int:
    """Run the flow in this process with as many workers as the settings say."""
    workers = workshop_at(str(home)).settings.workers
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers)
    return update.with_options(task_runner=runner)(  # type: ignore[arg-type]
        str(home),
        source,
        list(wanted.tiles),
        [kind.value for kind in wanted.kinds],
        list(wanted.resolutions),
    )
