"""The building blocks of an INSPIRE record, and what may not go into one."""

import re
from typing import Any

from lxml.builder import ElementMaker

from metadata.inspire_schema import NAMESPACES
from products.errors import BadInput
from products.product import Contact

Element = Any

GMD = ElementMaker(namespace=NAMESPACES["gmd"], nsmap=NAMESPACES)
GMX = ElementMaker(namespace=NAMESPACES["gmx"], nsmap=NAMESPACES)
GCO = ElementMaker(namespace=NAMESPACES["gco"], nsmap=NAMESPACES)
NIL = f"{{{NAMESPACES['gco']}}}nilReason"
LANGUAGE_LIST = "http://www.loc.gov/standards/iso639-2/"
_HREF = f"{{{NAMESPACES['xlink']}}}href"
_LISTS = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_URL = re.compile(
    r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?"
    r"([/?#]([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*)?"
)
_SETTINGS = {
    "organisation": "S2GM_ORGANISATION",
    "email": "S2GM_EMAIL",
    "url": "S2GM_URL",
    "license_url": "S2GM_LICENSE_URL",
}


def check_contact(contact: Contact) -> None:
    """Raise BadInput where a record with this contact would break a requirement."""
    for field, setting in _SETTINGS.items():
        value: str = getattr(contact, field)
        if not value.strip():
            raise BadInput(f"{setting} is empty, but INSPIRE records must state it; set it.")
        _check_legal(value, setting)
        if field.endswith("url") and not _is_url(value):
            raise BadInput(
                f"{setting} is {value!r}, which is no web address; write it like "
                "https://s2gm.example.org/terms, other characters as %20."
            )


def text(name: str, value: str) -> Element:
    """Return an element of gmd with a text, or raise BadInput where XML cannot hold it."""
    _check_legal(value, f"The text of {name} in inspire.xml")
    return GMD(name, GCO.CharacterString(value))


def code(name: str, value: str, code_list: str | None = None) -> Element:
    """Return a value of a code list, of ISO 19139 unless another is named."""
    return GMD(name, value, codeList=code_list or f"{_LISTS}#{name}", codeListValue=value)


def anchor(href: str, label: str) -> Element:
    """Return a text that is also a link."""
    return GMX.Anchor(label, {_HREF: href})


def party(contact: Contact, role: str) -> Element:
    """Return organisation and e-mail address in a role."""
    address = GMD.CI_Address(text("electronicMailAddress", contact.email))
    return GMD.CI_ResponsibleParty(
        text("organisationName", contact.organisation),
        GMD.contactInfo(GMD.CI_Contact(GMD.address(address))),
        GMD.role(code("CI_RoleCode", role)),
    )


def date(day: str, kind: str) -> Element:
    """Return a date of publication, creation or revision; ``day`` is YYYY-MM-DD."""
    return GMD.date(
        GMD.CI_Date(GMD.date(GCO.Date(day)), GMD.dateType(code("CI_DateTypeCode", kind)))
    )


def _check_legal(value: str, what: str) -> None:
    found = _ILLEGAL.search(value)
    if found:
        raise BadInput(
            f"{what} contains the character U+{ord(found[0]):04X}, which XML cannot hold; "
            "remove it."
        )


def _is_url(value: str) -> bool:
    return bool(_URL.fullmatch(value)) and value.count("#") <= 1
