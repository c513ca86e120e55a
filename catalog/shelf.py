"""What has been published, revision by revision, for the catalog that readers browse."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlmodel import Session, col, select

from catalog.revision import key_of
from catalog.tables import MosaicRow, RevisionRow, RevisionState
from products.mosaic import MosaicKey


@dataclass(frozen=True)
class ShelvedRevision:
    """A published revision."""

    id: str
    product: str
    """Path of the base folder below the data root."""
    published_at: datetime
    current: bool


def published_revisions(session: Session) -> list[tuple[MosaicKey, list[ShelvedRevision]]]:
    """Return every mosaic's published revisions, oldest first.

    One that was taken back is among them, never current: who has its item must learn that it is
    not to be used.
    """
    rows = session.exec(
        select(MosaicRow, RevisionRow)
        .join(RevisionRow, col(RevisionRow.mosaic_id) == MosaicRow.id)
        .where(
            (col(RevisionRow.state) == RevisionState.PUBLISHED)
            | (
                (col(RevisionRow.state) == RevisionState.REJECTED)
                & col(RevisionRow.published_at).is_not(None)
            )
        )
        .order_by(col(MosaicRow.id), col(RevisionRow.ordinal))
    ).all()
    return [
        (key, [_shelved(revision) for _, revision in group])
        for key, group in groupby(rows, key=lambda pair: key_of(pair[0]))
    ]


def _shelved(row: RevisionRow) -> ShelvedRevision:
    published = row.published_at or row.planned_at
    return ShelvedRevision(row.id, row.product or "", published, row.current)
