"""The report for programs, and that the documents agree with the catalogue."""

import json
import math
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from docs import make_quality
from products.product import ProductFacts
from qc.catalogue import LEVELS, RULES
from qc.finding import Finding, Verdict
from qc.report import headline, render_report
from qc.thresholds import Thresholds
from tasks.produce import Assembled
from tasks.workshop import Workshop
from tests.qc.conftest import Check
from tests.qc.pages import SCHEMA

CHECKED = datetime(2026, 11, 28, 22, 1, 5, tzinfo=UTC)


@pytest.fixture
def facts(made: tuple[Workshop, Assembled]) -> ProductFacts:
    return made[1].facts


def validated(report: bytes) -> dict[str, object]:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document: dict[str, object] = json.loads(report)
    jsonschema.validate(document, SCHEMA)
    return document


def test_a_report_follows_its_schema(product: Path, facts: ProductFacts, check: Check) -> None:
    findings = check(product)
    report = validated(render_report(facts, findings, CHECKED))
    assert report["product"] == product.name
    assert report["verdict"] == "PASS"
    assert report["checked"] == "2026-11-28T22:01:05Z"
    assert len(report["findings"]) == len(findings)  # type: ignore[arg-type]
    assert render_report(facts, findings, CHECKED) == render_report(facts, findings[::-1], CHECKED)


def test_numbers_that_json_lacks_are_null(facts: ProductFacts) -> None:
    findings = [Finding("L1.1-zenith", Verdict.FAIL, "None.", math.nan, math.inf)]
    (finding,) = validated(render_report(facts, findings, CHECKED))["findings"]  # type: ignore[misc]
    assert (finding["value"], finding["limit"]) == (None, None)
    assert finding["setting"] == "S2GM_QC__VIEW_ZENITH"


def test_rules_without_a_finding_are_named(facts: ProductFacts) -> None:
    left = validated(render_report(facts, [Finding("L1.1-scl", Verdict.PASS, "")], CHECKED))
    products = [rule.id for rule in RULES.values() if rule.level != "input"]
    assert left["not_run"] == [rule for rule in products if rule != "L1.1-scl"]


def test_the_headline_names_everything_that_objects() -> None:
    findings = [
        Finding("L1.1-index", Verdict.WARN, "Hm."),
        Finding("L1.1-scl", Verdict.FAIL, "No."),
        Finding("L0.1-complete", Verdict.SKIPPED, "Eh."),
    ]
    assert str(headline(findings)) == (
        "Stopped. Of 2 rules that looked, 1 rule failed and 1 rule warned. 1 rule could not look. "
        "L1.1-scl, SCL only in the valid set: No. L1.1-index, source_index inside the list: Hm."
    )


def test_the_documents_list_the_catalogue() -> None:
    page = make_quality.PAGE.read_text(encoding="utf-8")
    assert make_quality.filled(page) == page, "run python -m docs.make_quality"
    for rule in RULES.values():
        assert f"`{rule.id}`" in page


def test_every_rule_belongs_to_a_chapter_and_its_limit_is_a_setting() -> None:
    names = {field.name for field in fields(Thresholds)}
    for rule in RULES.values():
        assert rule.level in LEVELS
        assert not rule.limit or rule.limit in names


def test_the_documents_name_every_key() -> None:
    page = make_quality.PAGE.read_text(encoding="utf-8")
    objects = [SCHEMA, *(each for each in SCHEMA["$defs"].values() if "properties" in each)]
    for key in {key for each in objects for key in each["properties"]}:
        assert f"`{key}`" in page, key


def test_the_example_of_the_documents_has_every_key() -> None:
    page = make_quality.PAGE.read_text(encoding="utf-8")
    example = page.partition("```json\n")[2].partition("```")[0]
    assert [*validated(example.encode())] == [*SCHEMA["properties"]]
