"""Package: the facts of a product and its metadata files, the manifest last."""

import json
from datetime import datetime
from pathlib import Path

from rasterio.warp import transform_bounds

from metadata.document import render_document
from metadata.inspire import render_inspire
from products.bands import LAYERS, REFLECTANCE
from products.granule import Granule
from products.grid import Grid
from products.naming import ProductName, metadata_file
from products.product import Contact, ProductFacts, SourceEntry
from storage.local import file_digest
from tasks.compose import Stack, Tally
from tasks.observation import source_resolution
from tasks.settings import Settings

MANIFEST = "manifest.json"
_METHODS = ("none", "single", "stc", "medoid")


def product_facts(
    name: ProductName, stack: Stack, grid: Grid, tally: Tally, threshold: int
) -> ProductFacts:
    """Gather what the metadata say about a product."""
    delivered = stack.layers
    return ProductFacts(
        name=name,
        tile=stack.granules[0].tile,
        period=name.period,
        grid=grid,
        layers=delivered,
        missing=tuple(layer for layer in LAYERS if layer not in delivered),
        sources=tuple(
            SourceEntry(
                id=granule.id,
                tile_id=granule.tile_id,
                satellite=granule.satellite,
                date=granule.datatake_start.date(),
                baseline=granule.baseline,
                used=index in tally.used,
                checksum=stack.observations[index].checksum,
            )
            for index, granule in enumerate(stack.granules)
        ),
        created=newest_input(stack.granules),
        algorithm=f"S2GM_v{name.version}",
        threshold=threshold,
        notes=tuple(_notes(stack)),
        statistics=_statistics(tally, grid),
    )


def write_metadata(folder: Path, facts: ProductFacts, settings: Settings) -> None:
    """Write JSON and INSPIRE XML beside the layers, and last the manifest of every file."""
    contact = Contact(
        organisation=settings.organisation,
        email=settings.email,
        url=settings.url,
        license_url=settings.license_url,
    )
    layers = folder / facts.tile
    document = layers / metadata_file(facts.period, facts.grid.resolution, facts.tile)
    document.write_bytes(render_document(facts, contact))
    epsg = f"EPSG:{facts.grid.extent.epsg}"
    bounds = transform_bounds(epsg, "EPSG:4326", *facts.grid.bounds)
    (folder / "inspire.xml").write_bytes(render_inspire(facts, contact, bounds))
    (folder / MANIFEST).write_text(json.dumps(_manifest(folder), indent=2) + "\n")


def newest_input(granules: tuple[Granule, ...]) -> datetime:
    """Return the date that a product bears: when the newest of its inputs was generated.

    Not the clock: the same inputs give the same bytes (docs/adr/001).
    """
    return max(granule.generated or granule.datatake_start for granule in granules)


def _manifest(folder: Path) -> dict[str, object]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "product": folder.name,
        "files": [
            {
                "path": path.relative_to(folder).as_posix(),
                "size": path.stat().st_size,
                "sha256": file_digest(path),
            }
            for path in files
        ],
    }


def _statistics(tally: Tally, grid: Grid) -> dict[str, float | int]:
    rows, columns = grid.shape
    shares: dict[str, float | int] = {
        f"share_{word}": round(tally.methods[code] / (rows * columns), 6)
        for code, word in enumerate(_METHODS)
    }
    return shares | {"clamped_values": tally.clamped, "inputs_used": len(tally.used)}


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
