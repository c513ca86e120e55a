"""What there is to say about a product: the facts from which all its metadata are made."""

from dataclasses import dataclass, field
from datetime import date, datetime

from products.bands import Layer
from products.grid import Grid
from products.naming import ProductName
from products.period import Period


@dataclass(frozen=True)
class Contact:
    """Who answers for the product."""

    organisation: str = "S2GM open service"
    email: str = "s2gm@example.org"
    url: str = "https://s2gm.example.org"
    license_url: str = "https://s2gm.example.org/terms"


@dataclass(frozen=True)
class SourceEntry:
    """One input, in the order of source_index."""

    id: str
    tile_id: str
    """ESA's granule identifier, empty where the source has none."""
    satellite: str
    date: date
    baseline: str
    used: bool
    """Whether at least one pixel comes from it."""
    checksum: str


@dataclass(frozen=True)
class ProductFacts:
    """A tiled product."""

    name: ProductName
    tile: str
    period: Period
    grid: Grid
    layers: tuple[Layer, ...]
    """Delivered, in order."""
    missing: tuple[Layer, ...]
    """Left out, because the sources do not have them."""
    sources: tuple[SourceEntry, ...]
    created: datetime
    """From the inputs, never from the clock."""
    algorithm: str
    threshold: int
    notes: tuple[str, ...] = ()
    """Sentences that say where the inputs forced a deviation."""
    statistics: dict[str, float | int] = field(default_factory=dict)
