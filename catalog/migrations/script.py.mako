"""${message}"""

import sqlalchemy as sa
from alembic import op
import catalog.tables
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise RuntimeError("Downgrades are refused; restore a backup of the catalog instead.")
