"""The row of stages."""

from datetime import datetime

from catalog.engine import Catalog
from catalog.operations.stages import GRANULES, MOSAICS, stages
from tests.catalog.operations.rows import (
    NOW,
    ago,
    granule,
    ground,
    month,
    mosaic,
    publication,
    report,
    revision,
    statements,
    trouble,
    withdrawal,
    write,
)

Row = tuple[int, datetime | None, int]


def row(catalog: Catalog) -> dict[tuple[str, str], Row]:
    with catalog.view() as session:
        return {
            (one.of, one.name): (one.count, one.oldest_since, one.last_24h)
            for one in stages(session, NOW)
        }


def test_the_stages_of_an_empty_catalog_are_all_empty(catalog: Catalog) -> None:
    assert list(row(catalog)) == [
        *((GRANULES, name) for name in ("tracked", "ingested", "rejected")),
        *(
            (MOSAICS, name)
            for name in ("due", "composing", "checked", "published", "stopped", "rejected",
                         "failed")
        ),
    ]  # fmt: skip
    assert set(row(catalog).values()) == {(0, None, 0)}


def test_granules_are_counted_where_they_stand(catalog: Catalog) -> None:
    write(
        catalog,
        *ground(),
        granule("old", ago(hours=30)),
        granule("new", ago(hours=3)),
        granule("out", ago(hours=90)),
        withdrawal("out"),
        granule("ready", ago(hours=25), "READY"),
        granule("worse", ago(hours=2), "SUPERSEDED"),
        granule("torn", ago(hours=40), "REJECTED"),
        trouble("GRANULE", "torn", ago(hours=4)),
    )
    found = row(catalog)
    assert found[GRANULES, "tracked"] == (2, ago(hours=30), 2)
    assert found[GRANULES, "ingested"] == (2, None, 1)
    assert found[GRANULES, "rejected"] == (1, ago(hours=40), 1)


def test_mosaics_are_counted_where_they_stand(catalog: Catalog) -> None:
    lease = {"lease_owner": "w", "lease_until": 1.0, "claimed_at": ago(minutes=5)}
    write(
        catalog,
        *ground(),
        mosaic(1, "DUE", month(1), due_since=ago(hours=50)),
        mosaic(2, "DUE", month(2)),
        mosaic(3, "COMPOSING", month(3), **lease),
        mosaic(4, "PUBLISHED", month(4)),
        mosaic(5, "QUARANTINED", month(5)),
        mosaic(6, "REJECTED", month(6)),
        mosaic(7, "FAILED", month(7), due_since=ago(hours=2)),
        mosaic(8, "EMPTY", month(8)),
        trouble("MOSAIC", "31UDS MONTH 2000-08-01 20 m", ago(hours=26)),
        *(revision(n, n) for n in (1, 4)),
        *(revision(n, n, "QUARANTINED") for n in (2, 5)),
        revision(6, 6, "REJECTED"),
        *(report(n, ago(hours=30)) for n in (1, 4)),
        *(report(n, ago(hours=n), "FAIL") for n in (2, 5, 6)),
        publication(4, 4, ago(hours=1)),
        publication(1, 1, ago(hours=29)),
    )
    found = row(catalog)
    assert found[MOSAICS, "due"] == (2, ago(hours=50), 7)
    assert found[MOSAICS, "composing"] == (1, ago(minutes=5), 3)
    assert found[MOSAICS, "checked"] == (5, None, 3)
    assert found[MOSAICS, "published"] == (1, None, 1)
    assert found[MOSAICS, "stopped"] == (1, ago(hours=5), 3)
    assert found[MOSAICS, "rejected"] == (1, None, 0)
    assert found[MOSAICS, "failed"] == (1, ago(hours=2), 0)


def test_the_number_of_statements_depends_on_nothing(catalog: Catalog) -> None:
    with statements(catalog) as few:
        row(catalog)
    write(catalog, *ground(), *(granule(f"g{n}", ago(hours=n)) for n in range(50)))
    with statements(catalog) as many:
        row(catalog)
    assert len(few) == len(many) == 4
