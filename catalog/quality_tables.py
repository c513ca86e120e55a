"""The tables of quality: what rules say of granules, reports, and what people decide."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from catalog.tables import UtcDateTime, one_of
from products.decision import Verb


class CheckVerdict(StrEnum):
    """What a quality rule says; the words are those of ``qc.finding.Verdict``."""

    SKIPPED = "SKIPPED"
    PASS = "PASS"  # noqa: S105 - not a password
    WARN = "WARN"
    FAIL = "FAIL"


class GranuleCheckRow(SQLModel, table=True):
    """What a rule of input quality control said about a granule."""

    __tablename__ = "granule_check"
    __table_args__ = (one_of("verdict", CheckVerdict),)
    granule_id: str = Field(foreign_key="granule.id", primary_key=True)
    rule: str = Field(primary_key=True)
    verdict: str
    message: str
    value: float | None = None
    limit: float | None = None
    checked_at: datetime = Field(sa_type=UtcDateTime)


class GranuleStatisticRow(SQLModel, table=True):
    """What a band of an accepted granule was like; ``products.measured.BandStatistic``."""

    __tablename__ = "granule_statistic"
    granule_id: str = Field(foreign_key="granule.id", primary_key=True)
    band: str = Field(primary_key=True)
    pixels: int
    unusable: float
    p10: float | None = None
    p25: float | None = None
    p50: float | None = None
    p75: float | None = None
    p90: float | None = None


class ReportRow(SQLModel, table=True):
    """The quality report of a revision."""

    __tablename__ = "report"
    __table_args__ = (
        one_of("verdict", CheckVerdict),
        sa.Index("report_by_moment", "checked_at", "verdict"),
    )
    revision_id: str = Field(foreign_key="revision.id", primary_key=True)
    verdict: str
    """The gravest of its rules."""
    path: str
    """Path of the JSON below the data root."""
    page: str | None = None
    """Path of the page for people below the data root."""
    checked_at: datetime = Field(sa_type=UtcDateTime)


class DecisionRow(SQLModel, table=True):
    """What a person decided about a revision, and why; rows stay."""

    __tablename__ = "decision"
    __table_args__ = (
        one_of("verb", Verb),
        sa.CheckConstraint("reason <> ''", name="decided_with_reason"),
        sa.Index(
            "one_standing_decision",
            "revision_id",
            unique=True,
            sqlite_where=sa.text("standing"),
            postgresql_where=sa.text("standing"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    revision_id: str = Field(foreign_key="revision.id", index=True)
    verb: str
    reason: str
    decided_by: str
    """User of the operating system."""
    decided_at: datetime = Field(sa_type=UtcDateTime)
    standing: bool
    """Whether it still says how the revision stands: no later decision or check replaced it."""
