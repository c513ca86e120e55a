"""The numbers by which rules judge; ``S2GM_QC__NAME`` sets one."""

from dataclasses import dataclass
from typing import Annotated, get_type_hints

_PREFIX = "S2GM_QC__"


@dataclass(frozen=True)
class Range:
    """What a limit may be."""

    unit: str
    """In words that follow a number."""
    low: float
    high: float

    def __str__(self) -> str:
        """Return for example ``0 to 90 degrees``."""
        return f"{self.low:g} to {self.high:g}" + (f" {self.unit}" if self.unit else "")


_Share = Annotated[float, Range("as a share", 0, 1)]
_Zenith = Annotated[float, Range("degrees", 0, 90)]
_Ratio = Annotated[float, Range("times", 0, 65535)]


class LimitOutOfRange(ValueError):
    """A limit is not what it may be; the sentence names the setting, its value and its range."""


@dataclass(frozen=True)
class Thresholds:
    """Limits of the rules that measure; each says its unit and the rule that uses it.

    Raises LimitOutOfRange where one is not within the range of its type.
    """

    nodata_share: _Share = 0.99
    """0 to 1; input.3-nodata: share of a granule without data."""
    cloud_share: _Share = 1.0
    """0 to 1; input.3-cloud: share of a granule's data under clouds and their shadows. Clouds are
    no fault, so none is too many unless a lower limit is set."""
    unusable_share: _Share = 0.05
    """0 to 1; input.3-saturation: share of a granule's data that lacks a value in some band."""
    radiometry_z: Annotated[float, Range("standard deviations", 0, 1000)] = 6.0
    """Robust standard deviations; input.4-radiometry: distance from the tile's earlier granules."""
    radiometry_history: Annotated[int, Range("granules", 1, 1000)] = 10
    """Earlier granules that input.4-radiometry needs."""
    radiometry_season: Annotated[int, Range("days", 0, 183)] = 45
    """Days; input.4-radiometry: of how near a time of year earlier granules are preferred."""
    radiometry_pixels: Annotated[int, Range("pixels", 1, 1_000_000)] = 50
    """Clear pixels of the thinned sample that input.4-radiometry needs, in each granule."""
    band_shift: Annotated[float, Range("pixels of 10 m", 0, 100)] = 1.0
    """Pixels of 10 m; input.5-registration: how far a band may lie beside another one."""
    sun_zenith: _Zenith = 85.0
    """Degrees; input.6-angles: lower suns make reflectance of little use."""
    view_zenith: _Zenith = 11.0
    """Degrees; L1.1-zenith: no observation farther from nadir may be chosen (section 3)."""
    aot: Annotated[float, Range("of aerosol optical thickness", 0, 65.534)] = 10.0
    """Aerosol optical thickness; L1.1-layers: no observation may have more."""
    bright: _Share = 0.01
    """Share of the pixels without snow, of the worst band; L1.2-range warns above it."""
    negative: _Share = 0.1
    """Share of all reflectances, stored as 0; L1.2-negative warns above it."""
    scale: _Ratio = 1.0
    """Factor by which a median may exceed its bounds; L1.2-scale fails above it."""
    floor: _Share = 0.2
    """Share of the vegetation that must have a band below 0.1; L1.2-offset fails below it."""
    exchange: Annotated[float, Range("as a sum of shares", 0, 1000)] = 0.2
    """Sum of what broken relations of bands lack, in shares of pixels; L1.2-bands: above it."""
    no_data: _Share = 0.5
    """Share of all pixels without an observation; L1.3-methods warns above it."""
    single: _Share = 0.5
    """Share of all pixels with one valid observation; L1.3-methods warns above it."""
    cloud: _Share = 0.005
    """Share of the pixels that are white, but not snow; L1.3-cloud warns above it."""
    white_vegetation: _Share = 0.0001
    """Share of squares of 4 x 4 pixels, white vegetation; L1.3-class fails above it."""
    seam: _Ratio = 4.0
    """Step across a border of blocks against those beside it, a ratio; L1.4-blocks warns."""
    seams: _Share = 0.05
    """Share of the stretches of border that show a seam; L1.4-blocks fails above it."""
    swath: _Ratio = 6.0
    """Step between two sources against those within one, a ratio; L1.4-swath warns above it."""
    shift: Annotated[float, Range("of correlation", 0, 2)] = 0.1
    """Gain of correlation by shifting a band, from 0 to 2; L1.4-shift speaks above it."""
    contrast: Annotated[float, Range("of reflectance", 0, 6.5534)] = 0.001
    """Reflectance that the quicklook must span; L1.5-quicklook fails below it."""
    year_shift: _Share = 0.6
    """0 to 1; L2.6-year: largest distance of a band's distribution from that of a year earlier."""
    recomposed_windows: Annotated[int, Range("windows", 0, 10_000)] = 2
    """How many windows of 128 x 128 pixels L3.3-blocks composes again."""
    decided_pixels: Annotated[int, Range("pixels", 0, 1_000_000)] = 20
    """How many pixels L3.4-reference decides."""

    def __post_init__(self) -> None:
        for name, allowed in RANGES.items():
            value = getattr(self, name)
            if not allowed.low <= value <= allowed.high:  # NaN, too, is not within
                raise LimitOutOfRange(
                    f"The setting {setting(name)} is {value:.12g}, but it may only be {allowed}; "
                    "correct or unset it."
                )


def setting(name: str) -> str:
    """Return the environment variable that sets a limit."""
    return f"{_PREFIX}{name.upper()}"


def _ranges() -> dict[str, Range]:
    hints = get_type_hints(Thresholds, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


RANGES = _ranges()
"""Unit and range of every limit, by its name."""
