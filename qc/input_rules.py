"""The rules that look at a granule before it is used."""

from qc.described import Rule
from qc.quantity import Quantity, share

_FETCH = "Fetch the granule again; if its provider has it no better, ask the provider."

INPUT = (
    Rule(
        "input.1-metadata",
        "Metadata that can be understood",
        "Name and metadata of the granule, or its STAC item, against what S2GM reads.",
        "What a granule is, and what its numbers mean, stands nowhere else.",
        _FETCH,
    ),
    Rule(
        "input.1-complete",
        "All images are there",
        "Images that the metadata name, and bands that earlier granules of the tile have.",
        "A band that one granule lacks is left out of every mosaic of its dates.",
        _FETCH + " `s2gm withdraw` keeps it out of the mosaics.",
        Quantity("bands that are missing", "bands"),
    ),
    Rule(
        "input.1-checksums",
        "Files are as their provider states",
        "Size and checksum of every file against the provider's, before anything decodes it.",
        "A decoder gives other pixels without a word where a file is broken.",
        _FETCH,
        Quantity("files without a stated checksum", "files"),
    ),
    Rule(
        "input.1-readable",
        "Images can be decoded",
        "Whether every image can be decoded and holds only values that its layer may hold.",
        "An image that cannot be read whole must not be read in part.",
        _FETCH,
    ),
    Rule(
        "input.2-geometry",
        "On the grid of its tile",
        "Reference system, pixel size, origin and size of every image against the tile's, and "
        "whether the tile's ground is within the MGRS tile of that name.",
        "One pixel must be the same ground in every granule.",
        _FETCH,
    ),
    Rule(
        "input.3-nodata",
        "Data at all",
        "Share of the pixels whose scene class is 0, no data.",
        "At the edge of a swath little is seen; a granule with nearly nothing may be cut off.",
        "Compare with the footprint that its provider shows.",
        share("pixels without data", "nodata_share"),
    ),
    Rule(
        "input.3-cloud",
        "Clouds",
        "Share of the pixels with data whose scene class is cloud, cirrus or cloud shadow.",
        "A granule under clouds adds nothing; many of them in a row leave holes in a mosaic.",
        "Nothing: such pixels are not used. Set the limit below 1 to have such granules flagged.",
        share("data under clouds", "cloud_share"),
    ),
    Rule(
        "input.3-saturation",
        "Saturated or defective pixels",
        "Share of the pixels with data that are classed as defective, or have no value in the band "
        "that lacks most.",
        "Such pixels cannot be chosen; many of them point at a detector or a broken image.",
        "Look at the band. `s2gm withdraw` keeps the granule out of the mosaics.",
        share("data without a value", "unusable_share"),
    ),
    Rule(
        "input.4-radiometry",
        "As bright as the tile was before",
        "Percentiles of the clear pixels of every band against those of earlier granules of the "
        "tile, of the same season where there are enough: largest distance from their median, in "
        "robust standard deviations.",
        "A wrong offset, scale or unit shifts a whole granule, and no other rule sees it.",
        "Compare offset and scale with the processing baseline; snow and flood explain it, too. "
        "`s2gm withdraw` keeps the granule out of the mosaics.",
        Quantity("largest distance", "robust standard deviations", "radiometry_z"),
    ),
    Rule(
        "input.5-registration",
        "Bands lie upon each other",
        "Shift of B02 and B03 beside B04, by the edges in the clearest place of the tile.",
        "Where bands do not lie upon each other, a pixel mixes two places.",
        "Look at the granule in true colour. `s2gm withdraw` keeps it out of the mosaics.",
        Quantity("largest shift of a band", "pixels of 10 m", "band_shift"),
    ),
    Rule(
        "input.6-angles",
        "Sun and view angles",
        "Whether the angles of sun and view are stated, and within what can be.",
        "The view zenith decides whether an observation is valid; all four are delivered.",
        _FETCH,
        Quantity("largest zenith of the sun", "degrees", "sun_zenith"),
    ),
)
"""In the order of the catalogue."""
