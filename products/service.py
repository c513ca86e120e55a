"""A month of service in a region: what was delivered, how fast, and what was stopped."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from products.period import Period, PeriodKind

ARCHIVE_AFTER = timedelta(days=30)
"""How old a granule may be when it is tracked, to tell something of timeliness."""


class Fate(StrEnum):
    """What became of a granule."""

    USED = "used"
    """Among the inputs of a mosaic that is published now."""
    WAITING = "waiting"
    """Not decoded yet, or not in a published mosaic yet."""
    SUPERSEDED = "superseded"
    """A better processing of the same acquisition counts instead."""
    REJECTED = "rejected"
    """Not usable as delivered."""
    WITHDRAWN = "withdrawn"
    """Taken out of use by a person."""


@dataclass(frozen=True)
class GranuleFate:
    """A granule that was sensed in the month, or came in it without saying when."""

    id: str
    tile: str
    """Empty where its delivery did not tell."""
    day: date | None
    """Of sensing, UTC."""
    fate: Fate
    rule: str
    """By which it was rejected, empty otherwise."""
    why: str
    """In a sentence, where it was rejected or withdrawn."""


@dataclass(frozen=True)
class Availability:
    """How many mosaics of one kind are in demand, and where they stand."""

    kind: PeriodKind
    resolution: int
    demanded: int
    """Tiles times periods that have a day in the month."""
    observed: int
    """Of these, such as have a usable observation; of others there is nothing to publish."""
    available: int
    """Of the observed, those of which readers get a revision."""
    current: int
    """Of the available, those with the newest inputs."""
    stopped: int
    """Of the observed, those whose newest revision quality control or a person stopped."""
    failed: int
    """Of the observed, those that could not be composed."""


@dataclass(frozen=True)
class Delay:
    """How long something took, over all cases: half within ``half``, 95 % within ``most``."""

    cases: int
    half: float
    """Seconds."""
    most: float
    """Seconds."""


@dataclass(frozen=True)
class Timeliness:
    """How long it took until a granule was first published in a mosaic of one kind."""

    kind: PeriodKind
    resolution: int
    from_sensing: Delay
    from_tracking: Delay


@dataclass(frozen=True)
class Verdicts:
    """How often a rule came to a verdict on revisions of one period."""

    rule: str
    verdict: str
    period: Period
    revisions: int


@dataclass(frozen=True)
class Outcomes:
    """How revisions of one period fared, by their gravest verdict."""

    period: Period
    passed: int
    warned: int
    stopped: int


@dataclass(frozen=True)
class Objection:
    """Something that was not published, and why."""

    what: str
    """Mosaic, and product where there is one."""
    state: str
    """``QUARANTINED``, ``REJECTED`` or ``FAILED``."""
    moment: datetime | None
    """When it was checked or rejected, UTC; None where it never came to that."""
    why: str


@dataclass(frozen=True)
class ServiceMonth:
    """Everything that the monthly report tells of a region."""

    month: Period
    tiles: tuple[str, ...]
    availability: tuple[Availability, ...]
    delivery: Delay | None
    """From sensing to tracking: how late the source has it; None without granules."""
    ingestion: Delay | None
    """From tracking to the end of the ingest."""
    timeliness: tuple[Timeliness, ...]
    granules: tuple[GranuleFate, ...]
    verdicts: tuple[Verdicts, ...]
    outcomes: tuple[Outcomes, ...]
    objections: tuple[Objection, ...]
