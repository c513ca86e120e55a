"""The rules of the catalog, on SQLite and on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, col, select

from catalog.affected import add_demand
from catalog.claim import Claim, Outcome, break_leases, claim, commit, plan_due, renew
from catalog.engine import Catalog
from catalog.ingested import accept, reject
from catalog.query import mosaics, tracked
from catalog.register import cursor_of, register
from catalog.tables import GranuleRow, MosaicRow, RevisionRow, RevisionState
from products.errors import GranuleRejected, LeaseLost, NeedsOperator
from products.granule import Granule, Unreadable
from products.grid import Extent
from products.mosaic import Definition
from products.period import PeriodKind
from products.precedence import usable

EXTENT = Extent(32631, 499980, 5700000, 600, 600)
MONTH = (PeriodKind.MONTH,)


def granule(day: str, baseline: str = "02.07", strip: str = "", **changes: object) -> Granule:
    start = datetime.fromisoformat(f"{day}T10:50:00+00:00")
    facts = {
        "id": f"S2A_{day}_{baseline}_{strip}",
        "tile": "31UDS",
        "satellite": "S2A",
        "datatake_start": start,
        "relative_orbit": 51,
        "baseline": baseline,
        "datastrip": f"X_S{strip}_Y" if strip else "",
        "fingerprint": "one",
    }
    return Granule(**(facts | changes))  # type: ignore[arg-type]


def bring(catalog: Catalog, *granules: Granule) -> None:
    """Register and accept."""
    with catalog.transaction() as session:
        register(session, "archive", granules, [], None)
    for each in granules:
        with catalog.transaction() as session:
            accept(session, each, EXTENT, f"sum of {each.id}")


def demand(catalog: Catalog, *kinds: PeriodKind, resolutions: tuple[int, ...] = (10,)) -> None:
    with catalog.transaction() as session:
        add_demand(session, (), kinds or MONTH, resolutions)


def due(catalog: Catalog) -> list[int]:
    with catalog.transaction() as session:
        return plan_due(session, Definition(), (), tuple(PeriodKind), (10, 20, 60))


def take(catalog: Catalog, mosaic: int, owner: str = "me", lease: float = 60) -> Claim | None:
    with catalog.transaction() as session:
        return claim(session, mosaic, Definition(), owner, lease)


def publish(catalog: Catalog, held: Claim, state: str = "PUBLISHED") -> None:
    outcome = Outcome(RevisionState(state), f"products/{held.number}", "ab" * 32, (), None)
    with catalog.transaction() as session:
        commit(session, held, outcome)


def publish_all(catalog: Catalog) -> int:
    held = [take(catalog, mosaic) for mosaic in due(catalog)]
    for each in held:
        assert each is not None
        publish(catalog, each)
    return len(held)


def test_migrations_make_exactly_the_tables(catalog: Catalog) -> None:
    with catalog.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_again_changes_nothing_and_a_newer_catalog_is_refused(catalog: Catalog) -> None:
    catalog.migrate()
    with catalog.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NeedsOperator, match="schema 9999"):
        catalog.migrate()


def test_registering_twice_changes_nothing(catalog: Catalog) -> None:
    first = granule("2018-06-05")
    with catalog.transaction() as session:
        assert register(session, "archive", [first], [], "c1") == [first.id]
    with catalog.transaction() as session:
        assert register(session, "archive", [first], [], "c2") == []
    with catalog.transaction() as session:
        assert cursor_of(session, "archive") == "c2"
        assert tracked(session) == [first.id]


def test_a_rejected_granule_is_tried_again_only_when_delivered_anew(catalog: Catalog) -> None:
    first = granule("2018-06-05")
    with catalog.transaction() as session:
        register(session, "archive", [first], [], None)
        reject(session, first.id, "checksum", "The checksum is wrong.")
    with catalog.transaction() as session:
        assert register(session, "archive", [first], [], None) == []
        again = granule("2018-06-05", fingerprint="two")
        assert register(session, "archive", [again], [], None) == [first.id]


def test_unreadable_deliveries_are_kept_with_their_reason(catalog: Catalog) -> None:
    problem = Unreadable("bad", "/x", "metadata", "It is not XML.")
    with catalog.transaction() as session:
        register(session, "archive", [], [problem], None)
    with catalog.transaction() as session:
        row = session.get_one(GranuleRow, "bad")
        assert (row.state, row.reason) == ("REJECTED", "It is not XML.")


def test_a_granule_makes_due_exactly_the_mosaics_of_its_dates(catalog: Catalog) -> None:
    demand(catalog, *PeriodKind, resolutions=(10, 20))
    bring(catalog, granule("2018-05-05"), granule("2018-06-05"))
    assert publish_all(catalog) == 2 * (2 + 2 + 2 + 1 + 1)
    bring(catalog, granule("2018-06-08"))
    with catalog.transaction() as session:
        waiting = {(m.period, str(m.start)) for m in mosaics(session) if m.state == "DUE"}
    assert waiting == {
        ("DAY", "2018-06-08"),
        ("TENDAYS", "2018-06-01"),
        ("MONTH", "2018-06-01"),
        ("QUARTER", "2018-04-01"),
        ("YEAR", "2018-01-01"),
    }


def test_new_demand_takes_in_granules_that_are_here(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    assert due(catalog) == []
    demand(catalog)
    assert len(due(catalog)) == 1
    demand(catalog)
    assert publish_all(catalog) == 1
    assert due(catalog) == []


def test_a_granule_of_another_size_is_rejected(catalog: Catalog) -> None:
    bring(catalog, granule("2018-06-05"))
    other = granule("2018-06-08")
    with catalog.transaction() as session:
        register(session, "archive", [other], [], None)
    with pytest.raises(GranuleRejected, match="600 x 600 m"), catalog.transaction() as session:
        accept(session, other, Extent(32631, 499980, 5700000, 1200, 600), "x")


def test_reprocessing_supersedes_and_makes_due(catalog: Catalog) -> None:
    demand(catalog)
    old = granule("2018-06-05", "02.07")
    bring(catalog, old)
    publish_all(catalog)
    new = granule("2018-06-05", "05.00")
    bring(catalog, new)
    assert publish_all(catalog) == 1
    with catalog.transaction() as session:
        status = mosaics(session)[0]
        assert status.granules == (new.id,)
        assert status.revision == 2
        assert session.get_one(GranuleRow, old.id).state == "SUPERSEDED"


def test_only_one_worker_gets_a_mosaic(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    (mosaic,) = due(catalog)
    assert take(catalog, mosaic, "a") is not None
    assert take(catalog, mosaic, "b") is None


def test_a_zombie_commits_nothing(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    (mosaic,) = due(catalog)
    zombie = take(catalog, mosaic, "zombie", lease=-1)
    assert zombie is not None
    successor = take(catalog, mosaic, "successor")
    assert successor is not None
    assert successor.revision_id == zombie.revision_id
    assert successor.number == zombie.number
    with pytest.raises(LeaseLost):
        publish(catalog, zombie)
    with pytest.raises(LeaseLost), catalog.transaction() as session:
        renew(session, zombie, 60)
    publish(catalog, successor)
    with pytest.raises(LeaseLost):
        publish(catalog, zombie)


def test_mosaics_of_dead_workers_become_due(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    (mosaic,) = due(catalog)
    take(catalog, mosaic, "dead")
    with catalog.transaction() as session:
        assert break_leases(session, lambda _owner: False) == 0
        assert break_leases(session, lambda owner: owner == "dead") == 1
    assert due(catalog) == [mosaic]


def test_a_granule_that_comes_while_composing_makes_due_again(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert held is not None
    bring(catalog, granule("2018-06-08"))
    publish(catalog, held)
    assert due(catalog) == [mosaic]
    assert publish_all(catalog) == 1
    assert due(catalog) == []


def test_quarantine_keeps_the_revision_before(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    bring(catalog, granule("2018-06-08"))
    (mosaic,) = due(catalog)
    held = take(catalog, mosaic)
    assert held is not None
    publish(catalog, held, "QUARANTINED")
    with catalog.transaction() as session:
        status = mosaics(session)[0]
    assert (status.state, status.revision, len(status.granules)) == ("QUARANTINED", 1, 1)
    assert due(catalog) == []


def test_the_database_itself_refuses_two_current_revisions(catalog: Catalog) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    publish_all(catalog)
    bring(catalog, granule("2018-06-08"))
    publish_all(catalog)
    with pytest.raises(sa.exc.IntegrityError), catalog.transaction() as session:
        session.execute(sa.update(RevisionRow).values(current=True))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "NONSENSE"},
        {"state": "COMPOSING", "lease_owner": None},
        {"resolution": 30},
        {"tile": "31UZZ"},
    ],
)
def test_the_database_itself_refuses_nonsense(catalog: Catalog, change: dict[str, object]) -> None:
    demand(catalog)
    bring(catalog, granule("2018-06-05"))
    with pytest.raises(sa.exc.IntegrityError), catalog.transaction() as session:
        session.execute(sa.update(MosaicRow).values(**change))


def test_arrival_order_does_not_change_a_revision(catalog: Catalog) -> None:
    arrivals = [
        granule("2018-06-05", "02.07"),
        granule("2018-06-05", "05.00"),
        granule("2018-06-08", "02.07"),
    ]
    identities = set()
    for order in permutations(arrivals):
        with catalog.transaction() as session:
            for table in reversed(SQLModel.metadata.sorted_tables):
                session.execute(table.delete())
        demand(catalog)
        bring(catalog, *order)
        publish_all(catalog)
        with catalog.transaction() as session:
            query = select(RevisionRow.id).where(col(RevisionRow.current))
            identities.add(session.exec(query).one())
    assert len(identities) == 1


BASELINES = ["02.14", "04.00", "05.00", "05.09", "05.10", "99.99"]


def test_precedence_of_baselines_in_every_order() -> None:
    for size in range(1, len(BASELINES) + 1):
        for order in permutations(BASELINES, size):
            (winner,) = usable(granule("2018-06-05", each) for each in order)
            ranked = ["99.99", "02.14", "04.00", "05.09", "05.00", "05.10"]
            assert winner.baseline == max(order, key=ranked.index)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(BASELINES), st.integers(0, 5)), min_size=1))
def test_latest_generation_breaks_a_tie(made: list[tuple[str, int]]) -> None:
    first = datetime(2018, 6, 6, tzinfo=UTC)
    deliveries = [
        granule("2018-06-05", b, id=f"{b}-{h}", generated=first + timedelta(hours=h))
        for b, h in made
    ]
    (winner,) = usable(deliveries)
    rivals = [each for each in deliveries if each.baseline == winner.baseline]
    assert winner.generated == max(each.generated for each in rivals if each.generated)


def test_datastrips_of_one_datatake_complement_each_other() -> None:
    parts = [
        granule("2018-06-05", strip="20180605T105000"),
        granule("2018-06-05", strip="20180605T105200"),
    ]
    assert {each.id for each in usable(parts)} == {each.id for each in parts}
