"""Notebooks get the same dataset from every format, and from a folder, HTTP or S3."""

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
import rasterio
import xarray as xr
from moto.server import ThreadedMotoServer

from products.bands import BY_ID, LAYERS
from products.errors import BadInput, SourceUnavailable
from products.formats import ProductFormat
from products.grid import Grid
from s2gm import open_mosaic
from tests.products.made import ORIGINS, deliver, facts_of, grid_of, random_pixels

SHAPE = (70, 1040)
"""Wider than a chunk."""
FEW = tuple(BY_ID[name] for name in ("B02", "SCENE", "INDEX", "SUN_ZENITH"))


def _product(root: Path, grid: Grid, form: ProductFormat, *places: str) -> Path:
    layers = FEW if places else LAYERS
    pieces = [
        (facts_of(grid, form, layers, place), random_pixels(grid, layers, seed))
        for seed, place in enumerate(places or ("Somewhere",))
    ]
    return deliver(root / form, pieces, root / f"scratch-{form}")


@pytest.fixture(scope="module", params=ORIGINS)
def formats(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, dict[ProductFormat, Path]]:
    root = tmp_path_factory.mktemp("client")
    grid = grid_of(request.param, SHAPE)
    return request.param, {form: _product(root, grid, form) for form in ProductFormat}


@pytest.fixture(scope="module")
def geotiff(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tiff")
    return _product(root, grid_of(32631, SHAPE), ProductFormat.GEO_TIFF, "Somewhere")


def test_the_formats_give_identical_datasets(
    formats: tuple[int, dict[ProductFormat, Path]],
) -> None:
    epsg, bases = formats
    opened = {form: open_mosaic(base) for form, base in bases.items()}
    first = opened[ProductFormat.GEO_TIFF]
    for form, dataset in opened.items():
        entries = dataset.attrs.pop("Band_interpretations")
        assert {entry["File_format"] for entry in entries} == {form.label}
        if form is not ProductFormat.GEO_TIFF:
            xr.testing.assert_identical(dataset, first)
    assert first.rio.crs.to_epsg() == epsg
    assert first.rio.transform() == grid_of(epsg, SHAPE).transform
    assert dict(first.sizes) == {"time": 1, "y": 70, "x": 1040}
    assert first.time.values[0] == np.datetime64("2018-06-16T00:00:00")


def test_values_are_masked_and_scaled(formats: tuple[int, dict[ProductFormat, Path]]) -> None:
    epsg, bases = formats
    stored = random_pixels(grid_of(epsg, SHAPE), seed=0)
    opened = open_mosaic(bases[ProductFormat.GEO_TIFF])
    assert list(opened.data_vars) == [layer.name for layer in LAYERS]
    for layer, pixels in stored.items():
        values = pixels.astype("f4") * np.float32(layer.scale)
        values[pixels == layer.nodata] = np.nan
        assert opened[layer.name].dtype == np.float32
        np.testing.assert_array_equal(opened[layer.name][0], values)


def test_nothing_is_read_before_it_is_computed(
    formats: tuple[int, dict[ProductFormat, Path]], tmp_path: Path
) -> None:
    """A product whose layers are gone after opening gives a dataset, but no pixels."""
    for form, base in formats[1].items():
        copy = shutil.copytree(base, tmp_path / form)
        opened = open_mosaic(copy)
        assert all(array.chunks for array in opened.data_vars.values())
        assert max(opened.chunks["x"]) < SHAPE[1]
        for file in copy.rglob("*B02*" if form is not ProductFormat.NETCDF else "*.nc"):
            file.write_bytes(b"\0" * file.stat().st_size)
        read = _values_or_error(opened.B02)
        stored = open_mosaic(base).B02.values
        assert read is None or not np.array_equal(read, stored, equal_nan=True)


def _values_or_error(array: xr.DataArray) -> Any:
    try:
        return array.values
    except (OSError, RuntimeError, rasterio.errors.RasterioError):
        return None


@pytest.mark.parametrize("form", ProductFormat)
def test_a_tiled_product_needs_a_place(form: ProductFormat, tmp_path: Path) -> None:
    grid = grid_of(32631, (64, 64))
    base = _product(tmp_path, grid, form, "31UDS", "31UES")
    for seed, place in enumerate(("31UDS", "31UES")):
        stored = random_pixels(grid, FEW, seed)[FEW[1]]
        read = open_mosaic(base, place=place)[FEW[1].name].fillna(255)[0]
        np.testing.assert_array_equal(read, stored)
    for wrong in (None, "31UFS"):
        with pytest.raises(BadInput, match="has the pieces 31UDS, 31UES; name one"):
            open_mosaic(base, place=wrong)


@pytest.mark.parametrize("below", ["", "Somewhere", "Somewhere/B02_M20_20180601_Somewhere.tiff"])
def test_what_is_no_base_folder_is_refused(geotiff: Path, below: str) -> None:
    path = geotiff / below if below else geotiff.parent
    with pytest.raises(BadInput, match=r"has no manifest\.json; give the base folder"):
        open_mosaic(path)


def test_other_schemes_are_refused() -> None:
    with pytest.raises(BadInput, match="give a folder, or an http"):
        open_mosaic("ftp://127.0.0.1/product")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("manifest.json", "{", "manifest.json is not JSON"),
        ("manifest.json", "\udcff", "manifest.json is not JSON"),
        ("manifest.json", "[]", "holds no JSON object"),
        ("manifest.json", "{}", "lists no metadata"),
        ("Somewhere/metadata_M20_20180601_Somewhere.json", "", "is not JSON"),
        ("Somewhere/B02_M20_20180601_Somewhere.tiff", "x", "cannot be opened"),
    ],
)
def test_a_broken_product_is_told_in_a_sentence(
    geotiff: Path, tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    base = shutil.copytree(geotiff, tmp_path / "copy")
    (base / name).write_text(content, errors="surrogateescape")
    with pytest.raises(BadInput, match=sentence) as told:
        open_mosaic(base)
    assert str(told.value).count("\n") == 0


def test_a_missing_layer_is_told_in_a_sentence(tmp_path: Path) -> None:
    base = _product(tmp_path, grid_of(32631, (64, 64)), ProductFormat.NETCDF, "Somewhere")
    next(base.rglob("*.nc")).unlink()
    with pytest.raises(BadInput, match=r"cannot be opened .*; download the product again"):
        open_mosaic(base)


class _Ranges(http.server.SimpleHTTPRequestHandler):
    """Serve parts of files, as object stores do, and remember how many bytes."""

    sent = 0

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        path = Path(self.translate_path(self.path))
        if asked is None or not path.is_file():
            super().do_GET()
            return
        first, _, last = asked.removeprefix("bytes=").partition("-")
        content = path.read_bytes()
        part = content[int(first) : int(last or len(content)) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/"
                         f"{len(content)}")  # fmt: skip
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)
        _Ranges.sent += len(part)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def served(tmp_path: Path, geotiff: Path) -> Iterator[str]:
    shutil.copytree(geotiff, tmp_path / "geotiff")
    _product(tmp_path, grid_of(32631, (64, 64)), ProductFormat.NETCDF, "Somewhere")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    handler = partial(_Ranges, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_over_http(served: str, geotiff: Path) -> None:
    opened = open_mosaic(f"{served}/geotiff/")
    before = _Ranges.sent
    xr.testing.assert_identical(opened, open_mosaic(geotiff))
    assert _Ranges.sent > before


def test_over_http_what_cannot_be_read_is_told(served: str, tmp_path: Path) -> None:
    (netcdf,) = (tmp_path / "NETCDF").iterdir()
    with pytest.raises(BadInput, match="is a NetCDF product; download it, or order GEO_TIFF"):
        open_mosaic(f"{served}/NETCDF/{netcdf.name}")
    with pytest.raises(BadInput, match=r"nothing has no manifest\.json; give the base folder"):
        open_mosaic(f"{served}/nothing")
    with pytest.raises(BadInput, match=r"manifest\.json is not JSON"):
        open_mosaic(f"{served}/broken")
    next((tmp_path / "geotiff").rglob("B02_*")).unlink()
    with pytest.raises(SourceUnavailable, match="cannot be opened"):
        open_mosaic(f"{served}/geotiff")


def test_a_server_that_is_down_may_come_back() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), _Ranges) as server:
        port = server.server_port
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        open_mosaic(f"http://127.0.0.1:{port}/product")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_S3_ENDPOINT": f"{host}:{port}",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "AWS_HTTPS": "NO",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(
        Bucket="mosaics", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    yield client
    server.stop()


def test_from_s3(bucket: Any, geotiff: Path) -> None:
    for path in geotiff.rglob("*.*"):
        if path.is_file():
            key = f"products/{path.relative_to(geotiff.parent).as_posix()}"
            bucket.put_object(Bucket="mosaics", Key=key, Body=path.read_bytes())
    opened = open_mosaic(f"s3://mosaics/products/{geotiff.name}")
    xr.testing.assert_identical(opened, open_mosaic(geotiff))
    for missing in ("s3://mosaics/nothing", "s3://elsewhere/nothing"):
        with pytest.raises(BadInput, match=r"nothing has no manifest\.json"):
            open_mosaic(missing)
    bucket.put_object(Bucket="mosaics", Key="broken/manifest.json", Body=json.dumps([]))
    with pytest.raises(BadInput, match="holds no JSON object"):
        open_mosaic("s3://mosaics/broken")
