"""The summary in Markdown shows every objection, and only as words."""

from pathlib import Path

from qc.catalogue import RULES
from qc.finding import Finding, Verdict
from qc.report import headline, told
from qc.summary import render_summary

HOSTILE = "<script>alert(1)</script> | `a` [x](http://y) **b** \n# c"


def summary(*findings: Finding) -> str:
    report = {
        "product": "S2GM_X",
        "verdict": headline(findings).verdict,
        "headline": str(headline(findings)),
        "checked": "2026-11-28T22:01:05Z",
        "findings": [told(finding) for finding in findings],
    }
    return render_summary(report, Path("/data/qc/S2GM_X.html"))


def test_a_product_that_passed() -> None:
    lines = summary(Finding("L0.1-complete", Verdict.PASS, "As it should be.")).splitlines()
    assert lines[0] == "# \N{CHECK MARK} S2GM\\_X"
    assert lines[2] == "Passed. 1 rule looked, and none objected."
    assert "| L0 Integrity | 0 | 0 | 1 | 0 |" in lines
    assert lines[-1].endswith("The full report: `/data/qc/S2GM_X.html`")


def test_what_objects_is_told_with_what_to_do() -> None:
    text = summary(
        Finding("L1.1-scl", Verdict.FAIL, "Broken at 3 pixels."),
        Finding("L1.1-zenith", Verdict.WARN, "Nearly."),
    )
    assert "failed: **SCL only in the valid set** (`L1.1-scl`): Broken at 3 pixels. This is" in text
    assert "warning: **View zenith below the limit** (`L1.1-zenith`): Nearly." in text
    assert f"{RULES['L1.1-scl'].todo} A product that fails is not published" in text
    assert f"{RULES['L1.1-zenith'].todo} A warning stops nothing" in text


def test_hostile_words_are_no_markup() -> None:
    text = summary(Finding("L1.1-scl", Verdict.FAIL, HOSTILE))
    assert "<script>" not in text.replace("\\<", "")
    assert (
        "\\<script\\>alert(1)\\</script\\> \\| \\`a\\` \\[x\\](http://y) \\*\\*b\\*\\*  # c" in text
    )
    assert not any(line.startswith("# c") for line in text.splitlines())
