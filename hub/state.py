"""What every request needs at hand: workshop, files, passwords, and the watch on the catalog."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from catalog.engine import now
from hub.events import Watch
from hub.files import StaticFiles
from hub.passwords import Passwords
from hub.presence import Presence
from tasks.gauge import Gauge
from tasks.workshop import Workshop


@dataclass(frozen=True)
class Hub:
    """The opened hub; one per application, in ``app.state.hub``."""

    workshop: Workshop
    files: StaticFiles
    passwords: Passwords
    watch: Watch
    presence: Presence
    gauge: Gauge


def hub_of(request: Request) -> Hub:
    """Return the hub that a request reached."""
    found = request.app.state.hub
    assert isinstance(found, Hub)  # noqa: S101 - create_app puts it there
    return found


def workshop_of(request: Request) -> Workshop:
    """Return the workshop of the hub that a request reached."""
    return hub_of(request).workshop


def reading(request: Request) -> Iterator[Session]:
    """Open one unchanging view of the catalog for a request."""
    with workshop_of(request).catalog.view() as session:
        yield session


Shop = Annotated[Workshop, Depends(workshop_of)]
"""A route's parameter: the workshop."""
Reading = Annotated[Session, Depends(reading)]
"""A route's parameter: one unchanging view of the catalog."""
Moment = Annotated[datetime, Depends(now)]
"""A route's parameter: the present moment, UTC; tests may set another."""
