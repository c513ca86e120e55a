"""Input quality control on real acquisitions: quiet where nothing is wrong, loud where it is."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.checked import past_of
from catalog.quality import granules_by_rule
from catalog.query import granule, granules, tracked
from products.measured import Measured
from products.mgrs import tile_extent
from qc.finding import Verdict
from qc.granule import judge_granule
from qc.thresholds import Thresholds
from tasks.ingest import ingest, observation_folder
from tasks.measure import load_measured
from tasks.track import open_source, track
from tasks.workshop import Workshop
from tests import real
from tests.tasks.helpers import workshop

pytestmark = [pytest.mark.real_data, real.needs("l2a-31UDS")]


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A data root that has taken in 15 months of one place, one granule after the other."""
    opened = workshop(tmp_path_factory.mktemp("real"))
    track(opened, open_source(str(real.ROOT / "l2a-31UDS" / "catalog.json")))
    with opened.catalog.transaction() as session:
        waiting = tracked(session)
    for granule_id in waiting:
        ingest(opened, granule_id)
    return opened


def test_at_most_one_granule_in_a_hundred_is_warned_of(taken_in: Workshop) -> None:
    with taken_in.catalog.transaction() as session:
        assert len(granules(session)) == 118
        spoken = granules_by_rule(session)
    assert sum(spoken.values()) <= 1, spoken


@pytest.mark.parametrize("offset", [1000, -1000])
def test_a_forgotten_offset_is_noticed_nearly_always(taken_in: Workshop, offset: int) -> None:
    found: Counter[Verdict] = Counter()
    with taken_in.catalog.transaction() as session:
        for row in granules(session):
            one = granule(session, row.id)
            measured = load_measured(observation_folder(taken_in, one))
            assert measured is not None
            wrong, past = _offset(measured, offset), past_of(session, one)
            judged = judge_granule(one, tile_extent(one.tile), wrong, past, Thresholds())
            found.update(f.verdict for f in judged if f.rule == "input.4-radiometry")
    assert found[Verdict.WARN] + found[Verdict.PASS] >= 50
    assert found[Verdict.WARN] >= 0.95 * (found[Verdict.WARN] + found[Verdict.PASS])


def _offset(measured: Measured, by: int) -> Measured:
    bands = tuple(
        replace(one, percentiles=tuple(value + by for value in one.percentiles or ()) or None)
        for one in measured.bands
    )
    return replace(measured, bands=bands)


def test_bands_of_one_granule_lie_upon_each_other(taken_in: Workshop) -> None:
    shifts = []
    for path in taken_in.working.rglob("measured.json"):
        measured = load_measured(Path(path).parent)
        assert measured is not None
        shifts += [shift.pixels for shift in measured.shifts]
    assert len(shifts) >= 60
    assert max(shifts) < 0.3
