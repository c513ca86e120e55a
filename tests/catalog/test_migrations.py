"""A catalog of the first schema, with everything in it, comes through the upgrade."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import select

from catalog.engine import Catalog, migration_config
from catalog.number import next_number
from catalog.operation_tables import TroubleRow
from products.errors import NeedsOperator
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind

MOMENT = "2018-06-06 12:00:00+00:00"
ROWS = {
    "tile": [{"name": "31UDS", "epsg": 32631, "west": 499980, "north": 5700000}],
    "source": [{"name": "archive", "cursor": "c1", "seen_at": MOMENT}],
    "granule": [
        {"id": name, "source": "archive", "tile": "31UDS", "state": "READY", "record": "{}"}
        for name in ("a", "b")
    ],
    "demand": [{"tile": "*", "kind": "MONTH", "resolution": 10}],
    "mosaic": [
        {"id": 1, "tile": "31UDS", "kind": "MONTH", "start": "2018-06-01", "end": "2018-06-30"}
    ],
    "revision": [
        {"id": "r1", "number": 7, "ordinal": 1, "state": "PUBLISHED", "current": False},
        {"id": "r2", "number": 11, "ordinal": 2, "state": "PUBLISHED", "current": True},
    ],
    "revision_input": [
        {"revision_id": "r1", "position": 0, "granule_id": "a", "checksum": "1"},
        {"revision_id": "r2", "position": 0, "granule_id": "a", "checksum": "1"},
        {"revision_id": "r2", "position": 1, "granule_id": "b", "checksum": "2"},
    ],
    "verdict": [{"revision_id": "r2", "rule": "L0", "verdict": "PASS", "message": "Fine."}],
}
COMMON: dict[str, dict[str, object]] = {
    "tile": {"width": 600, "height": 600},
    "granule": {"fingerprint": "f", "checksum": "1", "location": "", "tracked_at": MOMENT},
    "mosaic": {
        "resolution": 10,
        "state": "PUBLISHED",
        "wanted": 1,
        "due_since": MOMENT,
        "epoch": 2,
    },
    "revision": {"mosaic_id": 1, "product": "products/x", "manifest": "m", "planned_at": MOMENT},
    "verdict": {"checked_at": MOMENT},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """A catalog as the first version left it."""
    if request.param == "sqlite":
        opened = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    else:
        opened = Catalog(request.getfixturevalue("postgres"))
        with opened.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    with opened.engine.begin() as connection:
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    yield opened
    opened.close()


def fill(catalog: Catalog) -> None:
    described = sa.MetaData()
    described.reflect(catalog.engine)
    with catalog.engine.begin() as connection:
        for name, rows in ROWS.items():
            for row in rows:
                table = described.tables[name]
                values = {k: sa.literal(v) for k, v in (COMMON.get(name, {}) | row).items()}
                typed = {k: sa.cast(v, table.c[k].type) for k, v in values.items()}
                if connection.dialect.name == "sqlite":
                    typed = values  # dates and moments are text there
                connection.execute(sa.insert(table).values(typed))


def content(catalog: Catalog) -> dict[str, list[dict[str, object]]]:
    described = sa.MetaData()
    described.reflect(catalog.engine)
    with catalog.engine.connect() as connection:
        return {
            name: sorted(
                (
                    dict(row._mapping)
                    for row in connection.execute(sa.select(described.tables[name]))
                ),
                key=str,
            )
            for name in ROWS
        }


def test_the_upgrade_keeps_every_row_and_tells_what_defined_it(first: Catalog) -> None:
    fill(first)
    before = content(first)
    first.migrate()
    after = content(first)
    definitions = {row.pop("definition") for row in after["revision"]}
    measured = {row.pop(name) for row in after["verdict"] for name in ("value", "limit")}
    claimed = {row.pop("claimed_at") for row in after["mosaic"]}
    assert after == before
    assert measured == claimed == {None}
    assert definitions == {'{"algorithm": "1.1.0", "layout": "1.0.0", "threshold": 5}'}


def test_numbers_go_on_after_the_last_one_that_was_given(first: Catalog) -> None:
    fill(first)
    first.migrate()
    with first.transaction() as session:
        assert [next_number(session), next_number(session)] == [12, 13]


def test_an_empty_catalog_counts_from_one(first: Catalog) -> None:
    first.migrate()
    with first.transaction() as session:
        assert next_number(session) == 1


def test_the_rules_of_the_tables_survive_the_upgrade(first: Catalog) -> None:
    fill(first)
    first.migrate()
    for change in ("current = true", "state = 'NONSENSE'", "number = 5"):
        with pytest.raises(sa.exc.IntegrityError), first.engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE revision SET {change}"))
    with pytest.raises(sa.exc.IntegrityError), first.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM revision WHERE id = 'r1'"))


def test_rules_that_the_upgrade_had_to_rewrite_are_those_of_a_new_catalog(first: Catalog) -> None:
    fill(first)
    first.migrate()
    with first.engine.begin() as connection:
        connection.execute(sa.text("UPDATE mosaic SET state = 'REJECTED'"))
        connection.execute(sa.text("UPDATE revision SET state = 'REJECTED' WHERE id = 'r1'"))
    for change in (
        "INSERT INTO revision SELECT 'r3', mosaic_id, 12, 3, state, current, product, manifest, "
        "planned_at, published_at, definition FROM revision WHERE current",
        "UPDATE revision SET current = true WHERE id = 'r1'",
        "UPDATE mosaic SET state = 'COMPOSING'",
        "UPDATE mosaic SET resolution = 30",
        "UPDATE mosaic SET tile = '31UZZ'",
        "UPDATE revision SET mosaic_id = 2",
    ):
        with pytest.raises(sa.exc.IntegrityError), first.engine.begin() as connection:
            connection.execute(sa.text(change))
    described = sa.inspect(first.engine)
    indexes = {i["name"] for t in ("mosaic", "revision") for i in described.get_indexes(t)}
    assert indexes >= {"mosaic_by_state", "one_current_revision", "ix_revision_mosaic_id"}


def test_foreign_keys_hold_after_the_upgrade_also_in_connections_that_made_it(
    first: Catalog,
) -> None:
    fill(first)
    first.migrate()
    first.migrate()
    for _ in range(3):
        with pytest.raises(sa.exc.IntegrityError), first.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM granule WHERE id = 'a'"))


def test_a_catalog_whose_rows_point_nowhere_is_not_upgraded(tmp_path: Path) -> None:
    """SQLite alone: it does not enforce foreign keys while it changes a table."""
    broken = Catalog(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    with broken.engine.begin() as connection:
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    fill(broken)
    with sqlite3.connect(tmp_path / "catalog.sqlite") as plain:
        plain.execute("DELETE FROM granule WHERE id = 'a'")
    plain.close()
    with pytest.raises(NeedsOperator, match="rows point to others that are not there"):
        broken.migrate()
    with broken.engine.connect() as connection:
        version = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        assert version == "0003"
        assert not sa.inspect(connection).has_table("decision")
    broken.close()


def test_what_stood_still_before_is_told_as_trouble(first: Catalog) -> None:
    fill(first)
    with first.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE granule SET state = 'REJECTED', reason = 'It is cut.' WHERE id = 'b'")
        )
        connection.execute(sa.text("UPDATE mosaic SET state = 'FAILED', reason = 'Disk full.'"))
    first.migrate()
    with first.view() as session:
        found = {
            (row.kind, row.subject): row.message for row in session.exec(select(TroubleRow)).all()
        }
    key = MosaicKey("31UDS", Period(PeriodKind.MONTH, date(2018, 6, 1)), 10)
    assert found == {("GRANULE", "b"): "It is cut.", ("MOSAIC", str(key)): "Disk full."}
