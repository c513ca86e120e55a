"""What a rule is, and how rules look into a record."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from metadata.inspire_schema import NAMESPACES, Record

Check = Callable[[Record], Iterator[str]]
HREF = f"{{{NAMESPACES['xlink']}}}href"
NIL = f"{{{NAMESPACES['gco']}}}nilReason"
TYPE = f"{{{NAMESPACES['xsi']}}}type"
_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$")


@dataclass(frozen=True)
class Rule:
    """One requirement of the INSPIRE Technical Guidance for metadata, version 2.0."""

    number: str
    """As in the guidance: C.1 to C.22, 1.1 to 1.11, 2.1 to 2.8."""
    title: str
    check: Check
    """Takes the record, yields a sentence for each problem."""


def rule(number: str, title: str) -> Callable[[Check], Rule]:
    """Make a rule of a function."""
    return lambda check: Rule(number, title, check)


def every(element: Record, path: str) -> list[Record]:
    """Return all elements on an XPath, with the prefixes of ISO 19139."""
    found: list[Record] = element.xpath(path, namespaces=NAMESPACES)
    return found


def data(path: str) -> str:
    """Return the XPath of something within the identification of the data set."""
    return f"gmd:identificationInfo/gmd:MD_DataIdentification/{path}"


def text_of(element: Record, path: str = ".") -> str:
    """Return the trimmed text of the first element on a path, empty where there is none."""
    text: str = element.xpath(f"normalize-space({path})", namespaces=NAMESPACES)
    return text


def code_of(element: Record, path: str) -> str:
    """Return the codeListValue of the first element on a path, empty where there is none."""
    return text_of(element, f"{path}/@codeListValue")


def is_date(text: str) -> bool:
    """Tell whether a text is a date, or date and time, of ISO 8601 as the guidance writes it."""
    return bool(_DATE.match(text))


def in_list(code: Record, name: str) -> bool:
    """Tell whether an element refers to a code list of ISO 19139, such as CI_DateTypeCode."""
    address: str = code.get("codeList", "")
    return address.endswith(f"gmxCodelists.xml#{name}")


def near(element: Record) -> str:
    """Name an element in a sentence: its tag and, if known, its line."""
    tag = element.tag.rpartition("}")[2]
    return f"{tag} (line {element.sourceline})" if element.sourceline else tag
