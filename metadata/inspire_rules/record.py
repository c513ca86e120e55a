"""Common requirements C.1 to C.7: how a record is encoded, and what it says about itself."""

from collections.abc import Iterator

from metadata.inspire_rules.codelists import CODES, LANGUAGE_LISTS, OFFICIAL_LANGUAGES
from metadata.inspire_rules.rule import (
    NIL,
    TYPE,
    code_of,
    every,
    in_list,
    is_date,
    near,
    rule,
    text_of,
)
from metadata.inspire_schema import NAMESPACES, Record, schema_problems

_ROOT = f"{{{NAMESPACES['gmd']}}}MD_Metadata"
_FREE_TEXT = (
    "fileIdentifier", "metadataStandardName", "metadataStandardVersion", "organisationName",
    "electronicMailAddress", "title", "abstract", "keyword", "code", "codeSpace",
    "useLimitation", "otherConstraints", "name", "version", "description", "explanation",
    "statement", "nameOfMeasure",
)  # fmt: skip


@rule("C.1", "XML schema")
def schema(record: Record) -> Iterator[str]:
    """Check that the record is valid against the ISO 19139 schema of its flavour."""
    yield from schema_problems(record)


@rule("C.2", "Root element")
def root_element(record: Record) -> Iterator[str]:
    """Check that the root is MD_Metadata; without it no other requirement can be judged."""
    if record.tag != _ROOT:
        yield f"The root element is {record.tag}; it must be gmd:MD_Metadata."


@rule("C.3", "Code list values")
def code_list_values(record: Record) -> Iterator[str]:
    """Check that every code names its ISO 19139 code list and, of the lists we know, a value.

    Values of languages are judged by C.5 and 1.6, the data's character set by 2.5.
    """
    own = set(every(record, "gmd:identificationInfo/*/gmd:characterSet/*"))
    for code in every(record, "//*[@codeListValue]"):
        name, value = code.tag.rpartition("}")[2], code.get("codeListValue")
        if name == "LanguageCode":
            if not _is_language_list(code):
                yield f"{near(code)} does not refer to the list of ISO 639-2."
        elif not in_list(code, name):
            yield f"{near(code)} does not refer to the ISO 19139 code list {name}."
        elif code not in own and value not in CODES.get(name, {value}):
            yield f"{near(code)} has the value {value!r}, which {name} does not have."


@rule("C.4", "Free text")
def free_text(record: Record) -> Iterator[str]:
    """Check that free text is a CharacterString, an Anchor, or a typed PT_FreeText beside one.

    An element left empty on purpose states why (gco:nilReason), as 2.6 wants it of versions.
    """
    names = " or ".join(f"self::gmd:{name}" for name in _FREE_TEXT)
    for element in every(record, f"//*[{names}]"):
        simple = every(element, "gco:CharacterString | gmx:Anchor")
        several = every(element, "gmd:PT_FreeText")
        if not simple and not (element.get(NIL) and len(element) == 0):
            yield f"{near(element)} has neither a CharacterString nor an Anchor."
        if several and not element.get(TYPE, "").endswith("PT_FreeText_PropertyType"):
            yield f"{near(element)} has translations but not the type of free text."


@rule("C.5", "Metadata language")
def metadata_language(record: Record) -> Iterator[str]:
    """Check that exactly one official language of the Union is given, by ISO 639-2/B."""
    codes = every(record, "gmd:language/gmd:LanguageCode")
    if len(codes) != 1:
        yield f"The record has {len(codes)} metadata languages; it must have one."
    for code in codes:
        if not _is_language_list(code):
            yield f"The metadata language refers to {code.get('codeList')!r}, not to ISO 639-2."
        if code.get("codeListValue") not in OFFICIAL_LANGUAGES:
            value = code.get("codeListValue")
            yield f"The metadata language {value!r} is no official language of the Union."


@rule("C.6", "Metadata point of contact")
def metadata_contact(record: Record) -> Iterator[str]:
    """Check that the record's contacts have organisation, e-mail and the role pointOfContact."""
    parties = every(record, "gmd:contact/gmd:CI_ResponsibleParty")
    if not parties:
        yield "The record names no metadata contact (gmd:contact)."
    for party in parties:
        yield from party_problems(party, "The metadata contact")
        if code_of(party, "gmd:role/gmd:CI_RoleCode") != "pointOfContact":
            yield "The metadata contact does not have the role pointOfContact."


@rule("C.7", "Metadata date")
def metadata_date(record: Record) -> Iterator[str]:
    """Check that the record says when it was written, as Date or DateTime of ISO 8601."""
    stamps = every(record, "gmd:dateStamp/gco:Date | gmd:dateStamp/gco:DateTime")
    if len(stamps) != 1 or not is_date(text_of(stamps[0])):
        yield "The record must have one metadata date (gmd:dateStamp) of ISO 8601."


def party_problems(party: Record, who: str) -> Iterator[str]:
    """Yield what a responsible party lacks: name of the organisation or e-mail address."""
    mail = "gmd:contactInfo/gmd:CI_Contact/gmd:address/gmd:CI_Address/gmd:electronicMailAddress"
    if not text_of(party, "gmd:organisationName"):
        yield f"{who} has no organisation name."
    if not text_of(party, mail):
        yield f"{who} has no e-mail address."


def _is_language_list(code: Record) -> bool:
    address = code.get("codeList", "").replace("https://", "http://", 1)
    return address.rstrip("/") in LANGUAGE_LISTS


RULES = (
    schema,
    root_element,
    code_list_values,
    free_text,
    metadata_language,
    metadata_contact,
    metadata_date,
)
