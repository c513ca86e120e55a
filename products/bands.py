"""The 22 layers of a product, exactly as section 9.2 of the specification lists them."""

from dataclasses import dataclass

RESOLUTIONS = (10, 20, 60)
MISSING = -32768


@dataclass(frozen=True)
class Layer:
    """One raster of a product."""

    api_id: str
    """Name in orders, for example ``SCENE``."""
    name: str
    """File prefix and variable name, for example ``quality_scene_classification``."""
    description: str
    """Wording of the JSON metadata."""
    native: int
    """Finest resolution in metres at which the layer exists."""
    dtype: str
    """numpy dtype of the stored pixels."""
    nodata: int
    """Stored value where there is no observation."""
    scale: float = 1.0
    """Physical value = stored value x scale."""
    unit: str | None = None
    """Unit of the physical value, as the JSON metadata spells it."""

    @property
    def is_reflectance(self) -> bool:
        """Tell a surface reflectance band from an auxiliary layer."""
        return self.api_id.startswith("B")


def _reflectance(name: str, native: int) -> Layer:
    return Layer(
        name, name, f"The surface reflectance in band {name}", native, "uint16", 65535, 0.0001, "1"
    )


def _angle(api_id: str, description: str) -> Layer:
    return Layer(api_id, api_id.lower(), description, 10, "uint16", 65535, 0.01, "Degree")


REFLECTANCE = tuple(
    _reflectance(name, native)
    for name, native in (
        ("B01", 60),
        ("B02", 10),
        ("B03", 10),
        ("B04", 10),
        ("B05", 20),
        ("B06", 20),
        ("B07", 20),
        ("B08", 10),
        ("B8A", 20),
        ("B11", 20),
        ("B12", 20),
    )
)

LAYERS = (
    *REFLECTANCE,
    Layer("AOT", "quality_aot", "Aerosol optical thickness", 10, "uint16", 65535, 0.001, "1"),
    Layer(
        "CLOUD", "quality_cloud_confidence", "Cloud confidence", 20, "uint8", 255, 1.0, "percent"
    ),
    Layer("SNOW", "quality_snow_confidence", "Snow confidence", 20, "uint8", 255, 1.0, "percent"),
    Layer("SCENE", "quality_scene_classification", "Scene classification", 20, "uint8", 255),
    Layer("INDEX", "source_index", "Index of product used for this pixel", 10, "int16", -1),
    Layer("VALID_OBS", "valid_obs", "Number of valid observations", 10, "uint8", 255),
    Layer(
        "MEDOID_MOS",
        "medoid_mos",
        "Measure of spread of the medoid algorithm",
        10,
        "uint16",
        65535,
        0.0001,
    ),
    _angle("SUN_ZENITH", "Solar zenith angle"),
    _angle("SUN_AZIMUTH", "Solar azimuth angle"),
    _angle("VIEW_ZENITH_MEAN", "View zenith mean angle"),
    _angle("VIEW_AZIMUTH_MEAN", "View azimuth mean angle"),
)

BY_ID = {layer.api_id: layer for layer in LAYERS}

METHOD_FROM = ("INDEX", "VALID_OBS", "MEDOID_MOS")
"""API ids of the layers that together tell how a pixel was chosen."""

SOURCE_LAYERS = (*(band.name for band in REFLECTANCE), "AOT", "CLOUD", "SNOW", "SCL")
"""Names under which granules deliver images."""

REQUIRED_SOURCE_LAYERS = ("B02", "B03", "B04", "B06", "B08", "B8A", "B11", "B12", "SCL")
"""Without these no observation can be validated or selected (sections 3 to 5)."""
