"""How timely granules are published, against the objectives."""

from datetime import datetime
from typing import Any

from catalog.engine import Catalog
from catalog.operations.timeliness import Objectives, SourceTimeliness, Way, timeliness
from catalog.tables import SourceRow
from tests.catalog.operations.rows import (
    NOW,
    ago,
    ground,
    mosaic,
    publication,
    revision,
    statements,
    write,
)

HOUR = 3600.0


def found(catalog: Catalog, since: datetime | None = None) -> tuple[SourceTimeliness, ...]:
    with catalog.view() as session:
        return timeliness(session, since or ago(hours=24), NOW, Objectives(24, 2))


def fill(catalog: Catalog, *ways: tuple[float, float, float], **more: Any) -> None:
    """Publish; each way is hours ago, hours from sensing, hours from visible."""
    write(
        catalog,
        *ground(),
        SourceRow(name="second", seen_at=NOW),
        mosaic(1, "PUBLISHED"),
        revision(1, 1),
        *(publication(1, 1, ago(hours=h), sensing, visible) for h, sensing, visible in ways),
        *more.get("rows", ()),
    )


def test_without_publications_there_is_no_source_to_tell_of(catalog: Catalog) -> None:
    assert found(catalog) == ()


def test_nine_of_ten_within_the_objective_meet_it(catalog: Catalog) -> None:
    ways = [(n, 10.0 + n, 1.0) for n in range(1, 10)]
    fill(catalog, *ways, (10, 30, 3), (25, 90, 80))
    (one,) = found(catalog)
    assert (one.source, one.published, one.archived, one.judged) == ("archive", 10, 0, True)
    sensing = Way(15 * HOUR, 30 * HOUR, 24 * HOUR, within=9, met=True, mended=False)
    assert one.from_sensing == sensing
    visible = Way(1 * HOUR, 3 * HOUR, 2 * HOUR, within=9, met=True, mended=False)
    assert one.from_visible == visible


def test_exactly_the_objective_still_keeps_it(catalog: Catalog) -> None:
    fill(catalog, *((n, 24.0, 2.0) for n in range(10)))
    (one,) = found(catalog)
    assert one.from_visible is not None
    assert (one.from_visible.within, one.from_visible.met) == (10, True)


def test_a_missed_objective_is_mended_when_nine_of_the_last_ten_keep_it(catalog: Catalog) -> None:
    late = [(20.0, 40.0, 6.0), (19.0, 41.0, 5.0)]
    fill(catalog, *late, *((n / 10, 10.0, 1.0) for n in range(1, 10)))
    (one,) = found(catalog)
    assert one.from_visible is not None
    assert (one.from_visible.met, one.from_visible.mended) == (False, True)


def test_a_missed_objective_stays_missed_while_the_last_ten_miss_it_too(catalog: Catalog) -> None:
    fill(catalog, *((n, 10.0, 3.0 if n < 3 else 1.0) for n in range(1, 11)))
    (one,) = found(catalog)
    assert one.from_visible is not None
    assert (one.from_visible.met, one.from_visible.mended) == (False, False)
    assert one.from_sensing is not None
    assert one.from_sensing.met


def test_what_came_from_an_archive_is_counted_and_not_timed(catalog: Catalog) -> None:
    old = [publication(1, 1, ago(hours=n), 9999, 1, from_archive=True) for n in range(3)]
    other = [publication(1, 1, ago(hours=1), 8, 1, source="second")]
    fill(catalog, rows=[*old, *other])
    first, second = found(catalog)
    assert (first.published, first.archived, first.judged) == (0, 3, False)
    assert (first.from_sensing, first.from_visible) == (None, None)
    assert (second.published, second.archived, second.judged) == (1, 0, False)
    assert second.from_sensing is not None
    assert second.from_sensing.p95 == 8 * HOUR


def test_it_is_two_statements(catalog: Catalog) -> None:
    fill(catalog, (1, 2, 1))
    with statements(catalog) as asked:
        found(catalog)
    assert len(asked) == 2
