"""What programs ask to know whether the hub is there, and whether it can do its work."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from catalog.operations.ready import why_unready
from hub.problems import DOCUMENTED
from hub.state import Reading, hub_of

router = APIRouter(tags=["signs of life"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Tell that the hub's process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: DOCUMENTED[503]})
def readyz(session: Reading) -> dict[str, str]:
    """Tell that the hub can read the catalog, and that it is one of its version."""
    if reason := why_unready(session):
        raise HTTPException(503, reason)
    return {"status": "ok"}


@router.get("/static/{name:path}", include_in_schema=False)
async def static(request: Request, name: str) -> object:
    """Send a file of the pages."""
    return hub_of(request).files.answer(request, name)
