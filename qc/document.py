"""L0.4: does the JSON metadata of a product say what its name and its layers say."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from products.bands import BY_ID, LAYERS, Layer
from products.product import ProductFacts
from qc.sayable import shown, why_unread

_REQUIRED = (
    "Title", "Summary", "Project", "Institution", "References", "Contact", "Creator_url",
    "Resource_locator", "License", "Creator_email", "Metadata_version", "Processing_baseline",
    "Processing_name", "Compositing_period", "Processing_steps", "Processing_configuration",
    "Sensor_list", "Mosaicking_period_start", "Mosaicking_period_end", "First_product_date",
    "Last_product_date", "Resolution_distance", "Date_of_creation", "Geometry",
    "Band_interpretations", "Source_product_list",
)  # fmt: skip
_BY_NAME = {layer.name: layer for layer in LAYERS}


def document_problems(folder: Path, facts: ProductFacts) -> list[str]:
    """Return what is wrong with the JSON metadata of a piece, in parts of a sentence.

    ``folder`` is the base folder of the product. What has another form than section 10.1 says is
    left to the schema.
    """
    path = folder / facts.place / facts.metadata_file
    try:
        document = json.loads(path.read_bytes())
        problems = [f"{key} is missing" for key in _REQUIRED if key not in document]
    except (OSError, ValueError, TypeError, RecursionError) as error:
        return [f"{path.name} {why_unread(error)}"]
    if problems or not isinstance(document, dict):
        return problems or [f"{path.name} is a list, not the metadata of a product"]
    listed = document["Source_product_list"]
    if not isinstance(listed, dict) or len(listed) != len(facts.sources):
        problems.append("Source_product_list does not have every input")
    problems += _named(document, facts)
    return [*problems, *_layers(document["Band_interpretations"], facts)]


def _named(document: Mapping[str, Any], facts: ProductFacts) -> Iterator[str]:
    """Compare with the name of the product, which says when, how fine, and where."""
    name, period = facts.name, facts.period
    should: dict[str, object] = {
        "Processing_name": str(name),
        "Mosaicking_period_start": period.start.isoformat(),
        "Mosaicking_period_end": period.end.isoformat(),
        "Resolution_distance": name.resolution,
    }
    if not facts.foreign:
        should |= {
            "Compositing_period": period.kind.label,
            "Processing_baseline": name.version,
            "Processing_configuration": name.configuration,
        }
    for key, value in should.items():
        if document[key] != value:
            yield f"{key} is {shown(document[key])}, not {value} as in the name of the product"
    tiles = document.get("Tile_list", facts.tiles)
    if isinstance(tiles, list) and facts.place != name.order and facts.place not in tiles:
        yield f"Tile_list does not have {facts.place}, the tile of its folder"
    elif isinstance(tiles, list) and tiles != list(facts.tiles):
        yield f"Tile_list is {shown(tiles)}, not {', '.join(facts.tiles)}"


def _layers(entries: object, facts: ProductFacts) -> Iterator[str]:
    """Compare the layers with those of section 9.2 and with their files."""
    if not isinstance(entries, list):
        return
    seen = set()
    for entry in entries:
        layer = _BY_NAME.get(str(entry.get("Name"))) if isinstance(entry, dict) else None
        if layer is None:
            continue
        if layer.name in seen:
            yield f"{layer.name} is listed twice"
        seen.add(layer.name)
        for what in _differences(entry, layer, facts):
            yield f"{layer.name}: {what}"
    for layer in facts.layers:
        if layer.name not in seen:
            yield f"{layer.name} is not listed"


def _differences(entry: Mapping[str, Any], layer: Layer, facts: ProductFacts) -> Iterator[str]:
    own = facts.layer_file(layer)
    if PurePosixPath(str(entry.get("File_path"))).name != own:
        yield f"File_path is {shown(entry.get('File_path'))}, not {own}"
    if facts.foreign:
        return
    known = BY_ID[layer.api_id]
    should = (
        ("Scaling_factor", entry.get("Scaling_factor", 1.0), known.scale),
        ("No_data_value", entry.get("No_data_value"), known.nodata),
        ("Unit", entry.get("Unit"), known.unit),
        ("File_format", entry.get("File_format"), facts.form.label),
    )
    for key, is_, value in should:
        if is_ != value:
            yield f"{key} is {shown(is_)}, not {value}"
