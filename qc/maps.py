"""Maps of a product as small pictures with the key to their colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib import colormaps

from products.raster_read import Array
from qc.png import indexed_png

METHOD_COLOURS = ("#b8bec4", "#e08214", "#2c7fb8", "#1b7837")
"""By code of the method; told apart by the colour-blind too."""


@dataclass(frozen=True)
class Swatch:
    """A colour of a map and what it stands for."""

    colour: str
    """``#rrggbb``."""
    label: str


@dataclass(frozen=True)
class Map:
    """A picture, and its key."""

    picture: str
    """Data URI of a PNG; where there is no data it is transparent."""
    key: tuple[Swatch, ...] = ()
    ramp: bool = False
    """Whether the key is a sequence from low to high."""


def map_of_classes(codes: Array, key: Sequence[Swatch], *, ramp: bool = False) -> Map:
    """Draw codes uint8[Y, X]: code 0 is no data, code n the n-th of the key."""
    colours = ["#000000", *(swatch.colour for swatch in key)]
    return Map(indexed_png(codes, colours), tuple(key), ramp)


def map_of_values(values: Array, there: Array, edges: Sequence[float], labels: list[str]) -> Map:
    """Draw numbers [Y, X] in classes between edges; beyond both ends they join the outermost.

    ``there`` is a mask; elsewhere there is no data.
    """
    classes = np.clip(np.digitize(values, edges), 1, len(edges) - 1)
    codes = np.where(there, classes, 0).astype(np.uint8)
    key = [Swatch(c, word) for c, word in zip(colours(len(labels)), labels, strict=True)]
    return map_of_classes(codes, key, ramp=True)


@lru_cache(maxsize=32)
def colours(count: int) -> tuple[str, ...]:
    """Return so many colours from dark to bright, in an order that the colour-blind see too."""
    places = np.array([0.5]) if count == 1 else np.linspace(0, 1, count)
    scale = colormaps["viridis"](places)
    return tuple("#" + bytes((row[:3] * 255).round().astype(np.uint8)).hex() for row in scale)
