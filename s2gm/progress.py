"""Progress bars that show what the catalog says, whoever does the work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from catalog.query import counts
from s2gm.tables import console
from tasks.workshop import Workshop


@contextmanager
def catalog_progress(workshop: Workshop) -> Iterator[None]:
    """Show granules ingested and mosaics published while the block runs."""
    done = Event()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(), disable=not sys.stdout.isatty()) as progress:
        watcher = Thread(target=_watch, args=(workshop, progress, done), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _watch(workshop: Workshop, progress: Progress, done: Event) -> None:
    granules = progress.add_task("granules ingested", total=None)
    mosaics = progress.add_task("mosaics up to date", total=None)
    last = False
    while not last:
        last = done.wait(0.5)
        with workshop.catalog.transaction() as session:
            found = counts(session)
        _show(progress, granules, found, "granules", "TRACKED")
        _show(progress, mosaics, found, "mosaics", "DUE", "COMPOSING", "FAILED")


def _show(progress: Progress, bar: object, found: dict[str, int], kind: str, *open_: str) -> None:
    mine = {key.split(".")[1]: n for key, n in found.items() if key.startswith(kind)}
    total = sum(mine.values())
    waiting = sum(mine.get(state, 0) for state in open_)
    progress.update(bar, total=total or None, completed=total - waiting)  # type: ignore[arg-type]
