"""NetCDF products keep the conventions they name, and open together as one time series."""

import glob
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

from products.bands import BY_ID, LAYERS
from products.formats import ProductFormat
from products.netcdf import mid_period
from tests.products.made import ORIGINS, encode, facts_of, grid_of, random_pixels, write_scratch

RGB = tuple(BY_ID[name] for name in ("B03", "B02", "B04", "B08"))
SHAPE = (70, 60)
WITHOUT_STANDARD_NAME = {
    "medoid_mos",
    "quality_cloud_confidence",
    "quality_snow_confidence",
    "source_index",
}
"""Quantities for which the CF table has no name."""


@pytest.fixture(scope="module", params=ORIGINS)
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("netcdf")
    grid = grid_of(request.param, SHAPE)
    facts = facts_of(grid, ProductFormat.NETCDF)
    encode(folder, facts, write_scratch(folder / "scratch", grid, random_pixels(grid)))
    return folder / facts.layer_file(LAYERS[0])


def _findings(path: Path, suite: str) -> dict[str, list[str]]:
    """Return what the IOOS compliance checker finds of highest priority, by section."""
    from compliance_checker.base import BaseCheck
    from compliance_checker.runner import CheckSuite

    CheckSuite.load_all_available_checkers()
    checks = CheckSuite()
    dataset = checks.load_dataset(str(path))
    with warnings.catch_warnings():
        # a standard name table that had to be fetched, or could not be, is a warning
        warnings.filterwarnings("error", message=".*standard name table.*")
        results, errors = checks.run_all(dataset, [suite])[suite]
    assert not errors
    assert len(results) > 20
    found: dict[str, list[str]] = {}
    for result in results:
        reached = result.value if isinstance(result.value, tuple) else (int(result.value), 1)
        if result.weight == BaseCheck.HIGH and reached[0] < reached[1]:
            name = result.name if isinstance(result.name, str) else result.name[0]
            found.setdefault(name, []).extend(result.msgs)
    return found


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the checker wants the network")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    return


@pytest.mark.usefixtures("offline")
def test_cf_1_9_is_kept(product: Path) -> None:
    """All that is left is the rule of CF-1.8 on packing, which CF-1.9 widened (docs/adr/008)."""
    found = _findings(product, "cf:1.9")
    packing = found.pop("§8.1 Packed Data")
    assert found == {}
    packed = {layer.name for layer in LAYERS if layer.scale != 1.0}
    for message in packing:
        assert "must be of type byte, short, or int" in message or (
            message.startswith("Variable is not of type byte, short, or int")
        )
    assert {word for message in packing for word in message.split() if word in packed} == packed


@pytest.mark.usefixtures("offline")
def test_cf_1_8_objects_to_unsigned_integers_alone(product: Path) -> None:
    found = _findings(product, "cf:1.8")
    assert set(found) == {"§2.2 Data Types", "§8.1 Packed Data"}
    assert all("datatype is uint" in message for message in found["§2.2 Data Types"])


@pytest.mark.usefixtures("offline")
def test_acdd_highly_recommended_is_complete(product: Path) -> None:
    found = _findings(product, "acdd:1.3")
    assert found == {
        f'variable "{name}" missing the following attributes:': ["standard_name"]
        for name in WITHOUT_STANDARD_NAME
    }


def test_attributes_follow_the_specification(product: Path) -> None:
    facts = facts_of(grid_of(32631, SHAPE), ProductFormat.NETCDF)
    with netCDF4.Dataset(product) as file:
        assert file.data_model == "NETCDF4"
        assert list(file.dimensions) == ["time", "bnds", "y", "x"]
        assert file.id == str(facts.name)
        assert file.spatial_resolution == "20m"
        pairs = [entry.split("=") for entry in file.input_components.split(",")]
        assert pairs == [[str(i), source.tile_id] for i, source in enumerate(facts.sources)]
        for layer in LAYERS:
            assert file[layer.name].coordinates == "lat lon"
            assert file[layer.name].grid_mapping in file.variables
            assert file[layer.name].dtype == layer.dtype
        seconds = (file["time"][0] - file["time_bnds"][0]) * 86400
        assert list(seconds) == [15 * 86400, -15 * 86400]


def _year(root: Path, epsg: int, **changes: Any) -> str:
    """Write twelve monthly products of one place; return the pattern that finds them."""
    grid = grid_of(epsg, SHAPE)
    for month in range(1, 13):
        facts = facts_of(grid, ProductFormat.NETCDF, month=month, **changes)
        pixels = random_pixels(grid, facts.layers, seed=month)
        scratch = write_scratch(root / f"scratch{month}", grid, pixels)
        encode(root / "nc" / str(facts.name) / facts.place, facts, scratch)
    return str(root / "nc" / "S2GM*" / "*" / "*.nc")


@pytest.mark.parametrize("epsg", ORIGINS)
def test_a_year_opens_as_one_series(epsg: int, tmp_path: Path) -> None:
    pattern = _year(tmp_path, epsg, layers=RGB)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = xr.open_mfdataset(glob.glob(pattern))  # noqa: PTH207 - as the notebook writes it
        with xr.set_options(use_new_combine_kwarg_defaults=True):
            assert data.identical(xr.open_mfdataset(pattern))
    assert dict(data.sizes) == {"time": 12, "bnds": 2, "y": 70, "x": 60}
    assert set(data.coords) == {"time", "x", "y", "lat", "lon", "crs"}
    assert data.lat.dims == data.lon.dims == ("y", "x")
    assert data.lat.dtype == data.lon.dtype == np.float32
    assert set(data.data_vars) == {layer.name for layer in RGB} | {"time_bnds"}
    for layer in RGB:
        assert data[layer.name].dims == ("time", "y", "x")
        assert data[layer.name].dtype == np.float32
        assert data[layer.name].chunks is not None
        assert data[layer.name].chunks[0] == (1,) * 12
    assert data.time_bnds.dims == ("time", "bnds")
    for month in range(12):
        period = facts_of(grid_of(epsg, SHAPE), ProductFormat.NETCDF, month=month + 1).period
        assert data.time[month] == np.datetime64(mid_period(period).replace(tzinfo=None))
        stored = random_pixels(grid_of(epsg, SHAPE), RGB, seed=month + 1)[RGB[1]]
        values = np.where(stored == 65535, np.nan, stored.astype("f4") * np.float32(0.0001))
        np.testing.assert_array_equal(data.B02[month], values)


@pytest.mark.parametrize("epsg", ORIGINS)
def test_a_series_of_all_layers_knows_its_reference_system(epsg: int, tmp_path: Path) -> None:
    pattern = _year(tmp_path, epsg)
    program = (
        "import glob, sys, warnings; warnings.simplefilter('error')\n"
        "import xarray as xr\n"
        "data = xr.open_mfdataset(glob.glob(sys.argv[1]))\n"
        "import rioxarray\n"
        "kinds = {str(data[n].dtype) for n in data.data_vars if n not in ('method', 'time_bnds')}\n"
        "print(data.rio.crs.to_epsg(), data.B02.rio.crs.to_epsg(), len(data.data_vars), *kinds)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, pattern], check=True, capture_output=True, text=True
    )
    assert said.stdout.split() == [str(epsg), str(epsg), "24", "float32"]
    assert said.stderr == ""
