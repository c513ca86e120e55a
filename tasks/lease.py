"""Lease: keep a mosaic while it is worked on."""

from threading import Event, Thread

from sqlmodel import Session

from catalog.claim import Claim, renew
from products.errors import LeaseLost
from tasks.workshop import Workshop


class kept_lease:  # noqa: N801 - used as a context manager
    """Renew a lease in the background while the work goes on."""

    def __init__(self, workshop: Workshop, held: Claim) -> None:
        self._workshop, self._held, self._done = workshop, held, Event()
        self._thread = Thread(target=self._renew, name=f"lease-{held.mosaic_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _renew(self) -> None:
        seconds = self._workshop.settings.lease_seconds
        while not self._done.wait(seconds / 3):
            with self._workshop.catalog.transaction() as session:
                if not _renewed(session, self._held, seconds):
                    return


def _renewed(session: Session, held: Claim, seconds: float) -> bool:
    try:
        renew(session, held, seconds)
    except LeaseLost:
        return False
    return True
