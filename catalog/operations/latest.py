"""The last publications."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from catalog.operation_tables import PublicationRow
from catalog.revision import key_of
from catalog.tables import MosaicRow, RevisionRow
from products.mosaic import MosaicKey


@dataclass(frozen=True)
class Published:
    """A revision that was shown to readers."""

    key: MosaicKey
    product: str
    """Its name."""
    ordinal: int
    """1 for the first revision of the mosaic."""
    current: bool
    """Whether readers get it now."""
    source: str
    """Of its newest granule."""
    published_at: datetime
    from_sensing: float
    """Seconds."""
    from_visible: float
    """Seconds."""
    from_archive: bool
    """Whether its newest granule came from an archive, so that the times tell nothing."""


def last_published(session: Session, limit: int) -> tuple[Published, ...]:
    """Return the last publications, the newest first, in one statement."""
    newest = (
        select(PublicationRow, RevisionRow, MosaicRow)
        .join(RevisionRow, col(RevisionRow.id) == PublicationRow.revision_id)
        .join(MosaicRow, col(MosaicRow.id) == PublicationRow.mosaic_id)
        .order_by(col(PublicationRow.published_at).desc(), col(PublicationRow.id).desc())
        .limit(limit)
    )
    return tuple(_published(*row) for row in session.exec(newest))


def _published(row: PublicationRow, revision: RevisionRow, mosaic: MosaicRow) -> Published:
    return Published(
        key=key_of(mosaic),
        product=(revision.product or "").rpartition("/")[2],
        ordinal=revision.ordinal,
        current=revision.current,
        source=row.source,
        published_at=row.published_at,
        from_sensing=(row.published_at - row.sensed_at).total_seconds(),
        from_visible=(row.published_at - row.tracked_at).total_seconds(),
        from_archive=row.from_archive,
    )
