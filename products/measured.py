"""What is measured of a granule while it is decoded, and what its tile was like before."""

from dataclasses import dataclass
from datetime import datetime

PERCENTILES = (10, 25, 50, 75, 90)


@dataclass(frozen=True)
class BandStatistic:
    """One band over a thinned sample of a granule."""

    band: str
    pixels: int
    """Clear pixels in the sample (SCL 2, 4, 5 or 6) with a value."""
    unusable: float
    """Share of the sample's pixels with data that have no value: saturated or defective."""
    percentiles: tuple[float, ...] | None
    """Of the clear pixels, in the order of ``PERCENTILES``, reflectance in 1/10000; None where
    there are none."""


@dataclass(frozen=True)
class Shift:
    """How far a band lies beside another one."""

    band: str
    beside: str
    pixels: float
    """Length of the shift, in pixels of 10 m."""


@dataclass(frozen=True)
class Measured:
    """The numbers by which a granule is judged."""

    classes: tuple[int, ...]
    """Pixels of every SCL code, 0 to 11, at the finest pixel size delivered."""
    bands: tuple[BandStatistic, ...]
    shifts: tuple[Shift, ...]
    """Empty where no place is clear enough to tell."""
    angles: dict[str, tuple[float, float]]
    """Smallest and largest value of each angle that the source states, degrees."""


@dataclass(frozen=True)
class PastGranule:
    """An accepted granule of a tile, as it was measured."""

    sensed: datetime
    bands: tuple[BandStatistic, ...]
