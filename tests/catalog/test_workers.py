"""Workers in the catalog: who lives, what they hold, and who was not heard of again."""

from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from catalog.engine import Catalog
from catalog.operations.workers import (
    Standing,
    Worker,
    beat,
    database_moment,
    greet,
    leave,
    mark_dead,
    unended,
    workers,
)
from tests.catalog.test_catalog import bring, demand, due, granule, take


def come(catalog: Catalog, name: str = "a", beat_seconds: float = 2) -> None:
    with catalog.transaction() as session:
        greet(session, name, "host", 7, beat_seconds)


def say(catalog: Catalog, name: str = "a", doing: str = "") -> bool:
    with catalog.transaction() as session:
        return beat(session, name, doing)


def go(catalog: Catalog, name: str = "a") -> None:
    with catalog.transaction() as session:
        leave(session, name)


def bury(catalog: Catalog, *names: str) -> int:
    with catalog.transaction() as session:
        return mark_dead(session, names)


def seen(catalog: Catalog, later: float = 0) -> list[Worker]:
    """Return the workers as seen some seconds from now."""
    with catalog.view() as session:
        return workers(session, database_moment(session) + timedelta(seconds=later))


def standings(catalog: Catalog, later: float = 0) -> dict[str, Standing]:
    return {one.name: one.standing for one in seen(catalog, later)}


def test_a_worker_tells_where_it_runs_and_what_it_does(catalog: Catalog) -> None:
    come(catalog)
    (waiting,) = seen(catalog)
    assert (waiting.name, waiting.host, waiting.pid) == ("a", "host", 7)
    assert (waiting.standing, waiting.doing, waiting.holds) == (Standing.WAITING, "", ())
    assert say(catalog, doing="ingesting X")
    (working,) = seen(catalog)
    assert (working.standing, working.doing) == (Standing.WORKING, "ingesting X")
    assert working.started_at == waiting.started_at
    assert working.seen_at >= waiting.seen_at


@pytest.mark.parametrize(
    ("seconds", "later", "standing"),
    [
        (2, 6.5, Standing.WAITING),
        (2, 7.5, Standing.SILENT),
        (10, 30, Standing.WAITING),
        (10, 32, Standing.SILENT),
    ],
)
def test_three_missed_beats_are_silence(
    catalog: Catalog, seconds: float, later: float, standing: Standing
) -> None:
    come(catalog, beat_seconds=seconds)
    assert standings(catalog, later) == {"a": standing}


def test_who_leaves_has_ended_and_who_is_found_dead_has_died(catalog: Catalog) -> None:
    come(catalog, "a")
    come(catalog, "b")
    say(catalog, "b", "composing")
    go(catalog, "a")
    assert bury(catalog, "a", "b", "unknown") == 1
    assert standings(catalog, 3600) == {"a": Standing.ENDED, "b": Standing.DIED}
    with catalog.view() as session:
        assert unended(session) == {}


def test_who_was_taken_for_dead_and_beats_lives(catalog: Catalog) -> None:
    come(catalog)
    bury(catalog, "a")
    assert say(catalog, doing="composing")
    assert standings(catalog) == {"a": Standing.WORKING}


def test_who_never_greeted_is_told_so(catalog: Catalog) -> None:
    assert not say(catalog, "stranger")
    assert seen(catalog) == []


def test_who_comes_back_begins_anew(catalog: Catalog) -> None:
    come(catalog)
    go(catalog)
    come(catalog)
    assert standings(catalog) == {"a": Standing.WAITING}


def test_the_ended_are_listed_for_a_day_after_those_who_live(catalog: Catalog) -> None:
    for name in "abc":
        come(catalog, name)
    go(catalog, "b")
    assert [one.name for one in seen(catalog)] == ["c", "a", "b"]
    assert set(standings(catalog, 25 * 3600)) == {"a", "c"}


def test_a_worker_is_listed_with_the_mosaics_that_it_holds(catalog: Catalog) -> None:
    demand(catalog, resolutions=(10, 20))
    bring(catalog, granule("2018-06-05"))
    come(catalog, "a")
    come(catalog, "b")
    for mosaic in due(catalog):
        take(catalog, mosaic, "a", lease=60)
    held = {one.name: one.holds for one in seen(catalog)}
    assert held["b"] == ()
    assert [lease.mosaic for lease in held["a"]] == [
        "31UDS MONTH 2018-06-01 10 m",
        "31UDS MONTH 2018-06-01 20 m",
    ]
    for lease in held["a"]:
        assert isinstance(lease.since, datetime)
        assert lease.tile == "31UDS"
        assert 0 < (lease.until - lease.since).total_seconds() < 61


def test_the_number_of_statements_does_not_grow_with_the_workers(catalog: Catalog) -> None:
    counted = []
    for name in ("a", "b", "c"):
        come(catalog, name)
        said: list[str] = []
        note = partial(_note, said)
        sa.event.listen(catalog.engine, "before_cursor_execute", note)
        seen(catalog)
        sa.event.remove(catalog.engine, "before_cursor_execute", note)
        counted.append(len(said))
    assert counted[0] == counted[1] == counted[2]


def _note(
    said: list[str], _connection: object, _cursor: object, statement: str, *_: object
) -> None:
    said.append(statement)
