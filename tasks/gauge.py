"""The gauge of the data root: room on its disk, and what the working store takes up."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread

from products.bands import LAYERS
from tasks.produce import room_needed
from tasks.workshop import Workshop

_OLD_SECONDS = 60.0


@dataclass(frozen=True)
class Storage:
    """How full the data root is."""

    free: int
    """Bytes left on its disk."""
    total: int
    """Bytes that its disk has."""
    working: int | None
    """Bytes of decoded granules; None while they are counted for the first time."""
    working_limit: int | None
    """Bytes that decoded granules may take up; None: no limit."""


class Gauge:
    """Reads how full a data root is.

    Counting the working store may take seconds, so others than the first to wait for it get the
    count of a minute ago while a thread counts anew.
    """

    def __init__(self, workshop: Workshop, clock: Callable[[], float] = time.monotonic) -> None:
        self._workshop, self._clock = workshop, clock
        self._lock = Lock()
        self._counted: int | None = None
        self._at = float("-inf")
        self._thread: Thread | None = None

    def read(self, *, wait: bool = False) -> Storage:
        """Return how full it is; ``wait`` until the working store is counted."""
        thread = self._count_if_old()
        if wait and thread:
            thread.join()
        disk = shutil.disk_usage(self._workshop.home)
        limit = self._workshop.settings.working_store
        return Storage(disk.free, disk.total, self._counted, limit)

    def _count_if_old(self) -> Thread | None:
        with self._lock:
            running = self._thread is not None and self._thread.is_alive()
            if not running and self._clock() - self._at >= _OLD_SECONDS:
                self._at = self._clock()
                self._thread = Thread(target=self._count, name="gauge", daemon=True)
                self._thread.start()
            return self._thread

    def _count(self) -> None:
        self._counted = _bytes_below(self._workshop.working)


def needed_for(shape: tuple[int, int]) -> int:
    """Return the bytes that must be free for a product of so many square metres and resolution."""
    area, resolution = shape
    layers = sum(layer.native <= resolution for layer in LAYERS)
    return room_needed(area // resolution**2, layers)


def _bytes_below(folder: Path) -> int:
    """Return the bytes of a folder; what is removed meanwhile does not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
