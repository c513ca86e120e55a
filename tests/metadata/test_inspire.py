"""INSPIRE records: valid, complete, the same every time, and honest about what they cannot hold."""

import difflib
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from metadata import inspire_schema
from metadata.inspire import InspireFlavour, render_inspire, validate_inspire
from metadata.inspire_rules import check_inspire
from metadata.inspire_schema import NAMESPACES, declared_flavour, parse_record
from products.errors import BadInput
from products.product import ProductFacts
from tasks.package import write_metadata
from tasks.settings import Settings
from tasks.workshop import open_workshop
from tests.metadata.records import BOX, CONTACT, DEGREES, PRODUCTS, UTM, facts, record

GOLDEN = Path(__file__).parent / "golden" / "inspire.xml"
SCHEMAS = Path(inspire_schema.__file__).parent / "schemas" / "iso19139"
OLD, NEW = InspireFlavour.ISO_2006, InspireFlavour.ISO_2007


@pytest.mark.parametrize("flavour", InspireFlavour)
@pytest.mark.parametrize("pieces", PRODUCTS.values(), ids=PRODUCTS)
def test_a_record_breaks_no_rule(pieces: list[ProductFacts], flavour: InspireFlavour) -> None:
    data = render_inspire(pieces, CONTACT, BOX, flavour=flavour)
    assert validate_inspire(data) == []
    assert check_inspire(data) == []
    systems = {text for text in _texts(data, "code") if "EPSG" in text}
    assert systems == {f"http://www.opengis.net/def/crs/EPSG/0/{p.grid.epsg}" for p in pieces}


def test_a_record_reads_as_it_did() -> None:
    written, expected = record().decode(), GOLDEN.read_text(encoding="utf-8")
    lines = difflib.unified_diff(
        expected.splitlines(), written.splitlines(), "golden/inspire.xml", "written", lineterm=""
    )
    assert written == expected, "\n".join(lines)


def test_the_newer_flavour_is_the_default() -> None:
    assert render_inspire([facts()], CONTACT, BOX) == record(NEW)
    assert record(NEW) != record(OLD)


@pytest.mark.parametrize(
    ("flavour", "gml"), [(NEW, "http://www.opengis.net/gml/3.2"), (OLD, "http://www.opengis.net/gml")]
)  # fmt: skip
def test_a_flavour_is_declared_and_recognised(flavour: InspireFlavour, gml: str) -> None:
    root = parse_record(record(flavour))
    assert declared_flavour(root) is flavour
    assert root.find(f".//{{{gml}}}TimePeriod") is not None
    del root.attrib[f"{{{NAMESPACES['xsi']}}}schemaLocation"]
    assert declared_flavour(root) is flavour


@pytest.mark.parametrize(("written", "claimed"), [(NEW, OLD), (OLD, NEW)])
def test_the_schema_is_that_of_the_declared_flavour(
    written: InspireFlavour, claimed: InspireFlavour
) -> None:
    wrong = record(written).replace(f"/{written}/".encode(), f"/{claimed}/".encode())
    (problem,) = validate_inspire(wrong)
    assert "TimePeriod" in problem


def test_problems_of_the_schema_name_line_and_element() -> None:
    broken = record().replace(b"gmd:abstract", b"gmd:summary")
    (problem,) = validate_inspire(broken)
    assert re.match(r"Line \d+: Element 'gmd:summary': This element is not expected", problem)


def test_what_is_no_xml_is_said_in_a_sentence() -> None:
    (problem,) = validate_inspire(record()[:-20])
    assert problem.startswith("The record is not well-formed XML")


def test_records_that_are_validated_at_a_time_do_not_share_problems() -> None:
    """Each thread reads a schema once; what it finds in one record is not said of the next."""
    sound = record()
    broken = [sound.replace(b"gmd:dateStamp", f"gmd:odd{i}".encode()) for i in range(4)]
    alone = [validate_inspire(data) for data in broken]
    assert len({tuple(problems) for problems in alone}) == 4
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(validate_inspire, [*broken, sound] * 10))
    assert together == [*alone, []] * 10


def test_the_schemas_are_those_that_were_taken_over() -> None:
    listed = dict(
        reversed(line.split()) for line in (SCHEMAS / "SHA256SUMS").read_text().splitlines()
    )
    present = {
        path.relative_to(SCHEMAS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in SCHEMAS.rglob("*.xsd")
    }
    assert present == listed


def test_the_schemas_import_nothing_from_elsewhere() -> None:
    with pytest.raises(OSError, match="may not import"):
        inspire_schema._Vendored().resolve("http://192.0.2.1/gml.xsd", None, None)


_LEGAL = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("<>&\"'\t\n\r]]>"),
    min_size=1,
    max_size=40,
).filter(lambda text: text.strip())
_ADDRESSES = st.from_regex(
    r"https?://[a-z0-9]{1,9}(\.[a-z]{2,5}){0,2}(:[0-9]{1,4})?"
    r"(/([A-Za-z0-9._~&'()*+,;=:@-]|%2[0-9]){0,9}){0,2}(\?[a-z=&]{0,9})?(#[a-z]{0,5})?",
    fullmatch=True,
)


@settings(max_examples=100, deadline=None)
@given(
    texts=st.tuples(_LEGAL, _LEGAL),
    links=st.tuples(_ADDRESSES, _ADDRESSES),
    notes=st.lists(_LEGAL, max_size=3).map(tuple),
    order=_LEGAL,
    grid=st.sampled_from([UTM, DEGREES]),
    flavour=st.sampled_from(InspireFlavour),
    south=st.floats(-90, 0),
    north=st.floats(0, 90),
    edges=st.tuples(st.floats(-180, 180), st.floats(-180, 180)),
)
def test_whatever_may_be_said_is_said_and_breaks_no_rule(
    texts, links, notes, order, grid, flavour, south, north, edges
) -> None:
    contact = replace(
        CONTACT, organisation=texts[0], email=texts[1], url=links[0], license_url=links[1]
    )
    piece = replace(facts(grid, order=order), notes=notes)
    box = (edges[0], south, edges[1], north)
    data = render_inspire([piece], contact, box, flavour=flavour)
    assert check_inspire(data) == []
    assert _texts(data, "organisationName") == [contact.organisation] * 2
    assert _texts(data, "electronicMailAddress") == [contact.email] * 2
    assert _texts(data, "URL") == [contact.url]
    assert _texts(data, "fileIdentifier") == [str(piece.name)]
    assert all(note in _texts(data, "statement")[0] for note in notes)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f\x01", "\ufffe", "\ud800"])
@pytest.mark.parametrize("field", ["organisation", "email", "url", "license_url"])
def test_a_setting_that_xml_cannot_hold_is_refused(field: str, character: str) -> None:
    contact = replace(CONTACT, **{field: getattr(CONTACT, field) + character})
    with pytest.raises(BadInput, match=rf"^S2GM_{field.upper()} contains the character U\+"):
        render_inspire([facts()], contact, BOX)


def test_a_text_that_xml_cannot_hold_is_refused() -> None:
    with pytest.raises(BadInput, match=r"text of statement .* U\+000B.* remove it"):
        render_inspire([replace(facts(), notes=("a\vb",))], CONTACT, BOX)
    with pytest.raises(BadInput, match=r"text of fileIdentifier .* U\+0000"):
        render_inspire([facts(order="a\x00b")], CONTACT, BOX)


@pytest.mark.parametrize("field", ["organisation", "email", "url", "license_url"])
def test_a_setting_that_must_be_stated_is_asked_for(field: str) -> None:
    with pytest.raises(BadInput, match=f"S2GM_{field.upper()} is empty"):
        render_inspire([facts()], replace(CONTACT, **{field: " "}), BOX)


@pytest.mark.parametrize(
    "address",
    ["m.example.org", "mailto:a@example.org", "https://", "https:// x", "https://é.example.org",
     "https://m.example.org/%zz", "https://m.example.org/[", "https://m.example.org/a#b#c",
     "https://m.example.org\n"],
)  # fmt: skip
def test_a_web_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match=r"S2GM_URL is .* no web address"):
        render_inspire([facts()], replace(CONTACT, url=address), BOX)


def test_a_bad_setting_stops_the_service_before_it_starts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(BadInput, match="S2GM_EMAIL is empty"):
        open_workshop(Settings(home=home, email=""))
    assert not home.exists()


def test_the_tags_are_those_of_the_original_and_what_requirement_2_4_adds() -> None:
    tags = {etree.QName(element).localname for element in parse_record(record()).iter("*")}
    assert tags - ORIGINAL == {"spatialRepresentationType", "MD_SpatialRepresentationTypeCode"}
    assert ORIGINAL - tags == set()


@pytest.mark.parametrize("flavour", InspireFlavour)
def test_the_setting_chooses_the_flavour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flavour: InspireFlavour
) -> None:
    monkeypatch.setenv("S2GM_INSPIRE_FLAVOUR", flavour.value)
    (tmp_path / "31UDS").mkdir()
    for layer in facts().layers:
        (tmp_path / "31UDS" / facts().layer_file(layer)).write_bytes(b"pixels")
    write_metadata(tmp_path, [facts()], Settings())
    written = parse_record((tmp_path / "inspire.xml").read_bytes())
    assert declared_flavour(written) is flavour


def _texts(data: bytes, name: str) -> list[str]:
    return [
        "".join(element.itertext()) if len(element) == 0 else "".join(element[0].itertext())
        for element in parse_record(data).iter(f"{{{NAMESPACES['gmd']}}}{name}")
    ]


# Tags of the table in section 10.2 of the specification, with the containers that ISO 19139 needs.
ORIGINAL = set(
    """
    MD_Metadata fileIdentifier CharacterString language LanguageCode characterSet
    MD_CharacterSetCode hierarchyLevel MD_ScopeCode contact CI_ResponsibleParty organisationName
    contactInfo CI_Contact address CI_Address electronicMailAddress role CI_RoleCode dateStamp
    DateTime metadataStandardName metadataStandardVersion referenceSystemInfo MD_ReferenceSystem
    referenceSystemIdentifier RS_Identifier code codeSpace identificationInfo
    MD_DataIdentification citation CI_Citation title date CI_Date Date dateType CI_DateTypeCode
    identifier abstract pointOfContact descriptiveKeywords MD_Keywords keyword Anchor type
    MD_KeywordTypeCode thesaurusName resourceConstraints MD_Constraints useLimitation
    MD_LegalConstraints accessConstraints MD_RestrictionCode otherConstraints spatialResolution
    MD_Resolution distance Distance topicCategory MD_TopicCategoryCode extent EX_Extent
    geographicElement EX_GeographicBoundingBox westBoundLongitude eastBoundLongitude
    southBoundLatitude northBoundLatitude Decimal temporalElement EX_TemporalExtent TimePeriod
    beginPosition endPosition distributionInfo MD_Distribution distributionFormat MD_Format name
    version transferOptions MD_DigitalTransferOptions onLine CI_OnlineResource linkage URL
    description function CI_OnLineFunctionCode dataQualityInfo DQ_DataQuality scope DQ_Scope level
    report DQ_DomainConsistency measureIdentification result DQ_ConformanceResult specification
    explanation pass lineage LI_Lineage statement
    """.split()  # noqa: SIM905
)
