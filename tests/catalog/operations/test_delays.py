"""Delays of publications, counted by bounds."""

from datetime import timedelta

import pytest

from catalog.engine import Catalog
from catalog.operations.delays import Bounds, SourceDelays, delays
from catalog.operations.timeliness import Objectives
from tests.catalog.operations.rows import (
    NOW,
    SourceRow,
    ago,
    ground,
    mosaic,
    publication,
    revision,
    statements,
    write,
)

BOUNDS = Bounds(sensing=(6 * 3600.0, 12 * 3600.0), visible=(3600.0, 7200.0, 10800.0))


def found(catalog: Catalog, hours: float = 24) -> tuple[SourceDelays, ...]:
    with catalog.view() as session:
        return delays(session, NOW - timedelta(hours=hours), NOW, BOUNDS)


@pytest.fixture
def made(catalog: Catalog) -> Catalog:
    other = SourceRow(name="other", seen_at=NOW)
    write(catalog, *ground(), other, mosaic(1), revision(1, 1))
    return catalog


def test_without_publications_there_are_no_delays(made: Catalog) -> None:
    assert found(made) == ()


def test_delays_are_counted_within_each_bound_and_summed(made: Catalog) -> None:
    write(
        made,
        publication(1, 1, ago(hours=1), sensing=6, visible=1),
        publication(1, 1, ago(hours=2), sensing=7, visible=1.5),
        publication(1, 1, ago(hours=3), sensing=30, visible=20),
    )
    (one,) = found(made)
    assert (one.source, one.archived) == ("archive", 0)
    assert (one.sensing.within, one.sensing.number) == ((1, 2), 3)
    assert (one.visible.within, one.visible.number) == ((1, 2, 2), 3)
    assert one.sensing.seconds == pytest.approx(43 * 3600, abs=0.1)
    assert one.visible.seconds == pytest.approx(22.5 * 3600, abs=0.1)


def test_sources_are_told_apart_and_archived_granules_tell_nothing(made: Catalog) -> None:
    write(
        made,
        publication(1, 1, ago(hours=1)),
        publication(1, 1, ago(hours=1), from_archive=True, sensing=9000),
        publication(1, 1, ago(hours=1), from_archive=True, sensing=9000, source="other"),
    )
    one, other = found(made)
    assert (one.source, one.archived, one.sensing.number) == ("archive", 1, 1)
    assert (other.source, other.archived, other.sensing.number) == ("other", 1, 0)
    assert (other.sensing.within, other.sensing.seconds) == ((0, 0), 0)


def test_only_the_time_asked_for_counts(made: Catalog) -> None:
    write(made, publication(1, 1, ago(hours=25)), publication(1, 1, ago(hours=-1)))
    assert found(made) == ()
    assert found(made, hours=26)[0].sensing.number == 1


def test_clocks_that_differ_never_give_less_than_no_time(made: Catalog) -> None:
    write(made, publication(1, 1, ago(hours=1), sensing=8, visible=-0.5))
    (one,) = found(made)
    assert (one.visible.within, one.visible.seconds) == ((1, 1, 1), 0)


def test_one_statement_suffices(made: Catalog) -> None:
    write(made, *(publication(1, 1, ago(hours=n / 10)) for n in range(30)))
    with statements(made) as asked:
        found(made)
    assert len(asked) == 1


@pytest.mark.parametrize("hours", [24.0, 5.5, 2000.0])
def test_the_objective_is_a_bound_and_another_lies_above_it(hours: float) -> None:
    bounds = Bounds.around(Objectives(sensing_hours=hours, visible_hours=hours))
    for some in (bounds.sensing, bounds.visible):
        assert hours * 3600 in some
        assert some == tuple(sorted(set(some)))
        assert some[-1] > hours * 3600
