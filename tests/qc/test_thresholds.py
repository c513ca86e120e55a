"""A limit that cannot be one is refused in one sentence, before anything is judged by it."""

import math
from dataclasses import asdict, replace

import pytest

from qc.thresholds import RANGES, LimitOutOfRange, Range, Thresholds, setting


def test_every_limit_has_a_unit_and_a_range_that_its_default_is_in() -> None:
    limits = asdict(Thresholds())
    assert RANGES.keys() == limits.keys()
    for name, allowed in RANGES.items():
        assert allowed.unit
        assert allowed.low <= limits[name] <= allowed.high


@pytest.mark.parametrize("name", RANGES)
def test_the_ends_of_a_range_are_allowed_and_nothing_beyond(name: str) -> None:
    allowed = RANGES[name]
    for value in (allowed.low, allowed.high):
        assert getattr(replace(Thresholds(), **{name: value}), name) == value
    for value in (allowed.low - 1e-6, allowed.high + 1e-6, -5, math.nan, math.inf, -math.inf):
        with pytest.raises(LimitOutOfRange, match=rf"^The setting {setting(name)} is .*; correct"):
            replace(Thresholds(), **{name: value})


def test_the_sentence_names_setting_value_and_range() -> None:
    with pytest.raises(LimitOutOfRange) as raised:
        Thresholds(view_zenith=-5)
    assert str(raised.value) == (
        "The setting S2GM_QC__VIEW_ZENITH is -5, but it may only be 0 to 90 degrees; "
        "correct or unset it."
    )
    assert str(Range("as a share", 0, 1)) == "0 to 1 as a share"
