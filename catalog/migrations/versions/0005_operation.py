"""Workers, troubles, actions, accounts and publications: what the operation is shown from"""

import sqlalchemy as sa
from alembic import op

import catalog.tables

revision = "0005"
down_revision = "0004"

_OPEN = sa.text("ended_at IS NULL")
_ENDED = sa.text("ended_at IS NOT NULL")
_SHOWN = sa.text("ended_at IS NULL AND dismissed_at IS NULL")
_TRACKED = sa.text("state = 'TRACKED'")


def upgrade() -> None:
    _create_workers_and_troubles()
    _create_actions_and_accounts()
    _create_publications()
    op.add_column("mosaic", sa.Column("claimed_at", _moment(), nullable=True))
    op.create_index("granule_by_state", "granule", ["state", "tracked_at"])
    op.create_index("granule_by_ingestion", "granule", ["ingested_at"])
    op.create_index("granule_by_arrival", "granule", ["tracked_at"])
    op.create_index("mosaic_by_waiting", "mosaic", ["state", "due_since"])
    op.create_index("mosaic_by_tile", "mosaic", ["tile", "state"])
    op.create_index("revision_by_state", "revision", ["state", "published_at"])
    op.create_index("granule_by_pass", "granule", ["tile", "datatake"])
    op.create_index(
        "granule_waiting",
        "granule",
        ["state", "datatake_start"],
        sqlite_where=_TRACKED,
        postgresql_where=_TRACKED,
    )
    op.create_index("report_by_moment", "report", ["checked_at", "verdict"])
    _open_troubles_that_stand()


def _moment() -> catalog.tables.UtcDateTime:
    return catalog.tables.UtcDateTime(timezone=True)


def _create_workers_and_troubles() -> None:
    op.create_table(
        "worker",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", _moment(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("beat_seconds", sa.Float(), nullable=False),
        sa.Column("doing", sa.String(), nullable=False),
        sa.Column("ended_at", _moment(), nullable=True),
        sa.Column("died", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_worker_seen_at", "worker", ["seen_at"])
    op.create_table(
        "trouble",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("tile", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("since", _moment(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("dismissed_at", _moment(), nullable=True),
        sa.Column("ended_at", _moment(), nullable=True),
        sa.CheckConstraint("kind IN ('SOURCE', 'GRANULE', 'MOSAIC', 'RUN')", name="kind_known"),
    )
    op.create_index(
        "one_open_trouble",
        "trouble",
        ["kind", "subject"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("trouble_by_since", "trouble", ["since"])
    op.create_index(
        "trouble_by_end", "trouble", ["ended_at"], sqlite_where=_ENDED, postgresql_where=_ENDED
    )
    op.create_index("trouble_by_sight", "trouble", ["seen_at"])
    for name, columns in (
        ("trouble_shown", ["since"]),
        ("trouble_shown_by_kind", ["kind", "since"]),
    ):
        op.create_index(name, "trouble", columns, sqlite_where=_SHOWN, postgresql_where=_SHOWN)


def _create_actions_and_accounts() -> None:
    verbs = "'RETRY', 'DISMISS', 'RELEASE', 'REJECT', 'RECOMPOSE', 'WITHDRAW', 'RESTORE', 'ACCOUNT'"
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("verb", "subject", "reason")),
        sa.Column("done_by", sa.String(), nullable=False),
        sa.Column("done_at", _moment(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.CheckConstraint(f"verb IN ({verbs})", name="verb_known"),
        sa.CheckConstraint("reason <> ''", name="done_with_reason"),
    )
    op.create_index("action_by_moment", "action", ["done_at"])
    op.create_index("action_by_subject", "action", ["subject"])
    op.create_table(
        "account",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("operator", sa.Boolean(), nullable=False),
        sa.Column("made_at", _moment(), nullable=False),
        sa.Column("closed_at", _moment(), nullable=True),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account", sa.String(), sa.ForeignKey("account.name"), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        *(sa.Column(n, _moment(), nullable=False) for n in ("made_at", "seen_at", "until")),
        sa.Column("ended_at", _moment(), nullable=True),
    )
    op.create_index("ix_sign_in_account", "sign_in", ["account"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("tried_at", _moment(), nullable=False),
    )
    op.create_index("attempt_by_account", "attempt", ["account", "tried_at"])
    op.create_index("attempt_by_address", "attempt", ["address", "tried_at"])


def _create_publications() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("revision_id", sa.String(), sa.ForeignKey("revision.id"), nullable=False),
        sa.Column("mosaic_id", sa.Integer(), sa.ForeignKey("mosaic.id"), nullable=False),
        sa.Column("tile", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sensed_at", _moment(), nullable=False),
        sa.Column("tracked_at", _moment(), nullable=False),
        sa.Column("published_at", _moment(), nullable=False),
        sa.Column("from_archive", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_publication_revision_id", "publication", ["revision_id"])
    op.create_index("ix_publication_mosaic_id", "publication", ["mosaic_id"])
    op.create_index("publication_by_moment", "publication", ["published_at"])


def _open_troubles_that_stand() -> None:
    """Tell of what was rejected or failed before there was a table of troubles."""
    op.execute(
        """
        INSERT INTO trouble (kind, subject, tile, rule, message, since, seen_at, times)
        SELECT 'GRANULE', id, tile, rule, reason, tracked_at, tracked_at, 1
        FROM granule WHERE state = 'REJECTED'
        """
    )
    op.execute(
        """
        INSERT INTO trouble (kind, subject, tile, message, since, seen_at, times)
        SELECT 'MOSAIC',
               tile || ' ' || kind || ' ' || CAST(start AS VARCHAR) || ' '
                    || CAST(resolution AS VARCHAR) || ' m',
               tile, COALESCE(reason, 'It could not be composed.'), due_since, due_since, 1
        FROM mosaic WHERE state = 'FAILED'
        """
    )


def downgrade() -> None:
    raise RuntimeError("Downgrades are refused; restore a backup of the catalog instead.")
