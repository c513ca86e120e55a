"""The JSON metadata of a product (specification section 10.1, key order as listed there)."""

import json
from typing import Any

from metadata.spectral import SENSORS, SPECTRAL
from products.bands import Layer
from products.grid import Grid
from products.product import Contact, ProductFacts, SourceEntry

SUMMARY = (
    "Composite of Sentinel-2 Level-2A surface reflectance. Every pixel is one real, unaltered "
    "observation of the compositing period: the medoid where enough observations are valid, "
    "otherwise the choice of a decision tree."
)


def render_document(facts: ProductFacts, contact: Contact) -> bytes:
    """Render the JSON document; the same facts give the same bytes.

    First come the fields of the original service in its order, then our additions.
    """
    document = identity(facts, contact) | _coverage(facts)
    document["Band_interpretations"] = [_band(layer, facts) for layer in facts.layers]
    document["Source_product_list"] = source_names(facts)
    document["Product_id_list"] = {
        str(index): source.id for index, source in enumerate(facts.sources)
    }
    document["Input_list"] = [_input(source) for source in facts.sources]
    document["Tile_list"] = list(facts.tiles)
    document["Medoid_threshold"] = facts.threshold
    document["Missing_layers"] = [
        {"Name": layer.name, "Reason": "Not delivered by the sources of this product."}
        for layer in facts.missing
    ]
    document["Quality"] = {"Statistics": facts.statistics, "Notes": list(facts.notes)}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def source_names(facts: ProductFacts) -> dict[str, str]:
    """Return what source_index points to: granule tile ids, where the source has them."""
    return {str(index): source.tile_id or source.id for index, source in enumerate(facts.sources)}


def identity(facts: ProductFacts, contact: Contact) -> dict[str, Any]:
    """Return the fields that say what the product is and who answers for it."""
    return {
        "Title": "Copernicus Sentinel-2 Mosaic",
        "Summary": SUMMARY,
        "Project": "Copernicus Sentinel-2 Global Mosaic",
        "Institution": contact.organisation,
        "References": contact.url,
        "Contact": contact.url,
        "Creator_url": contact.url,
        "Resource_locator": contact.url,
        "License": contact.license_url,
        "Creator_email": contact.email,
        "Metadata_version": "1.0.1",
        "Processing_baseline": facts.name.version,
        "Processing_name": str(facts.name),
        "Compositing_period": facts.period.kind.label,
        "Processing_steps": f"Sen2Cor, {facts.algorithm}",
        "Processing_configuration": facts.name.configuration,
        "Sensor_list": ", ".join(sorted({source.satellite for source in facts.sources})),
    }


def _input(source: SourceEntry) -> dict[str, Any]:
    """Return what it takes to compose the product again, in the order of source_index."""
    return {
        "Id": source.id,
        "Satellite": source.satellite,
        "Date": source.date.isoformat(),
        "Processing_baseline": source.baseline,
        "Used": source.used,
        "Checksum": source.checksum,
    }


def _coverage(facts: ProductFacts) -> dict[str, Any]:
    dates = [s.date for s in facts.sources if s.used] or [s.date for s in facts.sources]
    return {
        "Mosaicking_period_start": facts.period.start.isoformat(),
        "Mosaicking_period_end": facts.period.end.isoformat(),
        "First_product_date": min(dates).isoformat(),
        "Last_product_date": max(dates).isoformat(),
        "Resolution_distance": facts.grid.resolution,
        "Date_of_creation": facts.created.strftime("%Y-%m-%dT%H:%M:%S"),
        "Geometry": _geometry(facts),
    }


def _geometry(facts: ProductFacts) -> dict[str, Any]:
    rows, columns = facts.grid.shape
    west, south, east, north = facts.grid.bounds
    return {
        "Image_width": columns,
        "Image_height": rows,
        "CRS": f"EPSG:{facts.grid.epsg}",
        "Projection_parameter": _affine_text(facts.grid),
        "Boundary": [
            [west, south], [west, north], [east, north], [east, south], [west, south], [west, south]
        ],
    }  # fmt: skip


def _affine_text(grid: Grid) -> str:
    transform = grid.transform
    elements = (
        ("num_row", 3), ("num_col", 3),
        ("elt_0_0", float(transform.a)), ("elt_0_2", float(transform.c)),
        ("elt_1_1", float(transform.e)), ("elt_1_2", float(transform.f)),
    )  # fmt: skip
    inner = ", ".join(f'PARAMETER["{name}", {value}]' for name, value in elements)
    return f'PARAM_MT["Affine", {inner}]'


def _band(layer: Layer, facts: ProductFacts) -> dict[str, Any]:
    entry: dict[str, Any] = {"Name": layer.name, "Description": layer.description}
    if layer.is_reflectance:
        entry["Spectral_information"] = {
            sensor: {"Central_wavelength": centre, "Bandwidth": width}
            for sensor, (centre, width) in zip(SENSORS, SPECTRAL[layer.name], strict=True)
        }
    if layer.unit:
        entry["Unit"] = layer.unit
    entry["No_data_value"] = layer.nodata
    if layer.scale != 1.0:
        entry["Scaling_factor"] = layer.scale
    entry["File_path"] = facts.layer_file(layer)
    entry["File_format"] = facts.form.label
    return entry
