"""How much room there is on the disk, and how much the decoded granules take up."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic

from tasks.workshop import Workshop

STORE_SECONDS = 60.0
"""How old the size of the working store may be: to learn it means to look at each of its files."""


@dataclass(frozen=True)
class Sizes:
    """Bytes, as far as the disk of the data root goes."""

    disk_free: int
    """Room that is left for this user."""
    disk_size: int
    working_store: int


class Scales:
    """Weighs a data root again and again; one per process, for all that ask."""

    def __init__(self, workshop: Workshop, clock: Callable[[], float] = monotonic) -> None:
        self._workshop = workshop
        self._clock = clock
        self._lock = Lock()
        self._store: tuple[float, int] | None = None

    def weigh(self) -> Sizes:
        """Return the sizes of now; that of the working store may be a minute old."""
        disk = shutil.disk_usage(self._workshop.home)
        with self._lock:
            moment = self._clock()
            if self._store is None or moment - self._store[0] >= STORE_SECONDS:
                self._store = moment, sum(_files(self._workshop.working))
            return Sizes(disk.free, disk.total, self._store[1])


def _files(folder: Path) -> Iterator[int]:
    """Give the size of each file; what is removed meanwhile does not count."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
            continue
        try:
            yield entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
