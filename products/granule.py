"""Granules as sources describe them, before a single pixel is read."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from products.grid import check_tile_name

_DATASTRIP_SENSING = re.compile(r"_S(\d{8}T\d{6})")


@dataclass(frozen=True)
class Image:
    """One raster file of a granule."""

    layer: str
    """A name of ``products.bands.SOURCE_LAYERS``."""
    resolution: int
    """Pixel size in metres."""
    href: str
    """Absolute path or URL."""
    offset: int = 0
    """DN to add before dividing (reflectance only); 0 where none or already applied."""
    quantification: float = 10000.0
    """DN per unit of the physical value (1.0 for SCL and percentages)."""
    size: int | None = None
    """Size in bytes that the provider states."""
    checksum: str | None = None
    """``algorithm:hex digest`` that the provider states, for example ``sha3-256:41..``."""


@dataclass(frozen=True)
class Angles:
    """Mean sun and view angles, where a source states them once per granule, in degrees."""

    sun_zenith: float | None = None
    sun_azimuth: float | None = None
    view_zenith: float | None = None
    view_azimuth: float | None = None


@dataclass(frozen=True)
class Granule:
    """One Sentinel-2 L2A product of one MGRS tile."""

    id: str
    """The provider's product name, unique in the catalog."""
    tile: str
    """MGRS tile without the leading T, for example ``31UDS``."""
    satellite: str
    """``S2A``, ``S2B``, ..."""
    datatake_start: datetime
    """Start of the datatake, UTC; its date decides the periods."""
    relative_orbit: int
    datastrip: str = ""
    """Datastrip identifier, empty where the source has none."""
    baseline: str = ""
    """Processing baseline as ``05.09``, empty where the source has none."""
    generated: datetime | None = None
    """When this processing was made, UTC."""
    location: str = ""
    """Where the granule's metadata lies."""
    images: tuple[Image, ...] = ()
    angles: Angles = field(default_factory=Angles)
    """Scalar angles; grids, where known, come from ``angle_grids``."""
    angle_grids: str | None = None
    """Path or URL of MTD_TL.xml, the 5 km angle grids."""
    angle_grids_size: int | None = None
    """Its size in bytes that the provider states."""
    angle_grids_checksum: str | None = None
    """Its ``algorithm:hex digest`` that the provider states."""
    tile_id: str = ""
    """ESA's granule identifier where known (``S2B_OPER_MSI_L2A_TL_...``)."""
    fingerprint: str = ""
    """Changes when the delivery changes: a rejected granule is tried again then."""

    def __post_init__(self) -> None:
        check_tile_name(self.tile)
        if self.datatake_start.utcoffset() is None:
            raise ValueError(f"{self.id}: datatake_start needs a time zone")

    @property
    def datatake(self) -> str:
        """Name the datatake: of each at most one observation counts per pixel."""
        stamp = self.datatake_start.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
        return f"{self.satellite}_{stamp}_R{self.relative_orbit:03d}"

    @property
    def strip(self) -> str:
        """Sensing start of the datastrip: strips of one datatake complement each other."""
        found = _DATASTRIP_SENSING.search(self.datastrip)
        return found.group(1) if found else ""

    def to_json(self) -> str:
        """Render for the catalog; ``from_json`` gives the same granule back."""
        record = vars(self).copy()  # asdict copies deeply, which takes longer than the rest
        record["images"] = [vars(image) for image in self.images]
        record["angles"] = vars(self.angles)
        record["datatake_start"] = self.datatake_start.isoformat()
        record["generated"] = self.generated.isoformat() if self.generated else None
        return json.dumps(record, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse what ``to_json`` rendered."""
        record: dict[str, Any] = json.loads(text)
        record["datatake_start"] = datetime.fromisoformat(record["datatake_start"])
        if record["generated"]:
            record["generated"] = datetime.fromisoformat(record["generated"])
        record["images"] = tuple(Image(**image) for image in record["images"])
        record["angles"] = Angles(**record["angles"])
        return cls(**record)


@dataclass(frozen=True)
class Unreadable:
    """A delivery whose metadata cannot be used; the catalog keeps it as a rejected granule."""

    id: str
    location: str
    rule: str
    reason: str
    """One sentence: what is wrong, where, and what to do."""
    fingerprint: str = ""
