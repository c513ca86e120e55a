"""Write and read the working store, beside GeoTIFF (ZSTD) and raw NumPy files.

``python -m benchmarks.store`` writes layers of int16 reflectance and reads all windows of 512 x 512
pixels of them, as composing does: each window opens its file. Speeds are megabytes of raw pixels
per second of wall clock, medians of five rounds in which the formats take turns; the files are in
the page cache. What damage the formats notice is a matter of tests, not of this benchmark.
"""

import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from benchmarks.report import Result, report
from products.chunked import ChunkedWriter, read_chunked
from products.raster_read import Array

_LAYERS, _SIDE, _WINDOW, _ROUNDS = 8, 2048, 512, 5
_MEGA = 1e6


@dataclass(frozen=True)
class Format:
    """How a layer is written to a path, and a window of it read."""

    name: str
    write: Callable[[Path, Array], object]
    read: Callable[[Path, range, range], Array]


def _write_chunked(path: Path, pixels: Array) -> None:
    with ChunkedWriter(path, (_SIDE, _SIDE), "int16", 10) as writer:
        for rows in writer.strips:
            writer.write(pixels[rows])


def _write_geotiff(path: Path, pixels: Array) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", dtype="int16", count=1, height=_SIDE, width=_SIDE,
        crs="EPSG:32631", transform=rasterio.Affine(10, 0, 399960, 0, -10, 5600040), tiled=True,
        blockxsize=_WINDOW, blockysize=_WINDOW, compress="ZSTD", zstd_level=1, predictor=2,
    ) as file:  # fmt: skip
        file.write(pixels, 1)


def _read_geotiff(path: Path, rows: range, columns: range) -> Array:
    with rasterio.open(path) as file:
        pixels: Array = file.read(1, window=Window(columns.start, rows.start, _WINDOW, _WINDOW))
    return pixels


def _write_raw(path: Path, pixels: Array) -> None:
    with path.open("wb") as file:
        np.save(file, pixels)


def _read_raw(path: Path, rows: range, columns: range) -> Array:
    mapped = np.load(path, mmap_mode="r")
    return np.array(mapped[rows.start : rows.stop, columns.start : columns.stop])


_FORMATS = (
    Format("working store", _write_chunked, read_chunked),
    Format("GeoTIFF ZSTD", _write_geotiff, _read_geotiff),
    Format("raw NumPy", _write_raw, _read_raw),
)


def _layers() -> list[Array]:
    """Return reflectance as a smooth ground with noise of 25/10000."""
    rng = np.random.default_rng(0)
    ground = rng.normal(1500, 300, (_SIDE // 4, _SIDE // 4)).repeat(4, 0).repeat(4, 1)
    return [(ground + rng.normal(0, 25, ground.shape)).astype(np.int16) for _ in range(_LAYERS)]


def _read_all(form: Format, folder: Path, layers: list[Array], threads: int) -> float:
    starts = range(0, _SIDE, _WINDOW)
    windows = [(k, y, x) for y in starts for x in starts for k in range(len(layers))]

    def read(window: tuple[int, int, int]) -> Array:
        k, y, x = window
        return form.read(folder / str(k), range(y, y + _WINDOW), range(x, x + _WINDOW))

    begin = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        pixels = list(pool.map(read, windows))
    passed = time.perf_counter() - begin
    for (k, y, x), found in zip(windows, pixels, strict=True):
        if not np.array_equal(found, layers[k][y : y + _WINDOW, x : x + _WINDOW]):
            raise AssertionError(f"{form.name} gives other pixels than were written")
    return passed


def _round(folder: Path, layers: list[Array], seen: dict[tuple[str, str], list[float]]) -> None:
    size = sum(layer.nbytes for layer in layers)
    for form in _FORMATS:
        place = folder / form.name
        place.mkdir()
        begin = time.perf_counter()
        for k, layer in enumerate(layers):
            form.write(place / str(k), layer)
        seen[form.name, "write"].append(size / (time.perf_counter() - begin) / _MEGA)
        for threads in (1, 2):
            passed = _read_all(form, place, layers, threads)
            seen[form.name, f"read, {threads} threads"].append(size / passed / _MEGA)
        stored = sum(path.stat().st_size for path in place.iterdir())
        seen[form.name, "size"].append(stored / size)
        shutil.rmtree(place)


def measure() -> list[Result]:
    """Return each speed and the compression of the working store; the goal is what GeoTIFF does."""
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    layers = _layers()
    with tempfile.TemporaryDirectory(dir=".") as work:
        for _ in range(_ROUNDS):
            _round(Path(work), layers, seen)
    middle = {key: statistics.median(values) for key, values in seen.items()}
    store, peer, raw = (form.name for form in _FORMATS)
    results = []
    for what in dict.fromkeys(what for _, what in middle):
        ours, theirs, plain = (middle[name, what] for name in (store, peer, raw))
        if what == "size":
            told = f"{peer} {1 / theirs:.3g}"
            results.append(Result("store: raw / stored", 1 / ours, "times", told, 1 / theirs))
        else:
            told = f"{peer} {theirs:.0f}, {raw} {plain:.0f}"
            results.append(Result(f"store: {what}", ours, "MB/s", told, theirs))
    return results


def main() -> None:
    """Print what was measured."""
    report("store", measure())


if __name__ == "__main__":
    main()
