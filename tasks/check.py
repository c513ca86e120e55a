"""Check: quality control of what was written, against the observations it was made of."""

from collections.abc import Callable, Sequence
from pathlib import Path

from catalog.engine import now
from metadata.inspire_rules import check_inspire
from metadata.schema import document_problems
from products.product import ProductFacts
from qc.finding import Finding
from qc.package import check_package, check_pixels, check_spectra
from qc.report import render_report
from tasks.observation import read_layer
from tasks.stack import Stack
from tasks.workshop import Workshop

Sample = Callable[[int, int, int], dict[str, int]]


def check_product(
    workshop: Workshop, folder: Path, facts: ProductFacts, stack: Stack
) -> list[Finding]:
    """Run level 0 and the invariants on a staged product."""
    workshop.point("check.begin")
    spectra = check_spectra(folder, facts, stored_spectrum(stack, facts))
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


def stored_spectrum(stack: Stack, facts: ProductFacts) -> Sample:
    """Return a function that gives an input's spectrum at an output pixel.

    It reads the working store, whose chunks are checked against what was decoded at ingest. The
    source itself is not opened again: to read one pixel of a JPEG 2000 is to decode a tile of it.
    """
    bands = [layer.name for layer in facts.layers if layer.is_reflectance]

    def sample(index: int, row: int, column: int) -> dict[str, int]:
        window = (range(row, row + 1), range(column, column + 1))
        observation = stack.observations[index]
        return {
            band: int(read_layer(observation, band, stack.resolution, *window)[0, 0])
            for band in bands
        }

    return sample
