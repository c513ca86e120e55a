"""Measure: what there is to know of a granule's pixels, taken as they pass through memory once."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.registration import find_shift
from algorithms.scl import DARK, LABELS, NODATA, SOIL, VEGETATION, WATER
from products.bands import MISSING
from products.chunked import read_chunked
from products.grid import Extent
from products.measured import PERCENTILES, BandStatistic, Measured, Shift
from products.raster_read import Array
from tasks.cells import CELL, Cells
from tasks.observation import layer_path

_GRAIN = 60
"""Metres; pixels of 10, 20 and 60 m begin together there."""
_ACROSS = 1000
"""Pixels of a sample at most along one side."""
_CLEAR = (DARK, VEGETATION, SOIL, WATER)
_BESIDE, _COMPARED = "B04", ("B02", "B03")
"""Bands whose edges are alike over any ground."""
_CLEAR_ENOUGH = 0.8
"""Share of clear pixels in a place that tells a shift; clouds themselves lie beside each other."""
_FILE = "measured.json"


class Sample:
    """A thinned sample of the bands, and all SCL codes counted; about 2 MB a band of a tile."""

    def __init__(self, extent: Extent) -> None:
        side = max(extent.width, extent.height) // _GRAIN
        self._step = _GRAIN * max(1, -(-side // _ACROSS))
        self._sizes: dict[str, int] = {}
        self._rows: dict[str, int] = defaultdict(int)
        self._taken: dict[str, list[Array]] = defaultdict(list)
        self._classes = np.zeros(len(LABELS), np.int64)

    def take(self, layer: str, resolution: int, strip: Array) -> None:
        """Look at the next strip of a layer as the working store keeps it, north to south.

        Of a layer that comes in several pixel sizes the first one counts.
        """
        if layer != "SCL" and not layer.startswith("B"):
            return
        if self._sizes.setdefault(layer, resolution) != resolution:
            return
        if layer == "SCL":
            self._classes += np.bincount(strip.ravel(), minlength=len(LABELS))
        step = self._step // resolution
        self._taken[layer].append(strip[-self._rows[layer] % step :: step, ::step].copy())
        self._rows[layer] += len(strip)

    def finish(self) -> tuple[tuple[int, ...], tuple[BandStatistic, ...]]:
        """Return how often each SCL code came, and the statistics of the bands, by name."""
        whole = {layer: np.concatenate(strips) for layer, strips in self._taken.items()}
        rows, columns = (min(pixels.shape[axis] for pixels in whole.values()) for axis in (0, 1))
        scl = whole.pop("SCL")[:rows, :columns]
        bands = [_statistic(band, whole[band][:rows, :columns], scl) for band in sorted(whole)]
        return tuple(self._classes.tolist()), tuple(bands)


def _statistic(band: str, pixels: Array, scl: Array) -> BandStatistic:
    data, known = scl != NODATA, pixels != MISSING
    clear = pixels[np.isin(scl, _CLEAR) & known]
    return BandStatistic(
        band=band,
        pixels=clear.size,
        unusable=round(float((data & ~known).sum() / max(1, data.sum())), 6),
        percentiles=tuple(np.percentile(clear, PERCENTILES).round(1).tolist())
        if clear.size
        else None,
    )


def measure(
    folder: Path,
    extent: Extent,
    sample: Sample,
    sizes: Mapping[str, tuple[int, ...]],
    cells: Cells,
    angles: Mapping[str, Array],
    step: float,
) -> Measured:
    """Return the numbers of a granule whose layers lie in ``folder``; ``sizes`` are its layers.

    ``angles`` are nodes ``step`` metres apart; those that no pixel needs are not looked at.
    """
    classes, bands = sample.finish()
    needed = tuple(slice(-int(-side // step) + 1) for side in (extent.height, extent.width))
    return Measured(
        classes=classes,
        bands=bands,
        shifts=tuple(_shifts(folder, extent, sizes, cells)),
        angles={
            name: (round(float(nodes[needed].min()), 4), round(float(nodes[needed].max()), 4))
            for name, nodes in angles.items()
        },
    )


def _shifts(
    folder: Path, extent: Extent, sizes: Mapping[str, tuple[int, ...]], cells: Cells
) -> Iterator[Shift]:
    """Compare bands in the clearest cell of the tile."""
    place = _clearest(extent, cells, min(20, *sizes["SCL"]))
    if place is None:
        return
    size = min(sizes[_BESIDE])
    rows, columns = (
        range(first * CELL // size, min((first + 1) * CELL, side) // size)
        for first, side in zip(place, (extent.height, extent.width), strict=True)
    )
    fixed = _reflectance(folder, _BESIDE, size, rows, columns)
    for band in _COMPARED:
        if size in sizes[band]:
            found = find_shift(_reflectance(folder, band, size, rows, columns), fixed)
            if found:
                length = round(float(np.hypot(*found)) * size / 10, 3)
                yield Shift(band, _BESIDE, length)


def _clearest(extent: Extent, cells: Cells, counted: int) -> tuple[int, int] | None:
    """Return row and column of the whole cell that has most valid pixels, if that is enough.

    ``counted`` is the size in metres of the pixels that the cells count. A tile smaller than a cell
    is one.
    """
    rows, columns = max(1, extent.height // CELL), max(1, extent.width // CELL)
    valid = cells.valid[:rows, :columns]
    row, column = divmod(int(valid.argmax()), valid.shape[1])
    pixels = min(CELL, extent.height) * min(CELL, extent.width)
    share = float(valid[row, column]) * counted**2 / pixels
    return (row, column) if share >= _CLEAR_ENOUGH else None


def _reflectance(folder: Path, band: str, size: int, rows: range, columns: range) -> Array:
    stored = read_chunked(layer_path(folder, band, size), rows, columns)
    return np.where(stored == MISSING, np.nan, stored)


def save_measured(folder: Path, measured: Measured) -> None:
    """Write the numbers beside the observation, under a seal."""
    record = asdict(measured)
    (folder / _FILE).write_text(json.dumps({"measured": record, "seal": _seal(record)}))


def load_measured(folder: Path) -> Measured | None:
    """Read the numbers of an observation; None where it has none (older store) or they are broken.

    They decide about no pixel, so the observation is as good without them.
    """
    try:
        kept = json.loads((folder / _FILE).read_bytes())
        record = kept["measured"]
        if kept["seal"] != _seal(record):
            return None
        return Measured(
            tuple(record["classes"]),
            tuple(_band(entry) for entry in record["bands"]),
            tuple(Shift(**entry) for entry in record["shifts"]),
            {name: (low, high) for name, (low, high) in record["angles"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _band(entry: dict[str, Any]) -> BandStatistic:
    found = entry.pop("percentiles")
    return BandStatistic(**entry, percentiles=tuple(found) if found is not None else None)


def _seal(record: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(record, sort_keys=True).encode())
