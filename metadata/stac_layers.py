"""Layers as STAC 1.1 describes them: bands, classes, data values."""

from typing import Any

from algorithms.method import LABELS as METHODS
from algorithms.scl import LABELS as CLASSES
from metadata.spectral import SPECTRAL
from products.bands import METHOD_FROM, Layer

_SCHEMAS = "https://stac-extensions.github.io"
PROJECTION = f"{_SCHEMAS}/projection/v2.0.0/schema.json"
RASTER = f"{_SCHEMAS}/raster/v2.0.0/schema.json"
EO = f"{_SCHEMAS}/eo/v2.0.0/schema.json"
PROCESSING = f"{_SCHEMAS}/processing/v1.2.0/schema.json"
FILE = f"{_SCHEMAS}/file/v2.1.0/schema.json"
VERSION = f"{_SCHEMAS}/version/v1.2.0/schema.json"
GRID = f"{_SCHEMAS}/grid/v1.1.0/schema.json"
TIMESTAMPS = f"{_SCHEMAS}/timestamps/v1.1.0/schema.json"
CLASSIFICATION = f"{_SCHEMAS}/classification/v2.0.0/schema.json"

_COMMON_NAMES = {
    "B01": "coastal",
    "B02": "blue",
    "B03": "green",
    "B04": "red",
    "B05": "rededge071",
    "B06": "rededge075",
    "B07": "rededge078",
    "B08": "nir",
    "B8A": "nir08",
    "B11": "swir16",
    "B12": "swir22",
}
_CLASS_COLOURS = (
    "000000", "FF0000", "2F2F2F", "643200", "00A000", "FFE65A",
    "0000FF", "808080", "C0C0C0", "FFFFFF", "64C8FF", "FF96FF",
)  # fmt: skip
"""By SCL code: black, red, dark grey, brown, green, yellow, blue, ... (specification 2.4)."""
_METHOD_COLOURS = ("000000", "FFD92F", "FC8D62", "66C2A5")
_UNITS = {"percent": "percent", "Degree": "degree", "1": "1"}
"""As UDUNITS and the NetCDF files spell them."""


def extensions_of(layers: tuple[Layer, ...], *, with_method: bool = False) -> list[str]:
    """Return the extensions that the description of these layers uses."""
    used = [RASTER]
    if any(layer.is_reflectance for layer in layers):
        used.append(EO)
    if with_method or any(layer.api_id == "SCENE" for layer in layers):
        used.append(CLASSIFICATION)
    return used


def has_method(layers: tuple[Layer, ...]) -> bool:
    """Tell whether these layers say how each pixel was chosen."""
    return {layer.api_id for layer in layers}.issuperset(METHOD_FROM)


def single_layer(layer: Layer, resolution: int) -> dict[str, Any]:
    """Return the asset fields of a file with one layer: its values, and its only band.

    What the values mean stands at the asset, where STAC 1.1 wants what all bands share.
    """
    return {
        "title": layer.description,
        "roles": ["data", "reflectance"] if layer.is_reflectance else ["data"],
        **_values(layer, resolution),
        "bands": [_band(layer)],
    }


def all_layers(layers: tuple[Layer, ...], resolution: int) -> dict[str, Any]:
    """Return the asset fields of a file that holds all layers, with a band for each."""
    bands = [_band(layer) | _values(layer, resolution) for layer in layers]
    if has_method(layers):
        bands.append(
            {
                "name": "method",
                "description": "Selection method",
                "data_type": "uint8",
                "classification:classes": _classes(METHODS, _METHOD_COLOURS),
            }
        )
    return {"title": "All layers", "roles": ["data"], "bands": bands}


def _values(layer: Layer, resolution: int) -> dict[str, Any]:
    values: dict[str, Any] = {"data_type": layer.dtype, "nodata": layer.nodata}
    if layer.unit:
        values["unit"] = _UNITS[layer.unit]
    if layer.scale != 1.0:
        values |= {"raster:scale": layer.scale, "raster:offset": 0}
    if layer.api_id == "SCENE":
        absent = {"value": layer.nodata, "name": "no_observation", "nodata": True}
        values["classification:classes"] = [*_classes(CLASSES, _CLASS_COLOURS), absent]
    return values | {"raster:sampling": "area", "raster:spatial_resolution": resolution}


def _band(layer: Layer) -> dict[str, Any]:
    band: dict[str, Any] = {"name": layer.name, "description": layer.description}
    if layer.is_reflectance:
        centre, width = SPECTRAL[layer.name][0]
        band |= {
            "eo:common_name": _COMMON_NAMES[layer.name],
            "eo:center_wavelength": centre / 1000,
            "eo:full_width_half_max": width / 1000,
        }
    return band


def _classes(labels: tuple[str, ...], colours: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "value": value,
            "name": label.replace(",", "").replace(" ", "_"),
            "title": label,
            "color_hint": colour,
        }
        for value, (label, colour) in enumerate(zip(labels, colours, strict=True))
    ]
