"""The last 24 hours, hour by hour."""

from dataclasses import astuple
from datetime import timedelta

from catalog.engine import Catalog
from catalog.operations.activity import activity
from tests.catalog.operations.rows import (
    NOW,
    ago,
    granule,
    ground,
    mosaic,
    publication,
    report,
    revision,
    statements,
    trouble,
    write,
)


def test_a_day_without_events_has_24_empty_hours(catalog: Catalog) -> None:
    with catalog.view() as session:
        hours = activity(session, NOW)
    assert len(hours) == 24
    assert hours[-1].start == NOW.replace(minute=0)
    assert hours[0].start == NOW.replace(minute=0) - timedelta(hours=23)
    assert {astuple(hour)[1:] for hour in hours} == {(0, 0, 0, 0, 0)}


def test_events_fall_into_their_hour_of_the_clock(catalog: Catalog) -> None:
    sharp = NOW.replace(minute=0)
    write(
        catalog,
        *ground(),
        granule("sharp", sharp, "READY"),
        granule("before", sharp - timedelta(seconds=1)),
        granule("old", ago(hours=24)),
        mosaic(1, "QUARANTINED"),
        revision(1, 1, "QUARANTINED"),
        revision(2, 1, ordinal=2),
        report(1, ago(hours=2), "FAIL"),
        report(2, ago(hours=2)),
        publication(2, 1, ago(hours=23)),
        trouble("SOURCE", "archive", ago(minutes=1)),
        trouble("RUN", "archive", ago(minutes=2)),
    )
    with statements(catalog) as asked, catalog.view() as session:
        hours = activity(session, NOW)
    assert len(asked) == 1
    told = {
        NOW.hour - hour.start.hour: astuple(hour)[1:] for hour in hours if any(astuple(hour)[1:])
    }
    assert told == {
        0: (1, 1, 0, 0, 2),
        1: (1, 0, 0, 0, 0),
        2: (0, 0, 0, 1, 0),
        -1: (0, 0, 1, 0, 0),
    }
