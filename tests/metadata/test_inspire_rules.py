"""The rules for INSPIRE records: a small fault in a good record makes just its rule speak."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from metadata.inspire import InspireFlavour
from metadata.inspire_rules import RULES, Problem, check_inspire
from metadata.inspire_rules.rule import every
from metadata.inspire_schema import NAMESPACES, parse_record
from tests.metadata.records import record

Fault = Callable[[Any], None]
NUMBERS = (
    [f"C.{n}" for n in range(1, 23)] + [f"1.{n}" for n in range(1, 12)]
    + [f"2.{n}" for n in range(1, 9)]
)  # fmt: skip
DATA = "gmd:identificationInfo/gmd:MD_DataIdentification"
DATES = f"{DATA}/gmd:citation/gmd:CI_Citation/gmd:date/gmd:CI_Date"
KEYWORDS = f"{DATA}/gmd:descriptiveKeywords"
LEGAL = f"{DATA}/gmd:resourceConstraints/gmd:MD_LegalConstraints"
BOX = f"{DATA}/gmd:extent/gmd:EX_Extent/gmd:geographicElement/gmd:EX_GeographicBoundingBox"
PARTY = "gmd:CI_ResponsibleParty"
MAIL = "gmd:contactInfo/gmd:CI_Contact/gmd:address/gmd:CI_Address"
SYSTEM = "gmd:referenceSystemInfo/gmd:MD_ReferenceSystem"
CRS = f"{SYSTEM}/gmd:referenceSystemIdentifier/gmd:RS_Identifier"
QUALITY = "gmd:dataQualityInfo/gmd:DQ_DataQuality"
RESULT = f"{QUALITY}/gmd:report/gmd:DQ_DomainConsistency/gmd:result/gmd:DQ_ConformanceResult"
CITED = f"{RESULT}/gmd:specification/gmd:CI_Citation"
FORMAT = "gmd:distributionInfo/gmd:MD_Distribution/gmd:distributionFormat/gmd:MD_Format"
ONLINE = "//gmd:CI_OnlineResource"
REGISTRY = "http://inspire.ec.europa.eu/metadata-codelist"


def one(root: Any, path: str) -> Any:
    return every(root, path)[0]


def text(path: str, value: str) -> Fault:
    """Write another text."""

    def fault(root: Any) -> None:
        one(root, path).text = value

    return fault


def value(path: str, value: str, name: str = "codeListValue") -> Fault:
    """Write another attribute, of the code list unless named."""
    prefix, _, local = name.rpartition(":")
    key = f"{{{NAMESPACES[prefix]}}}{local}" if prefix else name

    def fault(root: Any) -> None:
        one(root, path).set(key, value)

    return fault


def without(path: str) -> Fault:
    """Take every element on a path out."""

    def fault(root: Any) -> None:
        for element in every(root, path):
            element.getparent().remove(element)

    return fault


def empty(path: str, reason: str = "") -> Fault:
    """Take away what is in an element."""

    def fault(root: Any) -> None:
        element = one(root, path)
        for child in list(element):
            element.remove(child)
        element.attrib.clear()
        if reason:
            element.set(f"{{{NAMESPACES['gco']}}}nilReason", reason)

    return fault


def twice(path: str) -> Fault:
    """Repeat an element."""

    def fault(root: Any) -> None:
        element = one(root, path)
        element.addnext(deepcopy(element))

    return fault


def before(path: str, xml: str) -> Fault:
    """Put an element before another."""

    def fault(root: Any) -> None:
        spaces = " ".join(f'xmlns:{p}="{uri}"' for p, uri in NAMESPACES.items())
        one(root, path).addprevious(etree.fromstring(f"<x {spaces}>{xml}</x>")[0])

    return fault


def both(*faults: Fault) -> Fault:
    def fault(root: Any) -> None:
        for each in faults:
            each(root)

    return fault


def renamed(root: Any) -> None:
    root.tag = root.tag.replace("MD_Metadata", "DS_Series")


def topology(result: str) -> Fault:
    return before(
        f"{QUALITY}/gmd:report",
        "<gmd:report><gmd:DQ_TopologicalConsistency><gmd:result>"
        f"{result}</gmd:result></gmd:DQ_TopologicalConsistency></gmd:report>",
    )


def network(title: str, passed: str, explanation: str) -> Fault:
    date = (
        '<gmd:CI_Date><gmd:date><gco:Date>2013-04-05</gco:Date></gmd:date><gmd:dateType>'
        '<gmd:CI_DateTypeCode codeList="http://standards.iso.org/iso/19139/resources/'
        'gmxCodelists.xml#CI_DateTypeCode" codeListValue="publication"/></gmd:dateType>'
        "</gmd:CI_Date>"
    )  # fmt: skip
    return topology(
        "<gmd:DQ_ConformanceResult><gmd:specification><gmd:CI_Citation><gmd:title>"
        f"<gco:CharacterString>{title}</gco:CharacterString></gmd:title><gmd:date>{date}"
        "</gmd:date></gmd:CI_Citation></gmd:specification><gmd:explanation>"
        f"<gco:CharacterString>{explanation}</gco:CharacterString></gmd:explanation><gmd:pass>"
        f"<gco:Boolean>{passed}</gco:Boolean></gmd:pass></gmd:DQ_ConformanceResult>"
    )


def quantity(record: str) -> Fault:
    return topology(
        '<gmd:DQ_QuantitativeResult><gmd:valueUnit xlink:href="http://www.opengis.net/def/uom'
        f'/OGC/1.0/unity"/><gmd:value>{record}</gmd:value></gmd:DQ_QuantitativeResult>'
    )


MODEL = "INSPIRE Data Specifications - Base Models - Generic Network Model"
CHARACTERS = (
    '<gmd:characterSet><gmd:MD_CharacterSetCode codeList="http://standards.iso.org/iso/19139/'
    'resources/gmxCodelists.xml#MD_CharacterSetCode" codeListValue="{}"/></gmd:characterSet>'
)
TRANSLATED = (
    '<gmd:description xsi:type="gmd:PT_FreeText_PropertyType"><gmd:PT_FreeText><gmd:textGroup>'
    '<gmd:LocalisedCharacterString locale="#fr">Les mosaïques</gmd:LocalisedCharacterString>'
    "</gmd:textGroup></gmd:PT_FreeText></gmd:description>"
)
FAULTS: list[tuple[str, Fault]] = [
    ("C.1", before(f"gmd:contact/{PARTY}/{MAIL}/gmd:electronicMailAddress", "<gmd:phone/>")),
    ("C.1", value("gmd:contact", "x", "colour")),
    ("C.2", renamed),
    ("C.3", value(f"{ONLINE}/gmd:function/gmd:CI_OnLineFunctionCode", "teleport")),
    ("C.3", value("gmd:characterSet/gmd:MD_CharacterSetCode", "x.xml#Codes", "codeList")),
    ("C.4", empty(f"{ONLINE}/gmd:description")),
    ("C.4", both(before(f"{ONLINE}/gmd:description", TRANSLATED),
                 without(f"{ONLINE}/gmd:description[2]"))),
    ("C.5", value("gmd:language/gmd:LanguageCode", "jpn")),
    ("C.5", empty("gmd:language", "missing")),
    ("C.6", text(f"gmd:contact/{PARTY}/gmd:organisationName/*", " ")),
    ("C.6", value(f"gmd:contact/{PARTY}/gmd:role/gmd:CI_RoleCode", "author")),
    ("C.6", empty("gmd:contact", "missing")),
    ("C.7", empty("gmd:dateStamp", "missing")),
    ("C.8", text(f"{DATA}/gmd:citation/gmd:CI_Citation/gmd:title/*", "")),
    ("C.9", text(f"{DATA}/gmd:abstract/*", "\n ")),
    ("C.10", text(f"{DATA}/gmd:pointOfContact/{PARTY}/{MAIL}/gmd:electronicMailAddress/*", "")),
    ("C.10", without(f"{DATA}/gmd:pointOfContact")),
    ("C.11", empty(f"{DATES}/gmd:date", "missing")),
    ("C.12", value(f"{DATES}/gmd:dateType/gmd:CI_DateTypeCode", "creation")),
    ("C.13", value(f"{DATES}/gmd:dateType/gmd:CI_DateTypeCode", "revision")),
    ("C.14", value("//*[local-name()='beginPosition']", "#julian", "frame")),
    ("C.14", empty("//gmd:EX_TemporalExtent/gmd:extent", "missing")),
    ("C.15", value(f"{KEYWORDS}//gmd:CI_DateTypeCode", "revision")),
    ("C.15", text(f"{KEYWORDS}//gmd:title/*", "")),
    ("C.16", twice(KEYWORDS)),
    ("C.17", value(f"{LEGAL}//gmx:Anchor", f"{REGISTRY}/LimitationsOnPublicAccess/x",
                   "xlink:href")),
    ("C.17", without(LEGAL + "[gmd:otherConstraints/*[contains(@xlink:href, 'PublicAccess')]]")),
    ("C.17", twice(LEGAL + "/..")),
    ("C.18", without(LEGAL + "[count(gmd:otherConstraints)=2]")),
    ("C.18", value(f"({LEGAL}//gmd:MD_RestrictionCode)[2]", "license")),
    ("C.18", value(f"({LEGAL}//gmx:Anchor)[2]",
                   f"{REGISTRY}/ConditionsApplyingToAccessAndUse/x", "xlink:href")),
    ("C.19", text(f"{BOX}/gmd:westBoundLongitude/*", "-181.000000")),
    ("C.19", text(f"{BOX}/gmd:eastBoundLongitude/*", "3.1")),
    ("C.19", text(f"{BOX}/gmd:southBoundLatitude/*", "53.000000")),
    ("C.19", without(BOX + "/..")),
    ("C.20", without(f"{QUALITY}/gmd:report")),
    ("C.21", value(f"{CITED}//gmd:CI_DateTypeCode", "creation")),
    ("C.21", empty(f"{CITED}/gmd:date/gmd:CI_Date/gmd:date", "missing")),
    ("C.22", value(f"{RESULT}/gmd:pass", "template", "gco:nilReason")),
    ("1.1", value("gmd:hierarchyLevel/gmd:MD_ScopeCode", "service")),
    ("1.2", before("gmd:identificationInfo", '<gmd:identificationInfo gco:nilReason="missing"/>')),
    ("1.3", text(f"{DATA}/gmd:citation/gmd:CI_Citation/gmd:identifier/*/gmd:code/*", "")),
    ("1.3", without(f"{DATA}/gmd:citation/gmd:CI_Citation/gmd:identifier")),
    ("1.4", text(f"{KEYWORDS}[3]//gmd:title/*", "GEMET")),
    ("1.4", text(f"{KEYWORDS}[3]//gmx:Anchor", "Mosaics")),
    ("1.5", empty(f"{DATA}/gmd:spatialResolution", "unknown")),
    ("1.5", without(f"{DATA}/gmd:spatialResolution")),
    ("1.6", value(f"{DATA}/gmd:language/gmd:LanguageCode", "xx")),
    ("1.7", without(f"{DATA}/gmd:topicCategory")),
    ("1.8", text(f"{ONLINE}/gmd:linkage/gmd:URL", "mosaics")),
    ("1.9", value(f"{QUALITY}/gmd:scope/gmd:DQ_Scope/gmd:level/gmd:MD_ScopeCode", "software")),
    ("1.9", before("gmd:dataQualityInfo", '<gmd:dataQualityInfo><gmd:DQ_DataQuality><gmd:scope>'
                   '<gmd:DQ_Scope><gmd:level gco:nilReason="missing"/></gmd:DQ_Scope></gmd:scope>'
                   "</gmd:DQ_DataQuality></gmd:dataQualityInfo>")),
    ("1.10", text(f"{CITED}/gmd:title/*", "Regulation 1089/2010")),
    ("1.11", text(f"{QUALITY}/gmd:lineage/gmd:LI_Lineage/gmd:statement/*", "")),
    ("1.11", without(f"{QUALITY}/gmd:lineage")),
    ("2.1", text(f"{CRS}/gmd:code/*", "EPSG:32631")),
    ("2.1", text(f"{CRS}/gmd:codeSpace/*", "")),
    ("2.1", without("gmd:referenceSystemInfo")),
    ("2.2", text(f"{CRS}/gmd:code/*", "http://www.opengis.net/def/crs/EPSG/0/3035")),
    ("2.2", both(text(f"{CRS}/gmd:code/*", "http://www.opengis.net/def/crs/EPSG/10/4258"),
                 without(f"{CRS}/gmd:codeSpace"))),
    ("2.3", both(twice("gmd:referenceSystemInfo"), text(f"{CRS}/gmd:code/*", ""))),
    ("2.4", value(f"{DATA}/gmd:spatialRepresentationType/*", "video")),
    ("2.4", without(f"{DATA}/gmd:spatialRepresentationType")),
    ("2.5", before(f"{DATA}/gmd:topicCategory", CHARACTERS.format("latin1"))),
    ("2.6", text(f"{FORMAT}/gmd:name/*", "")),
    ("2.6", value(f"({FORMAT}/gmd:version)[2]", "template", "gco:nilReason")),
    ("2.6", without(f"{FORMAT}/..")),
    ("2.7", quantity("<gco:Record>12</gco:Record>")),
    ("2.8", network("A model", "false", "Two roads do not meet.")),
    ("2.8", network(MODEL, "true", "Two roads do not meet.")),
    ("2.8", network(MODEL, "false", "")),
]  # fmt: skip


@pytest.mark.parametrize("flavour", InspireFlavour)
def test_a_good_record_makes_no_rule_speak(flavour: InspireFlavour) -> None:
    assert check_inspire(record(flavour)) == []


@pytest.mark.parametrize(("number", "fault"), FAULTS, ids=[number for number, _ in FAULTS])
def test_a_fault_makes_its_rule_speak_and_no_other(number: str, fault: Fault) -> None:
    root = parse_record(record())
    fault(root)
    problems = check_inspire(etree.tostring(root))
    assert {problem.requirement for problem in problems} == {number}, problems
    assert all(problem.message.rstrip().endswith(".") for problem in problems)


@pytest.mark.parametrize(
    "change",
    [
        before(f"{DATA}/gmd:topicCategory", CHARACTERS.format("8859part1")),
        quantity('<gco:Record xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:integer">'
                 "12</gco:Record>"),
        network(MODEL, "false", "Two roads do not meet."),
        before("gmd:referenceSystemInfo", "<gmd:referenceSystemInfo><gmd:MD_ReferenceSystem>"
               "<gmd:referenceSystemIdentifier><gmd:RS_Identifier><gmd:code><gco:CharacterString>"
               "Julian calendar</gco:CharacterString></gmd:code></gmd:RS_Identifier>"
               "</gmd:referenceSystemIdentifier></gmd:MD_ReferenceSystem></gmd:referenceSystemInfo>"),
        both(text(f"{CRS}/gmd:code/*", "http://www.opengis.net/def/crs/EPSG/0/3035"),
             without(f"{CRS}/gmd:codeSpace")),
        without(f"{LEGAL}/gmd:otherConstraints[contains(*/@xlink:href, 'ConditionsApplying')]"),
        without(ONLINE + "/.."),
        value("gmd:hierarchyLevel/gmd:MD_ScopeCode", "series"),
    ],
    ids=["character set", "quantity", "network", "calendar", "default CRS", "free conditions",
         "no locator", "series"],
)  # fmt: skip
def test_what_the_guidance_allows_makes_no_rule_speak(change: Fault) -> None:
    root = parse_record(record())
    change(root)
    assert check_inspire(etree.tostring(root)) == []


def test_every_requirement_has_a_rule_that_explains_itself_and_a_fault() -> None:
    assert [rule.number for rule in RULES] == NUMBERS
    assert {number for number, _ in FAULTS} == set(NUMBERS)
    for rule in RULES:
        assert rule.title
        assert len((rule.check.__doc__ or "").split()) > 5, rule.number


def test_what_is_no_xml_is_a_problem_of_the_schema() -> None:
    (problem,) = check_inspire(b"<gmd:MD_Metadata>")
    assert problem.requirement == "C.1"
    assert "not well-formed" in problem.message


def test_problems_read_as_sentences() -> None:
    assert str(Problem("C.8", "No title.")) == "TG requirement C.8: No title."
