"""What people decided, put into reports that were written before."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from products.decision import Decision, Verb
from products.product import ProductFacts
from qc.decided import amend_page, amend_report
from qc.evidence import gather
from qc.finding import Finding, Verdict
from qc.page import render_page
from qc.report import Known, render_report
from tasks.produce import Assembled
from tasks.workshop import Workshop
from tests.qc.pages import accessible, self_contained, words

CHECKED = datetime(2026, 11, 28, 22, 1, 5, tzinfo=UTC)
HOSTILE = "</section><div class=\"opening\"><script>alert('x')</script> & \\1 \x00"
FINDINGS = [Finding("L1.1-scl", Verdict.FAIL, HOSTILE)]
REJECTED = Decision("P_2", 2, 2, Verb.REJECT, HOSTILE, "ann", CHECKED, standing=False)
RELEASED = Decision("P_2", 2, 2, Verb.RELEASE, "It is fine.", "bob", CHECKED, standing=True)


@pytest.fixture
def facts(made: tuple[Workshop, Assembled]) -> ProductFacts:
    return made[1].facts


@pytest.mark.parametrize("decisions", [(), (REJECTED,), (REJECTED, RELEASED)])
def test_what_is_put_in_later_is_what_would_have_been_written(
    product: Path, facts: ProductFacts, decisions: tuple[Decision, ...]
) -> None:
    evidence = gather(product, facts)
    plain, known = Known(2), Known(2, decisions)
    page = render_page(facts, FINDINGS, evidence, CHECKED, known=plain)
    report = render_report(facts, FINDINGS, CHECKED, known=plain)
    told = render_page(facts, FINDINGS, evidence, CHECKED, known=known)
    assert amend_page(page, decisions) == told
    assert amend_page(amend_page(page, [RELEASED]), decisions) == told
    assert amend_report(report, decisions) == render_report(facts, FINDINGS, CHECKED, known=known)
    self_contained(told)
    accessible(told)
    for one in decisions:
        said = f"{one.verb.done.capitalize()} by {one.decided_by} on 2026-11-28 22:01 UTC: "
        assert said in words(told)
    assert ("(stands no longer)" in words(told)) == bool(decisions)


def test_a_report_of_before_gets_its_decisions_too(product: Path, facts: ProductFacts) -> None:
    report = json.loads(render_report(facts, FINDINGS, CHECKED))
    del report["decisions"]
    amended = json.loads(amend_report(json.dumps(report).encode(), [RELEASED]))
    assert [one["decided_by"] for one in amended["decisions"]] == ["bob"]
    page = render_page(facts, FINDINGS, gather(product, facts), CHECKED)
    assert "Revision Product number" in words(page)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_report_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of json, of the decoder, and our own
        amend_report(text, [RELEASED])


def test_a_decision_in_words() -> None:
    assert str(RELEASED) == "released by bob on 2026-11-28 22:01 UTC: It is fine."
    again = replace(RELEASED, verb=Verb.RECOMPOSE)
    assert str(again).startswith("sent to be composed anew by bob on ")
