"""``/metrics``: the numbers of the service for programs that watch it, as Prometheus reads them."""

import secrets

from fastapi import APIRouter, Depends, Request
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub.guard import Known
from hub.metric_samples import told
from hub.problems import DOCUMENTED
from hub.state import Shop, hub_of

router = APIRouter(tags=["signs of life"])


def may_watch(request: Request, shop: Shop, known: Known) -> None:
    """Let in who sends the token of S2GM_METRICS_TOKEN, and who is signed in.

    Where no token is set, the numbers are as public as the pages.
    """
    token = shop.settings.metrics_token.get_secret_value()
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        if secrets.compare_digest(given.strip().encode(), token.encode()):
            return
    elif known is not None or (shop.settings.hub_public and not token):
        return
    raise HTTPException(
        401,
        "These numbers are for programs that know the token: set S2GM_METRICS_TOKEN for the hub "
        "and send it as `Authorization: Bearer TOKEN`, or sign in.",
        {"www-authenticate": 'Bearer realm="s2gm"'},
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, 401: DOCUMENTED[401]},
    dependencies=[Depends(may_watch)],
)
def read_metrics(request: Request, shop: Shop) -> Response:
    """Tell all numbers of the service in the text format of Prometheus."""
    numbers = told(shop, hub_of(request).gauge)
    return Response(generate_latest(numbers), media_type=CONTENT_TYPE_PLAIN_0_0_4)
