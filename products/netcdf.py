"""Write a product as one NetCDF-4 file: CF-1.8, CF-1.9, ACDD-1.3 (specification section 10.3)."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import rasterio
from pyproj import CRS, Transformer
from rasterio.windows import Window

from algorithms.method import LABELS as METHODS
from algorithms.method import method_of
from algorithms.scl import LABELS as CLASSES
from products.bands import METHOD_FROM, Layer
from products.grid import Grid
from products.period import Period
from products.product import ProductFacts
from products.raster_read import Array

_CHUNK = 512
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STANDARD_NAMES = {
    "AOT": "atmosphere_optical_thickness_due_to_ambient_aerosol_particles",
    "VALID_OBS": "number_of_observations",
    "SUN_ZENITH": "solar_zenith_angle",
    "SUN_AZIMUTH": "solar_azimuth_angle",
    "VIEW_ZENITH_MEAN": "sensor_zenith_angle",
    "VIEW_AZIMUTH_MEAN": "sensor_azimuth_angle",
}
_CONTENT = {
    "CLOUD": "qualityInformation",
    "SNOW": "qualityInformation",
    "SCENE": "thematicClassification",
    "INDEX": "referenceInformation",
    "MEDOID_MOS": "qualityInformation",
    "AOT": "physicalMeasurement",
}
"""Coverage content types of ISO 19115-1; reflectance is measured, everything else auxiliary."""
_UNITS = {"percent": "percent", "Degree": "degree"}


def write_netcdf(
    path: Path,
    facts: ProductFacts,
    scratch: Mapping[Layer, Path],
    attributes: Mapping[str, str],
    threads: int = 2,
) -> None:
    """Write all layers, packed as in the other formats, with time, x, y and 2-D lat, lon.

    ``scratch`` names a GeoTIFF of every layer. Where the layers tell it, a variable ``method`` is
    added: none, single observation, STC or MEDOID. Memory is bounded by strips of rows. With more
    than one thread what comes next is read while HDF5, which has only one, compresses.

    The global attribute ``coordinates`` makes ``crs`` a coordinate for xarray: as a data variable
    it would be repeated along time when files are opened together, and the system be lost.
    """
    with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
        file.setncatts(
            {"Conventions": "CF-1.8, CF-1.9, ACDD-1.3", "coordinates": "crs", **attributes}
        )
        _write_time(file, facts.period)
        _write_grid(file, facts.grid)
        for layer in facts.layers:
            variable = _variable(file, layer.name, layer.dtype, layer.nodata)
            variable.setncatts(_described(layer))
        with_method = {layer.api_id for layer in facts.layers}.issuperset(METHOD_FROM)
        if with_method:
            described = _flags("Selection method", METHODS) | _content("auxiliaryInformation")
            _variable(file, "method", "uint8", None).setncatts(described)
        for rows in _strips(facts.grid):
            _write_strip(file, facts, rows, scratch, threads, with_method=with_method)


def mid_period(period: Period) -> datetime:
    """Return the middle of a period, which is the value of its time coordinate."""
    begin, end = period.moments
    return begin + (end - begin) / 2


def _write_time(file: Any, period: Period) -> None:
    file.createDimension("time", 1)
    file.createDimension("bnds", 2)
    time = file.createVariable("time", "f8", ("time",))
    time.setncatts(
        {
            "standard_name": "time",
            "long_name": "middle of the compositing period",
            "units": "days since 1970-01-01 00:00:00",
            "calendar": "standard",
            "axis": "T",
            "bounds": "time_bnds",
        }
    )
    bounds = file.createVariable("time_bnds", "f8", ("time", "bnds"))
    time[:] = _days(mid_period(period))
    bounds[:] = [[_days(moment) for moment in period.moments]]


def _write_grid(file: Any, grid: Grid) -> None:
    rows, columns = grid.shape
    file.createDimension("y", rows)
    file.createDimension("x", columns)
    system = CRS.from_epsg(grid.epsg)
    metric = system.is_projected
    west, size, north = grid.transform.c, grid.transform.a, grid.transform.f
    for name, count, first, step, words in (
        ("y", rows, north, grid.transform.e, ("projection_y_coordinate", "latitude", "north")),
        ("x", columns, west, size, ("projection_x_coordinate", "longitude", "east")),
    ):
        axis = file.createVariable(name, "f8", (name,))
        axis.setncatts(
            {
                "standard_name": words[0] if metric else words[1],
                "long_name": f"{name} of the pixel centre",
                "units": "m" if metric else f"degrees_{words[2]}",
                "axis": name.upper(),
            }
        )
        axis[:] = first + (np.arange(count) + 0.5) * step
    mapping = file.createVariable("crs", "i4", ())
    mapping.setncatts(
        {
            **system.to_cf(),
            "spatial_ref": system.to_wkt("WKT1_GDAL"),
            "GeoTransform": " ".join(repr(float(v)) for v in grid.transform.to_gdal()),
        }
    )
    for name, word in (("lat", "north"), ("lon", "east")):
        variable = file.createVariable(
            name, "f4", ("y", "x"), zlib=True, complevel=1, chunksizes=_chunks(grid)
        )
        long = "latitude" if name == "lat" else "longitude"
        variable.setncatts({"long_name": long, "units": f"degrees_{word}"})
        if metric:  # elsewhere x and y bear the name, and only one variable may
            variable.standard_name = long


def _variable(file: Any, name: str, dtype: str, fill: int | None) -> Any:
    shape = (file.dimensions["y"].size, file.dimensions["x"].size)
    variable = file.createVariable(
        name,
        dtype,
        ("time", "y", "x"),
        zlib=True,
        complevel=1,
        shuffle=True,
        chunksizes=(1, *(min(_CHUNK, side) for side in shape)),
        fill_value=False if fill is None else fill,
    )
    variable.set_auto_maskandscale(False)
    variable.setncatts({"grid_mapping": "crs", "coordinates": "lat lon"})
    return variable


def _described(layer: Layer) -> dict[str, Any]:
    if layer.api_id == "SCENE":
        return _flags(layer.description, CLASSES) | _content(_CONTENT["SCENE"])
    described: dict[str, Any] = {"long_name": layer.description}
    measured = "physicalMeasurement" if layer.is_reflectance else "auxiliaryInformation"
    described |= _content(_CONTENT.get(layer.api_id, measured))
    if layer.is_reflectance:
        described["standard_name"] = "surface_bidirectional_reflectance"
    elif layer.api_id in _STANDARD_NAMES:
        described["standard_name"] = _STANDARD_NAMES[layer.api_id]
    described["units"] = _UNITS.get(layer.unit or "", "1")
    if layer.scale != 1.0:
        # In single precision: unpacked values take the type of the factor.
        described["scale_factor"] = np.float32(layer.scale)
    return described


def _content(kind: str) -> dict[str, Any]:
    return {"coverage_content_type": kind}


def _flags(title: str, labels: tuple[str, ...]) -> dict[str, Any]:
    words = (label.replace(",", "").replace(" ", "_") for label in labels)
    return {
        "long_name": title,
        "flag_values": np.arange(len(labels), dtype=np.uint8),
        "flag_meanings": " ".join(words),
    }


def _write_strip(
    file: Any,
    facts: ProductFacts,
    rows: range,
    scratch: Mapping[Layer, Path],
    threads: int,
    *,
    with_method: bool,
) -> None:
    place = slice(rows.start, rows.stop)
    kept: dict[str, Array] = {}
    jobs: list[Callable[[], Any]] = [partial(_degrees, facts.grid, rows)]
    jobs += [partial(_read, scratch[layer], rows) for layer in facts.layers]
    made = _ahead(jobs, threads)
    file["lat"][place], file["lon"][place] = next(made)
    for layer, pixels in zip(facts.layers, made, strict=True):
        file[layer.name][0, place] = pixels
        if layer.api_id in METHOD_FROM:
            kept[layer.api_id] = pixels
    if with_method:
        source, valid, spread = (kept[name] for name in METHOD_FROM)
        file["method"][0, place] = method_of(source, valid, spread)


def _ahead(jobs: list[Callable[[], Any]], threads: int) -> Iterator[Any]:
    """Yield the results in order; with several threads the next one is made meanwhile."""
    if threads == 1:
        yield from (job() for job in jobs)
        return
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(jobs[0])
        for job in jobs[1:]:
            current, following = following, pool.submit(job)
            yield current.result()
        yield following.result()


def _degrees(grid: Grid, rows: range) -> tuple[Array, Array]:
    """Return latitude and longitude of the pixel centres of some rows, float32 [Y, X]."""
    column, row = np.meshgrid(np.arange(grid.shape[1]) + 0.5, np.array(rows) + 0.5)
    x = grid.transform.c + column * grid.transform.a
    y = grid.transform.f + row * grid.transform.e
    if grid.epsg != 4326:
        x, y = Transformer.from_crs(grid.epsg, 4326, always_xy=True).transform(x, y)
    return y.astype(np.float32), x.astype(np.float32)


def _strips(grid: Grid) -> Iterator[range]:
    for top in range(0, grid.shape[0], _CHUNK):
        yield range(top, min(top + _CHUNK, grid.shape[0]))


def _read(path: Path, rows: range) -> Array:
    with rasterio.open(path) as file:
        pixels: Array = file.read(1, window=Window(0, rows.start, file.width, len(rows)))
    return pixels


def _chunks(grid: Grid) -> tuple[int, int]:
    return min(_CHUNK, grid.shape[0]), min(_CHUNK, grid.shape[1])


def _days(moment: datetime) -> float:
    return (moment - _EPOCH) / timedelta(days=1)
