"""Quicklooks: the stretch of the specification, but for scenes that it would leave white."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from products.bands import BY_ID
from tasks import quicklook


@pytest.mark.parametrize(
    ("brightness", "shown"), [(700, 127), (1400, 255), (2100, 191), (5600, 255), (8400, 191)]
)
def test_white_follows_the_scene(
    brightness: int, shown: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.full((8, 8), brightness, np.uint16)
    pixels[0, :4] = 9000  # a few clouds do not darken the rest
    pixels[7] = BY_ID["B04"].nodata
    monkeypatch.setattr(quicklook, "_small", lambda *_: pixels)
    quicklook.write_quicklook(tmp_path, None, tmp_path / "scene.png")  # type: ignore[arg-type]
    with rasterio.open(tmp_path / "scene.png") as picture:
        red, _, blue, alpha = picture.read()
    assert (red[1:7] == shown).all()
    assert (blue[1:7] == shown).all()
    assert (alpha[7] == 0).all()
    assert (alpha[:7] == 255).all()
