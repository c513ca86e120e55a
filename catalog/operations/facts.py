"""What the judgement is made of: facts with their limits, and the sentences that come of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from catalog.operation_tables import TroubleKind
from catalog.operations.observed import Observed, Troubled
from catalog.operations.stages import GRANULES, MOSAICS, Stage
from catalog.operations.timeliness import Objectives
from catalog.operations.workers import Standing, Worker
from products.spans import counted


class Grade(StrEnum):
    """How grave a sentence is."""

    BROKEN = "broken"
    LATE = "late"
    LOOK = "look"
    """The service goes on, and a person should look at something."""
    NOTE = "note"
    """Good to know; nothing is to be done."""


@dataclass(frozen=True)
class Sentence:
    """What, where, and what to do."""

    level: Grade
    brief: str
    """The cause in a few words, for a headline."""
    text: str
    link: str
    """Where the hub shows more of it."""
    since: datetime | None = None
    """Since when it is so, where that is known."""


@dataclass(frozen=True)
class Facts:
    """What was observed, with the limits against which it is held."""

    seen: Observed
    objectives: Objectives
    poll: timedelta

    @property
    def living(self) -> tuple[Worker, ...]:
        """The workers that say that they live."""
        alive = (Standing.WORKING, Standing.WAITING)
        return tuple(one for one in self.seen.workers if one.standing in alive)

    @property
    def grace(self) -> timedelta:
        """How long work may wait without any worker: other turns may be started by a clock."""
        return 2 * self.poll + timedelta(minutes=1)

    @property
    def work(self) -> tuple[int, int]:
        """How many granules and mosaics wait for workers.

        What failed does not count: it wants a person rather than a worker.
        """
        granules = self.stage(GRANULES, "tracked").count
        return granules, sum(self.stage(MOSAICS, name).count for name in ("due", "composing"))

    def work_that(self, one: str, many: str) -> str:
        """Return the work in words with a verb; empty where there is none."""
        named = zip(self.work, ("granule", "mosaic"), strict=True)
        told = " and ".join(counted(count, noun) for count, noun in named if count)
        return f"{told} {one if sum(self.work) == 1 else many}" if told else ""

    def stage(self, of: str, name: str) -> Stage:
        """Return one of the stages."""
        return next(one for one in self.seen.stages if (one.of, one.name) == (of, name))

    def troubled(self, kind: TroubleKind) -> Troubled | None:
        """Return the troubles of a kind, if there are any."""
        return next((one for one in self.seen.troubled if one.kind == kind), None)

    @property
    def start(self) -> str:
        """How a worker is started; for which tiles, periods and resolutions, only people know."""
        source = self.seen.sources[0] if self.seen.sources else "SOURCE"
        return (
            f"`s2gm run --source {source}` and the --home, --tile, --period and --resolution that "
            "it had before"
        )
