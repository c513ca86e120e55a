"""Fill a new catalog with many rows quickly: without indexes, references and waiting for the disk.

What comes of it is a catalog as the service would have written it row by row; the indexes are made
again at the end, and PostgreSQL counts what there is, as it does by itself in a running service.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from catalog.engine import Catalog

Row = tuple[str, tuple[Any, ...]]
"""Name of a table, and values in the order of its columns, without the id where the database gives
that; moments and dates are text, UTC."""
_BATCH = 20_000


def write(catalog: Catalog, rows: Iterable[Row]) -> dict[str, int]:
    """Write rows into an empty catalog, and return how many each table got."""
    counts: dict[str, int] = defaultdict(int)
    with _unhindered(catalog) as connection:
        remaining = iter(rows)
        while batch := list(islice(remaining, _BATCH)):
            of_table = defaultdict(list)
            for table, values in batch:
                of_table[table].append(values)
            for table, some in of_table.items():
                _insert(connection, SQLModel.metadata.tables[table], some)
                counts[table] += len(some)
    if catalog.engine.dialect.name == "postgresql":
        with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.exec_driver_sql("VACUUM ANALYZE")
    return dict(counts)


@contextmanager
def _unhindered(catalog: Catalog) -> Iterator[sa.Connection]:
    indexes = [index for table in SQLModel.metadata.sorted_tables for index in table.indexes]
    sqlite = catalog.engine.dialect.name == "sqlite"
    with catalog.engine.connect() as connection:
        if sqlite:
            opened: Any = connection.connection.driver_connection
            for pragma in ("foreign_keys=OFF", "journal_mode=OFF", "cache_size=-1000000"):
                opened.execute(f"PRAGMA {pragma}")
        with connection.begin():
            if not sqlite:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
                connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
            for index in indexes:
                index.drop(connection)
            yield connection
            for index in indexes:
                index.create(connection)
    catalog.engine.dispose()  # with what was changed for the connection alone


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    opened: Any = connection.connection.driver_connection
    columns = list(table.columns)[-len(rows[0]) :]
    names = ", ".join(f'"{column.name}"' for column in columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        opened.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', rows)
        return
    with opened.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
