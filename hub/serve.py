"""Serve the hub on an address of this machine until it is interrupted."""

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from hub.app import create_app
from hub.security import is_loopback
from products.errors import BadInput
from tasks.settings import Settings
from tasks.workshop import Workshop

_GRACE_SECONDS = 2
_WAITING = 128


def serve(workshop: Workshop, host: str, port: int, say: Callable[[str], object]) -> None:
    """Serve until Ctrl-C; ``say`` gets the one line with the address when it can be opened."""
    settings = workshop.settings
    if not is_loopback(host) and not settings.hub_https:
        raise BadInput(
            f"At {host} others could read passwords on their way; put a server with TLS before "
            "the hub and set S2GM_HUB_HTTPS=true, or leave --host out."
        )
    listening = _listen(host, port)
    app = create_app(workshop, (host,))
    say(address_of(listening))
    uvicorn.Server(configure(app, settings)).run(sockets=[listening])


def configure(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return how the hub is served: whom a proxy names is believed only where there is one."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=settings.hub_https,
        forwarded_allow_ips=settings.hub_proxy,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="on",
    )


def address_of(listening: socket.socket) -> str:
    """Return the address under which a browser on this machine reaches the hub."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise BadInput(
            f"The hub cannot listen at {host}, port {port} ({error}); give another --port, or "
            "--port 0 for any that is free."
        ) from error
    listening.listen(_WAITING)
    return listening
