"""The tables, with the rules that must hold even against a bug in our own code."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Moments with time zone; SQLite drops it, so it is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002, D102
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002, D102
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class GranuleState(StrEnum):
    """Where a granule stands."""

    TRACKED = "TRACKED"
    READY = "READY"
    SUPERSEDED = "SUPERSEDED"
    REJECTED = "REJECTED"


class MosaicState(StrEnum):
    """Where a mosaic stands."""

    DUE = "DUE"
    COMPOSING = "COMPOSING"
    PUBLISHED = "PUBLISHED"
    QUARANTINED = "QUARANTINED"
    """What its granules give was stopped by quality control."""
    REJECTED = "REJECTED"
    """What its granules give was rejected by a person."""
    FAILED = "FAILED"
    EMPTY = "EMPTY"


UNFINISHED = (MosaicState.DUE, MosaicState.FAILED, MosaicState.COMPOSING)
"""Mosaics that the next run settles."""


class RevisionState(StrEnum):
    """Where a revision stands; what was published is never changed again."""

    PLANNED = "PLANNED"
    PUBLISHED = "PUBLISHED"
    QUARANTINED = "QUARANTINED"
    """Stopped by quality control, until a person decides."""
    REJECTED = "REJECTED"
    """Stopped, or taken back, by a person; it keeps ``published_at`` where it was published."""


STOPPED = (RevisionState.QUARANTINED, RevisionState.REJECTED)
"""Revisions that readers do not get although they are composed."""


def one_of(column: str, words: type[StrEnum]) -> sa.CheckConstraint:
    """Return the rule that a column holds one of the words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class TileRow(SQLModel, table=True):
    """A tile and the ground its granules cover; every later granule must cover the same."""

    __tablename__ = "tile"
    name: str = Field(primary_key=True)
    epsg: int
    west: int
    north: int
    width: int
    height: int


class SourceRow(SQLModel, table=True):
    """How far a source has been read."""

    __tablename__ = "source"
    name: str = Field(primary_key=True)
    cursor: str | None = None
    seen_at: datetime = Field(sa_type=UtcDateTime)


class GranuleRow(SQLModel, table=True):
    """A delivered granule; rejected ones are kept with their reason."""

    __tablename__ = "granule"
    __table_args__ = (
        one_of("state", GranuleState),
        sa.CheckConstraint(
            "state = 'REJECTED' OR record IS NOT NULL", name="granule_described_unless_rejected"
        ),
        sa.CheckConstraint(
            "state NOT IN ('READY', 'SUPERSEDED') OR checksum IS NOT NULL",
            name="granule_ready_with_checksum",
        ),
        sa.CheckConstraint(
            "state <> 'REJECTED' OR reason IS NOT NULL", name="granule_rejected_with_reason"
        ),
        sa.Index("granule_by_tile_and_date", "tile", "state", "datatake_start"),
        sa.Index("granule_by_state", "state", "tracked_at"),
        sa.Index("granule_by_ingestion", "ingested_at"),
        sa.Index("granule_by_arrival", "tracked_at"),
        sa.Index("granule_by_pass", "tile", "datatake"),
        sa.Index(
            "granule_waiting",
            "state",
            "datatake_start",
            sqlite_where=sa.text("state = 'TRACKED'"),
            postgresql_where=sa.text("state = 'TRACKED'"),
        ),
    )
    id: str = Field(primary_key=True)
    source: str = Field(foreign_key="source.name")
    tile: str | None = None
    datatake: str | None = None
    datatake_start: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: str
    record: str | None = None
    fingerprint: str = ""
    checksum: str | None = None
    rule: str | None = None
    reason: str | None = None
    location: str = ""
    tracked_at: datetime = Field(sa_type=UtcDateTime)
    ingested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WithdrawalRow(SQLModel, table=True):
    """That a granule is not to be used, from a person's word until it is undone; rows stay."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="withdrawn_with_reason"),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody_then"
        ),
        sa.Index(
            "one_standing_withdrawal",
            "granule_id",
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    granule_id: str = Field(foreign_key="granule.id", index=True)
    reason: str
    withdrawn_by: str
    """User of the operating system."""
    withdrawn_at: datetime = Field(sa_type=UtcDateTime)
    undone_by: str | None = None
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_because: str | None = None


class DemandRow(SQLModel, table=True):
    """A standing demand: keep these periods and resolutions of a tile (``*``: any) current."""

    __tablename__ = "demand"
    tile: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    resolution: int = Field(primary_key=True)


class MosaicRow(SQLModel, table=True):
    """A mosaic in demand, its state and its lease."""

    __tablename__ = "mosaic"
    __table_args__ = (
        sa.UniqueConstraint("tile", "kind", "start", "resolution", name="one_row_per_mosaic"),
        one_of("state", MosaicState),
        sa.CheckConstraint("resolution IN (10, 20, 60)", name="resolution_known"),
        sa.CheckConstraint(
            "(state = 'COMPOSING') = (lease_owner IS NOT NULL)", name="composing_has_an_owner"
        ),
        sa.Index("mosaic_by_state", "state"),
        sa.Index("mosaic_by_waiting", "state", "due_since"),
        sa.Index("mosaic_by_tile", "tile", "state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    tile: str = Field(foreign_key="tile.name")
    kind: str
    start: date
    end: date
    resolution: int
    state: str = MosaicState.DUE
    reason: str | None = None
    wanted: int = 1
    """Raised whenever the set of usable granules changes."""
    due_since: datetime = Field(sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_until: float | None = None
    """Seconds since 1970 by the database's clock."""
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the present lease began, None where nobody composes it."""
    epoch: int = 0
    """Raised by every claim; the final transaction of an older claim matches no row."""


class RevisionRow(SQLModel, table=True):
    """One version of a mosaic with its frozen list of inputs."""

    __tablename__ = "revision"
    __table_args__ = (
        one_of("state", RevisionState),
        sa.UniqueConstraint("mosaic_id", "ordinal", name="one_revision_per_ordinal"),
        sa.CheckConstraint(
            "state <> 'PUBLISHED' OR (product IS NOT NULL AND manifest IS NOT NULL)",
            name="published_is_whole",
        ),
        sa.CheckConstraint("NOT current OR state = 'PUBLISHED'", name="current_is_published"),
        sa.Index("revision_by_state", "state", "published_at"),
        sa.Index(
            "one_current_revision",
            "mosaic_id",
            unique=True,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        ),
    )
    id: str = Field(primary_key=True)
    mosaic_id: int = Field(foreign_key="mosaic.id", index=True)
    number: int = Field(unique=True)
    """The running number of the product name."""
    ordinal: int
    """1 for the first revision of the mosaic."""
    state: str = RevisionState.PLANNED
    current: bool = False
    product: str | None = None
    """Path of the base folder below the data root."""
    manifest: str | None = None
    """SHA-256 of the manifest."""
    definition: str
    """What, besides the inputs, decided the bytes; JSON of ``products.mosaic.Definition``."""
    planned_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RevisionInputRow(SQLModel, table=True):
    """An input of a revision; ``position`` is the value in source_index."""

    __tablename__ = "revision_input"
    __table_args__ = (sa.UniqueConstraint("revision_id", "granule_id", name="no_input_twice"),)
    revision_id: str = Field(foreign_key="revision.id", primary_key=True)
    position: int = Field(primary_key=True)
    granule_id: str = Field(foreign_key="granule.id", index=True)
    checksum: str


class VerdictRow(SQLModel, table=True):
    """What a quality rule said about a revision."""

    __tablename__ = "verdict"
    revision_id: str = Field(foreign_key="revision.id", primary_key=True)
    rule: str = Field(primary_key=True)
    verdict: str
    message: str
    value: float | None = None
    """What was measured, where it is one number."""
    limit: float | None = None
    """The threshold that ``value`` was compared with."""
    checked_at: datetime = Field(sa_type=UtcDateTime)


class CounterRow(SQLModel, table=True):
    """A number that only grows; whoever takes one holds its row until the transaction ends."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True)
    value: int


class DeliveryRow(SQLModel, table=True):
    """An order cut from published mosaics; the same order from the same revisions is the same."""

    __tablename__ = "delivery"
    id: str = Field(primary_key=True)
    """Hash of the order and of the revisions from which it is cut."""
    number: int = Field(unique=True)
    """The running number of the product name, shared with the revisions."""
    name: str
    """Product name."""
    ordered_at: datetime = Field(sa_type=UtcDateTime)


class DeliverySourceRow(SQLModel, table=True):
    """A revision from which a delivery is cut."""

    __tablename__ = "delivery_source"
    delivery_id: str = Field(foreign_key="delivery.id", primary_key=True)
    revision_id: str = Field(foreign_key="revision.id", primary_key=True)
