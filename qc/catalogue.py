"""All rules of quality control: what each measures, why, and what to do where it speaks.

``input`` rules look at a granule before it is used; L0 to L3 at a product before it is published
(specification section 12).
"""

from dataclasses import dataclass

_AGAIN = "Compose the mosaic again; if it comes back, report it as a bug."
_BUG = "This is a bug: keep the product and report it."


@dataclass(frozen=True)
class Rule:
    """One rule."""

    id: str
    title: str
    measures: str
    """What is measured, in a sentence."""
    why: str
    """Why it matters, in plain words."""
    todo: str
    """What to do where it speaks."""
    limit: str = ""
    """Name of its field in ``qc.thresholds.Thresholds``; empty where nothing is to be judged."""

    @property
    def level(self) -> str:
        """Chapter of the rule: input, L0, L1, L2 or L3."""
        return self.id.split(".")[0]


LEVELS = {
    "input": "Input",
    "L0": "Integrity",
    "L1": "Plausibility",
    "L2": "Comparison",
    "L3": "Validation",
}
"""Title of each chapter."""

_L0 = (
    Rule(
        "L0.1-complete",
        "All files, and only those",
        "The names of the files in the product's folder against those that belong to it.",
        "A product with a missing file is useless to somebody; a file too many is from elsewhere.",
        _AGAIN,
    ),
    Rule(
        "L0.1-manifest",
        "Files are as the manifest says",
        "Size and SHA-256 of every file against the manifest.",
        "Users check their downloads with it; a difference means that a file was changed or broke.",
        _AGAIN,
    ),
    Rule(
        "L0.2-inspire",
        "INSPIRE record",
        "inspire.xml against the schema of ISO 19139 and the requirements of INSPIRE.",
        "Catalogues of public authorities take only valid records.",
        "Correct the settings of contact and links, then compose the mosaic again.",
    ),
    Rule(
        "L0.3-rasters",
        "Raster properties",
        "Driver, type, no-data value, reference system, size, place and layout of every layer.",
        "Programs place and mask pixels by these properties.",
        _AGAIN,
    ),
    Rule(
        "L0.4-json",
        "JSON metadata",
        "The JSON metadata against their schema, and the number of sources against the inputs.",
        "Programs that read products rely on these keys.",
        _AGAIN,
    ),
)

_L1 = (
    Rule(
        "L1.1-scl",
        "SCL only in the valid set",
        "Pixels whose scene class is none of 2, 4, 5, 6 and 11 although an observation was chosen.",
        "Only clear land, water, dark areas and snow may be shown; clouds and shadows may not.",
        _BUG,
    ),
    Rule(
        "L1.1-index",
        "source_index inside the list",
        "Pixels whose source_index names no entry of the source list.",
        "source_index is how every pixel is traced back to its granule.",
        _BUG,
    ),
    Rule(
        "L1.1-spread",
        "medoid_mos exactly where the method is MEDOID",
        "Pixels with a spread but too few valid observations for a medoid, or the other way round.",
        "The spread tells users which method chose a pixel.",
        _BUG,
    ),
    Rule(
        "L1.1-nodata",
        "Reflectance exactly where an observation was chosen",
        "Pixels, over all bands, that have reflectance without a source, or a source without it.",
        "No data must mean the same in every layer.",
        _BUG,
    ),
    Rule(
        "L1.1-zenith",
        "View zenith below the limit",
        "Pixels of an observation that looked at the ground too obliquely.",
        "At swath edges the same ground looks different; such observations are not valid.",
        _BUG,
        limit="view_zenith",
    ),
)

_L3 = (
    Rule(
        "L3.2-spectra",
        "The chosen observation has the written spectrum",
        "Random pixels against the observation that source_index names, band for band.",
        "Every pixel promises to be one real, unaltered observation.",
        _BUG,
    ),
)

RULES = {rule.id: rule for rule in (*_L0, *_L1, *_L3)}
"""Every rule by id, in the order of the chapters."""
