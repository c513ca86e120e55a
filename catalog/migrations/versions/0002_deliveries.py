"""Deliveries cut from mosaics, one running number for all products, definitions of revisions"""

import sqlalchemy as sa
from alembic import op

import catalog.tables

revision = "0002"
down_revision = "0001"

_FIRST_DEFINITION = '{"algorithm": "1.1.0", "layout": "1.0.0", "threshold": 5}'


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute(
        "INSERT INTO counter (name, value) SELECT 'product', COALESCE(MAX(number), 0) FROM revision"
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ordered_at", catalog.tables.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "delivery_source",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.PrimaryKeyConstraint("delivery_id", "revision_id"),
    )
    # Catalogs of the first schema were all written with the first definition's defaults, unless
    # the operator chose another threshold; such revisions keep their identity and are told apart
    # by it.
    op.add_column(
        "revision",
        sa.Column("definition", sa.String(), nullable=False, server_default=_FIRST_DEFINITION),
    )
    # SQLite would have to drop and rebuild the table for this, which rows that point to it forbid.
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("revision", "definition", server_default=None)


def downgrade() -> None:
    raise RuntimeError("Downgrades are refused; restore a backup of the catalog instead.")
