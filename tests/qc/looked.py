"""Let a rule look at arrays, without files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from products.bands import BY_ID, Layer
from products.formats import ProductFormat
from products.grid import Grid
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.product import ProductFacts
from qc.finding import Finding
from qc.rule import PixelRule
from qc.strips import Strip
from tests.products.made import facts_of

Pixels = npt.NDArray[Any]
BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
SOIL = (700, 800, 1100, 1500, 1800, 2000, 2200, 2500, 2700, 3300, 2800)
CROP = (250, 300, 600, 300, 900, 3000, 4000, 4500, 4700, 1800, 800)
_ABOVE = 16


def facts(
    shape: tuple[int, int], *names: str, resolution: int = 20, north: int = 5629680, **changes: Any
) -> ProductFacts:
    """Return the facts of a product of some layers, by their API ids."""
    transform = Affine(resolution, 0, 501360, 0, -resolution, north)
    grid = Grid(32631, resolution, shape, transform)
    layers: tuple[Layer, ...] = tuple(BY_ID[name] for name in names)
    made = facts_of(grid, ProductFormat.GEO_TIFF, layers)
    name = ProductName(Period(PeriodKind.MONTH, date(2018, 6, 1)), resolution, "Somewhere", 1)
    return replace(made, name=name, **changes)


def strips(layers: Mapping[str, Pixels], rows: int = 512) -> list[Strip]:
    """Cut arrays into strips, as they are read."""
    height = len(next(iter(layers.values())))
    described = {name: BY_ID[name] for name in layers}
    return [
        Strip(
            top,
            {name: pixels[top : top + rows] for name, pixels in layers.items()},
            described,
            1,
            {name: pixels[max(top - _ABOVE, 0) : top] for name, pixels in layers.items()}
            if top
            else {},
        )
        for top in range(0, height, rows)
    ]


def look(rule: PixelRule, layers: Mapping[str, Pixels], rows: int = 512) -> Finding:
    """Return what a rule finds in arrays."""
    assert rule.needs <= layers.keys()
    for strip in strips(layers, rows):
        rule.look(strip)
    return rule.finding()


def land(shape: tuple[int, int], seed: int = 1, noise: float = 30) -> dict[str, Pixels]:
    """Make fields of bare ground and crops; the nearer two bands, the more alike their texture."""
    rng = np.random.default_rng(seed)
    height, width = shape
    fields = rng.random((height // 11 + 1, width // 11 + 1)).repeat(11, 0).repeat(11, 1)
    green = fields[:height, :width]
    layers: dict[str, Pixels] = {}
    texture = rng.normal(0, noise, shape)
    for band, soil, crop in zip(BANDS, SOIL, CROP, strict=True):
        texture = 0.8 * texture + rng.normal(0, 0.6 * noise, shape)
        pixels = soil + (crop - soil) * green + texture
        layers[band] = np.clip(np.rint(pixels), 0, 65534).astype(np.uint16)
    layers["SCENE"] = np.where(green > 0.5, 4, 5).astype(np.uint8)
    layers["INDEX"] = np.zeros(shape, np.int16)
    return layers
