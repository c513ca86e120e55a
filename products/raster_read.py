"""Read rasters: foreign ones with care, and how ours are addressed."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import RasterioError

from products.bands import Layer
from products.errors import GranuleRejected
from products.formats import ProductFormat
from products.grid import Extent

Array = npt.NDArray[Any]
DRIVERS = ("GTiff", "JP2OpenJPEG")
_UNTOUCHED = {"uint8": 0, "uint16": 0, "int16": -32768}


def decode(path: Path, epsg: int, where: str) -> tuple[Array, Extent, int]:
    """Decode a foreign single-band image whole; return pixels, extent and pixel size in metres.

    JP2 is decoded with one GDAL thread: with more, a truncated file can be read without an error
    and leaves the buffer untouched. Raises GranuleRejected with rule ``image`` or ``geometry``.
    """
    try:
        with (
            rasterio.Env(GDAL_NUM_THREADS="1", GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
            rasterio.open(path) as dataset,
        ):
            if dataset.driver not in DRIVERS:
                raise GranuleRejected(
                    "image",
                    f"{where} is a {dataset.driver} file; only JPEG 2000 and GeoTIFF are read.",
                )
            extent, resolution = _placed(dataset, epsg, where)
            kind = dataset.dtypes[0]
            if kind not in _UNTOUCHED or dataset.count != 1:
                raise GranuleRejected(
                    "image",
                    f"{where} has {dataset.count} bands of type {kind} instead of one of 8 or "
                    "16 bit; fetch the granule again.",
                )
            pixels = np.full(dataset.shape, _UNTOUCHED[kind], dtype=kind)
            return dataset.read(1, out=pixels), extent, resolution
    except (RasterioError, ValueError) as error:
        raise GranuleRejected(
            "image",
            f"{where} cannot be decoded ({_first_line(error)}); fetch the granule again.",
        ) from error


def _placed(dataset: Any, epsg: int, where: str) -> tuple[Extent, int]:
    code = dataset.crs.to_epsg() if dataset.crs else None
    if code != epsg:
        raise GranuleRejected(
            "crs",
            f"{where} is in EPSG:{code}, but its tile lies in EPSG:{epsg}; the file or the tile "
            "name is wrong: fetch the granule again.",
        )
    transform = dataset.transform
    west, north, size = transform.c, transform.f, transform.a
    rows, columns = dataset.shape
    whole = all(float(value).is_integer() for value in (west, north, size))
    if not whole or transform.e != -size or transform.b or transform.d or size not in (10, 20, 60):
        raise GranuleRejected(
            "geometry",
            f"{where} is not on a north-up grid of 10, 20 or 60 m pixels; fetch the granule again.",
        )
    pixel = int(size)
    return Extent(epsg, int(west), int(north), columns * pixel, rows * pixel), pixel


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0]


def layer_address(path: Path, layer: Layer) -> str:
    """Return what GDAL opens to get one layer of a product: the file, or a NetCDF variable."""
    if path.suffix == ProductFormat.NETCDF.suffix:
        return f"netcdf:{path}:{layer.name}"
    return str(path)
