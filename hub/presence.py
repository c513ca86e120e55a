"""When sessions were last seen: kept in memory, written now and then."""

from datetime import datetime, timedelta
from threading import Lock

from catalog.engine import Catalog
from catalog.operations.sign_ins import note_seen, sweep

_KEPT = timedelta(days=90)
"""How long ended sessions stand in the catalog."""


class Presence:
    """Who was seen when since the last time that it was written."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, datetime] = {}

    def note(self, identity: str, moment: datetime) -> None:
        """Keep that a session was seen."""
        with self._lock:
            self._seen[identity] = moment

    def write(self, catalog: Catalog, moment: datetime) -> None:
        """Write what was seen, and forget sessions that ended long ago."""
        with self._lock:
            seen, self._seen = self._seen, {}
        if seen:
            with catalog.transaction() as session:
                note_seen(session, seen)
                sweep(session, moment - _KEPT)
