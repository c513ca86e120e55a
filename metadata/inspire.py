"""The INSPIRE record of a product: ISO 19139 (specification section 10.2)."""

from collections.abc import Sequence

from lxml import etree
from lxml.builder import ElementMaker

from metadata.inspire_elements import (
    GCO,
    GMD,
    LANGUAGE_LIST,
    NIL,
    Element,
    anchor,
    check_contact,
    code,
    date,
    party,
    text,
)
from metadata.inspire_schema import NAMESPACES, InspireFlavour, validate_inspire
from products.product import Contact, ProductFacts

__all__ = ["InspireFlavour", "render_inspire", "validate_inspire"]

Box = tuple[float, float, float, float]

_SCHEMA_LOCATION = f"{{{NAMESPACES['xsi']}}}schemaLocation"
_LIMITS = "http://inspire.ec.europa.eu/metadata-codelist"
_ABSTRACT = (
    "Composite of Sentinel-2 Level-2A surface reflectance for a fixed period. Every pixel is one "
    "real, unaltered observation; auxiliary layers name its source, method and quality."
)
_FREE = ("Sentinel-2", "global", "mosaic", "composites", "medoid", "services")
_INSPIRE_THEMES = ("GEMET - INSPIRE themes, version 1.0", "2008-06-01")
_GEMET = ("GEMET - Themes, version 2.4", "2011-05-01")


def render_inspire(
    pieces: Sequence[ProductFacts],
    contact: Contact,
    bbox: Box,
    *,
    flavour: InspireFlavour = InspireFlavour.ISO_2007,
) -> bytes:
    """Render the record of a product; ``bbox`` is west, south, east, north in degrees.

    A tiled product has several pieces, which share name, period and layers. No clock is read.
    BadInput says which setting or text a record cannot hold.
    """
    check_contact(contact)
    facts = pieces[0]
    record = ElementMaker(
        namespace=NAMESPACES["gmd"], nsmap=NAMESPACES | {"gml": flavour.gml}
    ).MD_Metadata(
        {_SCHEMA_LOCATION: flavour.schema_location},
        text("fileIdentifier", str(facts.name)),
        GMD.language(code("LanguageCode", "eng", LANGUAGE_LIST)),
        GMD.characterSet(code("MD_CharacterSetCode", "utf8")),
        GMD.hierarchyLevel(code("MD_ScopeCode", "dataset")),
        GMD.contact(party(contact, "pointOfContact")),
        GMD.dateStamp(GCO.DateTime(facts.created.strftime("%Y-%m-%dT%H:%M:%S"))),
        text("metadataStandardName", "ISO19115"),
        text("metadataStandardVersion", "2003/Cor.1:2006"),
        *(_reference_system(epsg) for epsg in sorted({piece.grid.epsg for piece in pieces})),
        GMD.identificationInfo(_identification(facts, contact, bbox, flavour)),
        _distribution(facts, contact),
        _quality(pieces),
    )
    rendered: bytes = etree.tostring(
        record, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return rendered


def _reference_system(epsg: int) -> Element:
    identifier = GMD.RS_Identifier(
        text("code", f"http://www.opengis.net/def/crs/EPSG/0/{epsg}"),
        text("codeSpace", "INSPIRE RS registry"),
    )
    system = GMD.MD_ReferenceSystem(GMD.referenceSystemIdentifier(identifier))
    return GMD.referenceSystemInfo(system)


def _identification(
    facts: ProductFacts, contact: Contact, bbox: Box, flavour: InspireFlavour
) -> Element:
    day = facts.created.date().isoformat()
    identifier = GMD.RS_Identifier(text("code", str(facts.name)), text("codeSpace", contact.url))
    citation = GMD.CI_Citation(
        text("title", "Copernicus Sentinel-2 Global Mosaic"),
        *(date(day, kind) for kind in ("publication", "creation", "revision")),
        GMD.identifier(identifier),
    )
    resolution = GCO.Distance(str(facts.grid.resolution), uom="m")
    return GMD.MD_DataIdentification(
        GMD.citation(citation),
        text("abstract", _ABSTRACT),
        GMD.pointOfContact(party(contact, "resourceProvider")),
        *_keywords(),
        *_constraints(contact),
        GMD.spatialRepresentationType(code("MD_SpatialRepresentationTypeCode", "grid")),
        GMD.spatialResolution(GMD.MD_Resolution(GMD.distance(resolution))),
        GMD.language(code("LanguageCode", "eng", LANGUAGE_LIST)),
        GMD.topicCategory(GMD.MD_TopicCategoryCode("imageryBaseMapsEarthCover")),
        GMD.extent(_extent(facts, bbox, flavour)),
    )


def _keywords() -> list[Element]:
    """Return the keywords of specification 10.2, one block per vocabulary (requirement C.16)."""
    oi = anchor("http://inspire.ec.europa.eu/theme/oi", "Orthoimagery")
    return [
        _block([_word("trade,services"), _word("services")], _GEMET),
        _block([_word("spatial data services")], ("INSPIRE Glossary 3", "2011-05-01")),
        _block([oi], _INSPIRE_THEMES, "theme"),
        _block([_word("Orthoimagery")], ("Originating controlled vocabulary", "2018-01-01")),
        _block([_word(word) for word in _FREE]),
    ]


def _word(word: str) -> Element:
    return GCO.CharacterString(word)


def _block(
    words: Sequence[Element], thesaurus: tuple[str, str] | None = None, kind: str | None = None
) -> Element:
    parts = [GMD.keyword(word) for word in words]
    if kind:
        parts.append(GMD.type(code("MD_KeywordTypeCode", kind)))
    if thesaurus:
        title, day = thesaurus
        citation = GMD.CI_Citation(text("title", title), date(day, "publication"))
        parts.append(GMD.thesaurusName(citation))
    return GMD.descriptiveKeywords(GMD.MD_Keywords(*parts))


def _constraints(contact: Contact) -> list[Element]:
    """Return limitations on public access and conditions of use, each a block of its own.

    Both are accessConstraints, which requirement C.18 allows, so that the record has no tag
    that the original's lacks.
    """
    free = anchor(
        f"{_LIMITS}/LimitationsOnPublicAccess/noLimitations", "no limitations to public access"
    )
    use = anchor(
        f"{_LIMITS}/ConditionsApplyingToAccessAndUse/noConditionsApply", "No conditions apply"
    )
    terms = anchor(contact.license_url, "Terms of use")
    return [
        GMD.resourceConstraints(GMD.MD_Constraints(text("useLimitation", "No conditions apply"))),
        _legal(free),
        _legal(use, terms),
    ]


def _legal(*sentences: Element) -> Element:
    others = (GMD.otherConstraints(sentence) for sentence in sentences)
    kind = GMD.accessConstraints(code("MD_RestrictionCode", "otherRestrictions"))
    return GMD.resourceConstraints(GMD.MD_LegalConstraints(kind, *others))


def _extent(facts: ProductFacts, bbox: Box, flavour: InspireFlavour) -> Element:
    west, south, east, north = (f"{value:.6f}" for value in bbox)
    box = GMD.EX_GeographicBoundingBox(
        GMD.westBoundLongitude(GCO.Decimal(west)),
        GMD.eastBoundLongitude(GCO.Decimal(east)),
        GMD.southBoundLatitude(GCO.Decimal(south)),
        GMD.northBoundLatitude(GCO.Decimal(north)),
    )
    gml = ElementMaker(namespace=flavour.gml, nsmap={"gml": flavour.gml})
    period = gml.TimePeriod(
        gml.beginPosition(facts.period.start.isoformat()),
        gml.endPosition(facts.period.end.isoformat()),
        {f"{{{flavour.gml}}}id": f"period_{facts.name.number}"},
    )
    return GMD.EX_Extent(
        GMD.geographicElement(box),
        GMD.temporalElement(GMD.EX_TemporalExtent(GMD.extent(period))),
    )


def _distribution(facts: ProductFacts, contact: Contact) -> Element:
    product = GMD.MD_Format(text("name", str(facts.name)), text("version", facts.name.version))
    encoding = GMD.MD_Format(text("name", facts.form.label), GMD.version({NIL: "unknown"}))
    online = GMD.CI_OnlineResource(
        GMD.linkage(GMD.URL(contact.url)),
        text("name", "Sentinel-2 Global Mosaic"),
        text("description", "Where the mosaics are offered"),
        GMD.function(code("CI_OnLineFunctionCode", "information")),
    )
    transfer = GMD.MD_DigitalTransferOptions(GMD.onLine(online))
    return GMD.distributionInfo(
        GMD.MD_Distribution(
            GMD.distributionFormat(product),
            GMD.distributionFormat(encoding),
            GMD.transferOptions(transfer),
        )
    )


def _quality(pieces: Sequence[ProductFacts]) -> Element:
    name = (
        "Commission Regulation (EU) No 1089/2010 of 23 November 2010 implementing Directive "
        "2007/2/EC of the European Parliament and of the Council as regards interoperability of "
        "spatial data sets and services"
    )
    specification = GMD.CI_Citation(text("title", name), date("2010-12-08", "publication"))
    measure = GMD.RS_Identifier(text("code", "Conformity_001"), text("codeSpace", "INSPIRE"))
    conformity = GMD.DQ_DomainConsistency(
        GMD.measureIdentification(measure),
        GMD.result(
            GMD.DQ_ConformanceResult(
                GMD.specification(specification),
                text("explanation", "Not evaluated"),
                GMD("pass", {NIL: "unknown"}),
            )
        ),
    )
    lineage = GMD.LI_Lineage(text("statement", _lineage(pieces)))
    scope = GMD.DQ_Scope(GMD.level(code("MD_ScopeCode", "dataset")))
    return GMD.dataQualityInfo(
        GMD.DQ_DataQuality(GMD.scope(scope), GMD.report(conformity), GMD.lineage(lineage))
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
