"""What there is to say about a product: the facts from which all its metadata are made."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from products.bands import Layer
from products.formats import ProductFormat
from products.granule import Granule
from products.grid import Grid
from products.naming import ProductName, layer_file, metadata_file, stac_file
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

    @classmethod
    def of(cls, granule: Granule, checksum: str, *, used: bool) -> Self:
        """Describe a granule as an input."""
        return cls(
            id=granule.id,
            tile_id=granule.tile_id,
            satellite=granule.satellite,
            date=granule.datatake_start.date(),
            baseline=granule.baseline,
            used=used,
            checksum=checksum,
        )


@dataclass(frozen=True)
class FileFact:
    """What there is to know of a written file without reading it again."""

    size: int
    """Bytes."""
    sha256: str
    """Digest of its bytes, 64 hexadecimal digits."""


@dataclass(frozen=True)
class ProductFacts:
    """One folder of layers. A near-real-time product has one; a tiled order one per tile."""

    name: ProductName
    place: str
    """Name of the folder: the MGRS tile, or the order's name where it is in one piece."""
    tiles: tuple[str, ...]
    """MGRS tiles whose granules are among the sources."""
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
    """Valid observations from which the medoid takes over; 0 where a foreign product does not say.
    """
    form: ProductFormat = ProductFormat.GEO_TIFF
    notes: tuple[str, ...] = ()
    """Sentences that say where the inputs forced a deviation."""
    statistics: dict[str, float | int] = field(default_factory=dict)
    foreign: bool = False
    """Made by another implementation: its metadata say only what section 10.1 asks for."""

    @property
    def period(self) -> Period:
        """The compositing period."""
        return self.name.period

    def layer_file(self, layer: Layer) -> str:
        """Return the name of the file that holds a layer."""
        return layer_file(layer, self.period, self.grid.resolution, self.place, self.form)

    @property
    def metadata_file(self) -> str:
        """Name of the JSON metadata in the folder of layers."""
        return metadata_file(self.period, self.grid.resolution, self.place)

    @property
    def stac_file(self) -> str:
        """Name of the STAC item in the base folder."""
        return stac_file(self.period, self.grid.resolution, self.place)
