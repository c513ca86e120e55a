"""The XML schemas of INSPIRE records: ISO 19139 in its two flavours (metadata/schemas/iso19139)."""

from enum import StrEnum
from pathlib import Path
from threading import Lock, local
from typing import Any, Final

from lxml import etree

Record = Any
"""The root element of a parsed record (lxml has no types of its own)."""

NAMESPACES: Final = {
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gmx": "http://www.isotc211.org/2005/gmx",
    "gco": "http://www.isotc211.org/2005/gco",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_FOLDER = Path(__file__).parent / "schemas" / "iso19139"
_LOCATION = f"{{{NAMESPACES['xsi']}}}schemaLocation"
_REPOSITORY = "http://schemas.opengis.net/iso/19139"


class InspireFlavour(StrEnum):
    """Which edition of the ISO 19139 schemas a record follows; they differ in the GML they use."""

    ISO_2007 = "20070417"
    """ISO/TS 19139:2007 with GML 3.2.1, which the guidance recommends."""
    ISO_2006 = "20060504"
    """The candidate of 2006 with GML 3.2.0, which the original service used."""

    @property
    def gml(self) -> str:
        """Namespace of the GML that the edition imports."""
        return _GML[self]

    @property
    def schema_location(self) -> str:
        """Value of xsi:schemaLocation of a record."""
        pairs = (f"{NAMESPACES[p]} {_REPOSITORY}/{self}/{p}/{p}.xsd" for p in ("gmd", "gmx"))
        return " ".join(pairs)


_GML = {
    InspireFlavour.ISO_2007: "http://www.opengis.net/gml/3.2",
    InspireFlavour.ISO_2006: "http://www.opengis.net/gml",
}


def parse_record(data: bytes) -> Record:
    """Parse a record, or raise XMLSyntaxError; nothing outside the document is read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(data, parser)


def validate_inspire(data: bytes) -> list[str]:
    """Validate a record against the flavour that it declares; return what is wrong, in sentences.

    The schemas are those of metadata/schemas/iso19139; nothing is fetched.
    """
    try:
        record = parse_record(data)
    except etree.XMLSyntaxError as error:
        return [f"The record is not well-formed XML: {error}."]
    return schema_problems(record)


def schema_problems(record: Record) -> list[str]:
    """Return what a parsed record has wrong in the schema of its flavour."""
    schema = _own_schema(declared_flavour(record))
    schema.validate(record.getroottree())
    return [f"Line {entry.line}: {_short(entry.message)}" for entry in schema.error_log]


def declared_flavour(record: Record) -> InspireFlavour:
    """Return the flavour that a record names, or that its GML belongs to; else the newer one."""
    location = record.get(_LOCATION, "")
    for flavour in InspireFlavour:
        if f"/{flavour}/" in location:
            return flavour
    spaces = {etree.QName(element).namespace for element in record.iter("*")}
    old = InspireFlavour.ISO_2006
    return old if old.gml in spaces else InspireFlavour.ISO_2007


_OWN = local()
_READING = Lock()
"""lxml sets who finds the imports of a schema for all threads, and sets it back after reading: of
two schemas that are read at once the second may not find its own."""


def _own_schema(flavour: InspireFlavour) -> Any:
    """Return this thread's schema: its error log would be shared by the threads that use it."""
    read: dict[str, Any] = _OWN.__dict__
    if flavour not in read:
        read[flavour] = _read_schema(flavour)
    return read[flavour]


def _read_schema(flavour: InspireFlavour) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_Vendored())
    with _READING:
        return etree.XMLSchema(etree.parse(str(_FOLDER / flavour / "gmx" / "gmx.xsd"), parser))


class _Vendored(etree.Resolver):  # type: ignore[misc] # lxml has no types
    """Finds the schemas' imports in our folder, and nowhere else.

    The files are byte for byte those of the distribution they come from, whose folders are
    nested otherwise (metadata/schemas/iso19139/README.md).
    """

    def resolve(self, system_url: str, _public_id: str, context: Any) -> Any:
        """Return the vendored file that an import means."""
        for mark in ("/core/schemas/", "/iso/19139/"):
            if mark in system_url:
                path = _FOLDER / system_url.partition(mark)[2]
                return self.resolve_filename(str(path), context)
        if system_url.startswith(str(_FOLDER)):
            return None
        raise OSError(f"the schemas may not import {system_url}")


def _short(message: str) -> str:
    for prefix, namespace in NAMESPACES.items():
        message = message.replace(f"{{{namespace}}}", f"{prefix}:")
    return message
