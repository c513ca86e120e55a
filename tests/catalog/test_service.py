"""The numbers of a month of service, against a catalog that is filled by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from catalog.engine import Catalog
from catalog.quality_tables import DecisionRow
from catalog.service import service_month
from catalog.tables import (
    DemandRow,
    GranuleRow,
    MosaicRow,
    RevisionInputRow,
    RevisionRow,
    SourceRow,
    TileRow,
    VerdictRow,
    WithdrawalRow,
)
from products.decision import Decision, Verb
from products.errors import BadInput
from products.mosaic import Definition
from products.period import Period, PeriodKind
from products.service import (
    Availability,
    Decided,
    Delay,
    Failure,
    Fate,
    GranuleFate,
    Outcomes,
    ServiceMonth,
    Stand,
    Stop,
    Timeliness,
    Verdicts,
)

JUNE = Period(PeriodKind.MONTH, date(2018, 6, 1))
HOUR = timedelta(hours=1)


def at(day: int, hour: float = 0, month: int = 6) -> datetime:
    return datetime(2018, month, day, tzinfo=UTC) + hour * HOUR


def granule(
    name: str, day: datetime | None, after: float, state: str, **more: object
) -> GranuleRow:
    """A granule that is tracked so many hours after sensing, and ingested an hour later."""
    facts: dict[str, object] = {
        "id": name,
        "source": "archive",
        "tile": "31UDS",
        "datatake": f"take of {day}",
        "datatake_start": day,
        "state": state,
        "record": "{}",
        "checksum": "sum",
        "tracked_at": (day or at(20)) + after * HOUR,
        "ingested_at": None if state in ("TRACKED", "REJECTED") else day + (after + 1) * HOUR,  # type: ignore[operator]
    }
    return GranuleRow(**facts | more)


def mosaic(number: int, tile: str, period: Period, resolution: int, state: str) -> MosaicRow:
    return MosaicRow(
        id=number,
        tile=tile,
        kind=period.kind,
        start=period.start,
        end=period.end,
        resolution=resolution,
        state=state,
        reason="The disk is full; make room." if state == "FAILED" else None,
        due_since=at(1),
    )


def revision(
    number: int, of: int, state: str, published: datetime | None, *, current: bool = False
) -> RevisionRow:
    return RevisionRow(
        id=f"r{number}",
        mosaic_id=of,
        number=number,
        ordinal=number,
        state=state,
        current=current,
        product=f"products/31UDS/P_{number}",
        manifest="sum",
        definition=Definition().to_json(),
        planned_at=at(1),
        published_at=published,
    )


STOPPED = "S2GM_T10_20180611_20180620_31UDS_STD_v1.0.0_5"
TENDAYS = [Period(PeriodKind.TENDAYS, date(2018, 6, day)) for day in (1, 11, 21)]
GRANULES = [
    granule("first", at(3, 10), 6, "READY"),
    granule("second", at(13, 10), 12, "READY"),
    granule("worse", at(13, 10), 2, "SUPERSEDED"),
    granule("broken", at(23, 10), 2, "REJECTED", rule="checksum", reason="It is torn."),
    granule("cloudy", at(25, 10), 2, "READY"),
    granule("fresh", at(28, 10), 4, "TRACKED"),
    granule("eastern", at(5, 10), 24, "READY", tile="31UES"),
    granule("nameless", None, 0, "REJECTED", tile=None, rule="metadata", reason="No XML."),
    granule("earlier", at(30, 10, month=5), 6, "READY"),
    granule("later", at(1, 0, month=7), 6, "READY"),
]
MOSAICS = [
    mosaic(1, "31UDS", JUNE, 20, "PUBLISHED"),
    mosaic(2, "31UES", JUNE, 20, "DUE"),
    mosaic(3, "31UDS", TENDAYS[0], 10, "PUBLISHED"),
    mosaic(4, "31UDS", TENDAYS[1], 10, "QUARANTINED"),
    mosaic(5, "31UDS", TENDAYS[2], 10, "FAILED"),
    mosaic(6, "31UDS", Period(PeriodKind.DAY, date(2018, 6, 3)), 20, "PUBLISHED"),
    mosaic(7, "31UDS", Period(PeriodKind.MONTH, date(2018, 5, 1)), 20, "PUBLISHED"),
]
REVISIONS = [
    revision(1, 1, "PUBLISHED", at(3, 19)),
    revision(2, 1, "PUBLISHED", at(14, 10), current=True),
    revision(3, 3, "PUBLISHED", at(4, 10), current=True),
    revision(4, 4, "PUBLISHED", at(13, 23), current=True),
    revision(5, 4, "QUARANTINED", None),
    revision(6, 6, "PUBLISHED", at(3, 17), current=True),
]
INPUTS = {1: ["first"], 2: ["first", "second"], 3: ["first"], 4: ["second"], 5: ["second"]}
VERDICTS = [
    (1, "L0.1-complete", "PASS"), (1, "L1.1-scl", "WARN"), (2, "L0.1-complete", "PASS"),
    (2, "L1.1-scl", "SKIPPED"), (3, "L0.1-complete", "PASS"), (4, "L0.1-complete", "PASS"),
    (5, "L0.1-complete", "PASS"), (5, "L1.1-scl", "FAIL"), (6, "L1.1-scl", "WARN"),
]  # fmt: skip


def fill(session: Session, *rows: SQLModel) -> None:
    for row in rows:
        session.add(type(row)(**row.model_dump()))
    session.flush()


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    with catalog.transaction() as session:
        fill(session, SourceRow(name="archive", seen_at=at(1)))
        for name in ("31UDS", "31UES"):
            fill(session, TileRow(name=name, epsg=32631, west=0, north=0, width=1, height=1))
        fill(session, DemandRow(tile="*", kind="MONTH", resolution=20))
        fill(session, DemandRow(tile="31UDS", kind="TENDAYS", resolution=10))
        fill(session, *GRANULES, *MOSAICS)
        fill(session, *REVISIONS)
        for number, names in INPUTS.items():
            for place, name in enumerate(names):
                entry = {"revision_id": f"r{number}", "position": place, "granule_id": name}
                fill(session, RevisionInputRow(**entry, checksum="sum"))
        for number, rule, verdict in VERDICTS:
            said = {"rule": rule, "verdict": verdict, "message": f"{rule} says {verdict}"}
            fill(session, VerdictRow(revision_id=f"r{number}", **said, checked_at=at(15)))
        word = {"withdrawn_by": "ops", "withdrawn_at": at(26)}
        fill(session, WithdrawalRow(granule_id="cloudy", reason="Haze.", **word))
        undone = {"undone_by": "ops", "undone_at": at(27)}
        fill(session, WithdrawalRow(granule_id="first", reason="Was wrong.", **word, **undone))
    return catalog


def service(catalog: Catalog, *tiles: str, month: Period = JUNE) -> ServiceMonth:
    with catalog.transaction() as session:
        return service_month(session, month, tiles)


def test_availability_counts_what_is_in_demand(filled: Catalog) -> None:
    assert service(filled).availability == (
        Availability(PeriodKind.TENDAYS, 10, 3, 3, 2, 1, waiting=1, rejected=0, failed=1),
        Availability(PeriodKind.MONTH, 20, 2, 2, 1, 1, waiting=0, rejected=0, failed=0),
    )


def test_a_mosaic_without_observations_is_not_missed(filled: Catalog) -> None:
    with filled.transaction() as session:
        session.execute(sa.update(MosaicRow).where(MosaicRow.id == 2).values(state="EMPTY"))  # type: ignore[arg-type]
    monthly = service(filled).availability[1]
    assert (monthly.demanded, monthly.observed, monthly.available) == (2, 1, 1)


def test_timeliness_is_that_of_the_first_publication(filled: Catalog) -> None:
    found = service(filled)
    hours = 3600.0
    assert found.timeliness == (
        Timeliness(
            PeriodKind.TENDAYS,
            10,
            Delay(2, 13 * hours, 24 * hours),
            Delay(2, 1 * hours, 18 * hours),
            archived=0,
        ),
        Timeliness(
            PeriodKind.MONTH,
            20,
            Delay(2, 9 * hours, 24 * hours),
            Delay(2, 3 * hours, 12 * hours),
            archived=0,
        ),
    )
    assert found.ingestion == Delay(5, hours, hours)


def test_delivery_is_from_sensing_to_tracking_by_nearest_rank(filled: Catalog) -> None:
    assert service(filled, "31UDS").delivery == Delay(6, 2 * 3600.0, 12 * 3600.0)


def test_every_granule_of_the_month_has_its_fate(filled: Catalog) -> None:
    found = service(filled)
    assert found.tiles == ("31UDS", "31UES")
    assert found.granules == (
        GranuleFate("nameless", "", None, Fate.REJECTED, "metadata", "No XML."),
        GranuleFate("first", "31UDS", date(2018, 6, 3), Fate.USED, "", ""),
        GranuleFate("second", "31UDS", date(2018, 6, 13), Fate.USED, "", ""),
        GranuleFate("worse", "31UDS", date(2018, 6, 13), Fate.SUPERSEDED, "", ""),
        GranuleFate("broken", "31UDS", date(2018, 6, 23), Fate.REJECTED, "checksum", "It is torn."),
        GranuleFate("cloudy", "31UDS", date(2018, 6, 25), Fate.WITHDRAWN, "", "Haze."),
        GranuleFate("fresh", "31UDS", date(2018, 6, 28), Fate.WAITING, "", ""),
        GranuleFate("eastern", "31UES", date(2018, 6, 5), Fate.WAITING, "", ""),
    )


def test_verdicts_are_counted_by_rule_and_period(filled: Catalog) -> None:
    found = service(filled)
    assert found.verdicts == (
        Verdicts("L0.1-complete", "PASS", JUNE, 2),
        Verdicts("L0.1-complete", "PASS", TENDAYS[0], 1),
        Verdicts("L0.1-complete", "PASS", TENDAYS[1], 2),
        Verdicts("L1.1-scl", "FAIL", TENDAYS[1], 1),
        Verdicts("L1.1-scl", "SKIPPED", JUNE, 1),
        Verdicts("L1.1-scl", "WARN", JUNE, 1),
    )
    assert found.outcomes == (
        Outcomes(TENDAYS[0], 1, 0),
        Outcomes(TENDAYS[1], 1, 0, waiting=1),
        Outcomes(JUNE, 1, 1),
    )


def test_what_was_stopped_is_listed_with_its_reason(filled: Catalog) -> None:
    found = service(filled)
    assert found.stops == (
        Stop(
            "31UDS TENDAYS 2018-06-11 10 m",
            STOPPED,
            5,
            5,
            Stand.WAITING,
            at(15),
            "L1.1-scl: L1.1-scl says FAIL",
        ),
    )
    assert found.failures == (
        Failure("31UDS TENDAYS 2018-06-21 10 m", "The disk is full; make room."),
    )
    assert found.decisions == ()


def decided(
    catalog: Catalog, of: int, state: str, *rows: tuple[Verb, datetime, bool], mosaic: str
) -> None:
    """Leave a revision and its mosaic as these decisions of Ann do."""
    with catalog.transaction() as session:
        session.execute(
            sa.update(RevisionRow).where(RevisionRow.number == of).values(state=state)  # type: ignore[arg-type]
        )
        session.execute(sa.update(MosaicRow).where(MosaicRow.id == 4).values(state=mosaic))  # type: ignore[arg-type]
        for verb, moment, standing in rows:
            said = {"verb": verb, "reason": f"For {verb}.", "decided_by": "ann"}
            fill(
                session,
                DecisionRow(revision_id=f"r{of}", **said, decided_at=moment, standing=standing),
            )


@pytest.mark.parametrize(
    ("verb", "state", "stand"),
    [
        (Verb.RELEASE, "PUBLISHED", Stand.RELEASED),
        (Verb.REJECT, "REJECTED", Stand.REJECTED),
    ],
)
def test_what_was_stopped_counts_as_stopped_everywhere_whatever_a_person_decides(
    filled: Catalog, verb: Verb, state: str, stand: Stand
) -> None:
    decided(filled, 5, state, (verb, at(16), True), mosaic=state)
    found = service(filled)
    (stop,) = found.stops
    assert (stop.stand, stop.checked) == (stand, at(15))
    assert sum(outcome.stopped for outcome in found.outcomes) == 1
    assert [getattr(outcome, stand) for outcome in found.outcomes] == [0, 1, 0]
    tendays = found.availability[0]
    assert (tendays.waiting, tendays.rejected) == (0, int(verb == Verb.REJECT))
    (told,) = found.decisions
    assert told == Decided(
        "31UDS TENDAYS 2018-06-11 10 m",
        Decision(STOPPED, 5, 5, verb, f"For {verb}.", "ann", at(16), True),
        at(15),
        (("L1.1-scl", "FAIL"),),
    )


def test_every_decision_is_told_beside_the_check_before_it(filled: Catalog) -> None:
    decided(
        filled,
        5,
        "QUARANTINED",
        (Verb.REJECT, at(13), False),
        (Verb.RECOMPOSE, at(14), False),
        mosaic="QUARANTINED",
    )
    decided(filled, 1, "REJECTED", (Verb.REJECT, at(20), True), mosaic="QUARANTINED")
    found = service(filled)
    assert [
        (each.decision.number, each.decision.verb, each.checked, each.rules)
        for each in found.decisions
    ] == [
        (5, "REJECT", None, ()),  # it was composed and checked anew on the 15th
        (5, "RECOMPOSE", None, ()),
        (1, "REJECT", at(15), (("L1.1-scl", "WARN"),)),
    ]
    assert [stop.stand for stop in found.stops] == [Stand.WAITING]


def test_what_came_from_an_archive_tells_nothing_of_timeliness(filled: Catalog) -> None:
    with filled.transaction() as session:
        row = session.get_one(GranuleRow, "first")
        row.tracked_at = at(3, 10) + timedelta(days=30, hours=1)
        session.add(row)
    found = service(filled)
    assert found.archived == 1
    hours = 3600.0
    assert [(each.archived, each.from_sensing) for each in found.timeliness] == [
        (1, Delay(1, 13 * hours, 13 * hours)),
        (1, Delay(1, 24 * hours, 24 * hours)),
    ]
    assert found.delivery is not None
    assert (found.delivery.cases, found.delivery.most) == (6, 24 * hours)
    with filled.transaction() as session:
        session.execute(sa.update(GranuleRow).values(tracked_at=at(1) + timedelta(days=3000)))
    found = service(filled)
    assert [
        (each.archived, each.from_sensing, each.from_tracking) for each in found.timeliness
    ] == [
        (2, None, None),
        (2, None, None),
    ]
    assert (found.delivery, found.ingestion) == (None, None)


def test_some_tiles_alone(filled: Catalog) -> None:
    found = service(filled, "31UES")
    assert found.tiles == ("31UES",)
    assert [g.id for g in found.granules] == ["eastern"]
    assert [(a.kind, a.demanded) for a in found.availability] == [(PeriodKind.MONTH, 1)]
    assert (found.timeliness, found.verdicts, found.stops) == ((), (), ())


def test_a_month_without_anything(filled: Catalog) -> None:
    found = service(filled, month=Period(PeriodKind.MONTH, date(2018, 2, 1)))
    assert [(a.demanded, a.observed) for a in found.availability] == [(3, 0), (2, 0)]
    assert (found.delivery, found.ingestion, found.granules) == (None, None, ())


def test_a_region_without_demand_is_refused(filled: Catalog, catalog: Catalog) -> None:
    with pytest.raises(BadInput, match="No mosaic of 29RKH is in demand"):
        service(filled, "29RKH")


@contextmanager
def counted(catalog: Catalog) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append(statement)

    sa.event.listen(catalog.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(catalog.engine, "before_cursor_execute", note)


def test_the_number_of_queries_depends_on_nothing(filled: Catalog) -> None:
    with counted(filled) as few:
        service(filled, month=Period(PeriodKind.MONTH, date(2018, 2, 1)))
    with filled.transaction() as session:
        more = [granule(f"g{n}", at(1 + n % 28), 1, "READY") for n in range(40)]
        fill(session, *more)
        for n in range(40):
            fill(session, revision(100 + n, 1, "PUBLISHED", at(20)))
            entry = {"revision_id": f"r{100 + n}", "position": 0, "granule_id": f"g{n}"}
            fill(session, RevisionInputRow(**entry, checksum="sum"))
    with counted(filled) as many:
        service(filled)
    assert len(many) == len(few)
    assert len(many) <= 9
