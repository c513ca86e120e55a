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
from products.raster import Array
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
        *check_package(folder, facts),
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
    source = _Source()

    def sample(index: int, row: int, column: int) -> dict[str, int]:
        granule, observation = stack.granules[index], stack.observations[index]
        window = (range(row, row + 1), range(column, column + 1))
        return {
            band: _pixel(source, granule, observation, band, stack.resolution, window)
            for band in bands
        }

    return sample


class _Source:
    """The images of the granule in hand, kept open: one granule's pixels are read in a row."""

    def __init__(self) -> None:
        self._granule = ""
        self._open: dict[str, rasterio.DatasetReader] = {}

    def read(self, granule: Granule, image: Image, rows: range, columns: range) -> Array:
        """Read a window of an image as the working store would hold it."""
        if granule.id != self._granule:
            for dataset in self._open.values():
                dataset.close()
            self._granule, self._open = granule.id, {}
        with rasterio.Env(GDAL_NUM_THREADS="1"):
            if image.href not in self._open:
                self._open[image.href] = rasterio.open(image.href)
            dataset = self._open[image.href]
            window = Window(columns.start, rows.start, len(columns), len(rows))
            numbers = np.zeros((len(rows), len(columns)), dataset.dtypes[0])
            return to_layer(dataset.read(1, window=window, out=numbers), image)


def _pixel(
    source: _Source,
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
        resampled(lambda r, c: source.read(granule, image, r, c), band, stored, resolution, window)[
            0, 0
        ]
    )
