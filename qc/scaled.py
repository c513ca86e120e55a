"""L0.3: does a raster say with which scale and in which unit its stored pixels are meant."""

from collections.abc import Iterator
from math import isclose

import rasterio

from products.bands import BY_ID, Layer
from products.formats import ProductFormat
from products.product import ProductFacts

_SINGLE = 1e-6
"""Relative difference of a factor that NetCDF holds in single precision."""
_NETCDF_UNITS = {"percent": "percent", "Degree": "degree"}
"""Units that NetCDF files spell in another way than the JSON; all others are 1 there."""


def scale_problems(
    raster: rasterio.DatasetReader, layer: Layer, facts: ProductFacts
) -> Iterator[str]:
    """Yield what is wrong with scale, offset and unit of an opened layer, in parts of a sentence.

    Ours must be those of section 9.2. Other services need not write any; what they write must be
    what their metadata state.
    """
    should = layer.scale if facts.foreign else BY_ID[layer.api_id].scale
    scale, offset = raster.scales[0], raster.offsets[0]
    unstated = facts.foreign and scale == 1
    if not unstated and not isclose(scale, should, rel_tol=_SINGLE):
        yield f"scale is {scale:g}, not {should:g}"
    if offset != 0:
        yield f"offset is {offset:g}, not 0"
    if not facts.foreign:
        yield from _our_tags(raster, layer, facts.form)


def _our_tags(raster: rasterio.DatasetReader, layer: Layer, form: ProductFormat) -> Iterator[str]:
    known = BY_ID[layer.api_id]
    unit = known.unit or ""
    if form is ProductFormat.NETCDF:
        unit = _NETCDF_UNITS.get(unit, "1")
        if layer.api_id == "SCENE":  # classes have no unit
            unit = ""
    if (is_ := raster.units[0] or "") != unit:
        yield f"unit is {is_[:100] or 'not stated'}, not {unit or 'to be stated'}"
    tag = raster.tags().get("SCALE")
    if form is ProductFormat.GEO_TIFF and tag != f"{known.scale:g}":
        yield f"the tag SCALE is {str(tag)[:100]}, not {known.scale:g}"
