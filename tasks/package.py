"""Package: the facts of a product and its metadata files, the manifest last."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rasterio._err import CPLE_BaseError
from rasterio.warp import transform_bounds

from metadata.attributes import render_attributes
from metadata.document import render_document
from metadata.inspire import render_inspire
from metadata.stac import render_bytes, render_item
from products.bands import LAYERS, REFLECTANCE, Layer
from products.encode import encode_layers
from products.granule import Granule
from products.grid import Grid
from products.naming import ProductName
from products.product import Contact, FileFact, ProductFacts, SourceEntry
from qc.manifest import MANIFEST
from storage.local import file_digest
from tasks.observation import source_resolution
from tasks.settings import Settings
from tasks.stack import Stack
from tasks.tally import Tally

_METHODS = ("none", "single", "stc", "medoid")
Box = tuple[float, float, float, float]


def product_facts(
    name: ProductName, stack: Stack, grid: Grid, tally: Tally, threshold: int
) -> ProductFacts:
    """Gather what the metadata say about a product."""
    delivered, used = stack.layers, tally.used
    return ProductFacts(
        name=name,
        place=stack.granules[0].tile,
        tiles=(stack.granules[0].tile,),
        grid=grid,
        layers=delivered,
        missing=tuple(layer for layer in LAYERS if layer not in delivered),
        sources=tuple(
            SourceEntry.of(granule, stack.observations[index].checksum, used=index in used)
            for index, granule in enumerate(stack.granules)
        ),
        created=newest_input(stack.granules),
        algorithm=f"S2GM_v{name.version}",
        threshold=threshold,
        notes=tuple(_notes(stack)),
        statistics=_statistics(tally, grid),
    )


def write_layers(
    folder: Path,
    facts: ProductFacts,
    scratch: Mapping[Layer, Path],
    settings: Settings,
    finished: Mapping[Layer, Path] | None = None,
) -> None:
    """Encode the layers of one piece in the format of the product.

    ``finished`` names layers that are encoded already, to be copied; they are not in ``scratch``.
    What GDAL and the NetCDF library raise on a full disk is no OSError; it becomes one.
    """
    place = folder / facts.place
    place.mkdir(parents=True)
    attributes = render_attributes(facts, contact_of(settings), _degrees(facts.grid))
    for layer, path in (finished or {}).items():
        shutil.copyfile(path, place / facts.layer_file(layer))
    try:
        encode_layers(scratch, place, facts, attributes)
    except (CPLE_BaseError, RuntimeError) as error:
        raise OSError(f"a layer of {facts.name} could not be encoded: {error}") from error


def write_metadata(folder: Path, pieces: Sequence[ProductFacts], settings: Settings) -> None:
    """Write JSON, STAC and INSPIRE XML beside the layers, and last the manifest of every file."""
    contact = contact_of(settings)
    for facts in pieces:
        (folder / facts.place / facts.metadata_file).write_bytes(render_document(facts, contact))
    boxes = [_degrees(facts.grid) for facts in pieces]
    record = render_inspire(pieces, contact, _around(boxes), flavour=settings.inspire_flavour)
    (folder / "inspire.xml").write_bytes(record)
    written = {
        path.relative_to(folder).as_posix(): FileFact(path.stat().st_size, file_digest(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    for facts in pieces:
        item = render_bytes(render_item(facts, contact, written))
        (folder / facts.stac_file).write_bytes(item)
        written[facts.stac_file] = FileFact(len(item), hashlib.sha256(item).hexdigest())
    (folder / MANIFEST).write_text(json.dumps(_manifest(folder.name, written), indent=2) + "\n")


def contact_of(settings: Settings) -> Contact:
    """Return who answers for the products."""
    return Contact(
        organisation=settings.organisation,
        email=settings.email,
        url=settings.url,
        license_url=settings.license_url,
    )


def _degrees(grid: Grid) -> Box:
    """Return west, south, east, north of a grid in degrees; across the date line west > east."""
    west, south, east, north = transform_bounds(f"EPSG:{grid.epsg}", "EPSG:4326", *grid.bounds)
    if east > 180:
        west, east = west - 360 * (west > 180), east - 360
    return west, south, east, north


def _around(boxes: Sequence[Box]) -> Box:
    wests, souths, easts, norths = zip(*boxes, strict=True)
    if any(west > east for west, east in zip(wests, easts, strict=True)):
        beyond = max(east + 360 * (east < 0) for east in easts)
        return min(w + 360 * (w < 0) for w in wests), min(souths), beyond - 360, max(norths)
    return min(wests), min(souths), max(easts), max(norths)


def newest_input(granules: tuple[Granule, ...]) -> datetime:
    """Return the date that a product bears: when the newest of its inputs was generated.

    Not the clock: the same inputs give the same bytes (docs/adr/001).
    """
    return max(granule.generated or granule.datatake_start for granule in granules)


def _manifest(product: str, files: Mapping[str, FileFact]) -> dict[str, object]:
    return {
        "product": product,
        "files": [
            {"path": path, "size": fact.size, "sha256": fact.sha256}
            for path, fact in sorted(files.items())
        ],
    }


def method_shares(methods: Mapping[int, int], grid: Grid) -> dict[str, float | int]:
    """Return the share of the pixels that each method chose; ``methods`` counts them by code."""
    rows, columns = grid.shape
    return {
        f"share_{word}": round(methods.get(code, 0) / (rows * columns), 6)
        for code, word in enumerate(_METHODS)
    }


def _statistics(tally: Tally, grid: Grid) -> dict[str, float | int]:
    counted = {"clamped_values": tally.clamped, "inputs_used": len(tally.used)}
    return method_shares(tally.methods, grid) | counted


def _notes(stack: Stack) -> list[str]:
    """Say in sentences where the inputs forced a deviation from the specification."""
    pairs = list(zip(stack.granules, stack.observations, strict=True))
    notes = []
    without_angle = [g.id for g, o in pairs if "view_zenith" not in o.angles]
    if without_angle:
        notes.append(
            "The view zenith rule was not applied to these inputs, whose source states no view "
            f"angle: {', '.join(without_angle)}."
        )
    dropped = [
        band.name
        for band in REFLECTANCE
        if band.name not in stack.bands and any(o.has(band.name) for o in stack.observations)
    ]
    if dropped:
        notes.append(f"Left out because not every input has them: {', '.join(dropped)}.")
    averaged = [band for band in stack.bands if band != "B08" and _is_averaged(stack, band)]
    if averaged:
        notes.append(
            f"Aggregated by mean to {stack.resolution} m, as the source has no images of that "
            f"pixel size: {', '.join(averaged)}."
        )
    return notes


def _is_averaged(stack: Stack, band: str) -> bool:
    native = next(layer.native for layer in REFLECTANCE if layer.name == band)
    return any(
        source_resolution(o.layers[band], native, stack.resolution) < stack.resolution
        for o in stack.observations
    )
