"""Open the catalog, bring its schema up to date, and run transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session

from products.errors import NeedsOperator

_MIGRATION_LOCK = 0x5332474D


class Catalog:
    """A connection pool to the catalog database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url, **_engine_options(url))
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Run one transaction: all of it is committed, or nothing."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def view(self) -> Iterator[Session]:
        """Read one unchanging state of the catalog, without holding up those who write."""
        snapshot = self.engine.execution_options(**_reading(self.engine.dialect.name))
        with Session(snapshot, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Create or upgrade the schema; refuse a catalog of a newer version."""
        config = migration_config()
        scripts = ScriptDirectory.from_config(config)
        with self.engine.connect() as connection, _altering(connection):
            if self.engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            current = MigrationContext.configure(connection).get_current_revision()
            known = {script.revision for script in scripts.walk_revisions()}
            if current is not None and current not in known:
                raise NeedsOperator(
                    f"The catalog {self.engine.url!r} has schema {current}, which this version "
                    "does not know; install the version of S2GM that wrote it, or a newer one."
                )
            if current != scripts.get_current_head():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                _require_references(connection)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def migration_config() -> Config:
    """Return Alembic's configuration; the scripts lie beside this file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@contextmanager
def _altering(connection: sa.Connection) -> Iterator[None]:
    """Run a transaction that may change tables to which rows of other tables point.

    SQLite changes a rule of a table by making the table anew, which its foreign keys forbid while
    they are enforced, and they can be switched off only between transactions.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    _enforce_foreign_keys(connection, "OFF")
    try:
        with connection.begin():
            yield
    finally:
        _enforce_foreign_keys(connection, "ON")


def _enforce_foreign_keys(connection: sa.Connection, state: str) -> None:
    opened = connection.connection.driver_connection
    assert opened is not None  # noqa: S101 - it was just connected
    opened.execute(f"PRAGMA foreign_keys={state}")


def _require_references(connection: sa.Connection) -> None:
    """Make up for what was not enforced meanwhile."""
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise NeedsOperator(
            f"The catalog {connection.engine.url!r} cannot be upgraded: rows point to others that "
            "are not there. It is as it was; restore a backup."
        )


def now() -> datetime:
    """Return the present moment, UTC, for rows that record when something happened."""
    return datetime.now(UTC)


def database_clock(session: Session) -> float:
    """Return seconds since 1970 by the database's clock, which alone decides about leases."""
    dialect = session.get_bind().dialect.name
    text = (
        "SELECT (julianday('now') - 2440587.5) * 86400.0"
        if dialect == "sqlite"
        else "SELECT extract(epoch FROM clock_timestamp())"
    )
    return float(session.connection().execute(sa.text(text)).scalar_one())


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 60}}
    return {"pool_pre_ping": True}


def _reading(dialect: str) -> dict[str, Any]:
    if dialect == "sqlite":
        return {"s2gm_reading": True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Write-ahead log, enforced foreign keys, and writers that lock when they begin."""

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _began(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get("s2gm_reading", False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
