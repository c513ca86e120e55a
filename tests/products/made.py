"""Products with random pixels over the full range, nodata among them, in any format and place."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
from affine import Affine
from rasterio.warp import transform_bounds

from metadata.attributes import render_attributes
from metadata.document import render_document
from products.bands import LAYERS, Layer
from products.encode import encode_layers
from products.formats import ProductFormat
from products.grid import Grid
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.product import Contact, ProductFacts, SourceEntry
from products.raster_write import LayerWriter

Pixels = dict[Layer, npt.NDArray[np.generic]]
ORIGINS = {
    32631: Affine(20, 0, 501360, 0, -20, 5629680),
    32733: Affine(20, 0, 499980, 0, -20, 8100040),
    4326: Affine(1 / 6000, 0, 3 + 5 / 6000, 0, -1 / 6000, 50 + 7 / 6000),
}
"""UTM north, UTM south, and degrees."""


def grid_of(epsg: int, shape: tuple[int, int]) -> Grid:
    return Grid(epsg, 20, shape, ORIGINS[epsg])


def facts_of(
    grid: Grid,
    form: ProductFormat,
    layers: tuple[Layer, ...] = LAYERS,
    place: str = "Somewhere",
    month: int = 6,
) -> ProductFacts:
    tiles = [f"S2A_OPER_MSI_L2A_TL_{word}_A015421_T31UDS_N02.07" for word in ("one", "two")]
    return ProductFacts(
        name=ProductName(Period(PeriodKind.MONTH, date(2018, month, 1)), 20, "Somewhere", month),
        place=place,
        tiles=("31UDS",),
        grid=grid,
        layers=layers,
        missing=tuple(layer for layer in LAYERS if layer not in layers),
        sources=tuple(
            SourceEntry(t, t, "S2A", date(2018, month, day), "02.07", True, "00")
            for day, t in enumerate(tiles, 3)
        ),
        created=datetime(2018, month, 28, 11, 9, 21, tzinfo=UTC),
        algorithm="S2GM_v1.0.0",
        threshold=5,
        form=form,
    )


def random_pixels(grid: Grid, layers: tuple[Layer, ...] = LAYERS, seed: int = 1) -> Pixels:
    """Draw over the whole range of each layer; the first pixel and a tenth of all hold no data."""
    rng = np.random.default_rng(seed)
    made: Pixels = {}
    for layer in layers:
        info = np.iinfo(layer.dtype)
        pixels = rng.integers(info.min, info.max, grid.shape, layer.dtype, endpoint=True)
        pixels[rng.random(grid.shape) < 0.1] = layer.nodata
        pixels.flat[0] = layer.nodata
        made[layer] = pixels
    return made


def write_scratch(
    folder: Path, grid: Grid, pixels: Pixels, block: tuple[int, int] | None = None
) -> dict[Layer, Path]:
    """Write the scratch files, in one go or in blocks from the last to the first."""
    folder.mkdir(parents=True)
    scratch = {}
    for layer, values in pixels.items():
        writer = LayerWriter(folder / f"{layer.name}.tif", grid, layer.dtype, layer.nodata)
        for row, column, part in reversed(list(_parts(values, block or grid.shape))):
            writer.write(part, row, column)
        writer.close()
        scratch[layer] = writer.path
    return scratch


def _parts(
    values: npt.NDArray[np.generic], block: tuple[int, int]
) -> Iterator[tuple[int, int, npt.NDArray[np.generic]]]:
    for row in range(0, values.shape[0], block[0]):
        for column in range(0, values.shape[1], block[1]):
            yield row, column, values[row : row + block[0], column : column + block[1]]


def encode(
    folder: Path, facts: ProductFacts, scratch: Mapping[Layer, Path], threads: int = 2
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    grid = facts.grid
    box = transform_bounds(f"EPSG:{grid.epsg}", "EPSG:4326", *grid.bounds)
    encode_layers(scratch, folder, facts, render_attributes(facts, Contact(), box), threads)


def deliver(root: Path, pieces: list[tuple[ProductFacts, Pixels]], scratch_root: Path) -> Path:
    """Write a product as it is delivered: pieces of layers with their JSON, and the manifest."""
    base = root / str(pieces[0][0].name)
    for facts, pixels in pieces:
        scratch = write_scratch(scratch_root / facts.place, facts.grid, pixels)
        encode(base / facts.place, facts, scratch)
        document = render_document(facts, Contact())
        (base / facts.place / facts.metadata_file).write_bytes(document)
    files = [{"path": name, "sha256": digest} for name, digest in digests(base).items()]
    manifest = {"product": base.name, "files": files}
    (base / "manifest.json").write_text(json.dumps(manifest))
    return base


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def main(work: Path, epsg: int, rows: int, columns: int, threads: int) -> None:
    """Encode the three formats and print the digests, for a comparison between processes."""
    grid = grid_of(epsg, (rows, columns))
    scratch = write_scratch(work / "scratch", grid, random_pixels(grid))
    facts = facts_of(grid, ProductFormat.NETCDF)
    for form in ProductFormat:
        encode(work / "out" / form, replace(facts, form=form), scratch, threads)
    sys.stdout.write(json.dumps(digests(work / "out")))


if __name__ == "__main__":
    main(Path(os.fspath(sys.argv[1])), *(int(word) for word in sys.argv[2:]))
