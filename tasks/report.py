"""Report: write what quality control found, for programs and for people, beside the products."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from catalog.engine import now
from catalog.quality import decisions, decisions_about
from catalog.reports import last_checked
from products.decision import Decision
from products.mosaic import MosaicKey
from products.naming import ProductName
from products.product import ProductFacts
from qc.comparison import Comparison
from qc.decided import amend_page, amend_report
from qc.evidence import gather
from qc.finding import Finding
from qc.page import render_page, report_stem
from qc.report import UNKNOWN, Known, render_report
from storage.local import replace_file
from tasks.known import known_product
from tasks.workshop import Workshop

_LOG = logging.getLogger(__name__)


def write_reports(
    reports: Path,
    folder: Path,
    facts: ProductFacts,
    findings: Sequence[Finding],
    reference: Path | None = None,
    checked: datetime | None = None,
    known: Known = UNKNOWN,
    comparisons: Sequence[Comparison] = (),
    not_compared: str = "",
) -> Path:
    """Write the reports of one piece of a product, and return the page.

    ``folder`` is the base folder of the product; ``reference`` that of another product of the same
    mosaic, such as the revision before; ``comparisons`` are those with it, and ``not_compared`` is
    why there are none though somebody asked; ``known`` is what the catalog knows. Readers see the
    reports of before or these, each whole. Layers that cannot be read are no error: the page says
    so.
    """
    moment = checked or now()
    evidence = gather(folder, facts, reference)
    stem = reports / report_stem(facts)
    page = Path(f"{stem}.html")
    own = [each for each in comparisons if each.place == facts.place]
    replace_file(page, render_page(facts, findings, evidence, moment, known))
    told = render_report(facts, findings, moment, own, not_compared, known)
    replace_file(Path(f"{stem}.json"), told)
    return page


def known_to_readers(workshop: Workshop | None, name: ProductName) -> Known:
    """Return what a report tells of a product beyond its files: all that the catalog knows."""
    known = known_product(workshop, name) if workshop else None
    if workshop is None or known is None:
        return UNKNOWN
    with workshop.catalog.transaction() as session:
        decided = decisions_about(session, known.revision.id)
    return Known(known.revision.ordinal, tuple(decided))


def settle_reports(workshop: Workshop) -> None:
    """Let the reports of every product tell what people decided about it.

    Those that tell it already are left alone; one that is gone or broken is no error, since the
    decision stands without it.
    """
    with workshop.catalog.transaction() as session:
        decided = decisions(session)
    by_product: dict[str, list[Decision]] = defaultdict(list)
    for one in decided:
        by_product[one.product].append(one)
    for product, own in by_product.items():
        _amend(workshop.reports / f"{product}.json", own)


def _amend(report: Path, decided: Sequence[Decision]) -> None:
    """Rewrite both reports of a product; that for programs, by which others tell, comes last."""
    page = report.with_name(f"{report.stem}.html")
    try:
        before = report.read_bytes()
        after = amend_report(before, decided)
        if after == before:
            return
        if page.exists():
            replace_file(page, amend_page(page.read_bytes(), decided))
        replace_file(report, after)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        _LOG.warning("%s cannot tell what was decided: %s", report, error)


def latest_report(workshop: Workshop, mosaic_id: int) -> tuple[MosaicKey, Path] | None:
    """Return a mosaic and the JSON report of its revision that was checked last, if any."""
    with workshop.catalog.transaction() as session:
        found = last_checked(session, mosaic_id)
    if found is None:
        return None
    key, product = found
    path = workshop.reports / f"{Path(product).name}.json"
    return (key, path) if path.exists() else None
