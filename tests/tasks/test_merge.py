"""Merging is bounded in memory and in open files, however large the order."""

import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
from shapely.geometry import box

from products.bands import Layer
from products.granule import Granule
from products.grid import Extent
from products.period import Period, PeriodKind
from products.pieces import PlannedPiece
from tasks import merge as merge_module
from tasks.merge import TileMosaic, merge
from tests.tasks.tailor_world import layers_named

JUNE = Period(PeriodKind.MONTH, date(2018, 6, 1))
STORED = layers_named("B04", "INDEX", "VALID_OBS", "MEDOID_MOS")
GROUND = Extent(32631, 600000, 5700000, 109800, 109800)


def constant_mosaic(folder: Path, tile: str, extent: Extent) -> TileMosaic:
    """Write a mosaic of one observation everywhere, B04 = 7."""
    granule = Granule(
        id=f"S2A_{tile}",
        tile=tile,
        satellite="S2A",
        datatake_start=datetime(2018, 6, 5, tzinfo=UTC),
        relative_orbit=51,
    )
    grid = extent.grid(60)
    mosaic = TileMosaic(tile, "r", folder, grid, (granule,), ("c",), 5)
    (folder / tile).mkdir(parents=True)
    values = {"B04": 7, "INDEX": 0, "VALID_OBS": 1, "MEDOID_MOS": 65535}
    for layer in STORED:
        rows, columns = grid.shape
        with rasterio.open(
            mosaic.path(layer, JUNE), "w", driver="GTiff", dtype=layer.dtype, count=1, height=rows,
            width=columns, crs=f"EPSG:{grid.epsg}", transform=grid.transform, tiled=True,
            compress="DEFLATE",
        ) as file:  # fmt: skip
            file.write(np.full(grid.shape, values[layer.api_id], layer.dtype), 1)
    return mosaic


def merged(mosaics: list[TileMosaic], piece: PlannedPiece, layer: Layer, out: Path) -> np.ndarray:
    out.mkdir()
    index = {mosaic.granules[0].id: i for i, mosaic in enumerate(mosaics)}
    written, _ = merge(piece, mosaics, JUNE, [layer], index, out)
    with rasterio.open(written[layer]) as file:
        return file.read(1)


def test_memory_is_that_of_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mosaic = constant_mosaic(tmp_path, "31UFS", GROUND)
    grid = mosaic.grid
    piece = PlannedPiece("Test", grid, box(*grid.bounds))
    peaks = {}
    for side in (256, 2048):
        monkeypatch.setattr(merge_module, "_SIDE", side)
        tracemalloc.start()
        written, tally = merge(piece, [mosaic], JUNE, STORED[:1], {"S2A_31UFS": 0}, tmp_path)
        peaks[side] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert tally.methods[1] == grid.shape[0] * grid.shape[1]
        next(iter(written.values())).unlink()
    pixels = grid.shape[0] * grid.shape[1]
    assert peaks[256] < 2 * pixels < peaks[2048]


def test_no_more_files_are_open_than_the_tiles_of_a_block_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five tiles side by side: never those of all are open at once."""
    side = 600
    mosaics = [
        constant_mosaic(tmp_path, tile, Extent(32631, 600000 + side * i, 5700000, side, side))
        for i, tile in enumerate(("31UFR", "31UFS", "31UFT", "31UFU", "31UFV"))
    ]
    monkeypatch.setattr(merge_module, "_SIDE", side // 60)
    counts, opened = [], []

    class Counting(merge_module._Files):
        def read(self, *words: object) -> np.ndarray:
            before = set(self._open)
            pixels = super().read(*words)  # type: ignore[arg-type]
            opened.extend(set(self._open) - before)
            counts.append(len(self._open))
            return pixels

    monkeypatch.setattr(merge_module, "_Files", Counting)
    whole = Extent(32631, 600000, 5700000, 5 * side, side).grid(60)
    pixels = merged(
        mosaics, PlannedPiece("Test", whole, box(*whole.bounds)), STORED[0], tmp_path / "out"
    )
    assert (pixels == 7).all()
    assert max(counts) <= 2 * len(STORED)
    assert len(opened) == len(set(opened)) == len(mosaics) * len(STORED)
