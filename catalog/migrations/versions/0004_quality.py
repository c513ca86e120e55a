"""Quality of granules and revisions, and what people decide about revisions"""

import sqlalchemy as sa
from alembic import op

import catalog.tables

revision = "0004"
down_revision = "0003"

_VERDICTS = "verdict IN ('SKIPPED', 'PASS', 'WARN', 'FAIL')"
_REVISION = "state IN ('PLANNED', 'PUBLISHED', 'QUARANTINED', 'REJECTED')"
_MOSAIC = "state IN ('DUE', 'COMPOSING', 'PUBLISHED', 'QUARANTINED', 'REJECTED', 'FAILED', 'EMPTY')"


def upgrade() -> None:
    _allow_states("revision", _REVISION)
    _allow_states("mosaic", _MOSAIC)
    op.add_column("verdict", sa.Column("value", sa.Float(), nullable=True))
    op.add_column("verdict", sa.Column("limit", sa.Float(), nullable=True))
    _create_tables_of_granules()
    _create_tables_of_revisions()


def _allow_states(table: str, words: str) -> None:
    """SQLite cannot alter a check, so there the table is made anew and its rows are copied."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint("state_known", type_="check")
        batch.create_check_constraint("state_known", words)


def _create_tables_of_granules() -> None:
    op.create_table(
        "granule_check",
        sa.Column("granule_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("limit", sa.Float(), nullable=True),
        sa.Column("checked_at", catalog.tables.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_VERDICTS, name="verdict_known"),
        sa.ForeignKeyConstraint(["granule_id"], ["granule.id"]),
        sa.PrimaryKeyConstraint("granule_id", "rule"),
    )
    op.create_table(
        "granule_statistic",
        sa.Column("granule_id", sa.String(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("pixels", sa.Integer(), nullable=False),
        sa.Column("unusable", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("p10", "p25", "p50")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("p75", "p90")),
        sa.ForeignKeyConstraint(["granule_id"], ["granule.id"]),
        sa.PrimaryKeyConstraint("granule_id", "band"),
    )


def _create_tables_of_revisions() -> None:
    op.create_table(
        "report",
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=True),
        sa.Column("checked_at", catalog.tables.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_VERDICTS, name="verdict_known"),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.PrimaryKeyConstraint("revision_id"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", catalog.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.CheckConstraint("verb IN ('RELEASE', 'REJECT', 'RECOMPOSE')", name="verb_known"),
        sa.CheckConstraint("reason <> ''", name="decided_with_reason"),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_decision_revision_id", "decision", ["revision_id"], unique=False)
    op.create_index(
        "one_standing_decision",
        "decision",
        ["revision_id"],
        unique=True,
        sqlite_where=sa.text("standing"),
        postgresql_where=sa.text("standing"),
    )


def downgrade() -> None:
    raise RuntimeError("Downgrades are refused; restore a backup of the catalog instead.")
