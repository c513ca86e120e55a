"""A month of service in a region: what was delivered, how fast, and what was stopped."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from products.decision import Decision
from products.period import Period, PeriodKind

ARCHIVE_AFTER = timedelta(days=30)
"""A granule that was tracked later after it was sensed came from an archive: the time that it took
then tells when somebody asked for it, not how the service works."""


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
    waiting: int
    """Of the observed, those whose newest revision quality control stopped; nobody decided yet."""
    rejected: int
    """Of the observed, those whose newest revision a person rejected."""
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
    """How long it took until a granule was first published in a mosaic of one kind.

    Granules that came from an archive tell nothing of that, and are only counted.
    """

    kind: PeriodKind
    resolution: int
    from_sensing: Delay | None
    """None where all granules came from an archive."""
    from_tracking: Delay | None
    archived: int
    """How many came from an archive: tracked more than ``ARCHIVE_DAYS`` after they were sensed."""


@dataclass(frozen=True)
class Verdicts:
    """How often a rule came to a verdict on revisions of one period."""

    rule: str
    verdict: str
    period: Period
    revisions: int


@dataclass(frozen=True)
class Outcomes:
    """How revisions of one period fared, by their gravest verdict, and what people made of it."""

    period: Period
    passed: int
    """No rule spoke."""
    warned: int
    released: int = 0
    """Stopped by quality control; then a person released it."""
    rejected: int = 0
    """Stopped by quality control; a person rejected it, too."""
    waiting: int = 0
    """Stopped by quality control; nobody decided yet."""

    @property
    def stopped(self) -> int:
        """Revisions that a rule failed, whatever people decided then."""
        return self.released + self.rejected + self.waiting

    @property
    def checked(self) -> int:
        """All of them."""
        return self.passed + self.warned + self.stopped


class Stand(StrEnum):
    """What became of a revision that quality control stopped."""

    RELEASED = "released"
    REJECTED = "rejected"
    WAITING = "waiting"
    """Nobody decided yet."""


@dataclass(frozen=True)
class Stop:
    """A revision that quality control stopped, whatever people decided then."""

    mosaic: str
    product: str
    """Name."""
    ordinal: int
    """Of the revision."""
    number: int
    """Of the product."""
    stand: Stand
    checked: datetime
    """UTC."""
    why: str
    """Rules that failed, with what they found."""


@dataclass(frozen=True)
class Failure:
    """A mosaic that could not be composed."""

    mosaic: str
    why: str


@dataclass(frozen=True)
class Decided:
    """A person's decision about a revision, beside what quality control had said of it."""

    mosaic: str
    decision: Decision
    checked: datetime | None
    """When quality control had looked at what was decided about, UTC; None where that product is
    gone, because it was composed anew since."""
    rules: tuple[tuple[str, str], ...]
    """Rules that had spoken, each with its verdict, the gravest first."""


@dataclass(frozen=True)
class ServiceMonth:
    """Everything that the monthly report tells of a region."""

    month: Period
    tiles: tuple[str, ...]
    availability: tuple[Availability, ...]
    delivery: Delay | None
    """From sensing to tracking: how late the source has it; None without such granules."""
    ingestion: Delay | None
    """From tracking to the end of the ingest."""
    timeliness: tuple[Timeliness, ...]
    granules: tuple[GranuleFate, ...]
    verdicts: tuple[Verdicts, ...]
    outcomes: tuple[Outcomes, ...]
    stops: tuple[Stop, ...]
    """As many as ``outcomes`` count as stopped."""
    failures: tuple[Failure, ...]
    decisions: tuple[Decided, ...]
    """All about the same revisions, oldest first."""
    archived: int
    """Granules of the month that came from an archive; ``delivery``, ``ingestion`` and
    ``timeliness`` leave them out."""
