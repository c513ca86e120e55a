"""The first page: whether the service is healthy, late or broken, and why."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from catalog.operations.complaints import mosaic_link
from catalog.operations.gate import gate
from hub.pages import page
from hub.state import Reading, Shop, hub_of
from tasks.standing import status_of

router = APIRouter(include_in_schema=False)
_STOPPED = 5


@router.get("/")
def overview(request: Request, session: Reading, workshop: Shop) -> Response:
    """Show how the service stands."""
    found = status_of(session, workshop.settings, hub_of(request).gauge.read())
    return page(
        request,
        "overview.html",
        status_now=found,
        stopped=gate(session, _STOPPED),
        mosaic_link=mosaic_link,
        began=any(stage.count or stage.last_24h for stage in found.stages),
        source_known=bool(found.timeliness),
    )
