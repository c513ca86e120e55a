"""Level 0: is what was written complete, intact, and made as the metadata say (section 12)."""

import hashlib
import json
from pathlib import Path

import rasterio
from lxml import etree

from products.bands import Layer
from products.naming import layer_file, metadata_file
from products.product import ProductFacts
from qc.finding import Finding, Verdict
from qc.pixels import check_pixels, check_spectra

__all__ = ["check_package", "check_pixels", "check_spectra"]

_GMD = "{http://www.isotc211.org/2005/gmd}"
_REQUIRED_KEYS = (
    "Title", "Summary", "Project", "Institution", "References", "Contact", "Creator_url",
    "Resource_locator", "License", "Creator_email", "Metadata_version", "Processing_baseline",
    "Processing_name", "Compositing_period", "Processing_steps", "Processing_configuration",
    "Sensor_list", "Mosaicking_period_start", "Mosaicking_period_end", "First_product_date",
    "Last_product_date", "Resolution_distance", "Date_of_creation", "Geometry",
    "Band_interpretations", "Source_product_list",
)  # fmt: skip
_REQUIRED_TAGS = (
    "fileIdentifier", "language", "characterSet", "hierarchyLevel", "contact", "dateStamp",
    "referenceSystemInfo", "identificationInfo", "distributionInfo", "dataQualityInfo",
)  # fmt: skip


def check_package(folder: Path, facts: ProductFacts) -> list[Finding]:
    """Check completeness, checksums, INSPIRE, JSON and the rasters' properties."""
    return [
        _verdict("L0.1-complete", "All files, and only those", _completeness(folder, facts)),
        _verdict("L0.1-manifest", "Files are as the manifest says", _manifest(folder)),
        _verdict("L0.2-inspire", "INSPIRE record", _inspire(folder, facts)),
        _verdict("L0.3-rasters", "Raster properties", _rasters(folder, facts)),
        _verdict("L0.4-json", "JSON metadata", _document(folder, facts)),
    ]


def _verdict(rule: str, title: str, problems: list[str]) -> Finding:
    if not problems:
        return Finding(rule, title, Verdict.PASS, "As it should be.")
    return Finding(rule, title, Verdict.FAIL, "; ".join(problems[:5]), "Compose the mosaic again.")


def _expected(facts: ProductFacts) -> set[str]:
    where = (facts.period, facts.grid.resolution, facts.tile)
    layers = {f"{facts.tile}/{layer_file(layer, *where)}" for layer in facts.layers}
    return layers | {f"{facts.tile}/{metadata_file(*where)}", "inspire.xml", "manifest.json"}


def _completeness(folder: Path, facts: ProductFacts) -> list[str]:
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    expected = _expected(facts)
    problems = [f"{name} is missing" for name in sorted(expected - present)]
    problems += [f"{name} does not belong here" for name in sorted(present - expected)]
    if folder.name != str(facts.name):
        problems.append(f"the folder is named {folder.name}, the product {facts.name}")
    return problems


def _manifest(folder: Path) -> list[str]:
    try:
        listed = json.loads((folder / "manifest.json").read_bytes())["files"]
        stated = {entry["path"]: (entry["size"], entry["sha256"]) for entry in listed}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"manifest.json cannot be read ({error})"]
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "manifest.json"]
    actual = {p.relative_to(folder).as_posix(): (p.stat().st_size, _digest(p)) for p in files}
    return [
        f"{name} is not as listed"
        for name in sorted(stated.keys() | actual.keys())
        if stated.get(name) != actual.get(name)
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _inspire(folder: Path, facts: ProductFacts) -> list[str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring((folder / "inspire.xml").read_bytes(), parser)
    except (OSError, etree.XMLSyntaxError) as error:
        return [f"inspire.xml cannot be read ({error})"]
    problems = [f"{tag} is missing" for tag in _REQUIRED_TAGS if root.find(f"{_GMD}{tag}") is None]
    if root.findtext(f"{_GMD}fileIdentifier/*") != str(facts.name):
        problems.append("fileIdentifier is not the product's name")
    return problems


def _document(folder: Path, facts: ProductFacts) -> list[str]:
    path = folder / facts.tile / metadata_file(facts.period, facts.grid.resolution, facts.tile)
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        return [f"{path.name} cannot be read ({error})"]
    problems = [f"{key} is missing" for key in _REQUIRED_KEYS if key not in document]
    if not problems and len(document["Source_product_list"]) != len(facts.sources):
        problems.append("Source_product_list does not have every input")
    return problems


def _rasters(folder: Path, facts: ProductFacts) -> list[str]:
    problems = []
    for layer in facts.layers:
        name = layer_file(layer, facts.period, facts.grid.resolution, facts.tile)
        try:
            with rasterio.open(folder / facts.tile / name) as raster:
                wrong = _differences(raster, layer, facts)
        except rasterio.errors.RasterioIOError:
            wrong = ["cannot be opened"]
        problems += [f"{name}: {what}" for what in wrong]
    return problems


def _differences(raster: rasterio.DatasetReader, layer: Layer, facts: ProductFacts) -> list[str]:
    epsg = raster.crs.to_epsg() if raster.crs else None
    layout = raster.tags(ns="IMAGE_STRUCTURE").get("LAYOUT")
    pairs = (
        ("driver", raster.driver, "GTiff"),
        ("type", raster.dtypes, (layer.dtype,)),
        ("nodata", raster.nodata, layer.nodata),
        ("EPSG", epsg, facts.grid.extent.epsg),
        ("transform", raster.transform, facts.grid.transform),
        ("shape", raster.shape, facts.grid.shape),
        ("layout", layout, "COG"),
    )
    return [f"{what} is {is_}, not {should}" for what, is_, should in pairs if is_ != should]
