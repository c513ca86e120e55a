"""The products that the catalog knows, by name: where their files lie, and for whom they are."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from catalog.operations.words import revision_word
from catalog.quality_tables import ReportRow
from catalog.revision import name_of
from catalog.tables import MosaicRow, RevisionRow, RevisionState
from products.errors import BadInput
from products.naming import ProductName

_LARGEST = 2**31 - 1
"""Number that fits into the catalog."""


@dataclass(frozen=True)
class Delivered:
    """A composed revision as its files are served."""

    name: str
    product: str
    """Path of the base folder below the data root."""
    manifest: str
    """SHA-256 of the manifest."""
    state: str
    """``planned``, ``published``, ``stopped`` or ``rejected``."""
    is_published: bool
    """Whether readers may have it; what was stopped or taken back is for those who decide."""
    report: str | None
    """Path of the JSON report below the data root."""
    page: str | None
    """Path of the report for people below the data root."""


def delivered(session: Session, name: str) -> Delivered | None:
    """Return a composed product, None where the catalog has none of this very name.

    One statement.
    """
    try:
        number = ProductName.parse(name).number
    except BadInput:
        return None
    found = session.exec(
        select(MosaicRow, RevisionRow, ReportRow)
        .join(RevisionRow, col(RevisionRow.mosaic_id) == MosaicRow.id)
        .join(ReportRow, col(ReportRow.revision_id) == RevisionRow.id, isouter=True)
        .where(RevisionRow.number == min(number, _LARGEST))
    ).one_or_none()
    if found is None:
        return None
    mosaic, revision = found[:2]
    report: ReportRow | None = found[2]
    if not revision.product or name_of(mosaic, revision) != name:
        return None
    return Delivered(
        name=name,
        product=revision.product,
        manifest=revision.manifest or "",
        state=revision_word(revision.state),
        is_published=revision.state == RevisionState.PUBLISHED,
        report=report.path if report else None,
        page=report.page if report else None,
    )
