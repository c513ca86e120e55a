"""Level 0: is what was written complete, intact, and made as the metadata say (section 12)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import rasterio
from affine import Affine
from lxml import etree

from products.bands import Layer
from products.formats import ProductFormat
from products.product import ProductFacts
from qc.document import document_problems
from qc.finding import Finding, Verdict
from qc.layers import UNREADABLE, Piece
from qc.manifest import MANIFEST, check_manifest
from qc.pixels import Work, check_pixels
from qc.readable import left_out, opens
from qc.sayable import shown, why_unread
from qc.scaled import scale_problems
from qc.stac import judge_items

__all__ = ["Work", "check_package", "check_pixels"]

_HAIR = 1e-9
_GMD = "{http://www.isotc211.org/2005/gmd}"
_REQUIRED_TAGS = (
    "fileIdentifier", "language", "characterSet", "hierarchyLevel", "contact", "dateStamp",
    "referenceSystemInfo", "identificationInfo", "distributionInfo", "dataQualityInfo",
)  # fmt: skip


def check_package(
    folder: Path,
    pieces: Sequence[ProductFacts],
    *,
    inspire_problems: Sequence[str] = (),
    json_problems: Sequence[str] = (),
    stac_problems: Sequence[str] = (),
    manifest: str | None = None,
) -> list[Finding]:
    """Check completeness, checksums, INSPIRE, JSON, STAC and the rasters' properties.

    ``inspire_problems``, ``json_problems`` and ``stac_problems`` are what validators say of the
    metadata, ``manifest`` is the SHA-256 of the manifest that was published, where somebody knows
    it.
    """
    each = [(document_problems(folder, facts), _rasters(folder, facts)) for facts in pieces]
    inspire = [*_inspire(folder, pieces[0]), *inspire_problems]
    documents = [*(p for wrong, _ in each for p in wrong), *json_problems]
    return [
        _verdict("L0.1-complete", _completeness(folder, pieces)),
        _manifest(folder, pieces[0], manifest),
        _verdict("L0.2-inspire", inspire),
        _raster_verdict(folder, pieces, [p for _, wrong in each for p in wrong]),
        _verdict("L0.4-json", documents),
        judge_items(folder, pieces, _described(pieces), stac_problems),
    ]


def _verdict(rule: str, problems: list[str]) -> Finding:
    if not problems:
        return Finding(rule, Verdict.PASS, "As it should be.", 0, 0)
    return Finding(rule, Verdict.FAIL, "; ".join(problems[:5]), len(problems), 0)


def _manifest(folder: Path, facts: ProductFacts, published: str | None) -> Finding:
    path = folder / MANIFEST
    if facts.foreign and not path.exists():
        told = "It was made elsewhere, without a manifest: nothing states what its files were."
        return Finding("L0.1-manifest", Verdict.SKIPPED, told)
    problems = check_manifest(folder)
    if published and not problems and hashlib.sha256(path.read_bytes()).hexdigest() != published:
        problems = [f"{MANIFEST} is not the one that the catalog published under this name"]
    return _verdict("L0.1-manifest", problems)


def _described(pieces: Sequence[ProductFacts]) -> dict[str, set[str]]:
    """Return the files that each item describes, by the name of the item."""
    own = {facts.stac_file: _expected([facts]) for facts in pieces}
    return {name: (needed | added) - {name, MANIFEST} for name, (needed, added) in own.items()}


def _expected(pieces: Sequence[ProductFacts]) -> tuple[set[str], set[str]]:
    """Return the files that there must be (section 9.1), and those that we add to them."""
    needed, added = {"inspire.xml"}, {MANIFEST}
    for facts in pieces:
        files = [facts.layer_file(layer) for layer in facts.layers]
        needed |= {f"{facts.place}/{name}" for name in (*files, facts.metadata_file)}
        added.add(facts.stac_file)
        if facts.form is ProductFormat.JP2:
            added |= {f"{facts.place}/{name}.aux.xml" for name in files}
    return needed, added


def _completeness(folder: Path, pieces: Sequence[ProductFacts]) -> list[str]:
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    needed, added = _expected(pieces)
    missing = (needed if pieces[0].foreign else needed | added) - present
    problems = [f"{name} is missing" for name in sorted(missing)]
    problems += [f"{name} does not belong here" for name in sorted(present - needed - added)]
    if folder.name != str(pieces[0].name):
        problems.append(f"the folder is named {folder.name}, the product {pieces[0].name}")
    return problems


def _inspire(folder: Path, facts: ProductFacts) -> list[str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring((folder / "inspire.xml").read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        return [f"inspire.xml is not XML ({shown(error.msg)})"]
    except OSError as error:
        return [f"inspire.xml {why_unread(error)}"]
    problems = [f"{tag} is missing" for tag in _REQUIRED_TAGS if root.find(f"{_GMD}{tag}") is None]
    if root.findtext(f"{_GMD}fileIdentifier/*") != str(facts.name):
        problems.append("fileIdentifier is not the product's name")
    return problems


def _raster_verdict(folder: Path, pieces: Sequence[ProductFacts], problems: list[str]) -> Finding:
    rule = "L0.3-rasters"
    if problems:
        return _verdict(rule, problems)
    for piece in (Piece(folder, facts) for facts in pieces):
        closed = [layer.api_id for layer in piece.facts.layers if not opens(piece, layer)]
        if closed:
            return left_out(rule, piece, closed)
    return _verdict(rule, [])


def _rasters(folder: Path, facts: ProductFacts) -> list[str]:
    """Compare properties; of a layer that cannot be opened other rules tell."""
    piece, problems = Piece(folder, facts), []
    for layer in facts.layers:
        try:
            with piece.open(layer) as raster:
                wrong = _differences(raster, layer, facts)
        except UNREADABLE:
            wrong = []
        problems += [f"{facts.layer_file(layer)}: {layer.name} {what}" for what in wrong]
    return problems


def _differences(raster: rasterio.DatasetReader, layer: Layer, facts: ProductFacts) -> list[str]:
    pairs = [
        ("driver", raster.driver, facts.form.driver),
        ("type", raster.dtypes, (layer.dtype,)),
        ("nodata", raster.nodata, layer.nodata),
        ("EPSG", raster.crs.to_epsg() if raster.crs else None, facts.grid.epsg),
        ("shape", raster.shape, facts.grid.shape),
    ]
    if facts.form is ProductFormat.GEO_TIFF and not facts.foreign:
        layout = raster.tags(ns="IMAGE_STRUCTURE").get("LAYOUT")
        pairs.append(("layout", layout, "COG"))
    wrong = [f"{what} is {is_}, not {should}" for what, is_, should in pairs if is_ != should]
    if not _same_place(raster.transform, facts.grid.transform):
        is_, should = (t.to_gdal() for t in (raster.transform, facts.grid.transform))
        wrong.append(f"geotransform is {is_}, not {should}")
    return [*wrong, *scale_problems(raster, layer, facts)]


def _same_place(is_: Affine, should: Affine) -> bool:
    """Compare to a billionth of a pixel: readers of NetCDF derive the size from coordinates."""
    return all(abs(a - b) <= _HAIR * should.a for a, b in zip(is_[:6], should[:6], strict=True))
