"""Requirements 2.1 to 2.8, conformance class 2: interoperability metadata of data sets."""

import re
from collections.abc import Iterator

from metadata.inspire_rules.codelists import CODES, CRS_REGISTER, DEFAULT_CRS, NETWORK_MODEL
from metadata.inspire_rules.rule import NIL, TYPE, code_of, data, every, is_date, rule, text_of
from metadata.inspire_schema import Record

_COORDINATES = re.compile(r"epsg|crs", re.IGNORECASE)
_REPRESENTATIONS = ("vector", "grid", "tin", "textTable")
_TOPOLOGY = (
    "gmd:dataQualityInfo/gmd:DQ_DataQuality/gmd:report/gmd:DQ_TopologicalConsistency/gmd:result"
)


@rule("2.1", "Coordinate reference system")
def reference_system(record: Record) -> Iterator[str]:
    """Check that the coordinate reference systems are given, from a common register.

    The register is that of the OGC, http://www.opengis.net/def/crs, which has those of EPSG.
    """
    systems = [each for each in _systems(record) if _COORDINATES.search(_code(each))]
    if not systems:
        yield f"No coordinate reference system is given; name one of {CRS_REGISTER}."
    for system in systems:
        if not _code(system).startswith(CRS_REGISTER):
            yield f"The reference system {_code(system)!r} is not named as in {CRS_REGISTER}."
        yield from _empty_space(system)


@rule("2.2", "Identifier of a default coordinate reference system")
def reference_system_identifier(record: Record) -> Iterator[str]:
    """Check that a system of TG annex D.4 has the identifier given there, and no code space.

    Our products are in UTM on WGS 84 or in EPSG:4326, which the annex does not list.
    """
    numbers = {uri.rpartition("/")[2]: uri for uri in DEFAULT_CRS}
    for system in _systems(record):
        code = _code(system)
        found = re.search(r"epsg.*?(\d{4,5})$", code, re.IGNORECASE)
        wanted = numbers.get(found[1]) if found else None
        if wanted and code != wanted:
            yield f"The default reference system {code!r} must be named {wanted}."
        if code in DEFAULT_CRS and every(system, "gmd:codeSpace"):
            yield f"The default reference system {code} must not have a code space."


@rule("2.3", "Temporal reference system")
def temporal_system(record: Record) -> Iterator[str]:
    """Check that reference systems other than of coordinates have a code that is not empty.

    Only a calendar other than the Gregorian one must be given, so our records have none.
    """
    for system in _systems(record):
        if _COORDINATES.search(_code(system)):
            continue
        if not _code(system):
            yield "A reference system has an empty code."
        yield from _empty_space(system)


@rule("2.4", "Spatial representation type")
def representation(record: Record) -> Iterator[str]:
    """Check that the data are said to be vector, grid, tin or textTable."""
    path = "gmd:spatialRepresentationType/gmd:MD_SpatialRepresentationTypeCode"
    codes = every(record, data(path))
    if not codes:
        yield "The data set has no spatial representation type."
    for code in codes:
        if code.get("codeListValue") not in _REPRESENTATIONS:
            value = code.get("codeListValue")
            yield f"The spatial representation type {value!r} is none that INSPIRE knows."


@rule("2.5", "Character encoding")
def character_encoding(record: Record) -> Iterator[str]:
    """Check that the character sets of the data, where given, are of ISO 19139.

    Only encodings that are not UTF-8 must be given, so a raster record has none.
    """
    for code in every(record, data("gmd:characterSet/gmd:MD_CharacterSetCode")):
        value = code.get("codeListValue")
        if value not in CODES["MD_CharacterSetCode"]:
            yield f"The character set {value!r} of the data is not one of ISO 19139."


@rule("2.6", "Encoding of the data")
def data_encoding(record: Record) -> Iterator[str]:
    """Check that each format has a name and a version, or says why it has no version."""
    path = "gmd:distributionInfo/gmd:MD_Distribution/gmd:distributionFormat/gmd:MD_Format"
    formats = every(record, path)
    if not formats:
        yield "The record names no format of the data (gmd:distributionFormat)."
    for form in formats:
        name = text_of(form, "gmd:name")
        if not name:
            yield "A format of the data has no name."
        reasons = [version.get(NIL) for version in every(form, "gmd:version")]
        told = reasons and reasons[0] in ("unknown", "inapplicable")
        if bool(text_of(form, "gmd:version")) == bool(told):
            yield f"The format {name!r} must have a version, or else a reason why it has none."


@rule("2.7", "Quantitative results on topological consistency")
def topology_quantities(record: Record) -> Iterator[str]:
    """Check that quantitative results have a unit and a value of a declared type.

    They are asked of networks only. A raster has no topology, so our records have none. (The
    abstract test repeats the text of 2.4; this follows the guidance.)
    """
    for result in every(record, f"{_TOPOLOGY}/gmd:DQ_QuantitativeResult"):
        values = every(result, "gmd:value/gco:Record")
        if not every(result, "gmd:valueUnit"):
            yield "A result on topological consistency has no unit."
        if not values or not all(value.get(TYPE) for value in values):
            yield "A result on topological consistency has no value with a type (xsi:type)."


@rule("2.8", "Descriptive results on topological consistency")
def topology_descriptions(record: Record) -> Iterator[str]:
    """Check that descriptive results cite the Generic Network Model, and say what is wrong.

    They are asked of networks only. A raster has no topology, so our records have none. (The
    abstract test repeats the text of 2.4; this follows the guidance.)
    """
    what = "A description of topological consistency"
    for result in every(record, f"{_TOPOLOGY}/gmd:DQ_ConformanceResult"):
        citation = "gmd:specification/gmd:CI_Citation"
        date = f"{citation}/gmd:date/gmd:CI_Date"
        if not text_of(result, f"{citation}/gmd:title").endswith(NETWORK_MODEL):
            yield f"{what} does not cite {NETWORK_MODEL!r}."
        kind = code_of(result, f"{date}/gmd:dateType/gmd:CI_DateTypeCode")
        if kind != "publication" or not is_date(text_of(result, f"{date}/gmd:date/gco:Date")):
            yield f"{what} does not say when the model was published."
        if text_of(result, "gmd:pass/gco:Boolean") != "false":
            yield f"{what} must have the result false."
        if not text_of(result, "gmd:explanation"):
            yield f"{what} has no explanation."


def _systems(record: Record) -> list[Record]:
    path = "gmd:MD_ReferenceSystem/gmd:referenceSystemIdentifier/gmd:RS_Identifier"
    return every(record, f"gmd:referenceSystemInfo/{path}")


def _code(system: Record) -> str:
    """Return the identifier: the link of an Anchor, else the text."""
    code = text_of(system, "gmd:code/gmx:Anchor/@xlink:href") or text_of(system, "gmd:code")
    return code.replace("https://", "http://", 1)


def _empty_space(system: Record) -> Iterator[str]:
    for space in every(system, "gmd:codeSpace"):
        if not text_of(space):
            yield f"The reference system {_code(system)!r} has an empty code space."


RULES = (
    reference_system,
    reference_system_identifier,
    temporal_system,
    representation,
    character_encoding,
    data_encoding,
    topology_quantities,
    topology_descriptions,
)
