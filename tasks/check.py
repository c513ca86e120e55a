"""Check: quality control of what was written, against what the sources deliver."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from catalog.engine import now
from products.bands import BY_ID
from products.granule import Granule, Image
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding
from qc.package import check_package, check_pixels, check_spectra
from qc.report import render_report
from tasks.compose import Stack
from tasks.ingest import to_layer
from tasks.observation import Observation, read_layer, resampled, source_resolution
from tasks.workshop import Workshop

Sample = Callable[[int, int, int], dict[str, int]]


def check_product(
    workshop: Workshop, folder: Path, facts: ProductFacts, stack: Stack
) -> list[Finding]:
    """Run level 0 and the invariants on a staged product."""
    workshop.point("check.begin")
    return [
        *check_package(folder, [facts]),
        *check_pixels(folder, facts, workshop.settings.threshold),
        check_spectra(folder, facts, source_sample(stack, facts)),
    ]


def write_report(path: Path, facts: ProductFacts, findings: list[Finding]) -> None:
    """Write the JSON report beside the products, outside the product's folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render_report(facts, findings, now()))


def source_sample(stack: Stack, facts: ProductFacts) -> Sample:
    """Return a function that re-reads an input's spectrum at an output pixel.

    Files within reach are read again at the source; those of remote sources, whose re-reading
    would mean downloading them anew, in the working store, whose digest was taken at ingest.
    """
    bands = [layer.name for layer in facts.layers if layer.is_reflectance]

    def sample(index: int, row: int, column: int) -> dict[str, int]:
        granule, observation = stack.granules[index], stack.observations[index]
        window = (range(row, row + 1), range(column, column + 1))
        return {
            band: _pixel(granule, observation, band, stack.resolution, window) for band in bands
        }

    return sample


def _pixel(
    granule: Granule,
    observation: Observation,
    band: str,
    resolution: int,
    window: tuple[range, range],
) -> int:
    stored = source_resolution(observation.layers[band], BY_ID[band].native, resolution)
    image = next(i for i in granule.images if (i.layer, i.resolution) == (band, stored))
    if "://" in image.href:
        return int(read_layer(observation, band, resolution, *window)[0, 0])
    return int(
        resampled(lambda r, c: _at_source(image, r, c), band, stored, resolution, window)[0, 0]
    )


def _at_source(image: Image, rows: range, columns: range) -> Array:
    with (
        rasterio.Env(GDAL_NUM_THREADS="1"),
        rasterio.open(image.href) as dataset,
    ):
        numbers = np.zeros((len(rows), len(columns)), dataset.dtypes[0])
        window = Window(columns.start, rows.start, len(columns), len(rows))
        return to_layer(dataset.read(1, window=window, out=numbers), image)
