"""Progress that shows what the catalog says, whoever does the work: bars, or lines for a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from catalog.query import counts, waiting_by_tile
from products.words import counted
from s2gm.tables import console
from tasks.workshop import Workshop

_OPEN = ("DUE", "COMPOSING", "FAILED")
_QUIET_SECONDS = 10.0


@contextmanager
def catalog_progress(workshop: Workshop) -> Iterator[None]:
    """Show granules ingested and mosaics finished while the block runs."""
    if not sys.stdout.isatty():
        with _watched(lambda done: _tell(workshop, done)):
            yield
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with (
        Progress(*columns, console=console(), transient=True) as progress,
        _watched(lambda done: _watch(workshop, progress, done)),
    ):
        yield


@contextmanager
def _watched(watch: Callable[[Event], None]) -> Iterator[None]:
    done = Event()
    watcher = Thread(target=watch, args=(done,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


class Lines:
    """What to say in a log: when a stage begins and ends, and every ten seconds in between."""

    def __init__(self) -> None:
        self._granules = _Stage("granules looked through")
        self._mosaics = _Stage("mosaics finished")

    def say(
        self, moment: float, waiting: dict[str, int], mosaics: int, *, last: bool = False
    ) -> list[str]:
        """Return the lines that are due at a moment, in seconds; mosaics are those to do."""
        said = []
        if sum(waiting.values()) > self._granules.most:
            said = [
                f"{tile}: {counted(number, 'granule')} waiting" for tile, number in waiting.items()
            ]
        for stage, left in ((self._granules, sum(waiting.values())), (self._mosaics, mosaics)):
            said += stage.say(moment, left, last=last)
        return said


class _Stage:
    def __init__(self, what: str) -> None:
        self._what, self.most, self._told, self._left = what, 0, 0.0, 0

    def say(self, moment: float, left: int, *, last: bool) -> list[str]:
        if left > self.most:
            self.most, self._left, self._told = left, left, moment
        ended = self.most > 0 and (left == 0 or last)
        due = left < self._left and moment - self._told >= _QUIET_SECONDS
        line = f"{self.most - left} of {self.most} {self._what}"
        if ended:
            self.most = self._left = 0
        elif due:
            self._left, self._told = left, moment
        return [line] if ended or due else []


def _tell(workshop: Workshop, done: Event) -> None:
    lines, last = Lines(), False
    while not last:
        last = done.wait(0.5)
        with workshop.catalog.transaction() as session:
            waiting, found = waiting_by_tile(session), counts(session)
        mosaics = sum(found.get(f"mosaics.{state}", 0) for state in _OPEN)
        for line in lines.say(time.monotonic(), waiting, mosaics, last=last):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


def _watch(workshop: Workshop, progress: Progress, done: Event) -> None:
    granules = progress.add_task("granules ingested", total=None)
    mosaics = progress.add_task("mosaics up to date", total=None)
    last = False
    while not last:
        last = done.wait(0.5)
        with workshop.catalog.transaction() as session:
            found = counts(session)
        _show(progress, granules, found, "granules", "TRACKED")
        _show(progress, mosaics, found, "mosaics", *_OPEN)


def _show(progress: Progress, bar: object, found: dict[str, int], kind: str, *open_: str) -> None:
    mine = {key.split(".")[1]: n for key, n in found.items() if key.startswith(kind)}
    total = sum(mine.values())
    waiting = sum(mine.get(state, 0) for state in open_)
    progress.update(bar, total=total or None, completed=total - waiting)  # type: ignore[arg-type]
