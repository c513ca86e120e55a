"""Overviews: the bytes of an encoded file are those that the COG driver alone would write."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine

from products.grid import Grid
from products.overviews import with_overviews
from products.raster_write import LayerWriter

COG = {"driver": "COG", "COMPRESS": "DEFLATE", "OVERVIEW_RESAMPLING": "NEAREST", "BLOCKSIZE": 512}


@pytest.mark.parametrize("shape", [(512, 512), (513, 90), (1373, 1026), (700, 3001)])
def test_files_equal_those_with_the_overviews_of_gdal(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    rng = np.random.default_rng(1)
    grid = Grid(32631, 10, shape, Affine(10, 0, 399960, 0, -10, 5600040))
    writer = LayerWriter(tmp_path / "layer.tif", grid, "uint16", 65535)
    pixels = rng.integers(0, 65536, shape).astype(np.uint16)
    writer.write(pixels, 0, 0)
    writer.close()
    rasterio.shutil.copy(writer.path, tmp_path / "theirs.tif", **COG)
    for _ in range(2):
        with with_overviews(writer.path) as virtual:
            rasterio.shutil.copy(virtual, tmp_path / "ours.tif", **COG)
    assert {path.name for path in tmp_path.iterdir()} == {"layer.tif", "theirs.tif", "ours.tif"}
    assert (tmp_path / "ours.tif").read_bytes() == (tmp_path / "theirs.tif").read_bytes()
    with rasterio.open(tmp_path / "ours.tif") as file:
        assert (file.read(1) == pixels).all()
        assert bool(file.overviews(1)) == (max(shape) > 512)
