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
    aot: float = 10.0
    """Aerosol optical thickness; L1.1-layers: no observation may have more."""
    bright: float = 0.01
    """Share of the pixels without snow, of the worst band; L1.2-range warns above it."""
    negative: float = 0.1
    """Share of all reflectances, stored as 0; L1.2-negative warns above it."""
    scale: float = 1.0
    """Factor by which a median may exceed its bounds; L1.2-scale fails above it."""
    floor: float = 0.2
    """Share of the vegetation that must have a band below 0.1; L1.2-offset fails below it."""
    exchange: float = 0.2
    """Sum of what broken relations of bands lack, in shares of pixels; L1.2-bands: above it."""
    no_data: float = 0.5
    """Share of all pixels without an observation; L1.3-methods warns above it."""
    single: float = 0.5
    """Share of all pixels with one valid observation; L1.3-methods warns above it."""
    cloud: float = 0.005
    """Share of the pixels that are white, but not snow; L1.3-cloud warns above it."""
    white_vegetation: float = 0.0001
    """Share of squares of 4 x 4 pixels, white vegetation; L1.3-class fails above it."""
    seam: float = 4.0
    """Step across a border of blocks against those beside it, a ratio; L1.4-blocks warns."""
    seams: float = 0.05
    """Share of the stretches of border that show a seam; L1.4-blocks fails above it."""
    swath: float = 6.0
    """Step between two sources against those within one, a ratio; L1.4-swath warns above it."""
    shift: float = 0.1
    """Gain of correlation by shifting a band, from 0 to 2; L1.4-shift speaks above it."""
    contrast: float = 0.001
    """Reflectance that the quicklook must span; L1.5-quicklook fails below it."""
    year_shift: float = 0.6
    """0 to 1; L2.6-year: largest distance of a band's distribution from that of a year earlier."""
    recomposed_windows: int = 2
    """How many windows of 128 x 128 pixels L3.3-blocks composes again."""
    decided_pixels: int = 20
    """How many pixels L3.4-reference decides."""
