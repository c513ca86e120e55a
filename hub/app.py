"""The hub's web application: which rooms it has, and what surrounds them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import sqlalchemy as sa
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI

from catalog.engine import now
from catalog.operations.pulse import pulse
from hub import (
    account,
    delivered,
    events,
    failures,
    gate,
    log,
    map,
    metrics,
    mosaics,
    overview,
    runs,
    sign_in,
    signs_of_life,
    tiles,
)
from hub.api import document
from hub.api import page as api_page
from hub.events import Watch
from hub.files import StaticFiles
from hub.guard import admitted, unforged
from hub.navigation import NAVIGATION
from hub.passwords import Passwords
from hub.presence import Presence
from hub.problems import Mishaps, handle_problems
from hub.security import Fence
from hub.state import Hub
from tasks.gauge import Gauge
from tasks.workshop import Workshop

AREAS: tuple[APIRouter, ...] = (
    overview.router,
    tiles.router,
    map.router,
    mosaics.router,
    gate.router,
    failures.router,
    runs.router,
    log.router,
    delivered.router,
    sign_in.router,
    account.router,
    events.router,
    api_page.router,
    api_page.documents,
    *document.AREAS,
)
"""The rooms; all but ``hub.guard.OPEN`` are for who is signed in, unless the hub is public."""
_WRITE_SECONDS = 60.0
_log = logging.getLogger(__name__)


def create_app(
    workshop: Workshop, names: Iterable[str] = (), passwords: Passwords | None = None
) -> FastAPI:
    """Return the application over a data root; ``names`` are hosts under which it answers too."""
    settings = workshop.settings
    hub = Hub(
        workshop,
        StaticFiles(),
        passwords or Passwords(),
        _watch(workshop),
        Presence(),
        Gauge(workshop),
    )
    app = FastAPI(
        title="S2GM hub",
        lifespan=_living,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.hub = hub
    app.include_router(signs_of_life.router)
    app.include_router(metrics.router)
    for router in AREAS:
        app.include_router(router, dependencies=[Depends(admitted), Depends(unforged)])
    paths = {getattr(route, "path", "") for router in AREAS for route in router.routes}
    app.state.navigation = tuple(entry for entry in NAVIGATION if entry.path in paths)
    handle_problems(app)
    app.add_middleware(Mishaps)
    known = (urlsplit(settings.url).hostname or "", *names)
    app.add_middleware(Fence, names=known, https=settings.hub_https)
    return app


def _watch(workshop: Workshop) -> Watch:
    def read() -> dict[str, str]:
        with workshop.catalog.view() as session:
            return dict(pulse(session))

    return Watch(read)


@asynccontextmanager
async def _living(app: FastAPI) -> AsyncIterator[None]:
    """Watch the catalog as long as the application lives, and write who was seen."""
    hub: Hub = app.state.hub
    tasks = [asyncio.create_task(hub.watch.run()), asyncio.create_task(_keep_presence(hub))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await _write_presence(hub)


async def _keep_presence(hub: Hub) -> None:
    while True:
        await asyncio.sleep(_WRITE_SECONDS)
        await _write_presence(hub)


async def _write_presence(hub: Hub) -> None:
    try:
        await run_sync(hub.presence.write, hub.workshop.catalog, now())
    except sa.exc.SQLAlchemyError:
        _log.warning("When sessions were last seen could not be written.", exc_info=True)
