"""What an operator does about a finding, by its verdict."""

from qc.catalogue import RULES
from qc.finding import Finding, Verdict

_NOTHING = "Nothing."
_LOOK = "Nothing, if that is as it should be; the message says what the rule lacked."
_WARNED = "A warning stops nothing: `s2gm reject` takes the product back where it is bad."
_FAILED = (
    "A product that fails is not published; where it is good all the same, `s2gm release` "
    "publishes it."
)


def advice(finding: Finding) -> str:
    """Return what to do, in a sentence or more.

    Where a rule objects, that is what the catalogue says of it, and what its verdict means for the
    product; granules are never stopped by a verdict.
    """
    rule = RULES[finding.rule]
    if finding.verdict is Verdict.PASS:
        return _NOTHING
    if finding.verdict is Verdict.SKIPPED:
        return _LOOK
    if rule.level == "input":
        return rule.todo
    return f"{rule.todo} {_FAILED if finding.verdict is Verdict.FAIL else _WARNED}"
