"""The heartbeat of a process: it says in the catalog that it lives and what it does."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event as Signal
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from catalog.operations.workers import beat, greet, leave
from products.sentence import sentence_of
from tasks.logs import Event, event_log
from tasks.workshop import Workshop

_LOG = event_log(__name__)


@contextmanager
def heartbeat(workshop: Workshop) -> Iterator[None]:
    """Say again and again that this worker lives while the block runs, and at its end that it ends.

    Within a block of the same worker, by whatever thread, it goes on until the last one ends. A
    catalog that is away stops nothing: it is told once, and the next beat tries again.
    """
    _enter(workshop)
    try:
        yield
    finally:
        _exit(workshop)


@dataclass
class _Beating:
    pulse: "_Pulse"
    blocks: int


_LOCK = Lock()
_BEATING: dict[str, _Beating] = {}


def _enter(workshop: Workshop) -> None:
    with _LOCK:
        known = _BEATING.get(workshop.owner)
        if known:
            known.blocks += 1
            return
        pulse = _Pulse(workshop)
        _BEATING[workshop.owner] = _Beating(pulse, 1)
    pulse.begin()


def _exit(workshop: Workshop) -> None:
    with _LOCK:
        known = _BEATING[workshop.owner]
        known.blocks -= 1
        if known.blocks:
            return
        del _BEATING[workshop.owner]
    known.pulse.end()


class _Pulse:
    """A thread that beats. No transaction of others waits for it, nor does it hold one open."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop, self._ended, self._unheard = workshop, Signal(), False
        self._thread = Thread(target=self._beat, name="heartbeat", daemon=True)

    def begin(self) -> None:
        self._say(self._greet)
        self._thread.start()
        _LOG.info(Event.WORKER_BEGAN, worker=self._workshop.owner)

    def end(self) -> None:
        self._ended.set()
        self._thread.join()
        self._say(lambda session: leave(session, self._workshop.owner))
        _LOG.info(Event.WORKER_ENDED, worker=self._workshop.owner)

    def _beat(self) -> None:
        while not self._ended.wait(self._workshop.settings.heartbeat_seconds):
            self._say(self._beat_once)

    def _beat_once(self, session: Session) -> None:
        if not beat(session, self._workshop.owner, str(self._workshop.board)):
            self._greet(session)

    def _greet(self, session: Session) -> None:
        seconds = self._workshop.settings.heartbeat_seconds
        greet(session, self._workshop.owner, socket.gethostname(), os.getpid(), seconds)

    def _say(self, what: Callable[[Session], None]) -> None:
        """Write to the catalog; what it cannot take now is told once, until it can again."""
        try:
            with self._workshop.catalog.transaction() as session:
                what(session)
        except SQLAlchemyError as away:
            if not self._unheard:
                _LOG.warning(Event.WORKER_UNHEARD, worker=self._workshop.owner, **_why(away))
            self._unheard = True
            return
        if self._unheard:
            _LOG.warning(Event.WORKER_HEARD, worker=self._workshop.owner)
        self._unheard = False


def _why(away: SQLAlchemyError) -> dict[str, str]:
    return {
        "message": f"The catalog cannot be told that this worker lives: {sentence_of(away)} "
        "The work goes on; look at the database and the disk."
    }
