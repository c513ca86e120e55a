"""What people decided about a product, in reports that were written when it was checked.

The rest of a report stays as it is, byte for byte: it tells of the check, which a decision does not
change.
"""

import json
import re
from collections.abc import Sequence

from products.decision import Decision, all_records
from qc.html import render

_PLACE = re.compile(
    rb'(?:<section id="decided".*?</section>\n)?(?=<div class="opening">)', re.DOTALL
)
"""Where the page tells it: what is told there now, or the place for it. All that comes from others
is escaped, so it cannot be found there by accident."""


def amend_page(page: bytes, decisions: Sequence[Decision]) -> bytes:
    """Return a page for people that tells these decisions, the last of them last."""
    told = render("decided.html", decisions=decisions)
    return _PLACE.sub(lambda _: told, page, count=1)


def amend_report(report: bytes, decisions: Sequence[Decision]) -> bytes:
    """Return a report for programs that tells these decisions; raises ValueError if it is none."""
    document = json.loads(report)
    if not isinstance(document, dict):
        raise ValueError("it is no report")
    document["decisions"] = all_records(decisions)
    return render_json(document)


def render_json(document: object) -> bytes:
    """Render a report for programs, always in the same way."""
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()
