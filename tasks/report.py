"""Report: write what quality control found, for programs and for people, beside the products."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from catalog.engine import now
from catalog.reports import last_checked
from products.mosaic import MosaicKey
from products.product import ProductFacts
from qc.comparison import Comparison
from qc.evidence import gather
from qc.finding import Finding
from qc.page import render_page, report_stem
from qc.report import render_report
from storage.local import replace_file
from tasks.workshop import Workshop


def write_reports(
    reports: Path,
    folder: Path,
    facts: ProductFacts,
    findings: Sequence[Finding],
    reference: Path | None = None,
    checked: datetime | None = None,
    comparisons: Sequence[Comparison] = (),
    not_compared: str = "",
) -> Path:
    """Write the reports of one piece of a product, and return the page.

    ``folder`` is the base folder of the product; ``reference`` that of another product of the same
    mosaic, such as the revision before; ``comparisons`` are those with it, and ``not_compared`` is
    why there are none though somebody asked. Readers see the reports of before or these, each
    whole. Layers that cannot be read are no error: the page says so.
    """
    moment = checked or now()
    evidence = gather(folder, facts, reference)
    stem = reports / report_stem(facts)
    page = Path(f"{stem}.html")
    replace_file(page, render_page(facts, findings, evidence, moment))
    own = [each for each in comparisons if each.place == facts.place]
    replace_file(Path(f"{stem}.json"), render_report(facts, findings, moment, own, not_compared))
    return page


def latest_report(workshop: Workshop, mosaic_id: int) -> tuple[MosaicKey, Path] | None:
    """Return a mosaic and the JSON report of its revision that was checked last, if any."""
    with workshop.catalog.transaction() as session:
        found = last_checked(session, mosaic_id)
    if found is None:
        return None
    key, product = found
    path = workshop.reports / f"{Path(product).name}.json"
    return (key, path) if path.exists() else None
