"""What the simulated ground looks like on a day: fields, forest, water, clouds and shadows."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
# Reflectance x 10000 in the order of _BANDS.
_SPECTRA = {
    "soil": (700, 800, 1100, 1500, 1800, 2000, 2200, 2500, 2700, 3300, 2800),
    "crop": (250, 300, 600, 300, 900, 3000, 4000, 4500, 4700, 1800, 800),
    "forest": (150, 180, 350, 220, 600, 1900, 2400, 2600, 2750, 1200, 550),
    "water": (450, 400, 380, 200, 150, 120, 110, 100, 100, 50, 40),
    "dark": (180, 200, 200, 150, 200, 250, 280, 300, 300, 200, 100),
    "cloud": (4600, 4500, 4500, 4600, 4700, 4800, 4900, 5000, 5000, 3500, 2800),
    "snow": (8100, 8000, 8000, 7800, 7700, 7600, 7500, 7500, 7200, 1000, 800),
}


@dataclass(frozen=True)
class Scene:
    """One look at the window."""

    seed: int
    size: int
    """Side in metres."""
    sensed: datetime
    orbit: int
    baseline: int


def observe(scene: Scene) -> dict[str, Array]:
    """Return all layers at 10 m, [Y, X]: reflectance x 10000 (NaN outside the swath), classes."""
    side = scene.size // 10
    ground = np.random.default_rng(scene.seed)
    sky = np.random.default_rng([scene.seed, scene.sensed.toordinal(), scene.orbit])
    cover = _cover(ground, side)
    spectra, scl = _surface(cover, ground, scene.sensed.timetuple().tm_yday, side)
    probability = _clouds(spectra, scl, sky, side)
    _snow(spectra, scl, sky, scene.sensed.month, side)
    spectra += sky.normal(0, 25, spectra.shape)
    if scene.baseline >= 500:
        spectra *= 1.01
    layers = dict(zip(_BANDS, spectra, strict=True))
    layers["SCL"] = scl
    layers["AOT"] = np.full((side, side), 80 + int(sky.integers(0, 120)))
    layers["CLOUD"] = probability
    layers["SNOW"] = np.where(scl == 11, 90, 0)
    _saturate(layers, sky, side)
    return _swath(layers, scene.orbit, side)


def _smooth(rng: np.random.Generator, side: int, cell: int) -> Array:
    """Return a smooth random field 0..1: bilinear between random nodes."""
    count = side // cell + 2
    nodes = rng.random((count, count))
    position = np.arange(side) / cell
    low = position.astype(int)
    part = position - low
    rows = nodes[low] * (1 - part)[:, None] + nodes[low + 1] * part[:, None]
    field: Array = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return field


def _cover(rng: np.random.Generator, side: int) -> Array:
    """Return 0 field, 1 forest, 2 water, 3 dark; a lake, a river, woods."""
    y, x = np.mgrid[0:side, 0:side] / side
    cover = np.where(_smooth(rng, side, max(side // 5, 2)) > 0.62, 1, 0)
    cover[(x - 0.7) ** 2 + (y - 0.3) ** 2 < 0.02] = 2
    cover[np.abs(y - 0.75 - 0.06 * np.sin(9 * x)) < 0.015] = 2
    cover[(x < 0.12) & (y < 0.1)] = 3
    return cover


def _surface(cover: Array, rng: np.random.Generator, day: int, side: int) -> tuple[Array, Array]:
    """Return reflectance [11, Y, X] and SCL; every field has a season of its own."""
    fields = rng.random((8, 8))[np.ix_(*(np.arange(side) * 8 // side,) * 2)]
    green = np.clip(0.5 - 0.5 * np.cos(2 * math.pi * (day / 365 - 0.15 * fields)), 0, 1)
    green = np.where(fields > 0.75, 0.75, green)
    crop, soil = (_spectrum(name) for name in ("crop", "soil"))
    spectra = crop * green + soil * (1 - green)
    scl = np.where(green > 0.45, 4, 5)
    for code, name, label in ((1, "forest", 4), (2, "water", 6), (3, "dark", 2)):
        spectra = np.where(cover == code, _spectrum(name), spectra)
        scl = np.where(cover == code, label, scl)
    return spectra, scl


def _spectrum(name: str) -> Array:
    return np.array(_SPECTRA[name], float)[:, np.newaxis, np.newaxis]


def _clouds(spectra: Array, scl: Array, rng: np.random.Generator, side: int) -> Array:
    """Put clouds, their shadows and cirrus over the ground; return the cloud probability."""
    field = (
        _smooth(rng, side, max(side // 4, 2)) * 0.7 + _smooth(rng, side, max(side // 12, 2)) * 0.3
    )
    cloudiness = rng.random()
    density = np.clip((field - 0.75 + 0.6 * cloudiness) * 4, 0, 1)
    shift = max(side // 15, 1)
    shadow = np.roll(density, (-shift, shift), (0, 1)) > 0.6
    spectra[:, shadow] *= 0.35
    scl[shadow] = 3
    spectra += (_spectrum("cloud") - spectra) * density
    scl[density > 0.15] = 10
    scl[density > 0.4] = 8
    scl[density > 0.7] = 9
    return np.rint(density * 100)


def _snow(spectra: Array, scl: Array, rng: np.random.Generator, month: int, side: int) -> None:
    """In winter, a patch of snow, and a cloud that is mistaken for snow."""
    if month not in (12, 1, 2) or rng.random() < 0.4:
        return
    y, x = np.mgrid[0:side, 0:side] / side
    patch = ((x - 0.25) ** 2 + (y - 0.35) ** 2 < 0.012) & (scl < 7) & (scl != 3)
    spectra[:, patch] = _spectrum("snow")[:, 0]
    scl[patch] = 11
    scl[(scl == 9) & (x > 0.8)] = 11


def _saturate(layers: dict[str, Array], rng: np.random.Generator, side: int) -> None:
    row, column = rng.integers(0, side, 2)
    layers["B04"][row, column] = 40000.0
    layers["SCL"][row, column] = 1


def _swath(layers: dict[str, Array], orbit: int, side: int) -> dict[str, Array]:
    """Cut what orbit 94 does not see: its swath ends on a slanted line within the window."""
    if orbit != 94:
        return layers
    y, x = np.mgrid[0:side, 0:side] / side
    outside = x > 0.85 - 0.2 * y
    for name, pixels in layers.items():
        pixels[outside] = np.nan if name.startswith("B") else 0
    return layers
