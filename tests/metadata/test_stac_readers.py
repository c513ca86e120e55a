"""Read products back through their STAC items, as users do."""

import dataclasses
import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import odc.stac
import pystac
import pytest
import rasterio
import stackstac
from affine import Affine

from metadata.attributes import render_attributes
from metadata.document import render_document
from metadata.footprint import footprint
from metadata.inspire import render_inspire
from metadata.stac import render_bytes, render_item
from products.bands import BY_ID
from products.encode import encode_layers
from products.formats import ProductFormat
from products.grid import Extent, Grid
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.product import Contact, FileFact, ProductFacts
from products.raster_read import layer_address
from products.raster_write import LayerWriter
from tests.metadata.facts import source
from tests.metadata.stac_schemas import pystac_validator

CONTACT = Contact()
LAYERS = tuple(BY_ID[name] for name in ("B04", "SCENE", "INDEX", "SUN_AZIMUTH"))
GRIDS = {
    "utm": Extent(32631, 501360, 5629680, 900, 700).grid(10),
    "degrees": Grid(4326, 10, (70, 90), Affine(1 / 12000, 0, 2, 0, -1 / 12000, 50)),
}
# what these libraries say of affine and of each other is not ours to mend
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::PendingDeprecationWarning", "ignore::FutureWarning"
)


@dataclasses.dataclass
class Product:
    facts: ProductFacts
    pixels: dict[str, np.ndarray]
    """Stored values by layer name."""
    path: Path
    """Of the item."""

    def item(self) -> pystac.Item:
        return pystac.Item.from_file(str(self.path))


def write_product(root: Path, grid: Grid, form: ProductFormat) -> Product:
    facts = ProductFacts(
        name=ProductName(Period(PeriodKind.MONTH, date(2018, 6, 1)), 10, "Lille", 12),
        place="Lille",
        tiles=("31UDS",),
        grid=grid,
        layers=LAYERS,
        missing=(),
        sources=(source(3), source(8)),
        created=datetime(2018, 6, 8, 14, tzinfo=UTC),
        algorithm="S2GM_v1.0.0",
        threshold=5,
        form=form,
    )
    folder = root / str(facts.name)
    place = folder / facts.place
    place.mkdir(parents=True)
    rng = np.random.default_rng(8)
    pixels, scratch = {}, {}
    for layer in LAYERS:
        low, high = np.iinfo(layer.dtype).min, np.iinfo(layer.dtype).max
        values = rng.integers(low, high, grid.shape, endpoint=True, dtype=layer.dtype)
        values[rng.random(grid.shape) < 0.2] = layer.nodata
        writer = LayerWriter(root / f"{layer.name}.tif", grid, layer.dtype, layer.nodata)
        writer.write(values, 0, 0)
        writer.close()
        pixels[layer.name], scratch[layer] = values, writer.path
    _, box = footprint(grid)
    encode_layers(scratch, place, facts, render_attributes(facts, CONTACT, box))
    (place / facts.metadata_file).write_bytes(render_document(facts, CONTACT))
    (folder / "inspire.xml").write_bytes(render_inspire([facts], CONTACT, box))
    files = {
        path.relative_to(folder).as_posix(): FileFact(
            path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for path in folder.rglob("*")
        if path.is_file()
    }
    path = folder / facts.stac_file
    path.write_bytes(render_bytes(render_item(facts, CONTACT, files)))
    return Product(facts, pixels, path)


@pytest.fixture(params=sorted(GRIDS), scope="module")
def geotiff(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Product:
    root = tmp_path_factory.mktemp(request.param)
    return write_product(root, GRIDS[request.param], ProductFormat.GEO_TIFF)


def test_pystac_validates_the_item(geotiff: Product) -> None:
    validated = geotiff.item().validate(validator=pystac_validator())
    assert len(validated) == 1 + len(geotiff.item().stac_extensions)


@pytest.mark.parametrize("form", ProductFormat)
def test_assets_are_the_files_that_were_written(form: ProductFormat, tmp_path: Path) -> None:
    product = write_product(tmp_path, GRIDS["utm"], form)
    item = product.item()
    item.make_asset_hrefs_absolute()
    named = {Path(asset.href): asset.extra_fields for asset in item.assets.values()}
    written = {path for path in product.path.parent.rglob("*") if path.is_file()}
    assert set(named) == written - {product.path}
    for path, fields in named.items():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert (fields["file:size"], fields["file:checksum"]) == (
            path.stat().st_size,
            f"1220{digest}",
        )


def test_addresses_are_relative_to_the_item(geotiff: Product) -> None:
    document = json.loads(geotiff.path.read_bytes())
    for asset in document["assets"].values():
        assert asset["href"].startswith("./")
        assert (geotiff.path.parent / asset["href"]).is_file()


def test_odc_stac_reads_what_was_written(geotiff: Product) -> None:
    names = [layer.name for layer in LAYERS]
    loaded = odc.stac.load([geotiff.item()], bands=names)
    box = loaded.odc.geobox
    assert (box.crs.to_epsg(), box.transform) == (
        geotiff.facts.grid.epsg,
        geotiff.facts.grid.transform,
    )
    for layer in LAYERS:
        read = loaded[layer.name]
        assert read.dtype == layer.dtype
        assert read.attrs["nodata"] == layer.nodata
        np.testing.assert_array_equal(read.isel(time=0).values, geotiff.pixels[layer.name])
    assert str(loaded.time.values[0])[:10] == "2018-06-16"


def test_stackstac_reads_what_was_written_once_it_is_told_the_epsg_code(geotiff: Product) -> None:
    item = geotiff.item()
    item.make_asset_hrefs_absolute()
    item.properties["proj:epsg"] = int(item.properties["proj:code"].removeprefix("EPSG:"))
    stack = stackstac.stack([item], assets=[layer.name for layer in LAYERS])
    spec = stack.attrs["spec"]
    assert (spec.epsg, spec.bounds) == (geotiff.facts.grid.epsg, geotiff.facts.grid.bounds)
    assert spec.resolutions_xy == (geotiff.facts.grid.transform.a, -geotiff.facts.grid.transform.e)
    for layer in LAYERS:
        stored = geotiff.pixels[layer.name]
        read = stack.sel(band=layer.name).isel(time=0)
        np.testing.assert_array_equal(
            read.values, np.where(stored == layer.nodata, np.nan, stored.astype(float))
        )
        if layer.scale != 1.0:
            assert item.assets[layer.name].extra_fields["raster:scale"] == layer.scale
    assert str(stack.time.values[0])[:10] == "2018-06-16"


def test_stackstac_cannot_read_the_projection_extension_2(geotiff: Product) -> None:
    """Should this fail, the line in docs/reading-products.md is no longer needed."""
    with pytest.raises(ValueError, match="does not have one"):
        stackstac.stack([geotiff.item()], assets=["B04"])


@pytest.mark.parametrize("grid", sorted(GRIDS))
@pytest.mark.parametrize("form", ProductFormat)
def test_scale_and_nodata_of_the_item_give_physical_values(
    form: ProductFormat, grid: str, tmp_path: Path
) -> None:
    """Item and files agree, whichever of both a reader believes."""
    product = write_product(tmp_path, GRIDS[grid], form)
    item = product.item()
    item.make_asset_hrefs_absolute()
    for layer in LAYERS:
        asset = item.assets["netcdf" if form is ProductFormat.NETCDF else layer.name]
        (band,) = (band for band in asset.to_dict()["bands"] if band["name"] == layer.name)
        stated = asset.extra_fields | band
        with rasterio.open(layer_address(Path(asset.href), layer)) as file:
            assert file.dtypes == (stated["data_type"],)
            assert file.nodata == stated["nodata"]
            # NetCDF holds the scale in single precision
            assert np.float32(file.scales[0]) == np.float32(stated.get("raster:scale", 1.0))
            assert file.offsets == (stated.get("raster:offset", 0),)
            assert file.crs.to_string() == item.properties["proj:code"]
            assert list(file.shape) == item.properties["proj:shape"]
            # GDAL takes the pixel size of a NetCDF file from the rounded coordinates of its axes
            tolerance = 1e-10 if form is ProductFormat.NETCDF else 0
            assert list(file.transform[:6]) == pytest.approx(
                item.properties["proj:transform"], rel=tolerance, abs=0
            )
            np.testing.assert_array_equal(file.read(1), product.pixels[layer.name])
