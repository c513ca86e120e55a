"""Check: quality control of what was written, against what the sources deliver."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from catalog.engine import now
from metadata.inspire_rules import check_inspire
from metadata.schema import document_problems
from products.bands import BY_ID
from products.granule import Image
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding
from qc.package import check_package, check_pixels, check_spectra
from qc.report import render_report
from tasks.compose import Stack
from tasks.ingest import to_layer
from tasks.observation import read_layer, resampled, source_resolution
from tasks.workshop import Workshop

Sample = Callable[[int, int, int], dict[str, int]]


def check_product(
    workshop: Workshop, folder: Path, facts: ProductFacts, stack: Stack
) -> list[Finding]:
    """Run level 0 and the invariants on a staged product."""
    workshop.point("check.begin")
    with source_sample(stack, facts) as sample:
        spectra = check_spectra(folder, facts, sample)
    return [
        *check_files(folder, [facts]),
        *check_pixels(folder, facts, workshop.settings.threshold),
        spectra,
    ]


def check_files(folder: Path, pieces: Sequence[ProductFacts]) -> list[Finding]:
    """Check files and metadata of a product against what was to be written, and their schemas."""
    inspire, json = folder / "inspire.xml", []
    for facts in pieces:
        document = folder / facts.place / facts.metadata_file
        if document.exists():
            json += document_problems(document.read_bytes())
    return check_package(
        folder,
        pieces,
        inspire_problems=[str(p) for p in check_inspire(inspire.read_bytes())]
        if inspire.exists()
        else [],
        json_problems=json,
    )


def write_report(path: Path, facts: ProductFacts, findings: list[Finding]) -> None:
    """Write the JSON report beside the products, outside the product's folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render_report(facts, findings, now()))


@contextmanager
def source_sample(stack: Stack, facts: ProductFacts) -> Iterator[Sample]:
    """Give a function that re-reads an input's spectrum at an output pixel.

    Files within reach are read again at the source; those of remote sources, whose re-reading
    would mean downloading them anew, in the working store, whose digest was taken at ingest. The
    files of one input at a time are kept open, so ask for pixels input by input.
    """
    bands = [layer.name for layer in facts.layers if layer.is_reflectance]
    with rasterio.Env(GDAL_NUM_THREADS="1"), _OneInput() as files:

        def sample(index: int, row: int, column: int) -> dict[str, int]:
            window = (range(row, row + 1), range(column, column + 1))
            return {band: _pixel(files, stack, index, band, window) for band in bands}

        yield sample


class _OneInput(ExitStack):
    """The open images of one input; those of the one before are closed."""

    def __init__(self) -> None:
        super().__init__()
        self._index = -1
        self._files: dict[str, rasterio.DatasetReader] = {}

    def open(self, index: int, href: str) -> rasterio.DatasetReader:
        """Return an image, opened once."""
        if index != self._index:
            self.close()
            self._index, self._files = index, {}
        if href not in self._files:
            self._files[href] = self.enter_context(rasterio.open(href))
        return self._files[href]


def _pixel(
    files: _OneInput, stack: Stack, index: int, band: str, window: tuple[range, range]
) -> int:
    granule, observation = stack.granules[index], stack.observations[index]
    resolution = stack.resolution
    stored = source_resolution(observation.layers[band], BY_ID[band].native, resolution)
    image = next(i for i in granule.images if (i.layer, i.resolution) == (band, stored))
    if "://" in image.href:
        return int(read_layer(observation, band, resolution, *window)[0, 0])
    file = files.open(index, image.href)
    return int(
        resampled(lambda r, c: _at_source(file, image, r, c), band, stored, resolution, window)[
            0, 0
        ]
    )


def _at_source(file: rasterio.DatasetReader, image: Image, rows: range, columns: range) -> Array:
    numbers = np.zeros((len(rows), len(columns)), file.dtypes[0])
    window = Window(columns.start, rows.start, len(columns), len(rows))
    return to_layer(file.read(1, window=window, out=numbers), image)
