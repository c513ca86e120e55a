"""What was to be expected of a tile, against a slow reference that asks day by day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.engine import Catalog
from catalog.operations.expected import Pass, missing_passes, parse_pass, passes_seen
from tests.catalog.test_catalog import bring, granule

START = date(2022, 1, 1)
END = datetime(2030, 1, 1, tzinfo=UTC)


def seen(day: int, satellite: str = "S2A", orbit: int = 51) -> Pass:
    """A pass on a day after the start."""
    return Pass(datetime(2022, 1, 1, 10, 50, tzinfo=UTC) + timedelta(days=day), satellite, orbit)


def days(passes: Sequence[Pass]) -> list[tuple[str, int, int]]:
    return [(one.satellite, one.orbit, (one.day - START).days) for one in passes]


def expected_slowly(came: set[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
    """Ask of each day, satellite and orbit by itself whether a pass is missing on it.

    All passes are at the same time of the day, so whole days are enough.
    """
    every = {day for _, _, day in came}
    missing = set()
    for satellite, orbit in {(satellite, orbit) for satellite, orbit, _ in came}:
        for day in range(min(every), max(every) + 1):
            if (satellite, orbit, day) in came:
                continue
            season = neighbours(every, day)
            working = {d for s, _, d in came if s == satellite and d in season}
            own = {d for s, o, d in came if (s, o) == (satellite, orbit) and d in season}
            if working and min(working) <= day <= max(working) and in_step(own, day):
                missing.add((satellite, orbit, day))
    return missing


def neighbours(every: set[int], day: int) -> set[int]:
    """Return the days with a pass that are reached from a day without a gap of over 30 days."""
    reached = {day} & every
    if not reached:
        before = [d for d in every if d < day]
        after = [d for d in every if d > day]
        if not before or not after or min(after) - max(before) > 30:
            return set()
        reached = {max(before), min(after)}
    while more := {d for d in every if any(abs(d - r) <= 30 for r in reached)} - reached:
        reached |= more
    return reached


def in_step(own: set[int], day: int) -> bool:
    """Tell whether two passes of the orbit that follow each other make a day its turn."""
    before = sorted(d for d in own if d < day)
    after = sorted(d for d in own if d > day)
    if before and after:
        turn = (after[0] - before[-1]) % 10 == 0
        return turn and (day - before[-1]) % 10 == 0
    nearest = before[-2:] if before else after[:2]
    if len(nearest) < 2 or (nearest[1] - nearest[0]) % 10:
        return False
    return (day - nearest[0]) % 10 == 0


@settings(max_examples=300, deadline=None)
@given(
    st.sets(
        st.tuples(st.sampled_from(["S2A", "S2B"]), st.sampled_from([51, 94]), st.integers(0, 24)),
        max_size=20,
    ),
    st.sampled_from([5, 10, 3]),
)
def test_what_is_missing_is_what_a_slow_search_day_by_day_finds(
    turns: set[tuple[str, int, int]], every: int
) -> None:
    came = {(satellite, orbit, turn * every) for satellite, orbit, turn in turns}
    passes = [seen(day, satellite, orbit) for satellite, orbit, day in came]
    found = missing_passes(passes, END)
    assert set(days(found)) == expected_slowly(came)
    assert len(set(found)) == len(found)
    assert list(found) == sorted(found)


@given(st.sets(st.integers(0, 40), max_size=12), st.randoms())
def test_the_order_of_arrival_does_not_matter(turns: set[int], order: object) -> None:
    passes = [seen(turn * 5) for turn in turns]
    shuffled = sorted(passes, key=lambda _: order.random())  # type: ignore[attr-defined]
    assert missing_passes(shuffled, END) == missing_passes(passes, END)


def test_a_gap_in_the_pattern_is_missing() -> None:
    assert days(missing_passes([seen(0), seen(10), seen(30)], END)) == [("S2A", 51, 20)]


def test_nothing_is_missing_before_the_first_and_after_the_last_of_a_satellite() -> None:
    assert missing_passes([seen(0), seen(10)], END) == ()
    later = [seen(0), seen(10), *(seen(day, "S2B") for day in (5, 15, 25, 35))]
    assert missing_passes(later, END) == ()


def test_an_orbit_is_expected_while_its_satellite_is_seen_from_another() -> None:
    came = [seen(0), seen(10), *(seen(day, orbit=94) for day in (3, 13, 23, 33))]
    assert days(missing_passes(came, END)) == [("S2A", 51, 20), ("S2A", 51, 30)]


def test_one_pass_alone_shows_no_repetition() -> None:
    came = [seen(10), *(seen(day, orbit=94) for day in (3, 13, 23, 33))]
    assert missing_passes(came, END) == ()


def test_a_satellite_that_was_moved_is_expected_in_its_new_step() -> None:
    came = [seen(day) for day in (0, 10, 24, 34, 54)]
    assert days(missing_passes(came, END)) == [("S2A", 51, 44)]


def test_a_time_that_was_never_asked_for_is_not_missing() -> None:
    came = [seen(day) for day in (0, 10, 730, 740)]
    assert missing_passes(came, END) == ()
    assert len(missing_passes([seen(0), seen(10), seen(40)], END)) == 2


def test_nothing_is_missing_in_the_future() -> None:
    came = [seen(0), seen(10), seen(40)]
    assert days(missing_passes(came, seen(20).moment)) == [("S2A", 51, 20)]


def test_a_pass_some_minutes_off_its_time_is_in_step_also_over_midnight() -> None:
    first = Pass(datetime(2022, 1, 1, 23, 58, tzinfo=UTC), "S2A", 51)
    last = Pass(datetime(2022, 1, 22, 0, 3, tzinfo=UTC), "S2A", 51)
    (one,) = missing_passes([first, last], END)
    assert one.day == date(2022, 1, 11)


@pytest.mark.parametrize("text", ["", "S2A", "S2A_20220101T105031", "x", "S2A_20220101_R051"])
def test_what_names_no_datatake_is_no_pass(text: str) -> None:
    assert parse_pass(text) is None


def test_passes_are_read_from_the_catalog_once_each(catalog: Catalog) -> None:
    first, again = granule("2018-06-05"), granule("2018-06-05", "05.00")
    other = granule("2018-06-10", tile="31UES")
    bring(catalog, first, again, other)
    with catalog.view() as session:
        assert passes_seen(session, "31UDS") == {parse_pass(first.datatake)}
