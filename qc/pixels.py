"""The invariants of the pixels, read back from what was written."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from products.bands import BY_ID
from products.product import ProductFacts
from products.raster_read import Array, layer_address
from qc.finding import Finding, Verdict

_ROWS = 512
_VALID_SCL = (2, 4, 5, 6, 11)
# a layer of another size than the others shows as ValueError or IndexError of numpy
_UNREADABLE = (rasterio.errors.RasterioError, ValueError, IndexError)


_TITLES = {
    "scl": "SCL only in the valid set",
    "index": "source_index inside the list",
    "spread": "medoid_mos exactly where the method is MEDOID",
    "nodata": "Reflectance exactly where an observation was chosen",
    "zenith": "View zenith below the limit",
}
_NEEDED = {
    "scl": {"SCENE", "INDEX"},
    "index": {"INDEX"},
    "spread": {"INDEX", "VALID_OBS", "MEDOID_MOS"},
    "nodata": {"INDEX"},
    "zenith": {"VIEW_ZENITH_MEAN"},
}
"""Layers without which a rule has nothing to compare; an order may lack them."""


def check_pixels(
    folder: Path, facts: ProductFacts, threshold: int, max_view_zenith: float = 11.0
) -> list[Finding]:
    """Check the invariants of section 12 in strips of rows, so that memory is bounded."""
    delivered = {layer.api_id for layer in facts.layers}
    wrong = {rule: 0 for rule, needed in _NEEDED.items() if needed <= delivered}
    try:
        for strip in _strips(folder, facts):
            for rule in wrong:
                wrong[rule] += _broken(rule, strip, facts, threshold, max_view_zenith)
    except _UNREADABLE as error:
        return [_unreadable(f"pixel-{rule}", _TITLES[rule], error) for rule in wrong]
    return [_finding(f"pixel-{rule}", _TITLES[rule], count) for rule, count in wrong.items()]


def check_spectra(
    folder: Path,
    facts: ProductFacts,
    sample: Callable[[int, int, int], dict[str, int]],
    pixels: int = 200,
) -> Finding:
    """Compare random pixels with their observation as it was decoded, band for band.

    ``sample(source_index, row, column)`` returns reflectance by band in 1/10000, negatives kept.
    The pixels depend on the product's name alone.
    """
    title = "The chosen observation has the written spectrum"
    try:
        chosen = _random_pixels(folder, facts, pixels)
    except _UNREADABLE as error:
        return _unreadable("pixel-spectra", title, error)
    wrong = []
    for row, column, index, spectrum in sorted(chosen, key=lambda pixel: pixel[2]):
        known = index < len(facts.sources)
        source = sample(index, row, column) if known else {}
        if {band: max(value, 0) for band, value in source.items()} != spectrum:
            wrong.append(f"row {row} column {column} (input {index})")
    if wrong:
        return Finding(
            "pixel-spectra", title, Verdict.FAIL, f"{len(wrong)} of {len(chosen)} pixels differ: "
            f"{', '.join(wrong[:3])}.", "This is a bug; report it.",
        )  # fmt: skip
    return Finding("pixel-spectra", title, Verdict.PASS, f"{len(chosen)} pixels are equal.")


def _unreadable(rule: str, title: str, error: Exception) -> Finding:
    reason = (str(error).splitlines() or ["no reason given"])[0]
    return Finding(
        rule, title, Verdict.FAIL, f"The layers cannot be read ({reason}).",
        "Compose the mosaic again.",
    )  # fmt: skip


def _finding(rule: str, title: str, count: int) -> Finding:
    if count == 0:
        return Finding(rule, title, Verdict.PASS, "Holds for every pixel.")
    return Finding(
        rule, title, Verdict.FAIL, f"Broken at {count} pixels.", "This is a bug; report it."
    )


def _path(folder: Path, facts: ProductFacts, api_id: str) -> str:
    layer = BY_ID[api_id]
    return layer_address(folder / facts.place / facts.layer_file(layer), layer)


def _strips(folder: Path, facts: ProductFacts) -> Iterator[dict[str, Array]]:
    rows, columns = facts.grid.shape
    wanted = [
        layer.api_id
        for layer in facts.layers
        if layer.is_reflectance
        or layer.api_id in ("SCENE", "INDEX", "VALID_OBS", "MEDOID_MOS", "VIEW_ZENITH_MEAN")
    ]
    for top in range(0, rows, _ROWS):
        window = Window(0, top, columns, min(_ROWS, rows - top))
        yield {name: _read(_path(folder, facts, name), window) for name in wanted}


def _read(path: str, window: Window) -> Array:
    with rasterio.open(path) as raster:
        pixels: Array = raster.read(1, window=window)
        return pixels


def _broken(
    rule: str,
    strip: dict[str, Array],
    facts: ProductFacts,
    threshold: int,
    max_view_zenith: float,
) -> int:
    """Count the pixels of a strip that break a rule."""
    match rule:
        case "scl":
            scl = strip["SCENE"]
            chosen = strip["INDEX"] >= 0
            wrong = np.where(chosen, ~np.isin(scl, _VALID_SCL), scl != BY_ID["SCENE"].nodata)
        case "index":
            wrong = (strip["INDEX"] < -1) | (strip["INDEX"] >= len(facts.sources))
        case "spread":
            valid = strip["VALID_OBS"]
            medoid = (strip["INDEX"] >= 0) & (valid >= threshold)
            medoid &= valid != BY_ID["VALID_OBS"].nodata
            wrong = (strip["MEDOID_MOS"] != BY_ID["MEDOID_MOS"].nodata) != medoid
        case "nodata":
            bands = [pixels for name, pixels in strip.items() if BY_ID[name].is_reflectance]
            return sum(int(((pixels == 65535) == (strip["INDEX"] >= 0)).sum()) for pixels in bands)
        case _:
            zenith = strip["VIEW_ZENITH_MEAN"]
            wrong = (zenith != 65535) & (zenith > round(max_view_zenith * 100))
    return int(wrong.sum())


def _random_pixels(
    folder: Path, facts: ProductFacts, count: int
) -> list[tuple[int, int, int, dict[str, int]]]:
    """Return row, column, source_index and spectrum of random pixels, input by input."""
    rows, columns = facts.grid.shape
    rng = random.Random(str(facts.name))  # noqa: S311 - a sample, not a secret
    places = [(rng.randrange(rows), rng.randrange(columns)) for _ in range(count)]
    bands = [layer.api_id for layer in facts.layers if layer.is_reflectance]
    names = ["INDEX", *bands]
    values = {name: _at(_path(folder, facts, name), places) for name in names}
    found = [
        (row, column, values["INDEX"][i], {band: values[band][i] for band in bands})
        for i, (row, column) in enumerate(places)
        if values["INDEX"][i] >= 0
    ]
    return sorted(found, key=lambda pixel: pixel[2])


def _at(path: str, places: list[tuple[int, int]]) -> list[int]:
    with rasterio.open(path) as raster:
        return [
            int(raster.read(1, window=Window(column, row, 1, 1))[0, 0]) for row, column in places
        ]
