"""Runs: who works, at what, how far the turns are, and how much room is left."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from catalog.operations.sizes import database_bytes
from catalog.operations.workers import Worker, database_moment, workers
from hub.api.common import area
from hub.api.errors import errors
from hub.state import Reading, Shop, hub_of
from tasks.gauge import Storage
from tasks.prefect_address import read_prefect_address
from tasks.turns import Turn, last_turns

router = area("runs")


@dataclass(frozen=True)
class WorkersNow:
    """The workers that live, or ended within the last day."""

    moment: datetime
    """When they were looked at, by the clock of the catalog."""
    entries: tuple[Worker, ...]
    """Those that live first, the latest to start first."""


@dataclass(frozen=True)
class Room:
    """How full the data root and the database are."""

    storage: Storage
    database_bytes: int


@dataclass(frozen=True)
class TurnsNow:
    """The last turns of the service, as its Prefect server tells them."""

    page: str | None
    """Address of the server's interface; None where no service runs that told one."""
    entries: tuple[Turn, ...] | None
    """The newest first; None where there is no server, or it does not answer."""


@router.get("/workers", responses=errors())
def list_workers(session: Reading) -> WorkersNow:
    """List the workers, what they do, and which mosaics they hold."""
    moment = database_moment(session)
    return WorkersNow(moment, tuple(workers(session, moment)))


@router.get("/turns", responses=errors())
def list_turns(shop: Shop) -> TurnsNow:
    """List the last turns of the service with their progress."""
    address = read_prefect_address(shop.home)
    if address is None:
        return TurnsNow(None, None)
    found = last_turns(address)
    return TurnsNow(found.page, found.turns)


@router.get("/storage", responses=errors())
def read_storage(request: Request, session: Reading) -> Room:
    """Tell how much room is left, and what the database takes up."""
    return Room(hub_of(request).gauge.read(), database_bytes(session))
