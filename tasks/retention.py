"""Retention: keep the working store within its limit; the evicted is decoded again on demand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from catalog.engine import now
from catalog.need import Kept, kept_observations
from storage.local import discard, locked, sweep_discarded
from tasks.ingest import observation_folder
from tasks.logs import Event, event_log
from tasks.workshop import Workshop

_LOG = event_log(__name__)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Stored:
    """An observation on the disk, and how much the service would miss it."""

    folder: Path
    size: int
    needed: bool
    sensed: datetime


def evict(workshop: Workshop) -> list[Path]:
    """Remove observations until the working store is within its limit; return their folders.

    First go those that no mosaic can ask for, then those of mosaics that are neither due nor of a
    period that is still open, then the others, each oldest sensing first. The inputs of a mosaic
    that some worker composes now, and granules whose ingest is not finished, stay. Should another
    worker come to need one a moment later, it finds it missing and decodes it again.
    """
    for tile in sorted(workshop.working.glob("*/")):
        sweep_discarded(tile)
    limit = workshop.settings.working_store
    if limit is None:
        return []
    stored = _stored(workshop, now().date())
    excess = sum(one.size for one in stored.removable) + stored.in_use - limit
    evicted = []
    for one in stored.removable:
        if excess <= 0:
            break
        if one.needed:
            _LOG.warning(
                Event.OBSERVATION_EVICTED,
                message="S2GM_WORKING_STORE is too small for the periods that are open: "
                f"{one.folder.name} is evicted and will have to be decoded again.",
            )
        with locked(one.folder):
            discard(one.folder)
        evicted.append(one.folder)
        excess -= one.size
    return evicted


@dataclass(frozen=True)
class _Inventory:
    removable: list[_Stored]
    """In the order in which they are evicted."""
    in_use: int
    """Bytes of what must stay."""


def _stored(workshop: Workshop, today: date) -> _Inventory:
    folders = [f for f in sorted(workshop.working.glob("*/*")) if f.is_dir() and f.name[0] != "."]
    with workshop.catalog.transaction() as session:
        known = {
            observation_folder(workshop, kept.granule): kept
            for kept in kept_observations(session, today)
        }
    removable, in_use = [], 0
    for folder in folders:
        size, kept = _size(folder), known.get(folder)
        if kept and kept.in_use:
            in_use += size
        else:
            removable.append(_described(folder, size, kept))
    return _Inventory(sorted(removable, key=lambda s: (s.needed, s.sensed, s.folder)), in_use)


def _described(folder: Path, size: int, kept: Kept | None) -> _Stored:
    if kept is None:
        return _Stored(folder, size, needed=False, sensed=_NEVER)
    return _Stored(folder, size, kept.needed, kept.granule.datatake_start)


def _size(folder: Path) -> int:
    """Return the bytes of a folder, 0 where somebody has just removed it."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total
