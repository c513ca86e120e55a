"""Rules for INSPIRE records: one per requirement of the Technical Guidance, version 2.0.

A raster data set has to meet the common requirements (C.1 to C.22), those of baseline metadata
(1.1 to 1.11) and those of interoperability metadata (2.1 to 2.8). The rules follow the public
abstract test suite (repository inspire-eu-validation/metadata) and, where its page is silent or
wrong, the text of the guidance. Requirements 3 to 7 are about services, which we do not describe.
"""

from dataclasses import dataclass

from lxml import etree

from metadata.inspire_rules import data_sets, interoperability, record, resource
from metadata.inspire_rules.rule import Rule
from metadata.inspire_schema import parse_record

__all__ = ["RULES", "Problem", "Rule", "check_inspire"]

RULES = (*record.RULES, *resource.RULES, *data_sets.RULES, *interoperability.RULES)
"""In order of their numbers."""


@dataclass(frozen=True)
class Problem:
    """What a record has wrong."""

    requirement: str
    """Number of the requirement, such as C.17."""
    message: str
    """One sentence."""

    def __str__(self) -> str:
        """Render for a report."""
        return f"TG requirement {self.requirement}: {self.message}"


def check_inspire(data: bytes) -> list[Problem]:
    """Check a record against all requirements; return the problems in order of the numbers.

    Of a document that is no record at all only that is said, as the other requirements are
    about what a record contains.
    """
    try:
        parsed = parse_record(data)
    except etree.XMLSyntaxError as error:
        return [Problem("C.1", f"The record is not well-formed XML: {error.msg}.")]
    root = record.root_element
    rules = (root,) if any(root.check(parsed)) else RULES
    return [Problem(rule.number, sentence) for rule in rules for sentence in rule.check(parsed)]
