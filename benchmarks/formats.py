"""Write a product of 22 layers in each format, beside the raw bytes on the same disk.

``python -m benchmarks.formats --side 1500 --threads 2`` is a quick look; without arguments a tile
at 20 m (5490 pixels per side) is written with one and with two threads.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from affine import Affine

from benchmarks.report import Result, report
from products.bands import LAYERS, Layer
from products.encode import encode_layers
from products.formats import ProductFormat
from products.grid import Grid
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.product import ProductFacts, SourceEntry
from products.raster_read import Array
from products.raster_write import LayerWriter

_MEAN = {"uint16": 2000, "uint8": 100, "int16": 20}


def layer_pixels(layer: Layer, side: int, seed: int) -> Array:
    """Return a smooth field with noise of one in a hundred, steps for classes, a part nodata."""
    rng = np.random.default_rng(seed)
    wave = np.sin(np.linspace(0, 9 + seed, side, dtype=np.float32))
    field = 1 + 0.4 * wave[:, None] + 0.4 * wave[None, ::-1]
    if layer.dtype == "uint16" and "AZIMUTH" not in layer.api_id and "ZENITH" not in layer.api_id:
        field += 0.01 * rng.standard_normal((side, side), np.float32)
    steps = 5 if layer.dtype != "uint16" else 1
    pixels: Array = (field * _MEAN[layer.dtype] / 2).astype(layer.dtype) // steps * steps
    pixels[: side // 20] = layer.nodata
    return pixels


def product(side: int, form: ProductFormat) -> ProductFacts:
    """Return the facts of a synthetic monthly product at 20 m."""
    return ProductFacts(
        name=ProductName(Period(PeriodKind.MONTH, date(2018, 6, 1)), 20, "Bench", 1),
        place="Bench",
        tiles=("31UDS",),
        grid=Grid(32631, 20, (side, side), Affine(20, 0, 399960, 0, -20, 5600040)),
        layers=LAYERS,
        missing=(),
        sources=(SourceEntry("a", "a", "S2A", date(2018, 6, 3), "02.07", True, "0"),),
        created=datetime(2018, 6, 30, tzinfo=UTC),
        algorithm="S2GM_v1.0.0",
        threshold=5,
        form=form,
    )


def scratch_files(folder: Path, side: int) -> Iterator[tuple[Layer, Path, int]]:
    """Write each layer to a scratch file; yield it with its size in bytes, uncompressed."""
    grid = product(side, ProductFormat.GEO_TIFF).grid
    for seed, layer in enumerate(LAYERS):
        pixels = layer_pixels(layer, side, seed)
        writer = LayerWriter(folder / f"{layer.name}.tif", grid, layer.dtype, layer.nodata)
        writer.write(pixels, 0, 0)
        writer.close()
        yield layer, writer.path, pixels.nbytes


def write_raw(path: Path, size: int) -> float:
    """Return the seconds that as many random bytes need to reach the disk."""
    block = np.random.default_rng(0).bytes(1 << 24)
    begin = time.perf_counter()
    with path.open("wb") as file:
        for _ in range(0, size, len(block)):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    passed = time.perf_counter() - begin
    path.unlink()
    return passed


def main() -> None:
    """Print MB/s of raw pixels, the part of the raw write speed, and the part of the raw size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=5490, help="pixels per side")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], choices=[1, 2])
    asked = parser.parse_args()
    side: int = asked.side
    with tempfile.TemporaryDirectory(dir=".") as work:
        folder = Path(work)
        made = list(scratch_files(folder, side))
        scratch = {layer: path for layer, path, _ in made}
        size = sum(count for _, _, count in made)
        limit = size / write_raw(folder / "raw", size) / 1e6
        print(f"22 layers of {side} x {side} pixels, {size / 1e6:.0f} MB raw, smooth with noise")
        results = [Result("formats: raw bytes", limit, "MB/s")]
        for form, threads in ((f, t) for f in ProductFormat for t in asked.threads):
            out = folder / f"{form}-{threads}"
            out.mkdir()
            begin = time.perf_counter()
            encode_layers(scratch, out, product(side, form), {}, threads)
            speed = size / (time.perf_counter() - begin) / 1e6
            share = sum(path.stat().st_size for path in out.iterdir()) / size
            name = f"formats: {form}, {threads} threads"
            results += [
                Result(name, speed, "MB/s"),
                Result(f"{name}, of raw write", speed / limit, "share", "raw bytes"),
                Result(f"{name}, of raw size", share, "share", "raw bytes"),
            ]
    report("formats", results)


if __name__ == "__main__":
    main()
