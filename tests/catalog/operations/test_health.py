"""The one judgement of the service: its level, its headline, and what an operator is told to do."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from catalog.engine import Catalog
from catalog.operations.facts import Grade, Sentence
from catalog.operations.health import Health, Level, health
from catalog.operations.observed import Room
from catalog.operations.timeliness import Objectives
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
    worker,
    write,
)

MINUTE = timedelta(minutes=1)
OBJECTIVES = Objectives(24, 2)
LIVE = worker("w1", ago(seconds=1))
BUSY = worker("w1", ago(seconds=1), doing="composes 31UDS MONTH 2022-06-01 20 m")


def fresh(row: SQLModel) -> SQLModel:
    """A copy that no session has seen."""
    return type(row)(**row.model_dump())


def judged(catalog: Catalog, *rows: SQLModel, room: Room | None = None) -> Health:
    write(catalog, *ground(), *(fresh(row) for row in rows))
    with catalog.view() as session:
        return health(session, NOW, OBJECTIVES, MINUTE, room)


def only(found: Health, level: Grade) -> Sentence:
    (sentence,) = (one for one in found.sentences if one.level == level)
    return sentence


def composing(number: int, owner: str, **more: object) -> SQLModel:
    lease = {
        "lease_owner": owner,
        "lease_until": NOW.timestamp() + 60,
        "claimed_at": ago(minutes=1),
    }
    return mosaic(number, "COMPOSING", month(number), due_since=ago(minutes=5), **lease | more)


def test_without_any_worker_and_work_it_is_stopped(catalog: Catalog) -> None:
    found = judged(catalog)
    assert found.level == Level.STOPPED
    assert found.headline == "Stopped: no worker runs, and nothing waits."
    (sentence,) = found.sentences
    assert sentence.level == Grade.NOTE
    assert "`s2gm run --source archive`" in sentence.text


def test_a_worker_without_work_is_idle(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, granule("old", ago(hours=3), "READY"))
    assert (found.level, found.sentences) == (Level.IDLE, ())
    assert found.headline == "Idle: nothing waits, and nothing came for 3 h."


def test_a_worker_that_has_seen_nothing_yet_is_idle(catalog: Catalog) -> None:
    found = judged(catalog, LIVE)
    assert found.headline == "Idle: nothing waits, and nothing came yet."


def test_after_work_it_stays_healthy_for_an_hour(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, granule("new", ago(minutes=59), "READY"))
    assert (found.level, found.headline) == (Level.HEALTHY, "Healthy: nothing waits.")


def test_work_in_time_is_healthy(catalog: Catalog) -> None:
    rows = [granule(f"g{n}", ago(minutes=n)) for n in range(3)]
    found = judged(catalog, BUSY, *rows, composing(1, "w1"))
    assert (found.level, found.sentences) == (Level.HEALTHY, ())
    assert found.headline == "Healthy: 3 granules and 1 mosaic are in work."


def test_work_that_nobody_does_is_broken_after_a_while(catalog: Catalog) -> None:
    left = worker("w1", ago(minutes=4), ended_at=ago(minutes=4))
    found = judged(catalog, left, granule("g1", ago(hours=1)))
    assert found.level == Level.BROKEN
    assert found.headline == "Broken: no worker runs, and 1 granule waits."
    sentence = only(found, Grade.BROKEN)
    assert (sentence.since, sentence.link) == (ago(minutes=4), "/runs")
    assert sentence.text == (
        "No worker runs, and 1 granule waits. Start one with `s2gm run --source archive` and the "
        "--home, --tile, --period and --resolution that it had before."
    )


def test_between_two_turns_that_a_clock_starts_nothing_is_broken(catalog: Catalog) -> None:
    left = worker("w1", ago(minutes=2), ended_at=ago(minutes=2))
    found = judged(catalog, left, granule("g1", ago(hours=1)))
    assert found.level == Level.STOPPED
    assert found.headline == ("Stopped: no worker runs, and 1 granule waits. 1 thing wants a look.")


def test_a_worker_that_died_holding_a_mosaic_is_broken_at_once(catalog: Catalog) -> None:
    dead = worker("w2", ago(seconds=8), doing="composes")
    found = judged(catalog, LIVE, dead, composing(1, "w2"), composing(2, "w2"))
    assert found.headline == "Broken: a worker is silent and holds 2 mosaics."
    assert only(found, Grade.BROKEN).text == (
        "Worker w2 (process 7 on node) was last heard at 2022-06-15 12:29 UTC and still holds "
        "31UDS MONTH 2000-02-01 20 m and 1 more. If its process is gone, the next turn takes "
        "over, at the latest at 2022-06-15 12:31 UTC; if it hangs, end it."
    )


def test_a_worker_that_misses_one_beat_is_not_silent(catalog: Catalog) -> None:
    slow = worker("w2", ago(seconds=6), doing="composes")
    found = judged(catalog, slow, composing(1, "w2"))
    assert (found.level, found.sentences) == (Level.HEALTHY, ())


def test_when_the_dead_worker_is_known_and_its_work_taken_over_it_is_healthy(
    catalog: Catalog,
) -> None:
    dead = worker("w2", ago(minutes=1), ended_at=ago(seconds=20), died=True)
    found = judged(catalog, BUSY, dead, composing(1, "w1"))
    assert (found.level, found.sentences) == (Level.HEALTHY, ())


def test_the_last_worker_that_died_is_told_as_such(catalog: Catalog) -> None:
    found = judged(catalog, worker("w2", ago(hours=30), doing="composes"), composing(1, "w2"))
    assert found.headline == "Broken: the last worker ended without being told to."
    assert "while it composed 31UDS MONTH 2000-02-01 20 m" in only(found, Grade.BROKEN).text


def test_a_silent_worker_that_holds_nothing_is_to_be_looked_at(catalog: Catalog) -> None:
    found = judged(catalog, BUSY, worker("w2", ago(minutes=1)), granule("g", ago(minutes=1)))
    assert found.level == Level.HEALTHY
    assert only(found, Grade.LOOK).brief == "a worker is silent"


@pytest.mark.parametrize(
    ("free", "level", "grade"),
    [(999, Level.BROKEN, Grade.BROKEN), (1000, Level.IDLE, Grade.LOOK), (3000, Level.IDLE, None)],
)
def test_the_disk_fills(catalog: Catalog, free: int, level: Level, grade: Grade | None) -> None:
    found = judged(catalog, LIVE, room=Room(free << 20, 1000 << 20))
    assert found.level == level
    assert [one.level for one in found.sentences] == ([grade] if grade else [])
    for one in found.sentences:
        assert "a product may need 1000 MiB" in one.text
        assert "S2GM_WORKING_STORE" in one.text


@pytest.mark.parametrize(
    ("minutes", "level", "grade"),
    [(9, Level.IDLE, Grade.LOOK), (11, Level.BROKEN, Grade.BROKEN)],
)
def test_a_source_that_stays_away_breaks_the_service_and_a_blip_does_not(
    catalog: Catalog, minutes: int, level: Level, grade: Grade
) -> None:
    away = trouble("SOURCE", "archive", ago(minutes=minutes), message="It does not answer")
    found = judged(catalog, LIVE, away)
    assert found.level == level
    sentence = only(found, grade)
    assert sentence.text.startswith("It does not answer. Every turn asks it again")
    assert sentence.since == ago(minutes=minutes)


def test_what_is_mended_or_dismissed_is_not_told(catalog: Catalog) -> None:
    over = trouble("SOURCE", "archive", ago(hours=2), ended_at=ago(minutes=1))
    known = trouble("GRANULE", "torn", ago(hours=2), dismissed_at=ago(minutes=1))
    assert judged(catalog, LIVE, over, known).sentences == ()


def test_a_turn_that_ended_with_an_error_breaks_the_service(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, trouble("RUN", "archive", ago(minutes=1), message="KeyError: 7"))
    assert found.headline == "Broken: the last turn on archive ended with an error."
    assert "KeyError: 7. The next turn tries again" in only(found, Grade.BROKEN).text


def test_a_granule_that_waits_longer_than_the_objective_is_late(catalog: Catalog) -> None:
    found = judged(catalog, BUSY, granule("g1", ago(hours=2.1)), granule("g2", ago(hours=2)))
    assert found.level == Level.LATE
    assert found.headline == "Late: granules wait longer than 2 h."
    sentence = only(found, Grade.LATE)
    assert sentence.since == ago(hours=2.1)
    assert sentence.text == (
        "2 granules to ingest; the oldest, g1, was visible at 2022-06-15 10:24 UTC, and the "
        "objective is 2 h. 1 worker lives; to catch up, raise S2GM_WORKERS or start another "
        "`s2gm run`."
    )


def test_a_backlog_from_an_archive_is_not_late(catalog: Catalog) -> None:
    old = granule("g1", ago(hours=9), datatake_start=ago(hours=24 * 40))
    past = mosaic(1, "DUE", month(1), due_since=ago(hours=9))
    assert judged(catalog, BUSY, old, past).level == Level.HEALTHY


def test_a_mosaic_that_nobody_asks_for_is_late_and_says_what_to_check(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, mosaic(1, "DUE", due_since=ago(hours=3)))
    sentence = only(found, Grade.LATE)
    assert found.headline == "Late: mosaics wait longer than 2 h."
    assert sentence.link == "/mosaics/31UDS/MONTH/2022-06-01/20"
    assert "Check that `s2gm run` is given its tile, period and resolution." in sentence.text


def test_a_mosaic_that_fails_is_looked_at_first_and_late_then(catalog: Catalog) -> None:
    failed = mosaic(1, "FAILED", due_since=ago(hours=1), reason="The disk is full")
    why = trouble("MOSAIC", "31UDS MONTH 2022-06-01 20 m", ago(hours=1), message="It is full.")
    found = judged(catalog, LIVE, failed, why)
    assert found.headline == "Idle: nothing waits, and nothing came yet. 1 thing wants a look."
    assert only(found, Grade.LOOK).text == (
        "1 mosaic could not be composed. 31UDS MONTH 2022-06-01 20 m: It is full. Every turn "
        "tries again."
    )
    with catalog.view() as session:
        later = health(session, NOW + timedelta(hours=1.1), OBJECTIVES, MINUTE)
    assert (
        "could not be composed since 2022-06-15 11:30 UTC: The disk is full."
        in only(later, Grade.LATE).text
    )


def published(hours: list[tuple[float, float]], **more: object) -> list[SQLModel]:
    ways = [publication(1, 1, ago(minutes=n), *way, **more) for n, way in enumerate(hours)]
    return [mosaic(1, "PUBLISHED"), revision(1, 1), *ways]


def test_a_missed_objective_says_how_many_and_whose_it_is(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, *published([(10, 3)] * 3 + [(10, 1)] * 7))
    assert (
        found.headline
        == ("Late: granules are published more than 2 h after it was visible at the source.")
        or found.level == Level.LATE
    )
    assert only(found, Grade.LATE).text.startswith(
        "In the last 24 h 3 of 10 publications from archive came more than 2 h after"
    )


def test_a_source_that_delivers_late_is_told_as_such(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, *published([(30, 1)] * 10))
    assert only(found, Grade.LATE).text.endswith("The source delivers late; ask its provider.")


def test_a_single_late_publication_makes_nothing_late(catalog: Catalog) -> None:
    assert judged(catalog, LIVE, *published([(90, 30)])).level == Level.HEALTHY


def test_an_objective_that_is_kept_again_is_a_note(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, *published([(10, 1)] * 10 + [(10, 3)] * 5))
    assert found.level == Level.HEALTHY
    assert only(found, Grade.NOTE).text.endswith("The last ten were in time again.")


def test_an_archive_tells_nothing_of_timeliness(catalog: Catalog) -> None:
    found = judged(catalog, LIVE, *published([(9000, 9)] * 12, from_archive=True))
    assert found.level == Level.HEALTHY
    assert only(found, Grade.NOTE).text == (
        "In the last 24 h all granules from archive came from an archive (12 publications); they "
        "tell nothing of timeliness."
    )


def test_what_quality_control_stopped_and_what_was_rejected_wants_a_look(catalog: Catalog) -> None:
    rows = [
        mosaic(1, "QUARANTINED"),
        revision(1, 1, "QUARANTINED"),
        report(1, ago(hours=3), "FAIL"),
        trouble("GRANULE", "g1", ago(minutes=2), message="It is torn."),
        trouble("GRANULE", "g2", ago(minutes=1), message="It is torn, too."),
    ]
    found = judged(catalog, LIVE, *rows)
    assert found.headline.endswith(" 2 things want a look.")
    gate, failures = found.sentences
    assert (gate.link, gate.since) == ("/gate", ago(hours=3))
    assert gate.text.startswith("Quality control stopped 1 mosaic; readers keep what they had.")
    assert failures.link == "/failures"
    assert failures.text.startswith("2 granules could not be used or fetched. The first: g1: It is")


def test_the_gravest_comes_first_and_a_headline_names_two_causes(catalog: Catalog) -> None:
    rows = [
        trouble("GRANULE", "g1", ago(hours=1)),
        granule("g9", ago(hours=5)),
        trouble("SOURCE", "archive", ago(hours=1)),
        trouble("RUN", "archive", ago(hours=1)),
    ]
    found = judged(catalog, LIVE, *rows, room=Room(1, 2))
    assert found.headline == (
        "Broken: the disk is full; the source archive does not answer; and 1 more."
    )
    assert [one.level for one in found.sentences] == ["broken"] * 3 + ["late", "look"]


def test_the_passing_of_seconds_changes_no_word(catalog: Catalog) -> None:
    rows = [granule("g9", ago(hours=5)), trouble("SOURCE", "archive", ago(hours=1))]
    before = judged(catalog, worker("w1", NOW + timedelta(seconds=5)), *rows)
    with catalog.view() as session:
        after = health(session, NOW + timedelta(seconds=7), OBJECTIVES, MINUTE)
    assert before == after


def test_it_takes_the_same_number_of_statements_whatever_there_is(catalog: Catalog) -> None:
    with statements(catalog) as few:
        judged(catalog)
    write(
        catalog,
        *(granule(f"g{n}", ago(hours=n)) for n in range(50)),
        *(mosaic(n, "QUARANTINED", month(n)) for n in range(50)),
        *(revision(n, n, "QUARANTINED") for n in range(50)),
        *(trouble("GRANULE", f"t{n}", ago(hours=n)) for n in range(50)),
        *(worker(f"w{n}", ago(hours=n)) for n in range(50)),
    )
    with statements(catalog) as many, catalog.view() as session:
        health(session, NOW, OBJECTIVES, MINUTE)
    assert len([text for text in few if "FROM" in text]) == len(many)
