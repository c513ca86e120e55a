"""Periods, tiles and grids."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.bands import LAYERS
from products.errors import BadInput
from products.granule import Angles, Granule, Image
from products.grid import Extent, check_tile_name, epsg_of
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind, parse_kind

moments = st.datetimes(
    datetime(2015, 7, 1),  # noqa: DTZ001
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(moments, st.sampled_from(PeriodKind))
def test_every_moment_lies_in_exactly_its_period(moment: datetime, kind: PeriodKind) -> None:
    period = Period.containing(kind, moment)
    assert period.start <= moment.date() <= period.end
    after = datetime.combine(period.end + timedelta(days=1), datetime.min.time(), UTC)
    assert Period.containing(kind, after).start == period.end + timedelta(days=1)
    assert Period.parse(kind.value, period.start.isoformat()) == period


@given(moments, st.sampled_from(PeriodKind), st.sampled_from((10, 20, 60)))
def test_a_mosaic_is_parsed_as_it_is_written(
    moment: datetime, kind: PeriodKind, resolution: int
) -> None:
    key = MosaicKey("31UDS", Period.containing(kind, moment), resolution)
    assert MosaicKey.parse(str(key)) == key
    assert MosaicKey.parse(str(key).removesuffix(" m")) == key
    assert MosaicKey.looks_like(str(key))


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("TENDAYS", "2018-07-21", "2018-07-31"),
        ("TENDAYS", "2018-02-21", "2018-02-28"),
        ("TENDAYS", "2018-02-11", "2018-02-20"),
        ("QUARTER", "2017-10-01", "2017-12-31"),
        ("MONTH", "2020-02-01", "2020-02-29"),
        ("YEAR", "2018-01-01", "2018-12-31"),
        ("DAY", "2018-05-22", "2018-05-22"),
    ],
)
def test_ends_are_inclusive(kind: str, start: str, end: str) -> None:
    assert Period.parse(kind, start).end == date.fromisoformat(end)


def test_the_last_second_belongs_to_its_day() -> None:
    late = datetime(2018, 6, 30, 23, 59, 59, tzinfo=UTC)
    assert Period.containing(PeriodKind.MONTH, late).start == date(2018, 6, 1)
    after = late + timedelta(seconds=1)
    assert Period.containing(PeriodKind.MONTH, after).start == date(2018, 7, 1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: parse_kind("WEEK"), "choose one of DAY, TENDAYS"),
        (lambda: Period.parse("MONTH", "2018-06-05"), "starts on 2018-06-01"),
        (lambda: Period.parse("MONTH", "June"), "write it as 2018-06-01"),
        (lambda: check_tile_name("31uds"), "like 31UDS"),
        (lambda: check_tile_name("61UDS"), "like 31UDS"),
        (lambda: check_tile_name("../31U"), "like 31UDS"),
    ],
)
def test_bad_words_are_refused_in_a_sentence(call: object, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        call()  # type: ignore[operator]


def test_zones_and_hemispheres() -> None:
    assert [epsg_of(tile) for tile in ("31UDS", "29RKH", "33TWM", "36NYH", "21MXT", "01CCV")] == [
        32631, 32629, 32633, 32636, 32721, 32701,
    ]  # fmt: skip


def test_a_grid_leaves_out_pixels_that_are_not_whole() -> None:
    extent = Extent(32631, 501360, 5629680, 640, 640)
    assert [extent.grid(size).shape for size in (10, 20, 60)] == [(64, 64), (32, 32), (10, 10)]
    assert extent.grid(60).bounds == (501360, 5629080, 501960, 5629680)
    assert extent.grid(20).pixel(501381, 5629679) == (0, 1)
    with pytest.raises(BadInput, match="lies outside the tile"):
        extent.grid(20).pixel(0, 0)


def test_there_are_22_layers_with_their_types() -> None:
    assert len(LAYERS) == 22
    assert {layer.api_id: layer.nodata for layer in LAYERS if layer.dtype != "uint16"} == {
        "CLOUD": 255, "SNOW": 255, "SCENE": 255, "VALID_OBS": 255, "INDEX": -1,
    }  # fmt: skip


def test_a_granule_survives_the_catalog() -> None:
    granule = Granule(
        id="S2A_X",
        tile="31UDS",
        satellite="S2A",
        datatake_start=datetime(2018, 6, 5, 10, 50, 31, tzinfo=UTC),
        relative_orbit=51,
        generated=datetime(2018, 6, 5, 15, tzinfo=UTC),
        images=(Image("B02", 10, "/a/B02.jp2", -1000, size=5, checksum="md5:00"),),
        angles=Angles(view_zenith=7.5),
    )
    assert Granule.from_json(granule.to_json()) == granule
    assert granule.datatake == "S2A_20180605T105031_R051"
