"""Requirements 1.1 to 1.11, conformance class 1: baseline metadata of data sets and series."""

import re
from collections.abc import Iterator

from metadata.inspire_rules.codelists import (
    INTEROPERABILITY_REGULATION,
    LANGUAGE_LISTS,
    LANGUAGES,
    THEMES,
    THEMES_THESAURUS,
    TOPICS,
)
from metadata.inspire_rules.rule import code_of, data, every, in_list, rule, text_of
from metadata.inspire_schema import Record

_LEVELS = ("dataset", "series")
_IDENTIFIERS = ("MD_Identifier", "RS_Identifier")
_URL = re.compile(r"^(https?|ftp)://[^/\s]+\S*$", re.IGNORECASE)
_QUALITY = "gmd:dataQualityInfo/gmd:DQ_DataQuality"
_TITLES = (
    f"{_QUALITY}/gmd:report/gmd:DQ_DomainConsistency/gmd:result/gmd:DQ_ConformanceResult"
    "/gmd:specification/gmd:CI_Citation/gmd:title"
)


@rule("1.1", "Resource type")
def resource_type(record: Record) -> Iterator[str]:
    """Check that the record is about a data set or a series of them."""
    level = code_of(record, "gmd:hierarchyLevel/gmd:MD_ScopeCode")
    if level not in _LEVELS:
        yield f"The record is about a {level or 'nothing'!r}, not a dataset or a series."


@rule("1.2", "Only one data identification")
def one_identification(record: Record) -> Iterator[str]:
    """Check that the first identification holds exactly one MD_DataIdentification.

    Other rules look into whatever data identification there is.
    """
    count = len(every(record, "gmd:identificationInfo[1]/gmd:MD_DataIdentification"))
    if count != 1:
        yield f"The first identification has {count} MD_DataIdentification; it must have one."


@rule("1.3", "Unique resource identifier")
def identifier(record: Record) -> Iterator[str]:
    """Check that the data set has an identifier, and that no code is empty."""
    path = "gmd:citation/gmd:CI_Citation/gmd:identifier"
    codes = every(record, " | ".join(data(f"{path}/gmd:{name}/gmd:code") for name in _IDENTIFIERS))
    if not codes or not all(text_of(code) for code in codes):
        yield "The data set must have an identifier with a code that is not empty."


@rule("1.4", "INSPIRE theme as keyword")
def theme_keyword(record: Record) -> Iterator[str]:
    """Check that the block of the INSPIRE themes names at least one theme, in English."""
    path = "gmd:descriptiveKeywords/gmd:MD_Keywords"
    blocks = [
        block
        for block in every(record, data(path))
        if text_of(block, "gmd:thesaurusName/gmd:CI_Citation/gmd:title") == THEMES_THESAURUS
    ]
    if not blocks:
        yield f"No keywords come from {THEMES_THESAURUS!r}."
    for block in blocks:
        words = [text_of(word) for word in every(block, "gmd:keyword")]
        if not THEMES.intersection(words):
            yield f"None of the keywords {', '.join(words)} is an INSPIRE theme."


@rule("1.5", "Spatial resolution")
def spatial_resolution(record: Record) -> Iterator[str]:
    """Check that each spatial resolution is an equivalent scale or a distance, not both.

    Mandatory where it can be specified, which for a raster it always can.
    """
    found = every(record, data("gmd:spatialResolution"))
    if not found:
        yield "The data set has no spatial resolution."
    for element in found:
        scale = "gmd:MD_Resolution/gmd:equivalentScale/gmd:MD_RepresentativeFraction"
        distance = "gmd:MD_Resolution/gmd:distance/gco:Distance"
        if len(every(element, f"{scale} | {distance}")) != 1:
            yield "A spatial resolution must be either an equivalent scale or a distance."


@rule("1.6", "Resource language")
def resource_language(record: Record) -> Iterator[str]:
    """Check that the languages of the data are codes of ISO 639-2/B (zxx: none)."""
    codes = every(record, data("gmd:language/gmd:LanguageCode"))
    if not codes:
        yield "The data set has no language; write zxx where it has no text."
    for code in codes:
        value = code.get("codeListValue")
        address = code.get("codeList", "").replace("https://", "http://", 1)
        if value not in LANGUAGES or address.rstrip("/") not in LANGUAGE_LISTS:
            yield f"The language {value!r} of the data set is not a code of ISO 639-2."


@rule("1.7", "Topic category")
def topic_category(record: Record) -> Iterator[str]:
    """Check that there is a topic category, and that each is one of ISO 19115."""
    topics = [text_of(topic) for topic in every(record, data("gmd:topicCategory"))]
    if not topics:
        yield "The data set has no topic category."
    for topic in topics:
        if topic not in TOPICS:
            yield f"The topic category {topic!r} is not one of ISO 19115."


@rule("1.8", "Resource locator")
def resource_locator(record: Record) -> Iterator[str]:
    """Check that each online resource has an address; a record may have none."""
    path = (
        "gmd:distributionInfo/gmd:MD_Distribution/gmd:transferOptions"
        "/gmd:MD_DigitalTransferOptions/gmd:onLine/gmd:CI_OnlineResource"
    )
    for resource in every(record, path):
        address = text_of(resource, "gmd:linkage/gmd:URL")
        if not _URL.match(address):
            yield f"An online resource has the address {address!r}, which is no URL."


@rule("1.9", "One data quality element")
def one_data_quality(record: Record) -> Iterator[str]:
    """Check that there is one DQ_DataQuality, scoped to the data set or series."""
    found = every(record, _QUALITY)
    if len(found) != 1:
        yield f"The record has {len(found)} data quality elements; it must have one."
    for element in found:
        scopes = every(element, "gmd:scope/gmd:DQ_Scope/gmd:level/gmd:MD_ScopeCode")
        levels = [s.get("codeListValue") for s in scopes if in_list(s, "MD_ScopeCode")]
        if not levels or levels[0] not in _LEVELS:
            yield "The data quality is not about the whole dataset or series."


@rule("1.10", "Conformity with the regulation on interoperability")
def interoperability(record: Record) -> Iterator[str]:
    """Check that a statement of conformity cites Regulation 1089/2010 by its official title.

    Statements as such are the matter of C.20, their citation of C.21, their degree of C.22
    (the abstract test wants true or false here, the guidance refers to C.22, which also knows
    "not evaluated").
    """
    titles = [text_of(title) for title in every(record, _TITLES)]
    wanted = INTEROPERABILITY_REGULATION.casefold()
    if titles and wanted not in {title.casefold() for title in titles}:
        yield f"No statement of conformity cites {INTEROPERABILITY_REGULATION!r}."


@rule("1.11", "Lineage")
def lineage(record: Record) -> Iterator[str]:
    """Check that there is exactly one lineage statement, and that it is not empty."""
    found = every(record, f"{_QUALITY}/gmd:lineage/gmd:LI_Lineage/gmd:statement")
    if len(found) != 1 or not text_of(found[0]):
        yield "The record must have one lineage statement that is not empty."


RULES = (
    resource_type,
    one_identification,
    identifier,
    theme_keyword,
    spatial_resolution,
    resource_language,
    topic_category,
    resource_locator,
    one_data_quality,
    interoperability,
    lineage,
)
