"""Write the blocks of docs/formats.md: what gdalinfo says of a simulated product in each format."""

import json
import re
import subprocess
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import rasterio
from rasterio.warp import transform_bounds

from metadata.attributes import render_attributes
from products.bands import LAYERS, Layer
from products.encode import encode_layers
from products.formats import ProductFormat
from products.grid import Grid
from products.naming import ProductName
from products.period import PeriodKind
from products.product import Contact, ProductFacts, SourceEntry
from products.raster_write import LayerWriter
from sources.simulator import SimulatedArchive
from tasks.cycle import Wanted, run_once
from tasks.settings import Settings
from tasks.workshop import open_workshop

PAGE = Path(__file__).with_name("formats.md")
_WANTED = Wanted(kinds=(PeriodKind.MONTH,), resolutions=(20,))


def compose(work: Path) -> Path:
    """Run the service over a small simulated archive; return the folder of layers."""
    archive = SimulatedArchive(start=date(2022, 1, 1), days=20)
    (work / "archive").mkdir()
    for delivery in archive.deliveries():
        if delivery.kind == "nominal":
            archive.write(delivery, work / "archive")
    workshop = open_workshop(Settings(home=work / "home"))
    try:
        run_once(workshop, str(work / "archive"), _WANTED)
    finally:
        workshop.catalog.close()
    (metadata,) = (work / "home" / "products").rglob("metadata_*.json")
    return metadata.parent


def facts_from(folder: Path, document: dict[str, Any], form: ProductFormat) -> ProductFacts:
    """Read the facts of a published product back from its metadata."""
    names = [entry["Name"] for entry in document["Band_interpretations"]]
    layers = tuple(layer for layer in LAYERS if layer.name in names)
    name = ProductName.parse(document["Processing_name"])
    with rasterio.open(next(folder.glob("*.tiff"))) as raster:
        grid = Grid(raster.crs.to_epsg(), name.resolution, raster.shape, raster.transform)
    day = date.fromisoformat(document["First_product_date"])
    return ProductFacts(
        name=name,
        place=folder.name,
        tiles=(folder.name,),
        grid=grid,
        layers=layers,
        missing=tuple(layer for layer in LAYERS if layer not in layers),
        sources=tuple(
            SourceEntry(source, source, source[:3], day, "", True, "")
            for source in document["Source_product_list"].values()
        ),
        created=datetime.fromisoformat(document["Date_of_creation"]).replace(tzinfo=UTC),
        algorithm=document["Processing_steps"].split(", ")[-1],
        threshold=5,
        form=form,
    )


def decode(published: Path, folder: Path, facts: ProductFacts) -> dict[Layer, Path]:
    """Write the layers of a published product as scratch files again."""
    scratch = {}
    for layer in facts.layers:
        writer = LayerWriter(folder / f"{layer.name}.tif", facts.grid, layer.dtype, layer.nodata)
        with rasterio.open(next(published.glob(f"{layer.name}_*.tiff"))) as raster:
            writer.write(raster.read(1), 0, 0)
        writer.close()
        scratch[layer] = writer.path
    return scratch


def described(folder: Path, facts: ProductFacts, layer: Layer) -> str:
    """Return a command and its answer, with paths relative to the product."""
    address = f"{facts.place}/{facts.layer_file(layer)}"
    if facts.form is ProductFormat.NETCDF:
        address = f"netcdf:{address}:{layer.name}"
    command = ["gdalinfo", "-nomd", "-wkt_format", "WKT1", address]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    lines = (f"$ {' '.join(command)}", *done.stdout.splitlines())
    return "\n".join(f"    {line}".rstrip() for line in lines)


def main() -> None:
    """Compose, encode in all formats, and put the answers between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as work:
        published = compose(Path(work))
        document = json.loads(next(published.glob("metadata_*.json")).read_bytes())
        for form in ProductFormat:
            facts = facts_from(published, document, form)
            folder = Path(work) / form
            (folder / facts.place).mkdir(parents=True)
            scratch = decode(published, folder, facts)
            box = transform_bounds(f"EPSG:{facts.grid.epsg}", "EPSG:4326", *facts.grid.bounds)
            attributes = render_attributes(facts, Contact(), box)
            encode_layers(scratch, folder / facts.place, facts, attributes)
            layer = next(layer for layer in facts.layers if layer.name == "B04")
            block = f"<!-- {form} -->\n\n{described(folder, facts, layer)}\n\n<!-- end -->"
            page = re.sub(
                f"<!-- {form} -->.*?<!-- end -->",
                lambda _, text=block: text,  # type: ignore[misc]
                page,
                flags=re.DOTALL,
            )
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
