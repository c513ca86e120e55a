"""Overviews of a scratch file, ready for the COG driver, which makes its own far more slowly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from lxml import etree
from rasterio.windows import Window

from products.raster_read import Array
from products.raster_write import open_scratch

LARGEST = 512
"""Pixels per side of the smallest overview, at most."""
_ROWS = 512
"""Rows written at a time."""
_EPSILON = 1e-10


@contextmanager
def with_overviews(path: Path) -> Iterator[Path]:
    """Write the overviews of a GeoTIFF beside it; give a VRT file that has both, for a while.

    Each overview halves the one before by nearest neighbour. They are those that the COG driver
    would make, pixel by pixel, so whoever encodes the file, its bytes are the same.
    """
    files = [path]
    with rasterio.open(path) as file:
        height, width = file.shape
    while height > LARGEST or width > LARGEST:
        height, width = max(height // 2, 1), max(width // 2, 1)
        smaller = path.with_name(f"{path.stem}.{len(files)}.tif")
        _halve(files[-1], smaller, height, width)
        files.append(smaller)
    virtual = path.with_suffix(".vrt")
    virtual.unlink(missing_ok=True)  # GDAL would delete with it what it refers to
    rasterio.shutil.copy(path, virtual, driver="VRT")
    tree = etree.parse(virtual)
    (band,) = tree.iter("VRTRasterBand")
    for smaller in files[1:]:
        overview = etree.SubElement(band, "Overview")
        name = etree.SubElement(overview, "SourceFilename", relativeToVRT="1")
        name.text = smaller.name
        etree.SubElement(overview, "SourceBand").text = "1"
    tree.write(virtual)
    try:
        yield virtual
    finally:
        for written in (virtual, *files[1:]):
            written.unlink()


def kept_pixels(shape: tuple[int, int]) -> tuple[Array, Array]:
    """Return which rows and columns of a layer its smallest overview shows, int64 each.

    Whoever picks them from any copy of the layer, in whatever format, sees the same pixels.
    """
    height, width = shape
    rows, columns = np.arange(height), np.arange(width)
    while height > LARGEST or width > LARGEST:
        height, width = max(height // 2, 1), max(width // 2, 1)
        rows = rows[_nearest(len(rows), height)]
        columns = columns[_nearest(len(columns), width)]
    return rows, columns


def _halve(larger: Path, smaller: Path, height: int, width: int) -> None:
    with (
        rasterio.open(larger) as source,
        open_scratch(
            smaller,
            (height, width),
            source.dtypes[0],
            source.nodata,
            {"transform": _stretched(source, height, width)},
        ) as target,
    ):
        rows, columns = _nearest(source.height, height), _nearest(source.width, width)
        for top in range(0, height, _ROWS):
            wanted = rows[top : top + _ROWS]
            first, last = int(wanted[0]), int(wanted[-1])
            read = source.read(1, window=Window(0, first, source.width, last - first + 1))
            kept = read[wanted - first][:, columns]
            target.write(kept, 1, window=Window(0, top, width, len(wanted)))


def _stretched(source: Any, height: int, width: int) -> Any:
    return source.transform * source.transform.scale(source.width / width, source.height / height)


def _nearest(larger: int, smaller: int) -> Array:
    """Return the index that GDAL's nearest neighbour takes for each pixel of an overview."""
    places = np.floor(0.5 + np.arange(smaller) * (larger / smaller) + _EPSILON)
    inside: Array = np.minimum(places.astype(np.int64), larger - 1)
    return inside
