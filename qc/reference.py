"""A plain, slow, literal reading of the specification, sections 3 to 5. Shares no code."""

import math

MISSING = -32768
VALID = (2, 4, 5, 6, 11)
MEDOID = ("B02", "B03", "B04", "B06", "B08", "B11", "B12")


def nd(a, b):
    return math.nan if a + b == 0 else (a - b) / (a + b)


def ndsi(o):
    return nd(o["B03"], o["B11"])


def ndvi(o):
    return nd(o["B08"], o["B04"])


def tcb(o, nir="B8A"):
    return (
        0.3029 * o["B02"] + 0.2786 * o["B03"] + 0.4733 * o["B04"]
        + 0.5599 * o[nir] + 0.508 * o["B11"] + 0.1872 * o["B12"]
    )  # fmt: skip


def haze(o):
    return (
        -0.8239 * o["B02"] + 0.0849 * o["B03"] + 0.4396 * o["B04"]
        - 0.058 * o["B8A"] + 0.2013 * o["B11"] - 0.2773 * o["B12"]
    )  # fmt: skip


def cloud_full(observation):
    """S or HP or LP, the full form of section 4.2."""
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


def is_valid(numbers, scl, zenith):
    if any(value == MISSING for value in numbers.values()):
        return False
    if not zenith < 11.0 or scl not in VALID:
        return False
    o = {band: value / 10000.0 for band, value in numbers.items()}
    return scl != 11 or (ndsi(o) > 0.6 and tcb(o) > 0.36)


def mean(values):
    known = [v for v in values if not math.isnan(v)]
    total = 0.0
    for value in known:
        total += value
    return total / len(known) if known else math.nan


def first(values, better):
    best = None
    for i, value in enumerate(values):
        if not math.isnan(value) and (best is None or better(value, values[best])):
            best = i
    return best


def tree(observations, snow):
    """Return (index or None, step)."""
    wet, green = [ndsi(o) for o in observations], [ndvi(o) for o in observations]
    bright = [tcb(o) for o in observations]
    larger, smaller = (lambda a, b: a > b), (lambda a, b: a < b)
    max_green, min_green = first(green, larger), first(green, smaller)
    max_wet, min_wet = first(wet, larger), first(wet, smaller)
    mean_wet, mean_green, mean_bright = mean(wet), mean(green), mean(bright)
    if max_green is not None and mean_wet < -0.55 and green[max_green] - mean_green < 0.05:
        return max_green, 1
    if max_wet is not None and mean_green < -0.30 and mean_wet - wet[min_wet] < 0.05:
        return max_wet, 2
    if mean_green > 0.60 and mean_bright < 0.45:
        return max_green, 3
    dark = first(bright, smaller)
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


def medoid(observations):
    """Observations are dictionaries of integers; sums are exactly rounded, so ties are ties."""
    best, smallest = None, math.inf
    for i, a in enumerate(observations):
        total = math.fsum(
            math.sqrt(sum((a[band] - b[band]) ** 2 for band in MEDOID)) for b in observations
        )
        if total < smallest:
            best, smallest = i, total
    return best, smallest


def select_pixel(numbers, scl, zenith, threshold):
    """Lists newest first -> (source, valid, method, medoid_mos, step)."""
    valid = [t for t in range(len(scl)) if is_valid(numbers[t], scl[t], zenith[t])]
    n = len(valid)
    if n == 0:
        return -1, 0, 0, math.nan, None
    if n == 1:
        return valid[0], 1, 1, math.nan, None
    if n >= threshold:
        best, total = medoid([numbers[t] for t in valid])
        return valid[best], n, 3, total / n / 10000, None
    spectra = [{b: v / 10000.0 for b, v in numbers[t].items()} for t in valid]
    best, step = tree(spectra, [scl[t] == 11 for t in valid])
    if best is None:
        return -1, n, 0, math.nan, step
    return valid[best], n, 2, math.nan, step
