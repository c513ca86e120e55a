"""A plain, slow, literal reading of the specification, sections 2.6 to 5.

It decides one pixel at a time, in the words of the specification, and shares no code with
``algorithms``: where both agree, an error would have to be made twice.

Observations of a pixel come in lists, newest first. ``numbers`` are the reflectances of one
observation by band, whole numbers in 1/10000; a ``Spectrum`` is the same in reflectance 0..1.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Numbers = Mapping[str, int]
Spectrum = Mapping[str, float]

MISSING = -32768
"""Stands for a reflectance that a granule does not have."""
VALID = (2, 4, 5, 6, 11)
"""Scene classes that count (section 3, rule 3)."""
MEDOID = ("B02", "B03", "B04", "B06", "B08", "B11", "B12")
"""Bands of the medoid's distance (section 5)."""


class Decision(NamedTuple):
    """What the specification asks for at one pixel."""

    source: int
    """Place of the winner in the list, -1 where none is chosen."""
    valid: int
    """Number of valid observations."""
    method: int
    """0 none, 1 single observation, 2 STC, 3 medoid."""
    medoid_mos: float
    """Smallest sum of distances / valid observations in reflectance; NaN without a medoid."""
    step: int | None
    """Step of the decision tree, where it was asked."""


def nd(a: float, b: float) -> float:
    """Return the normalised difference (a - b) / (a + b), NaN where it is undefined (4.3)."""
    return math.nan if a + b == 0 else (a - b) / (a + b)


def ndsi(o: Spectrum) -> float:
    """Return the snow index, which is also the modified water index (sections 3, 4.1)."""
    return nd(o["B03"], o["B11"])


def ndvi(o: Spectrum) -> float:
    """Return the vegetation index (section 4.1)."""
    return nd(o["B08"], o["B04"])


def tcb(o: Spectrum, nir: str = "B8A") -> float:
    """Return the tasselled cap brightness; the cloud test takes B08 as ``nir`` (3, 4.2)."""
    return (
        0.3029 * o["B02"] + 0.2786 * o["B03"] + 0.4733 * o["B04"]
        + 0.5599 * o[nir] + 0.508 * o["B11"] + 0.1872 * o["B12"]
    )  # fmt: skip


def haze(o: Spectrum) -> float:
    """Return the tasselled cap haze h (section 4.2)."""
    return (
        -0.8239 * o["B02"] + 0.0849 * o["B03"] + 0.4396 * o["B04"]
        - 0.058 * o["B8A"] + 0.2013 * o["B11"] - 0.2773 * o["B12"]
    )  # fmt: skip


def cloud_full(observation: Spectrum) -> bool:
    """Tell cloud or snow: S or HP or LP, the full form of section 4.2."""
    o = {band: max(value, 1e-4) for band, value in observation.items()}
    r, s = o["B03"] / o["B11"], o["B11"] / o["B03"]
    m = (o["B02"] + o["B03"] + o["B04"]) / 3
    q, h, tcb8 = nd(o["B08"], o["B11"]), haze(o), tcb(o, "B08")
    snow = ndsi(o) > 0.7 and not (r > 1 and tcb8 < 0.36)
    high = (
        (r > 1 and m > 0.3 and (h < -0.1 or (h > -0.08 and q < 0.4)))
        or h < -0.2
        or (r > 1 and m < 0.3 and h < -0.055 and m > 0.12)
        or (not (r > 1 and m < 0.3) and h < -0.09 and m > 0.12)
    )
    low = (
        (s > 1 and m < 0.2 and (h < -0.1 or (h < -0.08 and q < 0.4)))
        or h < -0.2
        or (r > 1 and m < 0.2 and h < -0.055 and m > 0.12)
        or (not (r > 1 and m < 0.2) and h < -0.02 and m > 0.12)
    )
    return snow or high or low


def one_per_datatake(scl: Sequence[int], datatakes: Sequence[str]) -> list[int]:
    """Give SCL 0 to all but the first observation with data of each datatake (section 2.6)."""
    seen: set[str] = set()
    kept = []
    for code, datatake in zip(scl, datatakes, strict=True):
        kept.append(0 if datatake in seen else code)
        if code != 0:
            seen.add(datatake)
    return kept


def is_valid(numbers: Numbers, scl: int, zenith: float) -> bool:
    """Tell whether an observation counts: rules 1 to 4 of section 3, zenith in degrees."""
    if any(value == MISSING for value in numbers.values()):
        return False
    if not zenith < 11.0 or scl not in VALID:
        return False
    o = {band: value / 10000.0 for band, value in numbers.items()}
    return scl != 11 or (ndsi(o) > 0.6 and tcb(o) > 0.36)


def mean(values: Sequence[float]) -> float:
    """Return the mean of the defined values, NaN where there is none (section 4.3, notes)."""
    known = [v for v in values if not math.isnan(v)]
    total = 0.0
    for value in known:
        total += value
    return total / len(known) if known else math.nan


def first(values: Sequence[float], better: Callable[[float, float], bool]) -> int | None:
    """Return the place of the first extremum of the defined values (section 4.3)."""
    best = None
    for i, value in enumerate(values):
        if not math.isnan(value) and (best is None or better(value, values[best])):
            best = i
    return best


def tree(observations: Sequence[Spectrum], snow: Sequence[bool]) -> tuple[int | None, int]:
    """Walk the decision tree of section 4.3; return the winner or None, and the step."""
    wet, green = [ndsi(o) for o in observations], [ndvi(o) for o in observations]
    bright = [tcb(o) for o in observations]
    max_green, min_green = first(green, _larger), first(green, _smaller)
    max_wet, min_wet = first(wet, _larger), first(wet, _smaller)
    mean_wet, mean_green, mean_bright = mean(wet), mean(green), mean(bright)
    if max_green is not None and mean_wet < -0.55 and green[max_green] - mean_green < 0.05:
        return max_green, 1
    if min_wet is not None and mean_green < -0.30 and mean_wet - wet[min_wet] < 0.05:
        return max_wet, 2
    if mean_green > 0.60 and mean_bright < 0.45:
        return max_green, 3
    dark = min(range(len(bright)), key=bright.__getitem__)
    if not cloud_full(observations[dark]):
        return dark, 4
    if not snow[dark]:
        return (None, 5) if bright[dark] > 1.0 else (dark, 5)
    if max_wet is not None and mean_green < -0.20:
        return max_wet, 6
    if max_green is None:
        return dark, 8
    if mean_bright > 0.45:
        return min_green, 7
    return max_green, 8


def _larger(a: float, b: float) -> bool:
    return a > b


def _smaller(a: float, b: float) -> bool:
    return a < b


def medoid(observations: Sequence[Numbers]) -> tuple[int, float]:
    """Return the medoid and its sum of distances in 1/10000; the first of equals (section 5).

    Sums of whole numbers' roots are rounded once, so ties are ties.
    """
    best, smallest = 0, math.inf
    for i, a in enumerate(observations):
        total = math.fsum(
            math.sqrt(sum((a[band] - b[band]) ** 2 for band in MEDOID)) for b in observations
        )
        if total < smallest:
            best, smallest = i, total
    return best, smallest


def select_pixel(
    numbers: Sequence[Numbers], scl: Sequence[int], zenith: Sequence[float], threshold: int
) -> Decision:
    """Decide a pixel from its observations, newest first (sections 0.3, 3 to 5)."""
    valid = [t for t in range(len(scl)) if is_valid(numbers[t], scl[t], zenith[t])]
    n = len(valid)
    if n == 0:
        return Decision(-1, 0, 0, math.nan, None)
    if n == 1:
        return Decision(valid[0], 1, 1, math.nan, None)
    if n >= threshold:
        best, total = medoid([numbers[t] for t in valid])
        return Decision(valid[best], n, 3, total / n / 10000, None)
    spectra = [{b: v / 10000.0 for b, v in numbers[t].items()} for t in valid]
    chosen, step = tree(spectra, [scl[t] == 11 for t in valid])
    if chosen is None:
        return Decision(-1, n, 0, math.nan, step)
    return Decision(valid[chosen], n, 2, math.nan, step)
