"""Check: quality control of what was written, against the observations it was made of."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from catalog.engine import now
from metadata.inspire_rules import check_inspire
from metadata.schema import document_problems
from products.product import ProductFacts
from qc.finding import Finding
from qc.package import check_package, check_pixels
from qc.pixels import Place, Spectra
from qc.report import render_report
from tasks.observation import Observation, read_layer
from tasks.stack import Stack
from tasks.workshop import Workshop

_NEAR = 2560
"""Side in metres of squares whose pixels are read at once: they lie in one chunk of the store."""


def check_product(
    workshop: Workshop, folder: Path, facts: ProductFacts, stack: Stack
) -> list[Finding]:
    """Run level 0 and the invariants on a staged product."""
    workshop.point("check.begin")
    settings = workshop.settings
    spectra = stored_spectra(stack, facts)
    return [
        *check_files(folder, [facts]),
        *check_pixels(folder, facts, settings.threshold, spectra, settings.qc, settings.block),
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


def stored_spectra(stack: Stack, facts: ProductFacts) -> Spectra:
    """Return a function that gives an input's spectra at output pixels.

    It reads the working store, whose chunks are checked against what was decoded at ingest. The
    source itself is not opened again: to read one pixel of a JPEG 2000 is to decode a tile of it.
    """
    bands = [layer.name for layer in facts.layers if layer.is_reflectance]

    def spectra(index: int, places: Sequence[Place]) -> list[dict[str, int]]:
        observation = stack.observations[index]
        columns = [_values(observation, band, stack.resolution, places) for band in bands]
        return [dict(zip(bands, values, strict=True)) for values in zip(*columns, strict=True)]

    return spectra


def _values(
    observation: Observation, band: str, resolution: int, places: Sequence[Place]
) -> list[int]:
    """Read single pixels, those that lie near each other at once."""
    squares: dict[Place, list[Place]] = defaultdict(list)
    for row, column in places:
        squares[row * resolution // _NEAR, column * resolution // _NEAR].append((row, column))
    found: dict[Place, int] = {}
    for near in squares.values():
        rows, columns = (range(min(axis), max(axis) + 1) for axis in zip(*near, strict=True))
        pixels = read_layer(observation, band, resolution, rows, columns)
        found |= {(y, x): int(pixels[y - rows.start, x - columns.start]) for y, x in near}
    return [found[place] for place in places]
