"""The INSPIRE record of a product: ISO 19139 (specification section 10.2)."""

from collections.abc import Sequence
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from products.product import Contact, ProductFacts

NAMESPACES = {
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gmx": "http://www.isotc211.org/2005/gmx",
    "gco": "http://www.isotc211.org/2005/gco",
    "gml": "http://www.opengis.net/gml/3.2",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_GMD = ElementMaker(namespace=NAMESPACES["gmd"], nsmap=NAMESPACES)
_GMX = ElementMaker(namespace=NAMESPACES["gmx"])
_GCO = ElementMaker(namespace=NAMESPACES["gco"])
_GML = ElementMaker(namespace=NAMESPACES["gml"])
_HREF = f"{{{NAMESPACES['xlink']}}}href"
_GML_ID = f"{{{NAMESPACES['gml']}}}id"
_LISTS = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_LIMITS = "http://inspire.ec.europa.eu/metadata-codelist"
_ABSTRACT = (
    "Composite of Sentinel-2 Level-2A surface reflectance for a fixed period. Every pixel is one "
    "real, unaltered observation; auxiliary layers name its source, method and quality."
)
_FREE = ("Sentinel-2", "global", "mosaic", "composites", "medoid", "services")
_INSPIRE_THEMES = ("GEMET - INSPIRE themes, version 1.0", "2008-06-01")
_GEMET = ("GEMET - Themes, version 2.4", "2011-05-01")

Element = Any


def render_inspire(
    pieces: Sequence[ProductFacts], contact: Contact, bbox: tuple[float, float, float, float]
) -> bytes:
    """Render the record of a product; ``bbox`` is west, south, east, north in degrees.

    A tiled product has several pieces, which share name, period and layers. No clock is read.
    """
    facts = pieces[0]
    moment = facts.created.strftime("%Y-%m-%dT%H:%M:%S")
    record = _GMD.MD_Metadata(
        _text("fileIdentifier", str(facts.name)),
        _GMD.language(_code("LanguageCode", "eng", "http://www.loc.gov/standards/iso639-2/")),
        _GMD.characterSet(_code("MD_CharacterSetCode", "utf8")),
        _GMD.hierarchyLevel(_code("MD_ScopeCode", "dataset")),
        _GMD.contact(_party(contact, "pointOfContact")),
        _GMD.dateStamp(_GCO.DateTime(moment)),
        _text("metadataStandardName", "ISO19115"),
        _text("metadataStandardVersion", "2003/Cor.1:2006"),
        *(_reference_system(epsg) for epsg in sorted({piece.grid.epsg for piece in pieces})),
        _GMD.identificationInfo(_identification(facts, contact, bbox)),
        _distribution(facts, contact),
        _quality(pieces),
    )
    text: bytes = etree.tostring(record, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text


def _text(name: str, value: str) -> Element:
    return _GMD(name, _GCO.CharacterString(value))


def _code(name: str, value: str, code_list: str | None = None) -> Element:
    return _GMD(name, value, codeList=code_list or f"{_LISTS}#{name}", codeListValue=value)


def _anchor(href: str, text: str) -> Element:
    return _GMX.Anchor(text, {_HREF: href})


def _party(contact: Contact, role: str) -> Element:
    address = _GMD.CI_Address(_text("electronicMailAddress", contact.email))
    return _GMD.CI_ResponsibleParty(
        _text("organisationName", contact.organisation),
        _GMD.contactInfo(_GMD.CI_Contact(_GMD.address(address))),
        _GMD.role(_code("CI_RoleCode", role)),
    )


def _date(day: str, kind: str) -> Element:
    return _GMD.date(
        _GMD.CI_Date(_GMD.date(_GCO.Date(day)), _GMD.dateType(_code("CI_DateTypeCode", kind)))
    )


def _reference_system(epsg: int) -> Element:
    identifier = _GMD.RS_Identifier(
        _text("code", f"http://www.opengis.net/def/crs/EPSG/0/{epsg}"),
        _text("codeSpace", "INSPIRE RS registry"),
    )
    system = _GMD.MD_ReferenceSystem(_GMD.referenceSystemIdentifier(identifier))
    return _GMD.referenceSystemInfo(system)


def _identification(
    facts: ProductFacts, contact: Contact, bbox: tuple[float, float, float, float]
) -> Element:
    day = facts.created.date().isoformat()
    identifier = _GMD.RS_Identifier(_text("code", str(facts.name)), _text("codeSpace", contact.url))
    citation = _GMD.CI_Citation(
        _text("title", "Copernicus Sentinel-2 Global Mosaic"),
        *(_date(day, kind) for kind in ("publication", "creation", "revision")),
        _GMD.identifier(identifier),
    )
    resolution = _GCO.Distance(str(facts.grid.resolution), uom="m")
    return _GMD.MD_DataIdentification(
        _GMD.citation(citation),
        _text("abstract", _ABSTRACT),
        _GMD.pointOfContact(_party(contact, "resourceProvider")),
        *_keywords(),
        *_constraints(),
        _GMD.spatialRepresentationType(_code("MD_SpatialRepresentationTypeCode", "grid")),
        _GMD.spatialResolution(_GMD.MD_Resolution(_GMD.distance(resolution))),
        _GMD.language(_code("LanguageCode", "eng", "http://www.loc.gov/standards/iso639-2/")),
        _GMD.topicCategory(_GMD.MD_TopicCategoryCode("imageryBaseMapsEarthCover")),
        _GMD.extent(_extent(facts, bbox)),
    )


def _keywords() -> list[Element]:
    oi = _anchor("http://inspire.ec.europa.eu/theme/oi", "Orthoimagery")
    return [
        _block([_GCO.CharacterString("trade,services")], _GEMET),
        _block(
            [_GCO.CharacterString("spatial data services")], ("INSPIRE Glossary 3", "2011-05-01")
        ),
        _block([_GCO.CharacterString("services")], _GEMET),
        _block([oi], _INSPIRE_THEMES, "theme"),
        _block(
            [_GCO.CharacterString("Orthoimagery")],
            ("Originating controlled vocabulary", "2018-01-01"),
        ),
        _block([_GCO.CharacterString(word) for word in _FREE]),
    ]


def _block(
    words: Sequence[Element], thesaurus: tuple[str, str] | None = None, kind: str | None = None
) -> Element:
    parts = [_GMD.keyword(word) for word in words]
    if kind:
        parts.append(_GMD.type(_code("MD_KeywordTypeCode", kind)))
    if thesaurus:
        title, day = thesaurus
        citation = _GMD.CI_Citation(_text("title", title), _date(day, "publication"))
        parts.append(_GMD.thesaurusName(citation))
    return _GMD.descriptiveKeywords(_GMD.MD_Keywords(*parts))


def _constraints() -> list[Element]:
    access = _anchor(
        f"{_LIMITS}/LimitationsOnPublicAccess/noLimitations", "no limitations to public access"
    )
    use = _anchor(
        f"{_LIMITS}/ConditionsApplyingToAccessAndUse/noConditionsApply", "No conditions apply"
    )
    restriction = ("MD_RestrictionCode", "otherRestrictions")
    return [
        _GMD.resourceConstraints(
            _GMD.MD_Constraints(_text("useLimitation", "No conditions apply"))
        ),
        _GMD.resourceConstraints(
            _GMD.MD_LegalConstraints(
                _GMD.accessConstraints(_code(*restriction)), _GMD.otherConstraints(access)
            )
        ),
        _GMD.resourceConstraints(
            _GMD.MD_LegalConstraints(
                _GMD.useConstraints(_code(*restriction)), _GMD.otherConstraints(use)
            )
        ),
    ]


def _extent(facts: ProductFacts, bbox: tuple[float, float, float, float]) -> Element:
    west, south, east, north = (f"{value:.6f}" for value in bbox)
    box = _GMD.EX_GeographicBoundingBox(
        _GMD.westBoundLongitude(_GCO.Decimal(west)),
        _GMD.eastBoundLongitude(_GCO.Decimal(east)),
        _GMD.southBoundLatitude(_GCO.Decimal(south)),
        _GMD.northBoundLatitude(_GCO.Decimal(north)),
    )
    period = _GML.TimePeriod(
        _GML.beginPosition(facts.period.start.isoformat()),
        _GML.endPosition(facts.period.end.isoformat()),
        {_GML_ID: f"period_{facts.name.number}"},
    )
    return _GMD.EX_Extent(
        _GMD.geographicElement(box),
        _GMD.temporalElement(_GMD.EX_TemporalExtent(_GMD.extent(period))),
    )


def _distribution(facts: ProductFacts, contact: Contact) -> Element:
    form = _GMD.MD_Format(_text("name", str(facts.name)), _text("version", facts.name.version))
    online = _GMD.CI_OnlineResource(
        _GMD.linkage(_GMD.URL(contact.url)),
        _text("name", "Sentinel-2 Global Mosaic"),
        _text("description", "Where the mosaics are offered"),
        _GMD.function(_code("CI_OnLineFunctionCode", "information")),
    )
    transfer = _GMD.MD_DigitalTransferOptions(_GMD.onLine(online))
    return _GMD.distributionInfo(
        _GMD.MD_Distribution(_GMD.distributionFormat(form), _GMD.transferOptions(transfer))
    )


def _quality(pieces: Sequence[ProductFacts]) -> Element:
    name = (
        "Commission Regulation (EU) No 1089/2010 of 23 November 2010 implementing Directive "
        "2007/2/EC of the European Parliament and of the Council as regards interoperability of "
        "spatial data sets and services"
    )
    specification = _GMD.CI_Citation(_text("title", name), _date("2010-12-08", "publication"))
    measure = _GMD.RS_Identifier(_text("code", "Conformity_001"), _text("codeSpace", "INSPIRE"))
    conformity = _GMD.DQ_DomainConsistency(
        _GMD.measureIdentification(measure),
        _GMD.result(
            _GMD.DQ_ConformanceResult(
                _GMD.specification(specification),
                _text("explanation", "Not evaluated"),
                _GMD("pass", {f"{{{NAMESPACES['gco']}}}nilReason": "template"}),
            )
        ),
    )
    lineage = _GMD.LI_Lineage(_text("statement", _lineage(pieces)))
    scope = _GMD.DQ_Scope(_GMD.level(_code("MD_ScopeCode", "dataset")))
    return _GMD.dataQualityInfo(
        _GMD.DQ_DataQuality(_GMD.scope(scope), _GMD.report(conformity), _GMD.lineage(lineage))
    )


def _lineage(pieces: Sequence[ProductFacts]) -> str:
    facts = pieces[0]
    sources = {source.id: source for piece in pieces for source in piece.sources}
    baselines = sorted({source.baseline for source in sources.values() if source.baseline})
    named = f" (processing baselines {', '.join(baselines)})" if baselines else ""
    tiles = sorted({tile for piece in pieces for tile in piece.tiles})
    sentences = [
        f"Composed by {facts.algorithm} from {len(sources)} Sentinel-2 L2A granules of "
        f"{'tile' if len(tiles) == 1 else 'tiles'} {', '.join(tiles)}{named}; medoid from "
        f"{facts.threshold} valid observations, decision tree below."
    ]
    if facts.missing:
        names = ", ".join(layer.name for layer in facts.missing)
        sentences.append(f"Layers that the sources do not have are left out: {names}.")
    notes = dict.fromkeys(note for piece in pieces for note in piece.notes)
    return " ".join([*sentences, *notes])
