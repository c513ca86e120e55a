"""The code lists that the rules know: ISO 19139, ISO 639-2, INSPIRE registry and TG annex D."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LANGUAGE_LISTS: Final = (
    "http://www.loc.gov/standards/iso639-2",
    "http://id.loc.gov/vocabulary/iso639-2",
)

CODES: Final = {
    name: _words(values)
    for name, values in {
        "CI_DateTypeCode": "creation publication revision",
        "CI_OnLineFunctionCode": "download information offlineAccess order search",
        "CI_RoleCode": "resourceProvider custodian owner user distributor originator "
        "pointOfContact principalInvestigator processor publisher author",
        "MD_CharacterSetCode": "ucs2 ucs4 utf7 utf8 8859part1 8859part2 8859part3 8859part4 "
        "8859part5 8859part6 8859part7 8859part8 8859part9 8859part10 8859part11 8859part12 "
        "8859part13 8859part14 8859part15 8859part16 jis shiftJIS eucJP usAscii ebcdic eucKR "
        "big5 GB2312",
        "MD_KeywordTypeCode": "discipline place stratum temporal theme",
        "MD_RestrictionCode": "copyright patent patentPending trademark license "
        "intellectualPropertyRights restricted otherRestrictions",
        "MD_ScopeCode": "attribute attributeType collectionHardware collectionSession dataset "
        "series nonGeographicDataset dimensionGroup feature featureType propertyType "
        "fieldSession software service model tile",
        "MD_SpatialRepresentationTypeCode": "vector grid textTable tin stereoModel video",
    }.items()
}
"""Values of the ISO 19139 code lists that occur in our records (gmxCodelists.xml)."""

TOPICS: Final = _words(
    "biota boundaries climatologyMeteorologyAtmosphere economy elevation environment farming "
    "geoscientificInformation health imageryBaseMapsEarthCover inlandWaters intelligenceMilitary "
    "location oceans planningCadastre society structure transportation "
    "utilitiesCommunication"
)
"""MD_TopicCategoryCode, ISO 19115 B.5.27."""

OFFICIAL_LANGUAGES: Final = _words(
    "bul hrv cze dan dut eng est fin fre ger gre hun ice gle ita lav lit mlt nor pol por rum slo "
    "slv spa swe"
)
"""Languages in which a record may be written (abstract test metadata-language-code)."""

LANGUAGES: Final = _words(
    """
    aar abk ace ach ada ady afa afh afr ain aka akk alb ale alg alt amh ang anp apa ara arc arg
    arm arn arp art arw asm ast ath aus ava ave awa aym aze bad bai bak bal bam ban baq bas bat
    bej bel bem ben ber bho bih bik bin bis bla bnt bos bra bre btk bua bug bul bur byn cad cai
    car cat cau ceb cel cha chb che chg chi chk chm chn cho chp chr chu chv chy cmc cnr cop cor
    cos cpe cpf cpp cre crh crp csb cus cze dak dan dar day del den dgr din div doi dra dsb dua
    dum dut dyu dzo efi egy eka elx eng enm epo est ewe ewo fan fao fat fij fil fin fiu fon fre
    frm fro frr frs fry ful fur gaa gay gba gem geo ger gez gil gla gle glg glv gmh goh gon gor
    got grb grc gre grn gsw guj gwi hai hat hau haw heb her hil him hin hit hmn hmo hrv hsb hun
    hup iba ibo ice ido iii ijo iku ile ilo ina inc ind ine inh ipk ira iro ita jav jbo jpn jpr
    jrb kaa kab kac kal kam kan kar kas kau kaw kaz kbd kha khi khm kho kik kin kir kmb kok kom
    kon kor kos kpe krc krl kro kru kua kum kur kut lad lah lam lao lat lav lez lim lin lit lol
    loz ltz lua lub lug lui lun luo lus mac mad mag mah mai mak mal man mao map mar mas may mdf
    mdr men mga mic min mis mkh mlg mlt mnc mni mno moh mon mos mul mun mus mwl mwr myn myv nah
    nai nap nau nav nbl nde ndo nds nep new nia nic niu nno nob nog non nor nqo nso nub nwc nya
    nym nyn nyo nzi oci oji ori orm osa oss ota oto paa pag pal pam pan pap pau peo per phi phn
    pli pol pon por pra pro pus que raj rap rar roa roh rom rum run rup rus sad sag sah sai sal
    sam san sas sat scn sco sel sem sga sgn shn sid sin sio sit sla slo slv sma sme smi smj smn
    smo sms sna snd snk sog som son sot spa srd srn srp srr ssa ssw suk sun sus sux swa swe syc
    syr tah tai tam tat tel tem ter tet tgk tgl tha tib tig tir tiv tkl tlh tli tmh tog ton tpi
    tsi tsn tso tuk tum tup tur tut tvl twi tyv udm uga uig ukr umb und urd uzb vai ven vie vol
    vot wak wal war was wel wen wln wol xal xho yao yap yid yor ypk zap zbl zen zgh zha znd zul
    zun zxx zza
    """
)
"""Bibliographic codes of ISO 639-2; zxx stands for no linguistic content."""

THEMES_THESAURUS: Final = "GEMET - INSPIRE themes, version 1.0"
THEMES: Final = frozenset(
    {
        "Addresses", "Administrative units", "Agricultural and aquaculture facilities",
        "Area management/restriction/regulation zones and reporting units",
        "Atmospheric conditions", "Bio-geographical regions", "Buildings", "Cadastral parcels",
        "Coordinate reference systems", "Elevation", "Energy resources",
        "Environmental monitoring facilities", "Geographical grid systems",
        "Geographical names", "Geology", "Habitats and biotopes", "Human health and safety",
        "Hydrography", "Land cover", "Land use", "Meteorological geographical features",
        "Mineral resources", "Natural risk zones", "Oceanographic geographical features",
        "Orthoimagery", "Population distribution - demography",
        "Production and industrial facilities", "Protected sites", "Sea regions", "Soil",
        "Species distribution", "Statistical units", "Transport networks",
        "Utility and governmental services",
    }
)  # fmt: skip
"""The 34 spatial data themes, in the language of our records."""

_REGISTRY = "http://inspire.ec.europa.eu/metadata-codelist"
ACCESS_LIST: Final = f"{_REGISTRY}/LimitationsOnPublicAccess/"
ACCESS: Final = frozenset(
    {f"{ACCESS_LIST}noLimitations"}
    | {f"{ACCESS_LIST}INSPIRE_Directive_Article13_1{letter}" for letter in "abcdefgh"}
)
"""TG annex D.1."""
USE_LIST: Final = f"{_REGISTRY}/ConditionsApplyingToAccessAndUse/"
USE: Final = frozenset({f"{USE_LIST}noConditionsApply", f"{USE_LIST}conditionsUnknown"})
"""TG annex D.2."""

CRS_REGISTER: Final = "http://www.opengis.net/def/crs/"
DEFAULT_CRS: Final = frozenset(
    {f"{CRS_REGISTER}EPSG/0/{code}" for code in (3034, 3035, 4258, 4936, 4937)}
    | {f"{CRS_REGISTER}EPSG/0/{code}" for code in range(3038, 3052)}
    | {f"{CRS_REGISTER}EPSG/0/{code}" for code in (5715, 5730, 5861, 7409)}
    | {"http://codes.wmo.int/grib2/codeflag/4.2/_0-3-3"}
)
"""TG annex D.4, the default coordinate reference systems."""

INTEROPERABILITY_REGULATION: Final = (
    "Commission Regulation (EU) No 1089/2010 of 23 November 2010 implementing Directive "
    "2007/2/EC of the European Parliament and of the Council as regards interoperability of "
    "spatial data sets and services"
)
NETWORK_MODEL: Final = "INSPIRE Data Specifications - Base Models - Generic Network Model"
