"""The board on which the threads of a process write what they do, for its heartbeat to tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Board:
    """What this process works on now, by whatever threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[object, str] = {}

    @contextmanager
    def doing(self, words: str) -> Iterator[None]:
        """Have the words on the board while the block runs."""
        entry = object()
        with self._lock:
            self._entries[entry] = words
        try:
            yield
        finally:
            with self._lock:
                del self._entries[entry]

    def __str__(self) -> str:
        """Render what is being done, oldest first; empty where nothing is."""
        with self._lock:
            return "; ".join(self._entries.values())
