"""Withdrawals of granules"""

import sqlalchemy as sa
from alembic import op

import catalog.tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("granule_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", catalog.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_at", catalog.tables.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_because", sa.String(), nullable=True),
        sa.CheckConstraint("reason <> ''", name="withdrawn_with_reason"),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody_then"
        ),
        sa.ForeignKeyConstraint(["granule_id"], ["granule.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_withdrawal_granule_id", "withdrawal", ["granule_id"], unique=False)
    op.create_index(
        "one_standing_withdrawal",
        "withdrawal",
        ["granule_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )


def downgrade() -> None:
    raise RuntimeError("Downgrades are refused; restore a backup of the catalog instead.")
