"""Input quality control: what the numbers of one granule say, beside those of its tile before.

Nothing here stops a granule. What cannot be used was rejected while it was fetched and decoded, by
``GranuleRejected``; what is judged here is used and may be warned of.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from products.bands import REFLECTANCE, SOURCE_LAYERS
from products.errors import BadInput
from products.granule import Granule
from products.grid import Extent
from products.measured import PERCENTILES, BandStatistic, Measured, PastGranule
from products.mgrs import tile_extent
from qc.finding import Finding, Verdict
from qc.thresholds import Thresholds

_CLOUDED = (3, 8, 9, 10)
"""SCL codes of cloud shadow, clouds and cirrus."""
_JUDGED = (10, 25, 50)
"""Percentiles that are compared; the upper ones follow single fields and roofs."""
_VISIBLE = ("B01", "B02", "B03", "B04", "B05")
_NARROWEST, _NARROWEST_VISIBLE = 250.0, 100.0
"""Reflectance in 1/10000 below which a spread among earlier granules is chance. Beyond the visible
what grows and how wet it is change from one granule to the next."""
_DAYS = 365.25
_RANGES = {
    "sun_zenith": (0.0, 90.0),
    "sun_azimuth": (0.0, 360.0),
    "view_zenith": (0.0, 20.0),
    "view_azimuth": (0.0, 360.0),
}
"""Degrees that an angle can have."""
_UNMEASURED = "An earlier version decoded it, which did not measure."


def judge_granule(
    granule: Granule,
    extent: Extent,
    measured: Measured | None,
    past: Sequence[PastGranule],
    limits: Thresholds,
) -> list[Finding]:
    """Return one finding of every input rule about a granule that was decoded.

    ``past`` are accepted granules of other datatakes of its tile. ``measured`` is None where the
    working store has it from a version that did not measure.
    """
    return [
        Finding("input.1-metadata", Verdict.PASS, "They were understood."),
        _complete(granule, past),
        _checksums(granule),
        Finding("input.1-readable", Verdict.PASS, "Every image was decoded."),
        _geometry(granule, extent),
        *(_measured(granule, measured, past, limits) if measured else _not_measured()),
    ]


def _measured(
    granule: Granule, measured: Measured, past: Sequence[PastGranule], limits: Thresholds
) -> list[Finding]:
    return [
        _nodata(measured, limits),
        _cloud(measured, limits),
        _saturation(measured, limits),
        _radiometry(granule.datatake_start, measured.bands, past, limits),
        _registration(measured, limits),
        _angles(measured, limits),
    ]


def _not_measured() -> list[Finding]:
    rules = (
        "input.3-nodata",
        "input.3-cloud",
        "input.3-saturation",
        "input.4-radiometry",
        "input.5-registration",
        "input.6-angles",
    )
    return [Finding(rule, Verdict.SKIPPED, _UNMEASURED) for rule in rules]


def _complete(granule: Granule, past: Sequence[PastGranule]) -> Finding:
    rule, delivered = "input.1-complete", {image.layer for image in granule.images}
    having = Counter(statistic.band for one in past for statistic in one.bands)
    usual = {band for band, count in having.items() if 2 * count > len(past)}
    if lacking := [band.name for band in REFLECTANCE if band.name in usual - delivered]:
        told = f"It has no {', '.join(lacking)}, which most earlier granules of the tile have."
        return Finding(rule, Verdict.WARN, told, len(lacking), 0)
    absent = [layer for layer in SOURCE_LAYERS if layer not in delivered]
    told = f"All {len(granule.images)} images that its metadata name."
    if absent:
        told += f" The source does not deliver {', '.join(absent)}."
    return Finding(rule, Verdict.PASS, told)


def _checksums(granule: Granule) -> Finding:
    rule = "input.1-checksums"
    files = [image.checksum for image in granule.images]
    if granule.angle_grids:
        files.append(granule.angle_grids_checksum)
    stated = sum(checksum is not None for checksum in files)
    if stated < len(files):
        told = f"The source states checksums of {stated} of {len(files)} files."
        return Finding(rule, Verdict.SKIPPED, told, len(files) - stated)
    return Finding(rule, Verdict.PASS, f"All {stated} files have the checksum that is stated.")


def _geometry(granule: Granule, extent: Extent) -> Finding:
    rule = "input.2-geometry"
    told = (
        f"EPSG:{extent.epsg}, {extent.width} x {extent.height} m from {extent.west}, {extent.north}"
    )
    try:
        whole = tile_extent(granule.tile)
    except BadInput as error:
        return Finding(rule, Verdict.WARN, str(error))
    east, south = extent.west + extent.width, extent.north - extent.height
    inside = (
        whole.west <= extent.west < east <= whole.west + whole.width
        and whole.north >= extent.north > south >= whole.north - whole.height
    )
    if not inside:
        told += f"; MGRS tile {granule.tile} begins at {whole.west}, {whole.north}."
        return Finding(rule, Verdict.WARN, told)
    return Finding(rule, Verdict.PASS, f"{told}, as every granule of the tile.")


def _nodata(measured: Measured, limits: Thresholds) -> Finding:
    share = measured.classes[0] / max(1, sum(measured.classes))
    return _shared("input.3-nodata", share, limits.nodata_share, "pixels have no data")


def _cloud(measured: Measured, limits: Thresholds) -> Finding:
    data = sum(measured.classes[1:])
    if not data:
        return Finding("input.3-cloud", Verdict.SKIPPED, "It has no data.")
    share = sum(measured.classes[code] for code in _CLOUDED) / data
    what = "pixels with data are clouds or their shadows"
    return _shared("input.3-cloud", share, limits.cloud_share, what)


def _saturation(measured: Measured, limits: Thresholds) -> Finding:
    data = sum(measured.classes[1:])
    if not data:
        return Finding("input.3-saturation", Verdict.SKIPPED, "It has no data.")
    most = max(measured.bands, key=lambda one: one.unusable)
    share, what = most.unusable, f"pixels with data have no value in {most.band}"
    if measured.classes[1] / data >= share:
        share, what = measured.classes[1] / data, "pixels with data are classed as defective"
    return _shared("input.3-saturation", share, limits.unusable_share, what)


def _shared(rule: str, share: float, limit: float, what: str) -> Finding:
    verdict = Verdict.WARN if share > limit else Verdict.PASS
    return Finding(rule, verdict, f"{share:.2%} of the {what}.", round(share, 6), limit)


def _radiometry(
    sensed: datetime,
    bands: Sequence[BandStatistic],
    past: Sequence[PastGranule],
    limits: Thresholds,
) -> Finding:
    rule = "input.4-radiometry"
    judged = [one for one in bands if one.pixels >= limits.radiometry_pixels]
    if not judged:
        told = f"Fewer than {limits.radiometry_pixels} pixels of the sample are clear."
        return Finding(rule, Verdict.SKIPPED, told)
    before, which = _comparable(sensed, past, limits)
    if len(before) < limits.radiometry_history:
        told = (
            f"{len(before)} earlier granules of the tile are clear enough, fewer than the "
            f"{limits.radiometry_history} that it takes."
        )
        return Finding(rule, Verdict.SKIPPED, told)
    distances = [found for one in judged for found in _distances(one, before)]
    if not distances:
        return Finding(rule, Verdict.SKIPPED, "Earlier granules of the tile have other bands.")
    farthest, told = max(distances)
    verdict = Verdict.WARN if farthest > limits.radiometry_z else Verdict.PASS
    told += f" of {len(before)} earlier granules{which}: {farthest:.1f} times their spread."
    return Finding(rule, verdict, told, round(farthest, 3), limits.radiometry_z)


def _comparable(
    sensed: datetime, past: Sequence[PastGranule], limits: Thresholds
) -> tuple[list[PastGranule], str]:
    """Return the clear granules of the season where they are enough, else all clear ones."""
    clear = [
        one
        for one in past
        if any(statistic.pixels >= limits.radiometry_pixels for statistic in one.bands)
    ]
    season = [one for one in clear if _days_apart(one.sensed, sensed) <= limits.radiometry_season]
    if len(season) >= limits.radiometry_history:
        return season, " of its season"
    return clear, ""


def _days_apart(one: datetime, other: datetime) -> float:
    """Return how many days of the year lie between, whatever the years."""
    days = (one.astimezone(UTC) - other.astimezone(UTC)).days % _DAYS
    return min(days, _DAYS - days)


def _distances(
    statistic: BandStatistic, past: Sequence[PastGranule]
) -> Iterator[tuple[float, str]]:
    """Yield how far each percentile lies from its median among earlier granules, and say so."""
    before = [
        other.percentiles
        for one in past
        for other in one.bands
        if other.band == statistic.band and other.percentiles
    ]
    if not before or statistic.percentiles is None:
        return
    narrowest = _NARROWEST_VISIBLE if statistic.band in _VISIBLE else _NARROWEST
    for place, percentile in enumerate(PERCENTILES):
        if percentile in _JUDGED:
            values = np.array([one[place] for one in before])
            middle = float(np.median(values))
            spread = max(1.4826 * float(np.median(np.abs(values - middle))), narrowest)
            value = statistic.percentiles[place]
            told = (
                f"Percentile {percentile} of {statistic.band} is {value / 10000:.4f}, "
                f"{middle / 10000:.4f} the median"
            )
            yield abs(value - middle) / spread, told


def _registration(measured: Measured, limits: Thresholds) -> Finding:
    rule = "input.5-registration"
    if not measured.shifts:
        return Finding(rule, Verdict.SKIPPED, "No place is clear enough to compare the edges.")
    largest = max(measured.shifts, key=lambda shift: shift.pixels)
    verdict = Verdict.WARN if largest.pixels > limits.band_shift else Verdict.PASS
    told = f"{largest.band} lies {largest.pixels:.2f} pixels of 10 m beside {largest.beside}."
    return Finding(rule, verdict, told, largest.pixels, limits.band_shift)


def _angles(measured: Measured, limits: Thresholds) -> Finding:
    rule, stated = "input.6-angles", measured.angles
    wrong = [
        f"{name} is {stated[name][0]:.2f} to {stated[name][1]:.2f} degrees"
        for name, (low, high) in _RANGES.items()
        if name in stated and not low <= stated[name][0] <= stated[name][1] <= high
    ]
    if wrong:
        return Finding(rule, Verdict.WARN, f"That cannot be: {'; '.join(wrong)}.")
    if absent := [name for name in _RANGES if name not in stated]:
        return Finding(rule, Verdict.SKIPPED, f"The source does not state {', '.join(absent)}.")
    lowest = stated["sun_zenith"][1]
    verdict = Verdict.WARN if lowest > limits.sun_zenith else Verdict.PASS
    told = f"The sun stands up to {lowest:.1f} degrees from the zenith."
    return Finding(rule, verdict, told, lowest, limits.sun_zenith)
