"""Publications: that a revision was shown to readers, and how long its newest granule took."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from catalog.operation_tables import PublicationRow
from catalog.revision import current_revision
from catalog.tables import GranuleRow, MosaicRow, RevisionInputRow, RevisionRow
from products.service import ARCHIVE_AFTER


def record_publication(session: Session, revision: RevisionRow, mosaic: MosaicRow) -> None:
    """Record that a revision is published now, before it takes the place of the current one.

    What it tells of timeliness is that of the granule tracked last among those that the current
    revision lacks. One that brings no granule, as after a withdrawal, is recorded with the last
    of all its inputs and as from the archive, because nobody waited for it.
    """
    before = current_revision(session, mosaic.id or 0)
    fresh = new_inputs(session, revision.id, before.id if before else None)
    newest = fresh[0] if fresh else new_inputs(session, revision.id, None)[0]
    assert newest.datatake_start is not None  # noqa: S101 - it was decoded
    late = newest.tracked_at - newest.datatake_start > ARCHIVE_AFTER
    assert revision.published_at is not None  # noqa: S101 - it is published
    session.add(
        PublicationRow(
            revision_id=revision.id,
            mosaic_id=mosaic.id or 0,
            tile=mosaic.tile,
            source=newest.source,
            sensed_at=newest.datatake_start,
            tracked_at=newest.tracked_at,
            published_at=revision.published_at,
            from_archive=late or not fresh,
        )
    )
    session.flush()


def new_inputs(session: Session, revision_id: str, before: str | None) -> list[GranuleRow]:
    """Return the inputs that the revision ``before`` lacks, the one tracked last first."""
    known = sa.orm.aliased(RevisionInputRow)
    query = (
        select(GranuleRow)
        .join(RevisionInputRow, col(RevisionInputRow.granule_id) == GranuleRow.id)
        .where(RevisionInputRow.revision_id == revision_id)
        .order_by(col(GranuleRow.tracked_at).desc(), col(GranuleRow.id))
    )
    if before is not None:
        query = query.where(
            ~select(known.granule_id)
            .where(
                known.revision_id == before,
                known.granule_id == RevisionInputRow.granule_id,
                known.checksum == RevisionInputRow.checksum,
            )
            .exists()
        )
    return list(session.exec(query))
