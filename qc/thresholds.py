"""The numbers by which rules judge; ``S2GM_QC__NAME`` sets one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Limits of the rules that measure; each says its unit and the rule that uses it."""

    nodata_share: float = 0.99
    """0 to 1; input.3-nodata: share of a granule without data."""
    cloud_share: float = 1.0
    """0 to 1; input.3-cloud: share of a granule's data under clouds and their shadows. Clouds are
    no fault, so none is too many unless a lower limit is set."""
    unusable_share: float = 0.05
    """0 to 1; input.3-saturation: share of a granule's data that lacks a value in some band."""
    radiometry_z: float = 6.0
    """Robust standard deviations; input.4-radiometry: distance from the tile's earlier granules."""
    radiometry_history: int = 10
    """Earlier granules that input.4-radiometry needs."""
    radiometry_season: int = 45
    """Days; input.4-radiometry: of how near a time of year earlier granules are preferred."""
    radiometry_pixels: int = 50
    """Clear pixels of the thinned sample that input.4-radiometry needs, in each granule."""
    band_shift: float = 1.0
    """Pixels of 10 m; input.5-registration: how far a band may lie beside another one."""
    sun_zenith: float = 85.0
    """Degrees; input.6-angles: lower suns make reflectance of little use."""
    view_zenith: float = 11.0
    """Degrees; L1.1-zenith: no observation farther from nadir may be chosen (section 3)."""
    year_shift: float = 0.6
    """0 to 1; L2.6-year: largest distance of a band's distribution from that of a year earlier."""
    recomposed_windows: int = 2
    """How many windows of 128 x 128 pixels L3.3-blocks composes again."""
    decided_pixels: int = 20
    """How many pixels L3.4-reference decides."""
