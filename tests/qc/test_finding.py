"""What the number of a finding is, what to do about it, and that of pieces the worst counts."""

import pytest

from qc.advice import advice
from qc.catalogue import RULES
from qc.finding import Finding, Verdict, joined
from qc.quantity import PIXELS, Quantity, Side, share
from qc.report import told
from qc.thresholds import RANGES

LOW, HIGH = "L1.5-quicklook", "L1.2-range"


def of(rule: str, verdict: Verdict, *values: float | None) -> Finding:
    """Join findings of pieces a, b, c ... with these numbers."""
    named = zip("abcdef", values, strict=False)
    return joined({p: [Finding(rule, verdict, f"{v}.", v, 0.5)] for p, v in named})[0]


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.WARN, Verdict.FAIL])
def test_the_worst_number_is_the_largest_or_the_smallest(verdict: Verdict) -> None:
    high, low = of(HIGH, verdict, 0.2, 0.9, 0.4), of(LOW, verdict, 0.2, 0.1, 0.4)
    assert (high.value, high.limit) == (0.9, 0.5)
    assert (low.value, low.limit) == (0.1, 0.5)


def test_the_piece_with_the_worst_number_is_named_first() -> None:
    assert of(HIGH, Verdict.FAIL, 0.6, 0.7, 0.8, 0.9).message == (
        "d: 0.9. a: 0.6. b: 0.7. And 1 more."
    )


def test_only_pieces_of_the_gravest_verdict_count() -> None:
    found = joined({
        "a": [Finding(LOW, Verdict.PASS, "Fine.", 0.0, 0.5)],
        "b": [Finding(LOW, Verdict.FAIL, "Bad.", 0.3, 0.5)],
        "c": [Finding(LOW, Verdict.SKIPPED, "Nothing there.")],
    })  # fmt: skip
    assert found == [Finding(LOW, Verdict.FAIL, "b: Bad.", 0.3, 0.5)]


def test_numbers_of_different_quantities_are_not_compared() -> None:
    dark, none = 0.1, 0.9
    pieces = {
        "a": [Finding("L1.2-offset", Verdict.FAIL, "Dark.", dark, 0.2)],
        "b": [Finding("L1.2-offset", Verdict.FAIL, "None.", none, 0.8, share("none"))],
    }
    (found,) = joined(pieces)
    assert (found.value, found.limit, found.quantity) == (dark, 0.2, None)
    (other,) = joined(dict(reversed(pieces.items())))
    assert (other.value, other.limit, other.quantity) == (none, 0.8, share("none"))


def test_a_piece_without_a_number_gives_none() -> None:
    found = of(HIGH, Verdict.FAIL, None, 0.6)
    assert (found.value, found.message) == (0.6, "b: 0.6. a: None.")
    assert of("L0.2-inspire", Verdict.PASS, None, None).value is None


def test_the_report_says_what_a_number_is() -> None:
    zenith = told(Finding("L1.1-zenith", Verdict.FAIL, "x", 12.0, 11.0))
    assert (zenith["quantity"], zenith["unit"]) == ("largest view zenith", "degrees")
    assert (zenith["side"], zenith["setting"]) == ("max", "S2GM_QC__VIEW_ZENITH")
    assert told(Finding(LOW, Verdict.FAIL, "x", 0.0, 0.1))["side"] == "min"
    words = told(Finding("L1.1-zenith", Verdict.SKIPPED, "x"))
    assert (words["quantity"], words["unit"], words["side"]) == (None, None, None)
    counted = told(Finding("L1.1-layers", Verdict.FAIL, "x", 3, 0, PIXELS))
    assert (counted["unit"], counted["setting"]) == ("pixels", None)


def test_every_setting_of_a_quantity_is_a_limit() -> None:
    for rule in RULES.values():
        assert not rule.limit or rule.limit in RANGES
    lowest = {rule.id for rule in RULES.values() if rule.quantity and rule.quantity.side == "min"}
    assert lowest == {"L1.2-offset", "L1.5-quicklook"}
    assert Quantity("x", "y", side=Side.MIN).worst([2, 1, 3]) == 1


def test_what_to_do_depends_on_the_verdict() -> None:
    said = {v: advice(Finding("L1.2-range", v, "x")) for v in Verdict}
    assert said[Verdict.PASS] == "Nothing."
    assert said[Verdict.SKIPPED].startswith("Nothing, if")
    assert said[Verdict.WARN].startswith(RULES["L1.2-range"].todo)
    assert "`s2gm reject`" in said[Verdict.WARN]
    assert "`s2gm release`" in said[Verdict.FAIL]
    granule = Finding("input.3-cloud", Verdict.WARN, "x")
    assert advice(granule) == RULES["input.3-cloud"].todo
