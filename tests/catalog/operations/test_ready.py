"""Whether the catalog is one with which the program can work."""

import sqlalchemy as sa

from catalog.engine import Catalog
from catalog.operations.ready import why_unready


def reason(catalog: Catalog) -> str | None:
    with catalog.view() as session:
        return why_unready(session)


def test_a_catalog_of_this_version_is_ready(catalog: Catalog) -> None:
    assert reason(catalog) is None


def test_a_catalog_that_another_version_upgraded_is_not(catalog: Catalog) -> None:
    with catalog.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    found = reason(catalog)
    assert found is not None
    assert found.startswith("The catalog has schema 9999, and this hub works with 0")


def test_a_database_without_a_catalog_is_not(catalog: Catalog) -> None:
    with catalog.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
    assert (reason(catalog) or "").startswith("The database has no catalog;")
