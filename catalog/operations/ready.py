"""Whether the catalog is one with which this version of the program can work."""

from functools import cache

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session

from catalog.engine import migration_config


def why_unready(session: Session) -> str | None:
    """Return why the catalog cannot be used, as a sentence, or None where it can.

    It names neither address nor user of the database: everybody may ask.
    """
    found = MigrationContext.configure(session.connection()).get_current_revision()
    if found == _head():
        return None
    if found is None:
        return (
            "The database has no catalog; look whether S2GM_DATABASE and --home are right, and "
            "start the hub again."
        )
    return (
        f"The catalog has schema {found}, and this hub works with {_head()}; stop the hub, and "
        "start the one of the version that upgraded the catalog."
    )


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(migration_config()).get_current_head()
