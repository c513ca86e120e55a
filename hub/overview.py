"""The first page: whether the service is healthy, late or broken."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from catalog.query import counts
from hub.pages import page
from hub.state import Reading

router = APIRouter(include_in_schema=False)


@router.get("/")
def overview(request: Request, session: Reading) -> Response:
    """Show how much there is of everything."""
    return page(request, "overview.html", counts=counts(session))
