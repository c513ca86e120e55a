"""The three formats hold the same product, bit for bit, in every tool that users have."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rioxarray
import xarray as xr
from affine import Affine
from pyproj import CRS
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rio_cogeo.cogeo import cog_validate

from products.bands import BY_ID, LAYERS, Layer
from products.formats import ProductFormat
from products.grid import Grid
from products.product import ProductFacts
from products.raster_read import layer_address
from tests.products.made import (
    ORIGINS,
    Pixels,
    digests,
    encode,
    facts_of,
    grid_of,
    random_pixels,
    write_scratch,
)

ODD = {32631: (1027, 521), 32733: (521, 259), 4326: (259, 521)}
"""Sizes that fill no block; the largest has several in every format."""
GRIDS = [(epsg, shape) for epsg in ORIGINS for shape in (ODD[epsg], (64, 64), (1, 1))]
OF_EACH_TYPE = tuple(BY_ID[name] for name in ("B02", "SCENE", "INDEX"))
GDAL_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16"}
HERE = Path(__file__).parents[2]
needs_gdal = pytest.mark.skipif(
    shutil.which("gdalinfo") is None,
    reason="GDAL's command line is not installed; on Debian: apt-get install gdal-bin",
)


@dataclass(frozen=True)
class Made:
    grid: Grid
    pixels: Pixels
    facts: dict[ProductFormat, ProductFacts]
    folder: Path

    def file(self, form: ProductFormat, layer: Layer) -> Path:
        return self.folder / form / self.facts[form].layer_file(layer)

    def address(self, form: ProductFormat, layer: Layer) -> str:
        return layer_address(self.file(form, layer), layer)

    def is_placed(self, transform: Affine, form: ProductFormat) -> bool:
        """Compare exactly; where GDAL divides degrees, to a billionth of a pixel."""
        if form is ProductFormat.NETCDF and self.grid.epsg == 4326:
            return _near(transform, self.grid)
        return transform == self.grid.transform


def _near(transform: Affine, grid: Grid) -> bool:
    """Tell whether no corner of the grid moves by more than a billionth of a pixel."""
    rows, columns = grid.shape
    return all(
        max(abs(a - b) for a, b in zip(transform @ corner, grid.transform @ corner, strict=True))
        <= 1e-9 * grid.transform.a * max(grid.shape)
        for corner in ((0, 0), (columns, rows))
    )


@pytest.fixture(scope="module", params=GRIDS, ids=lambda p: f"{p[0]}-{p[1][0]}x{p[1][1]}")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    epsg, shape = request.param
    folder = tmp_path_factory.mktemp("formats")
    grid = grid_of(epsg, shape)
    pixels = random_pixels(grid)
    scratch = write_scratch(folder / "scratch", grid, pixels)
    facts = {form: facts_of(grid, form) for form in ProductFormat}
    for form in ProductFormat:
        encode(folder / form, facts[form], scratch)
    return Made(grid, pixels, facts, folder)


each_form = pytest.mark.parametrize("form", ProductFormat)


@each_form
def test_rasterio_reads_what_was_composed(made: Made, form: ProductFormat) -> None:
    for layer, pixels in made.pixels.items():
        with rasterio.open(made.address(form, layer)) as raster:
            assert raster.count == 1
            assert raster.dtypes[0] == layer.dtype
            assert raster.nodata == layer.nodata
            assert raster.crs.to_epsg() == made.grid.epsg
            assert made.is_placed(raster.transform, form), raster.transform
            np.testing.assert_array_equal(raster.read(1), pixels)
            np.testing.assert_allclose(raster.scales[0], layer.scale, rtol=1e-7)
            assert (raster.units[0] or "") == _unit(layer, form)


def _unit(layer: Layer, form: ProductFormat) -> str:
    """NetCDF writes units as CF wants them, and none for classes."""
    if form is not ProductFormat.NETCDF:
        return layer.unit or ""
    if layer.api_id == "SCENE":
        return ""
    return {"percent": "percent", "Degree": "degree"}.get(layer.unit or "", "1")


@needs_gdal
@each_form
def test_the_command_line_of_gdal_reads_what_was_composed(
    made: Made, form: ProductFormat, tmp_path: Path
) -> None:
    for layer in LAYERS if made.grid.shape in ODD.values() else OF_EACH_TYPE:
        address, raw = made.address(form, layer), tmp_path / layer.name
        told = json.loads(_run("gdalinfo", "-json", address))
        (band,) = told["bands"]
        assert told["driverShortName"] == form.driver
        assert band["type"] == GDAL_TYPES[layer.dtype]
        assert band["noDataValue"] == layer.nodata
        assert CRS.from_wkt(told["coordinateSystem"]["wkt"]).to_epsg() == made.grid.epsg
        assert _near(Affine.from_gdal(*told["geoTransform"]), made.grid), told["geoTransform"]
        _run("gdal_translate", "-q", "-of", "ENVI", address, str(raw))
        pixels = made.pixels[layer]
        assert told["size"] == list(pixels.shape[::-1])
        # ENVI pads a file of a single byte to two
        assert raw.read_bytes()[: pixels.nbytes] == pixels.tobytes()


@needs_gdal
@each_form
def test_a_stack_of_bands_reads_the_same(made: Made, form: ProductFormat, tmp_path: Path) -> None:
    bands = [BY_ID[name] for name in ("B04", "B03", "B02")]
    stack = tmp_path / "stack.vrt"
    _run("gdalbuildvrt", "-q", "-separate", str(stack), *(made.address(form, b) for b in bands))
    with rasterio.open(stack) as raster:
        assert raster.nodatavals == tuple(float(band.nodata) for band in bands)
        assert raster.crs.to_epsg() == made.grid.epsg
        assert _near(raster.transform, made.grid)
        np.testing.assert_array_equal(raster.read(), [made.pixels[band] for band in bands])


@each_form
def test_rioxarray_reads_what_was_composed(made: Made, form: ProductFormat) -> None:
    for layer, pixels in made.pixels.items():
        with _opened(made.address(form, layer)) as array:
            assert array.dtype == layer.dtype
            assert array.rio.nodata == layer.nodata
            assert array.rio.crs.to_epsg() == made.grid.epsg
            np.testing.assert_array_equal(array.values[0], pixels)
            np.testing.assert_allclose(array.x, _centres(made.grid)[0], rtol=1e-14)
            np.testing.assert_allclose(array.y, _centres(made.grid)[1], rtol=1e-14)


def _opened(address: str) -> xr.DataArray:
    opened = rioxarray.open_rasterio(address)
    assert isinstance(opened, xr.DataArray)
    return opened


def test_xarray_reads_what_was_composed(made: Made) -> None:
    file = made.file(ProductFormat.NETCDF, LAYERS[0])
    with xr.open_dataset(file, mask_and_scale=False) as dataset:
        for layer, pixels in made.pixels.items():
            variable = dataset[layer.name]
            assert variable.dims == ("time", "y", "x")
            assert variable.dtype == layer.dtype
            assert variable.attrs["_FillValue"] == layer.nodata
            assert variable.attrs.get("scale_factor", 1) == np.float32(layer.scale)
            assert variable.encoding["coordinates"] == "lat lon"
            np.testing.assert_array_equal(variable.values[0], pixels)
        assert dataset.rio.crs.to_epsg() == made.grid.epsg
        x, y = _centres(made.grid)
        np.testing.assert_array_equal(dataset.x, x)
        np.testing.assert_array_equal(dataset.y, y)
        assert dataset.lat.dtype == dataset.lon.dtype == np.float32
        assert dataset.lat.dims == dataset.lon.dims == ("y", "x")


def _centres(grid: Grid) -> tuple[Any, Any]:
    rows, columns = grid.shape
    return (
        grid.transform.c + (np.arange(columns) + 0.5) * grid.transform.a,
        grid.transform.f + (np.arange(rows) + 0.5) * grid.transform.e,
    )


def test_geotiff_is_cloud_optimised_and_described(made: Made) -> None:
    for layer in LAYERS:
        path = made.file(ProductFormat.GEO_TIFF, layer)
        assert cog_validate(path, strict=True, quiet=True) == (True, [], [])
        with rasterio.open(path) as raster:
            assert raster.descriptions == (layer.name,)
            assert raster.scales == (layer.scale,)
            assert bool(raster.overviews(1)) == (max(made.grid.shape) > 512)


def test_jp2_needs_its_sidecar_for_nodata_alone(made: Made, tmp_path: Path) -> None:
    for layer in OF_EACH_TYPE:
        beside = made.file(ProductFormat.JP2, layer)
        with rasterio.open(beside) as raster:
            assert raster.descriptions == (layer.name,)
            assert raster.scales == (layer.scale,)
        alone = shutil.copy(beside, tmp_path / beside.name)
        with rasterio.open(alone) as raster:
            assert raster.nodata is None
            assert raster.crs.to_epsg() == made.grid.epsg
            assert raster.transform == made.grid.transform
            np.testing.assert_array_equal(raster.read(1), made.pixels[layer])


def test_blocks_do_not_change_a_byte(tmp_path: Path) -> None:
    grid = grid_of(32631, ODD[32631])
    pixels = {layer: random_pixels(grid)[layer] for layer in OF_EACH_TYPE}
    whole = write_scratch(tmp_path / "a", grid, pixels)
    blocks = write_scratch(tmp_path / "b", grid, pixels, block=(100, 77))
    for form in ProductFormat:
        facts = facts_of(grid, form, OF_EACH_TYPE)
        encode(tmp_path / "whole" / form, facts, whole)
        encode(tmp_path / "blocks" / form, facts, blocks)
    assert digests(tmp_path / "whole") == digests(tmp_path / "blocks")


@pytest.mark.parametrize("epsg", [32631, 4326])
def test_another_process_writes_the_same_bytes(epsg: int, tmp_path: Path) -> None:
    one = _elsewhere(tmp_path / "one", epsg, threads=1, TZ="UTC", PYTHONHASHSEED="1",
                     LANG="C", LC_ALL="C", GDAL_NUM_THREADS="1")  # fmt: skip
    two = _elsewhere(tmp_path / "two", epsg, threads=2, TZ="Pacific/Chatham", PYTHONHASHSEED="2",
                     LANG="de_DE.UTF-8", LC_ALL="C.UTF-8", GDAL_NUM_THREADS="ALL_CPUS")  # fmt: skip
    assert len(one) == 22 + 44 + 1
    assert one == two


def _elsewhere(work: Path, epsg: int, threads: int, **environment: str) -> dict[str, str]:
    command = [sys.executable, "-m", "tests.products.made", work, epsg, *(520, 131), threads]
    said = subprocess.run(
        [str(word) for word in command],
        cwd=HERE, env=os.environ | environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    answer: dict[str, str] = json.loads(said.stdout)
    return answer


@each_form
def test_a_damaged_scratch_file_stops_the_product(form: ProductFormat, tmp_path: Path) -> None:
    grid = grid_of(32631, (64, 64))
    scratch = write_scratch(tmp_path / "scratch", grid, random_pixels(grid, OF_EACH_TYPE))
    damaged = scratch[OF_EACH_TYPE[1]]
    damaged.write_bytes(damaged.read_bytes()[:-1500])
    with pytest.raises((RasterioError, CPLE_BaseError)):
        encode(tmp_path / form, facts_of(grid, form, OF_EACH_TYPE), scratch)


@cache
def _tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing beside gdalinfo"
    return found


def _run(tool: str, *words: str) -> str:
    # The tools are another GDAL than the one in the process: they must not find its data.
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GDAL_", "PROJ_"))}
    done = subprocess.run(
        [_tool(tool), *words], capture_output=True, text=True, check=False, env=clean
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
