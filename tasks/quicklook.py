"""Quicklooks: a true colour PNG for the eye."""

import warnings
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from products.bands import BY_ID
from products.product import ProductFacts

_WHITE = 1400
"""Stored reflectance shown as full brightness (specification section 9.3)."""
_LARGEST = 1024


def write_quicklook(layers: Path, facts: ProductFacts, path: Path) -> None:
    """Write B04, B03, B02 as a PNG of at most 1024 pixels a side; no data is transparent."""
    pixels = np.stack([_band(layers, facts, band) for band in ("B04", "B03", "B02")])
    missing = (pixels == BY_ID["B04"].nodata).any(axis=0)
    scaled = np.clip(pixels.astype(np.float32) * (255 / _WHITE), 0, 255)
    alpha = np.where(missing, 0, 255)[np.newaxis]
    picture = np.concatenate([scaled, alpha]).astype(np.uint8)
    _, height, width = picture.shape
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
        rasterio.open(
            path, "w", driver="PNG", width=width, height=height, count=4, dtype="uint8"
        ) as file,
    ):
        file.write(picture)
    Path(f"{path}.aux.xml").unlink(missing_ok=True)


def _band(layers: Path, facts: ProductFacts, band: str) -> np.ndarray:
    name = facts.layer_file(BY_ID[band])
    with rasterio.open(layers / name) as file:
        step = -(-max(file.shape) // _LARGEST)
        shape = (file.height // step or 1, file.width // step or 1)
        pixels: np.ndarray = file.read(1, out_shape=shape)
        return pixels
