"""Thinned layers show the same pixels, unaltered, whatever the format and whoever made it."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from metadata.attributes import render_attributes
from products.bands import BY_ID
from products.encode import encode_layers
from products.formats import ProductFormat
from products.overviews import kept_pixels
from products.product import Contact
from products.raster_read import layer_address
from products.raster_write import open_scratch
from qc import sample
from qc.sample import read_sample
from tests.products.made import ORIGINS, facts_of, grid_of, random_pixels, write_scratch

LAYERS = (BY_ID["B04"], BY_ID["SCENE"], BY_ID["INDEX"])
SHAPES = [(1373, 1026), (700, 90), (512, 512), (3, 2000)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("form", ProductFormat)
def test_every_format_shows_the_same_pixels(
    tmp_path: Path, form: ProductFormat, shape: tuple[int, int]
) -> None:
    grid = grid_of(32631, shape)
    layers = tuple(layer for layer in LAYERS if form.holds(layer.dtype))
    facts = facts_of(grid, form, layers)
    pixels = random_pixels(grid, layers)
    scratch = write_scratch(tmp_path / "scratch", grid, pixels)
    box = (2.0, 50.0, 3.0, 51.0)
    encode_layers(scratch, tmp_path, facts, render_attributes(facts, Contact(), box))
    rows, columns = kept_pixels(shape)
    assert max(len(rows), len(columns)) <= 512
    for layer in layers:
        shown = read_sample(layer_address(tmp_path / facts.layer_file(layer), layer))
        assert np.array_equal(shown, pixels[layer][np.ix_(rows, columns)])


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A GeoTIFF without overviews, and large enough for two."""
    rng = np.random.default_rng(0)
    path = tmp_path / "noise.tif"
    with open_scratch(path, (1300, 1500), "uint16", 65535, {"transform": ORIGINS[32631]}) as file:
        file.write(rng.integers(0, 9000, (1300, 1500), np.uint16), 1)
    return path


@pytest.mark.parametrize("resampling", ["NEAREST", "AVERAGE", "CUBIC"])
def test_overviews_of_others_are_used_only_where_they_show_pixels(
    noise: Path, tmp_path: Path, resampling: str
) -> None:
    path = tmp_path / "theirs.tif"
    rasterio.shutil.copy(noise, path, driver="COG", OVERVIEW_RESAMPLING=resampling)
    with rasterio.open(path) as file:
        assert file.overviews(1)
    assert np.array_equal(read_sample(path), read_sample(noise))


def test_our_own_overviews_are_read_instead_of_the_layer(
    noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ours.tif"
    rasterio.shutil.copy(noise, path, driver="COG", OVERVIEW_RESAMPLING="NEAREST")
    monkeypatch.delattr(sample, "_picked")
    assert read_sample(path).shape == (325, 375)
