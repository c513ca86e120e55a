"""What every source offers."""

from dataclasses import dataclass
from typing import Protocol

from products.granule import Granule, Unreadable


@dataclass(frozen=True)
class Discovery:
    """What a source has."""

    granules: tuple[Granule, ...]
    """Sorted by id."""
    unreadable: tuple[Unreadable, ...]
    """Deliveries whose metadata cannot be used."""
    cursor: str | None
    """How far the source was read; given back at the next discovery."""


class Source(Protocol):
    """Something that delivers granules."""

    @property
    def name(self) -> str:
        """Name of the source in the catalog."""

    def discover(self, cursor: str | None) -> Discovery:
        """Return what there is since ``cursor``; raise SourceUnavailable where out of reach."""
