"""Which revision of a mosaic quality control looked at last."""

from sqlmodel import Session, col, select

from catalog.revision import key_of
from catalog.tables import MosaicRow, RevisionRow, VerdictRow
from products.mosaic import MosaicKey


def last_checked(session: Session, mosaic_id: int) -> tuple[MosaicKey, str] | None:
    """Return a mosaic and the product path, below the data root, of the revision checked last."""
    found = session.exec(
        select(MosaicRow, RevisionRow.product)
        .join(RevisionRow, col(RevisionRow.mosaic_id) == MosaicRow.id)
        .join(VerdictRow, col(VerdictRow.revision_id) == RevisionRow.id)
        .where(MosaicRow.id == mosaic_id, col(RevisionRow.product).is_not(None))
        .order_by(col(VerdictRow.checked_at).desc(), col(RevisionRow.ordinal).desc())
    ).first()
    return (key_of(found[0]), found[1] or "") if found else None
