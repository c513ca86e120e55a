"""Write rasters in blocks into scratch files that are encoded later."""

from pathlib import Path
from typing import Any

import rasterio
from rasterio.windows import Window

from products.grid import Grid
from products.raster_read import Array


class LayerWriter:
    """Write one layer of a product block by block into a scratch file, to be encoded later.

    The pixels of the file do not depend on the blocks in which they came.
    """

    def __init__(self, path: Path, grid: Grid, dtype: str, nodata: int) -> None:
        self.path = path
        placed = {"crs": f"EPSG:{grid.epsg}", "transform": grid.transform}
        self._file = open_scratch(path, grid.shape, dtype, nodata, placed)

    def write(self, pixels: Array, row: int, column: int) -> None:
        """Write a block with its upper-left pixel at ``row``, ``column``."""
        height, width = pixels.shape
        self._file.write(pixels, 1, window=Window(column, row, width, height))

    def close(self) -> None:
        """Flush what was written."""
        if not self._file.closed:
            self._file.close()


def open_scratch(
    path: Path,
    shape: tuple[int, int],
    dtype: str,
    nodata: float,
    placed: dict[str, Any] | None = None,
) -> Any:
    """Create a tiled GeoTIFF; it is not compressed, since it is written and read once and dropped.

    ``placed`` are its reference system and transform.
    """
    rows, columns = shape
    return rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype=dtype,
        count=1,
        height=rows,
        width=columns,
        nodata=nodata,
        tiled=True,
        blockxsize=512,
        blockysize=512,
        BIGTIFF="IF_SAFER",
        **(placed or {}),
    )
