"""What a run says at its end."""

from dataclasses import replace
from datetime import date

import pytest

from catalog.query import MosaicStatus
from products.errors import NeedsOperator
from products.period import PeriodKind
from s2gm.service import _require_whole
from tasks.cycle import Wanted

DONE = MosaicStatus(
    tile="31UDS",
    period="MONTH",
    start=date(2022, 1, 1),
    end=date(2022, 1, 31),
    resolution=20,
    state="PUBLISHED",
    reason=None,
    revision=1,
    number=1,
    product="products/31UDS/p",
    granules=(),
    published_at=None,
    latency_seconds=None,
    verdicts={},
    quality="passed",
    shown=None,
    stopped=None,
)
WANTED = Wanted(kinds=(PeriodKind.MONTH,), resolutions=(20,))


def test_a_run_with_a_failed_mosaic_fails_with_its_reason() -> None:
    failed = replace(DONE, state="FAILED", reason="The disk is full; make room.")
    with pytest.raises(NeedsOperator, match=r"^1 mosaic .* 31UDS MONTH 2022-01-01 20 m: The disk"):
        _require_whole([DONE, failed], WANTED)


def test_failures_of_other_runs_do_not_count() -> None:
    failed = replace(DONE, state="FAILED", reason="x", resolution=10)
    _require_whole([DONE, failed, replace(failed, period="YEAR", resolution=20)], WANTED)
