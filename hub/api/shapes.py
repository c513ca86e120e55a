"""How the API tells what the queries return, where that is not simply field by field.

Mosaics stand as their names, which every command takes; what pages compute stands as a member; and
where the files of granules lie is left out, as it is on the pages.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, computed_field

from catalog.operations.calendar import Calendar, Day, TileDay
from catalog.operations.gate import GatePage, Stopped
from catalog.operations.granules import GranuleFacts
from catalog.operations.latest import Published
from catalog.operations.mosaic import MosaicDetail, MosaicInput
from catalog.operations.tiles import TileFacts, TilePage
from products.mosaic import MosaicKey
from tasks.standing import Status

MosaicName = Annotated[
    MosaicKey,
    PlainSerializer(str, return_type=str),
    Field(examples=["31UDS MONTH 2018-06-01 10 m"]),
]


def shaped(value: Any) -> dict[str, Any]:
    """Return what a query returned so that a shape of this module can be made of it."""
    return asdict(value)


@dataclass(frozen=True)
class PublishedRevision(Published):
    """A revision that was shown to readers."""

    key: MosaicName
    """Tile, period, its start, resolution."""


@dataclass(frozen=True)
class ServiceStatus(Status):
    """How the service stands: what the overview and ``s2gm status --json`` tell."""

    published: tuple[PublishedRevision, ...]
    """The last publications, the newest first."""


@dataclass(frozen=True)
class StoppedRevision(Stopped):
    """A revision that quality control stopped, and that its mosaic stands by now."""

    key: MosaicName
    """Tile, period, its start, resolution."""


@dataclass(frozen=True)
class Gate(GatePage):
    """Some of what waits at the gate, what was stopped last first."""

    entries: tuple[StoppedRevision, ...]


@dataclass(frozen=True)
class Tile(TileFacts):
    """A tile: how fresh what readers get of it is, and what holds it up."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def state(self) -> str:
        """What to look at first: the word of the gravest state of its mosaics."""
        return super().state


@dataclass(frozen=True)
class Tiles(TilePage):
    """Some of the tiles, by name."""

    entries: tuple[Tile, ...]


@dataclass(frozen=True)
class CalendarDay(Day):
    """A day on which acquisitions of a tile were expected; all numbers count acquisitions."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def expected(self) -> int:
        """All acquisitions of the day."""
        return super().expected


@dataclass(frozen=True)
class TileYear(Calendar):
    """A year of a tile."""

    days: tuple[CalendarDay, ...]
    """Days with an expected acquisition, in order."""


@dataclass(frozen=True)
class Granule(GranuleFacts):
    """A granule: what became of it, and why."""

    location: Annotated[str, Field(exclude=True)]


@dataclass(frozen=True)
class DayOfTile(TileDay):
    """A day of a tile, with all that came, all that did not, and the mosaics that it is in."""

    day: CalendarDay
    granules: tuple[Granule, ...]


@dataclass(frozen=True)
class Granules:
    """Some of the granules of a tile and a day, in the order in which they were sensed."""

    total: int
    """How many there are in all."""
    entries: tuple[Granule, ...]


@dataclass(frozen=True)
class Input(MosaicInput):
    """A granule of which a revision is made."""

    granule: Granule


@dataclass(frozen=True)
class Mosaic(MosaicDetail):
    """One mosaic: where it stands, what it is made of, and its revisions."""

    inputs: tuple[Input, ...]
    """Of the revision that readers get, else of the newest."""
    others: tuple[Granule, ...]
    """Granules of its tile and dates that are not among the inputs, with the reason."""
