"""True colour for the eye: red, green and blue of stored reflectance (specification 9.3)."""

import numpy as np

from products.bands import BY_ID
from products.raster_read import Array

BANDS = ("B04", "B03", "B02")
"""Red, green and blue."""
_WHITE = 1400
"""Stored reflectance shown as full brightness."""
_GLARE = 0.1
"""Share of values above white from which a scene (desert, snow) is shown darker."""


def true_colour(pixels: Array) -> Array:
    """Turn uint16[3, Y, X] of ``BANDS`` into uint8[4, Y, X]: red, green, blue, alpha.

    White is 1400 as in the specification, doubled until it no longer swallows a bright scene. No
    data is transparent.
    """
    missing = (pixels == BY_ID["B04"].nodata).any(axis=0)
    scaled = np.clip(pixels.astype(np.float32) * (255 / _white_of(pixels[:, ~missing])), 0, 255)
    alpha = np.where(missing, 0, 255)[np.newaxis]
    return np.concatenate([scaled, alpha]).astype(np.uint8)


def _white_of(values: Array) -> int:
    """Return the stored reflectance to show as white, from values of all three bands."""
    white = _WHITE
    while (values > white).sum() > _GLARE * values.size:
        white *= 2
    return white
