"""What is measured of a granule on its way into the working store."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from algorithms.scl import VALID
from products.chunked import ChunkedWriter
from products.grid import Extent
from products.measured import BandStatistic, Measured, Shift
from tasks.cells import Cells, count_cells
from tasks.measure import Sample, load_measured, measure, save_measured
from tasks.observation import layer_path

METRES = 2580
EXTENT = Extent(32631, 499980, 5700000, METRES, METRES)
SIZES = {"B02": (10, 20), "B03": (10,), "B04": (10,), "B11": (20,), "SCL": (20,), "AOT": (10,)}
MISSING = -32768
Layers = dict[tuple[str, int], np.ndarray]


@pytest.fixture
def layers() -> Layers:
    """Fields with edges; at the left no data, below clouds, some pixels of B11 missing."""
    rng = np.random.default_rng(4)
    fine = METRES // 10
    fields = rng.integers(200, 3000, (20, 20)).repeat(13, axis=0).repeat(13, axis=1)[:fine, :fine]
    found: Layers = {}
    for band, sizes in SIZES.items():
        for size in sizes:
            side = METRES // size
            pixels = fields[:: size // 10, :: size // 10] + rng.integers(-20, 20, (side, side))
            found[band, size] = pixels.astype(np.int16)
    scl = np.full((METRES // 20, METRES // 20), 4, np.uint8)
    scl[:, :2], scl[-3:], scl[10, 20] = 0, 9, 1
    found["SCL", 20] = scl
    found["B11", 20][30:33, 30:40] = MISSING
    return found


def sampled(
    layers: Layers, heights: dict[int, int], extent: Extent = EXTENT
) -> tuple[tuple[int, ...], tuple[BandStatistic, ...]]:
    """Hand the layers over in strips of so many rows."""
    sample = Sample(extent)
    for (layer, size), pixels in sorted(layers.items(), key=lambda item: item[0][1]):
        for top in range(0, len(pixels), heights[size]):
            sample.take(layer, size, pixels[top : top + heights[size]])
    return sample.finish()


def test_the_sample_is_every_sixtieth_metre_of_the_finest_images(layers: Layers) -> None:
    classes, bands = sampled(layers, {10: 256, 20: 128})
    scl = layers["SCL", 20]
    assert classes == tuple(int((scl == code).sum()) for code in range(12))
    assert [one.band for one in bands] == ["B02", "B03", "B04", "B11"]
    coarse = scl[::3, ::3]
    for one in bands:
        size = SIZES[one.band][0]
        pixels = layers[one.band, size][:: 60 // size, :: 60 // size]
        clear = pixels[(coarse == 4) & (pixels != MISSING)]
        assert one.pixels == clear.size
        assert one.percentiles == tuple(np.percentile(clear, (10, 25, 50, 75, 90)).round(1))
        lost = ((coarse != 0) & (pixels == MISSING)).sum() / (coarse != 0).sum()
        assert one.unusable == pytest.approx(lost, abs=1e-6)
    assert bands[-1].unusable > 0


@pytest.mark.parametrize("heights", [{10: 1, 20: 1}, {10: 7, 20: 50}, {10: 1000, 20: 1000}])
def test_strips_do_not_matter(layers: Layers, heights: dict[int, int]) -> None:
    assert sampled(layers, heights) == sampled(layers, {10: 256, 20: 128})


def test_a_whole_tile_is_thinned_more() -> None:
    wide = replace(EXTENT, width=109800, height=109800)
    sample = Sample(wide)
    sample.take("SCL", 60, np.full((1830, 1830), 4, np.uint8))
    sample.take("B01", 60, np.full((1830, 1830), 7, np.int16))
    classes, (band,) = sample.finish()
    assert (classes[4], band.pixels, band.percentiles) == (1830**2, 915**2, (7.0,) * 5)


def test_images_that_end_a_pixel_earlier_are_compared_where_both_are(layers: Layers) -> None:
    shorter = layers | {("B11", 20): layers["B11", 20][:-1, :-1]}
    assert sampled(shorter, {10: 256, 20: 128})[0] == sampled(layers, {10: 256, 20: 128})[0]


def test_without_a_clear_pixel_there_are_no_percentiles(layers: Layers) -> None:
    layers["SCL", 20][:] = 8
    _, bands = sampled(layers, {10: 256, 20: 128})
    assert {(one.pixels, one.percentiles) for one in bands} == {(0, None)}


def stored(folder: Path, layers: Layers) -> Cells:
    """Write the layers into a working store; return the cells."""
    for (layer, size), pixels in layers.items():
        path = layer_path(folder, layer, size)
        with ChunkedWriter(path, pixels.shape, pixels.dtype.name, size) as writer:
            for rows in writer.strips:
                writer.write(pixels[rows])
    return count_cells(layers["SCL", 20], 20, EXTENT)


def measured(folder: Path, layers: Layers) -> Measured:
    cells = stored(folder, layers)
    sample = Sample(EXTENT)
    for (layer, size), pixels in sorted(layers.items(), key=lambda item: item[0][1]):
        sample.take(layer, size, pixels)
    angles = {"sun_zenith": np.array([[30.0, 31.0, 90.0], [32.0, 29.0, 90.0], [90.0] * 3])}
    return measure(folder, EXTENT, sample, SIZES, cells, angles, 5000.0)


def test_bands_that_lie_beside_each_other_are_found_in_the_clearest_place(
    layers: Layers, tmp_path: Path
) -> None:
    layers["B03", 10] = np.roll(layers["B04", 10], (0, 2), (0, 1))
    shifts = {shift.band: shift for shift in measured(tmp_path, layers).shifts}
    assert shifts["B02"].pixels == pytest.approx(0, abs=0.1)
    assert shifts["B03"] == Shift("B03", "B04", pytest.approx(2.0, abs=0.05))  # type: ignore[arg-type]


def test_under_clouds_no_shift_is_told(layers: Layers, tmp_path: Path) -> None:
    layers["SCL", 20][: METRES // 20 // 4] = 8
    assert measured(tmp_path, layers).shifts == ()


def test_the_valid_share_that_tells_a_shift_is_of_whole_cells(layers: Layers) -> None:
    cells = count_cells(layers["SCL", 20], 20, EXTENT)
    assert int(cells.valid[0, 0]) == int(np.isin(layers["SCL", 20][:128, :128], VALID).sum())


def test_angles_are_those_that_the_tile_needs(layers: Layers, tmp_path: Path) -> None:
    assert measured(tmp_path, layers).angles == {"sun_zenith": (29.0, 32.0)}


def test_what_was_measured_is_read_back_and_what_is_broken_is_not(
    layers: Layers, tmp_path: Path
) -> None:
    found = measured(tmp_path, layers)
    assert load_measured(tmp_path) is None
    save_measured(tmp_path, found)
    assert load_measured(tmp_path) == found
    path = tmp_path / "measured.json"
    whole = path.read_text()
    for broken in (
        whole.replace("B11", "B12"),
        whole[:-5],
        "",
        "[]",
        '{"measured": {}, "seal": 0}',
    ):
        path.write_text(broken)
        assert load_measured(tmp_path) is None
