"""Common requirements C.8 to C.22: what a record says about the resource."""

import re
from collections import Counter
from collections.abc import Iterator

from metadata.inspire_rules.codelists import ACCESS, ACCESS_LIST, CODES, USE, USE_LIST
from metadata.inspire_rules.record import party_problems
from metadata.inspire_rules.rule import (
    HREF,
    NIL,
    code_of,
    data,
    every,
    in_list,
    is_date,
    rule,
    text_of,
)
from metadata.inspire_schema import Record

_DEGREES = re.compile(r"^-?\d+\.\d{2,}$")
_RESULTS = (
    "gmd:dataQualityInfo/gmd:DQ_DataQuality/gmd:report/gmd:DQ_DomainConsistency/gmd:result"
    "/gmd:DQ_ConformanceResult"
)
_EDGES = (
    ("gmd:westBoundLongitude", 180.0),
    ("gmd:eastBoundLongitude", 180.0),
    ("gmd:southBoundLatitude", 90.0),
    ("gmd:northBoundLatitude", 90.0),
)


@rule("C.8", "Resource title")
def title(record: Record) -> Iterator[str]:
    """Check that the data set has exactly one title, and that it is not empty."""
    found = every(record, data("gmd:citation/gmd:CI_Citation/gmd:title"))
    if len(found) != 1 or not text_of(found[0]):
        yield "The data set must have one title that is not empty."


@rule("C.9", "Resource abstract")
def abstract(record: Record) -> Iterator[str]:
    """Check that the data set has exactly one abstract, and that it is not empty."""
    found = every(record, data("gmd:abstract"))
    if len(found) != 1 or not text_of(found[0]):
        yield "The data set must have one abstract that is not empty."


@rule("C.10", "Responsible organisation")
def responsible_organisation(record: Record) -> Iterator[str]:
    """Check that the parties responsible have organisation, e-mail and a role of ISO 19139."""
    parties = every(record, data("gmd:pointOfContact/gmd:CI_ResponsibleParty"))
    if not parties:
        yield "The data set names no responsible organisation (gmd:pointOfContact)."
    for party in parties:
        yield from party_problems(party, "The responsible organisation")
        role = code_of(party, "gmd:role/gmd:CI_RoleCode")
        if role not in CODES["CI_RoleCode"]:
            yield f"The responsible organisation has the role {role!r}, not one of ISO 19139."


@rule("C.11", "Temporal reference")
def temporal_reference(record: Record) -> Iterator[str]:
    """Check that there is a date, and that each is ISO 8601 and of a type of ISO 19139."""
    dates = every(record, data("gmd:citation/gmd:CI_Citation/gmd:date/gmd:CI_Date"))
    if not dates:
        yield "The data set has no date of publication, revision or creation."
    for date in dates:
        kind = code_of(date, "gmd:dateType/gmd:CI_DateTypeCode")
        if not is_date(text_of(date, "gmd:date/gco:Date | gmd:date/gco:DateTime")):
            yield f"The date of {kind or 'unknown type'} of the data set is not one of ISO 8601."
        if kind not in CODES["CI_DateTypeCode"]:
            yield f"A date of the data set has the type {kind!r}."


@rule("C.12", "At most one date of creation")
def one_creation(record: Record) -> Iterator[str]:
    """Check that the data set was not created twice."""
    yield from _at_most_one(record, "creation")


@rule("C.13", "At most one date of last revision")
def one_revision(record: Record) -> Iterator[str]:
    """Check that the data set has no two last revisions."""
    yield from _at_most_one(record, "revision")


@rule("C.14", "Temporal extent")
def temporal_extent(record: Record) -> Iterator[str]:
    """Check that a temporal extent is an instant or a period in the default calendar.

    GML is looked up by local names, as the flavours have it in different namespaces.
    """
    path = "gmd:extent/gmd:EX_Extent/gmd:temporalElement/gmd:EX_TemporalExtent/gmd:extent"
    for extent in every(record, data(path)):
        places = "timePosition", "beginPosition", "endPosition"
        wanted = " or ".join(f"local-name()='{name}'" for name in places)
        positions = every(extent, f".//*[{wanted}]")
        if not positions:
            yield "The temporal extent is neither an instant nor a period."
        for position in positions:
            name = position.tag.rpartition("}")[2]
            if position.get("frame"):
                yield f"{name} of the temporal extent names a calendar; leave frame out."
            unknown = position.get("indeterminatePosition") in ("unknown", "now")
            if not unknown and not is_date(text_of(position)):
                yield f"{name} of the temporal extent is not a date of ISO 8601."


@rule("C.15", "Vocabulary that keywords come from")
def keyword_vocabulary(record: Record) -> Iterator[str]:
    """Check that each cited vocabulary has a title and a date of publication."""
    for citation in every(record, data("gmd:descriptiveKeywords//gmd:CI_Citation")):
        name = text_of(citation, "gmd:title")
        if not name:
            yield "A vocabulary of keywords has no title."
        yield from _publication_problems(citation, f"The vocabulary {name!r}")


@rule("C.16", "Keywords grouped by vocabulary")
def grouped_keywords(record: Record) -> Iterator[str]:
    """Check that the keywords of one vocabulary stand in one MD_Keywords element."""
    path = "gmd:descriptiveKeywords/gmd:MD_Keywords/gmd:thesaurusName/gmd:CI_Citation/gmd:title"
    counts = Counter(text_of(element) for element in every(record, data(path)))
    for name, count in counts.items():
        if count > 1:
            yield f"The keywords of {name!r} are spread over {count} blocks; put them into one."


@rule("C.17", "Limitations on public access")
def limitations(record: Record) -> Iterator[str]:
    """Check that one legal constraint refers to a value of the list LimitationsOnPublicAccess."""
    found = [
        block
        for block in _legal_constraints(record)
        if len(every(block, "gmd:accessConstraints")) == 1
        and _is_other(block, "gmd:accessConstraints")
        and any(link in ACCESS for link in _links(block))
    ]
    if len(found) != 1:
        yield (
            f"{len(found)} legal constraints state the limitations on public access; it must be "
            f"one, with an Anchor to a value of {ACCESS_LIST}."
        )


@rule("C.18", "Conditions for access and use")
def conditions(record: Record) -> Iterator[str]:
    """Check that one other legal constraint states the conditions, by code or in free text."""
    found = [block for block in _legal_constraints(record) if _states_conditions(block)]
    if len(found) != 1:
        yield (
            f"{len(found)} legal constraints state the conditions for access and use; it must be "
            "one, apart from the limitations on public access."
        )


@rule("C.19", "Geographic bounding box")
def bounding_box(record: Record) -> Iterator[str]:
    """Check that there is a box, in degrees with two decimals or more, within the earth.

    That it is as small as possible is a check for the eye.
    """
    path = "gmd:extent/gmd:EX_Extent/gmd:geographicElement/gmd:EX_GeographicBoundingBox"
    boxes = every(record, data(path))
    if not boxes:
        yield "The data set has no geographic bounding box."
    for box in boxes:
        edges = [(text_of(box, f"{name}/gco:Decimal"), limit) for name, limit in _EDGES]
        if not all(_DEGREES.match(edge) and abs(float(edge)) <= limit for edge, limit in edges):
            texts = ", ".join(edge for edge, _ in edges)
            yield f"The bounding box {texts} is not in degrees with two decimals or more."
        elif float(edges[2][0]) > float(edges[3][0]):
            yield "The bounding box has its south north of its north."


@rule("C.20", "Conformity statement")
def conformity(record: Record) -> Iterator[str]:
    """Check that there is a result of type DQ_ConformanceResult."""
    if not every(record, _RESULTS):
        yield "The record states no conformity (gmd:DQ_ConformanceResult)."


@rule("C.21", "Specification of the conformity")
def conformity_specification(record: Record) -> Iterator[str]:
    """Check that each statement cites a specification with title and day of publication."""
    for result in every(record, _RESULTS):
        citations = every(result, "gmd:specification/gmd:CI_Citation")
        if not citations:
            yield "A statement of conformity cites no specification."
        for citation in citations:
            if not text_of(citation, "gmd:title"):
                yield "A statement of conformity cites a specification without a title."
            yield from _publication_problems(citation, "The specification of the conformity")


@rule("C.22", "Degree of conformity")
def conformity_degree(record: Record) -> Iterator[str]:
    """Check that each statement is true, false, or nil with the reason unknown."""
    for result in every(record, _RESULTS):
        answer, reason = text_of(result, "gmd:pass/gco:Boolean"), ""
        for element in every(result, "gmd:pass"):
            reason = element.get(NIL, "")
        if answer not in ("true", "false") and not (answer == "" and reason == "unknown"):
            yield (
                f"A degree of conformity is {answer or reason or 'missing'!r}; it must be true, "
                "false, or empty with the reason unknown."
            )


def _at_most_one(record: Record, kind: str) -> Iterator[str]:
    path = "gmd:citation/gmd:CI_Citation/gmd:date/gmd:CI_Date/gmd:dateType/gmd:CI_DateTypeCode"
    count = len(every(record, data(f"{path}[@codeListValue='{kind}']")))
    if count > 1:
        yield f"The data set has {count} dates of {kind}; it may have one."


def _publication_problems(citation: Record, what: str) -> Iterator[str]:
    days = every(citation, "gmd:date/gmd:CI_Date/gmd:date/gco:Date")
    kinds = every(citation, "gmd:date/gmd:CI_Date/gmd:dateType/gmd:CI_DateTypeCode")
    if not days or not all(is_date(text_of(day)) for day in days):
        yield f"{what} has no date of ISO 8601."
    published = [
        kind
        for kind in kinds
        if kind.get("codeListValue") == "publication" and in_list(kind, "CI_DateTypeCode")
    ]
    if not published or published != kinds:
        yield f"{what} has a date that is not one of publication."


def _legal_constraints(record: Record) -> list[Record]:
    return every(record, data("gmd:resourceConstraints/gmd:MD_LegalConstraints"))


def _is_other(block: Record, name: str) -> bool:
    return code_of(block, f"{name}/gmd:MD_RestrictionCode") == "otherRestrictions"


def _links(block: Record) -> list[str]:
    anchors = every(block, "gmd:otherConstraints/gmx:Anchor")
    return [anchor.get(HREF, "").replace("https://", "http://", 1) for anchor in anchors]


def _states_conditions(block: Record) -> bool:
    links = _links(block)
    if any(link.startswith(ACCESS_LIST) for link in links):
        return False
    kinds = every(block, "gmd:accessConstraints | gmd:useConstraints")
    if len(kinds) != 1 or not _is_other(block, "*"):
        return False
    free = any(text_of(other) for other in every(block, "gmd:otherConstraints"))
    return free and all(link in USE for link in links if link.startswith(USE_LIST))


RULES = (
    title,
    abstract,
    responsible_organisation,
    temporal_reference,
    one_creation,
    one_revision,
    temporal_extent,
    keyword_vocabulary,
    grouped_keywords,
    limitations,
    conditions,
    bounding_box,
    conformity,
    conformity_specification,
    conformity_degree,
)
