"""L0.4: does the STAC item of a piece say when, where and with which scale its layers are."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import isclose
from typing import Any

from pyproj import Transformer

from products.bands import BY_ID, Layer
from products.formats import ProductFormat
from products.grid import Grid
from products.netcdf import mid_period
from products.product import ProductFacts
from qc.sayable import shown

_GEOGRAPHIC = 4326
_HAIR = 1e-3
"""Degrees by which a box may differ: edges are curves, which everybody cuts otherwise."""


def described_problems(item: Mapping[str, Any], facts: ProductFacts) -> Iterator[str]:
    """Yield what an item says otherwise than name, grid and layers do, in parts of a sentence.

    What has another form than STAC says is left to the schema.
    """
    properties, assets = item.get("properties"), item.get("assets")
    if isinstance(properties, dict):
        for key, should in _expected(facts).items():
            if not _same(properties.get(key), should):
                yield f"{key} is {shown(properties.get(key))}, not {shown(should)}"
    yield from _box_problems(item.get("bbox"), facts.grid)
    for layer in facts.layers:
        for key, is_, should in _values(assets, layer, facts.form):
            if is_ != should:
                yield f"{layer.name}: {key} is {shown(is_)}, not {shown(should)}"


def _expected(facts: ProductFacts) -> dict[str, object]:
    grid, period = facts.grid, facts.period
    return {
        "datetime": mid_period(period).astimezone(UTC),
        "start_datetime": f"{period.start.isoformat()}T00:00:00Z",
        "end_datetime": f"{period.end.isoformat()}T23:59:59Z",
        "gsd": facts.name.resolution,
        "proj:code": f"EPSG:{grid.epsg}",
        "proj:shape": list(grid.shape),
        "proj:transform": [float(value) for value in grid.transform[:6]],
    }


def _same(is_: object, should: object) -> bool:
    if not isinstance(should, datetime):
        return is_ == should
    try:
        return datetime.fromisoformat(str(is_)) == should.replace(microsecond=0)
    except (ValueError, TypeError):  # no moment, or one without a zone
        return False


def _box_problems(box: object, grid: Grid) -> Iterator[str]:
    west, south, east, north = grid.bounds
    if grid.epsg != _GEOGRAPHIC:
        transformer = Transformer.from_crs(grid.epsg, _GEOGRAPHIC, always_xy=True)
        west, south, east, north = transformer.transform_bounds(west, south, east, north, 64)
    should = (west, south, east, north)
    if not isinstance(box, list) or len(box) != len(should):
        yield f"bbox is {shown(box)}, not the four sides of its box"
        return
    if any(not _near(is_, side) for is_, side in zip(box, should, strict=True)):
        yield f"bbox is {shown(box)}, not {', '.join(f'{side:.5f}' for side in should)}"


def _near(is_: object, should: float) -> bool:
    """Compare degrees; 180 degrees east and west are the same."""
    if not isinstance(is_, int | float):
        return False
    return isclose((is_ - should + 180) % 360, 180, abs_tol=_HAIR)


def _values(
    assets: object, layer: Layer, form: ProductFormat
) -> Iterator[tuple[str, object, object]]:
    """Yield what is said of a layer's stored values, and what should be; nothing of no layer."""
    said = _said(assets, layer, form)
    if said is None:
        return
    known = BY_ID[layer.api_id]
    yield "data_type", said.get("data_type"), known.dtype
    yield "nodata", said.get("nodata"), known.nodata
    yield "raster:scale", said.get("raster:scale", 1.0), known.scale
    yield "raster:offset", said.get("raster:offset", 0), 0


def _said(assets: object, layer: Layer, form: ProductFormat) -> Mapping[str, Any] | None:
    """Return where an item describes a layer: its asset, or its band of the NetCDF file."""
    if not isinstance(assets, dict):
        return None
    if form is not ProductFormat.NETCDF:
        asset = assets.get(layer.name)
        return asset if isinstance(asset, dict) else None
    whole = assets.get("netcdf")
    bands = whole.get("bands") if isinstance(whole, dict) else None
    found = bands if isinstance(bands, list) else []
    own = (band for band in found if isinstance(band, dict) and band.get("name") == layer.name)
    return next(own, {})
