"""Input quality control: what each rule says of numbers that are known."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from products.bands import REFLECTANCE
from products.errors import CHECK_OF
from products.granule import Granule, Image
from products.measured import BandStatistic, Measured, PastGranule, Shift
from products.mgrs import tile_extent
from qc.catalogue import RULES
from qc.finding import Finding, Verdict
from qc.granule import judge_granule
from qc.thresholds import Thresholds

ROOT = Path(__file__).parents[2]
SENSED = datetime(2018, 6, 5, 10, 50, tzinfo=UTC)
WHOLE = tile_extent("31UDS")
BANDS = ("B02", "B03", "B04", "B8A")
USUAL = (400.0, 600.0, 800.0, 1000.0, 1200.0)
LIMITS = Thresholds()


def band(name: str, add: float = 0, pixels: int = 400, unusable: float = 0.0) -> BandStatistic:
    values = tuple(value + add for value in USUAL)
    return BandStatistic(name, pixels, unusable, values if pixels else None)


MEASURED = Measured(
    classes=(0, 0, 0, 0, 900, 100, 0, 0, 0, 0, 0, 0),
    bands=tuple(band(name) for name in BANDS),
    shifts=(Shift("B02", "B04", 0.1), Shift("B03", "B04", 0.05)),
    angles={
        "sun_zenith": (30.0, 31.0),
        "sun_azimuth": (150.0, 151.0),
        "view_zenith": (2.0, 9.0),
        "view_azimuth": (100.0, 110.0),
    },
)
GRANULE = Granule(
    id="S2A_x",
    tile="31UDS",
    satellite="S2A",
    datatake_start=SENSED,
    relative_orbit=51,
    images=tuple(Image(name, 10, f"/x/{name}", checksum="md5:00") for name in (*BANDS, "SCL")),
)


def past(count: int = 12, days: int = 3, add: float = 0, **kind: int) -> list[PastGranule]:
    """Earlier granules whose brightness varies by 40 either way."""
    return [
        PastGranule(
            SENSED - timedelta(days=days * (number + 1)),
            tuple(band(name, add + 40 * (number % 3 - 1), **kind) for name in BANDS),
        )
        for number in range(count)
    ]


def judge(measured: Measured | None = MEASURED, **changes: object) -> dict[str, Finding]:
    facts = {"granule": GRANULE, "extent": WHOLE, "past": past(), "limits": LIMITS} | changes
    found = judge_granule(measured=measured, **facts)  # type: ignore[arg-type]
    assert [one.rule for one in found] == [r.id for r in RULES.values() if r.level == "input"]
    assert all(one.message.endswith(".") and len(one.message.splitlines()) == 1 for one in found)
    return {one.rule: one for one in found}


def test_a_usual_granule_passes_every_rule() -> None:
    assert {one.verdict for one in judge().values()} == {Verdict.PASS}


def test_every_limit_is_a_threshold_and_every_threshold_that_speaks_is_named() -> None:
    for rule in RULES.values():
        if rule.level == "input" and rule.limit:
            assert hasattr(LIMITS, rule.limit)
            assert judge()[rule.id].limit == getattr(LIMITS, rule.limit)


def test_what_was_not_measured_is_skipped_and_says_why() -> None:
    found = judge(measured=None)
    skipped = {rule for rule, one in found.items() if one.verdict is Verdict.SKIPPED}
    assert skipped == {rule for rule in found if rule[6] in "3456"}
    assert "earlier version" in found["input.4-radiometry"].message


def test_a_band_that_most_earlier_granules_have_is_missed() -> None:
    fewer = replace(GRANULE, images=tuple(i for i in GRANULE.images if i.layer != "B8A"))
    found = judge(granule=fewer)["input.1-complete"]
    assert (found.verdict, found.value) == (Verdict.WARN, 1)
    assert "has no B8A" in found.message
    rare = [replace(one, bands=(*one.bands, band("B01"))) for one in past(4)]
    assert judge(past=rare + past(8))["input.1-complete"].verdict is Verdict.PASS
    assert judge(granule=fewer, past=[])["input.1-complete"].verdict is Verdict.PASS
    absent = judge()["input.1-complete"].message
    assert all(one.name in absent for one in REFLECTANCE if one.name not in BANDS)


def test_checksums_that_are_not_stated_are_told() -> None:
    images = (replace(GRANULE.images[0], checksum=None), *GRANULE.images[1:])
    found = judge(granule=replace(GRANULE, images=images))["input.1-checksums"]
    assert (found.verdict, found.value) == (Verdict.SKIPPED, 1)
    assert "4 of 5" in found.message
    with_grids = replace(GRANULE, angle_grids="/x/MTD_TL.xml")
    assert judge(granule=with_grids)["input.1-checksums"].verdict is Verdict.SKIPPED


def test_ground_outside_the_tile_of_that_name_is_told() -> None:
    part = replace(WHOLE, west=WHOLE.west + 6000, width=6000, height=6000)
    assert judge(extent=part)["input.2-geometry"].verdict is Verdict.PASS
    for wrong in (
        replace(WHOLE, west=WHOLE.west - 10),
        replace(WHOLE, north=WHOLE.north + 10),
        replace(WHOLE, width=WHOLE.width + 10),
        replace(WHOLE, height=WHOLE.height + 10),
    ):
        found = judge(extent=wrong)["input.2-geometry"]
        assert found.verdict is Verdict.WARN
        assert "begins at 399960, 5700000" in found.message
    nowhere = judge(granule=replace(GRANULE, tile="31UZZ"[:3] + "ZA"))["input.2-geometry"]
    assert nowhere.verdict is Verdict.WARN
    assert "no tile" in nowhere.message


@pytest.mark.parametrize(
    ("rule", "code", "limit"),
    [
        ("input.3-nodata", 0, LIMITS.nodata_share),
        ("input.3-cloud", 9, 0.9),
        ("input.3-cloud", 3, 0.9),
        ("input.3-saturation", 1, LIMITS.unusable_share),
    ],
)
def test_shares_warn_beyond_their_limit_and_not_at_it(rule: str, code: int, limit: float) -> None:
    for beyond in (0, 1):
        classes = [0] * 12
        classes[code] = round(limit * 1000) + beyond
        classes[4] = 1000 - classes[code]
        limits = replace(LIMITS, cloud_share=0.9)
        found = judge(replace(MEASURED, classes=tuple(classes)), limits=limits)[rule]
        assert found.verdict is (Verdict.WARN if beyond else Verdict.PASS)
        assert found.value == pytest.approx(classes[code] / 1000)
        assert found.limit == limit


def test_clouds_are_counted_among_the_pixels_with_data() -> None:
    classes = (900, 0, 0, 0, 1, 0, 0, 0, 0, 99, 0, 0)
    found = judge(replace(MEASURED, classes=classes))
    assert found["input.3-cloud"].value == 0.99
    empty = judge(replace(MEASURED, classes=(1000, *(0,) * 11)))
    assert empty["input.3-nodata"].verdict is Verdict.WARN
    assert empty["input.3-cloud"].verdict is Verdict.SKIPPED
    assert empty["input.3-saturation"].verdict is Verdict.SKIPPED


def test_the_band_that_lacks_most_is_named() -> None:
    bands = (*MEASURED.bands[:3], band("B8A", unusable=0.06))
    found = judge(replace(MEASURED, bands=bands))["input.3-saturation"]
    assert (found.verdict, found.value) == (Verdict.WARN, 0.06)
    assert "B8A" in found.message


# ------------------------------------------------------------------ radiometry


def radiometry(add: float = 0, **changes: object) -> Finding:
    bands = tuple(band(name, add if name == "B03" else 0) for name in BANDS)
    return judge(replace(MEASURED, bands=bands), **changes)["input.4-radiometry"]


def test_an_offset_that_was_not_applied_is_noticed() -> None:
    found = radiometry(1000)
    assert found.verdict is Verdict.WARN
    assert found.value == pytest.approx(10.0)  # the spread of 1.4826 * 40 counts as 100
    assert found.message == (
        "Percentile 50 of B03 is 0.1800, 0.0800 the median of 12 earlier granules of its season: "
        "10.0 times their spread."
    )
    assert radiometry(-1000).verdict is Verdict.WARN
    assert radiometry(100).verdict is Verdict.PASS


def test_beyond_the_visible_the_ground_may_change_more() -> None:
    bands = tuple(band(name, 1400 if name == "B8A" else 0) for name in BANDS)
    found = judge(replace(MEASURED, bands=bands))["input.4-radiometry"]
    assert (found.verdict, found.value) == (Verdict.PASS, pytest.approx(5.6))


def test_a_tile_that_varies_allows_more() -> None:
    wild = [
        replace(one, bands=tuple(band(name, 500 * (number % 5 - 2)) for name in BANDS))
        for number, one in enumerate(past(15))
    ]
    assert radiometry(1000, past=wild).verdict is Verdict.PASS


def test_the_order_of_the_past_does_not_matter() -> None:
    assert radiometry(300) == radiometry(300, past=past()[::-1])


def test_it_takes_enough_earlier_granules_that_are_clear() -> None:
    few = radiometry(1000, past=past(9))
    assert few.verdict is Verdict.SKIPPED
    assert "9 earlier granules" in few.message
    assert radiometry(1000, past=past(10)).verdict is Verdict.WARN
    clouded = past(9) + past(5, pixels=49)
    assert radiometry(1000, past=clouded).verdict is Verdict.SKIPPED
    mine = tuple(band(name, 1000, pixels=49) for name in BANDS)
    found = judge(replace(MEASURED, bands=mine))["input.4-radiometry"]
    assert found.verdict is Verdict.SKIPPED
    assert "clear" in found.message
    assert radiometry(1000, past=past(pixels=0)).verdict is Verdict.SKIPPED


def test_the_same_season_of_other_years_is_preferred() -> None:
    summers = [
        replace(one, sensed=one.sensed.replace(year=2016)) for one in past(10, days=4, add=1000)
    ]
    winters = [replace(one, sensed=datetime(2017, 12, 20, tzinfo=UTC)) for one in past(30)]
    assert radiometry(1000, past=summers + winters).verdict is Verdict.WARN  # other bands
    all_of_it = judge(
        replace(MEASURED, bands=tuple(band(name, 1000) for name in BANDS)), past=summers + winters
    )["input.4-radiometry"]
    assert all_of_it.verdict is Verdict.PASS
    assert "of its season" in all_of_it.message
    without = judge(
        replace(MEASURED, bands=tuple(band(name, 1000) for name in BANDS)),
        past=summers[:9] + winters,
    )["input.4-radiometry"]
    assert without.verdict is Verdict.WARN
    assert "of its season" not in without.message


def test_the_turn_of_the_year_does_not_part_a_season() -> None:
    new_year = replace(GRANULE, datatake_start=datetime(2019, 1, 5, tzinfo=UTC))
    before = [replace(one, sensed=datetime(2016, 12, 10, tzinfo=UTC)) for one in past(10)]
    found = judge(granule=new_year, past=before)["input.4-radiometry"]
    assert "of its season" in found.message


def test_bands_that_the_past_does_not_have_are_not_compared() -> None:
    other = tuple(replace(one, bands=(band("B11"),)) for one in past())
    assert radiometry(1000, past=other).verdict is Verdict.SKIPPED


# ------------------------------------------------------------------ registration, angles


def test_a_band_beside_the_others_is_noticed() -> None:
    shifts = (Shift("B02", "B04", 0.2), Shift("B03", "B04", 1.01))
    found = judge(replace(MEASURED, shifts=shifts))["input.5-registration"]
    assert (found.verdict, found.value, found.limit) == (Verdict.WARN, 1.01, 1.0)
    assert "B03" in found.message
    none = judge(replace(MEASURED, shifts=()))["input.5-registration"]
    assert none.verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("sun_zenith", 80.0, 91.0),
        ("sun_azimuth", -1.0, 20.0),
        ("view_zenith", 2.0, 30.0),
        ("view_azimuth", 0.0, 361.0),
        ("view_zenith", float("nan"), float("nan")),
    ],
)
def test_angles_that_cannot_be_are_noticed(name: str, low: float, high: float) -> None:
    angles = MEASURED.angles | {name: (low, high)}
    found = judge(replace(MEASURED, angles=angles))["input.6-angles"]
    assert found.verdict is Verdict.WARN
    assert name in found.message


def test_angles_that_are_not_stated_are_told_and_a_low_sun_is_noticed() -> None:
    fewer = {name: pair for name, pair in MEASURED.angles.items() if name != "view_zenith"}
    found = judge(replace(MEASURED, angles=fewer))["input.6-angles"]
    assert found.verdict is Verdict.SKIPPED
    assert "view_zenith" in found.message
    low = judge(replace(MEASURED, angles=MEASURED.angles | {"sun_zenith": (84.0, 86.0)}))
    assert (low["input.6-angles"].verdict, low["input.6-angles"].value) == (Verdict.WARN, 86.0)


def test_every_rejection_has_its_rule_in_the_catalogue() -> None:
    assert set(CHECK_OF.values()) <= set(RULES)
    raised = set()
    for path in (path for room in ("sources", "products", "tasks", "catalog")
                 for path in (ROOT / room).rglob("*.py")):  # fmt: skip
        raised |= set(re.findall(r'GranuleRejected\(\s*"([a-z-]+)"', path.read_text()))
    assert raised == set(CHECK_OF)
