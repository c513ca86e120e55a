"""Runs: who works, at what, how far the turns are, and how much room is left."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from catalog.operations.complaints import mosaic_link
from catalog.operations.sizes import database_bytes
from catalog.operations.workers import Lease, Standing, database_moment, workers
from hub.pages import page
from hub.state import Reading, Shop, hub_of
from products.mosaic import MosaicKey
from tasks.prefect_address import read_prefect_address
from tasks.turns import last_turns

router = APIRouter(prefix="/runs", include_in_schema=False)
_OVER = (Standing.ENDED, Standing.DIED)


@router.get("")
def show(request: Request, session: Reading, workshop: Shop) -> Response:
    """Show workers, turns and room."""
    moment = database_moment(session)
    found = workers(session, moment)
    address = read_prefect_address(workshop.home)
    return page(
        request,
        "runs.html",
        moment_seen=moment,
        living=[one for one in found if one.standing not in _OVER],
        ended=[one for one in found if one.standing in _OVER],
        turns=last_turns(address) if address else None,
        storage=hub_of(request).gauge.read(),
        database=database_bytes(session),
        lease_link=_lease_link,
    )


def _lease_link(lease: Lease) -> str:
    return mosaic_link(MosaicKey.parse(lease.mosaic))
