"""The invariants of the pixels, read back from what was written."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from products.bands import BY_ID
from products.naming import layer_file
from products.product import ProductFacts
from products.raster import Array
from qc.finding import Finding, Verdict

_ROWS = 512
_VALID_SCL = (2, 4, 5, 6, 11)
# a layer of another size than the others shows as ValueError or IndexError of numpy
_UNREADABLE = (rasterio.errors.RasterioError, ValueError, IndexError)


def check_pixels(
    folder: Path, facts: ProductFacts, threshold: int, max_view_zenith: float = 11.0
) -> list[Finding]:
    """Check the invariants of section 12 in strips of rows, so that memory is bounded."""
    wrong = {"scl": 0, "index": 0, "spread": 0, "nodata": 0, "zenith": 0}
    titles = {
        "scl": "SCL only in the valid set",
        "index": "source_index inside the list",
        "spread": "medoid_mos exactly where the method is MEDOID",
        "nodata": "Reflectance exactly where an observation was chosen",
        "zenith": "View zenith below the limit",
    }
    try:
        for strip in _strips(folder, facts):
            for rule, bad in _broken(strip, facts, threshold, max_view_zenith).items():
                wrong[rule] += int(bad)
    except _UNREADABLE as error:
        return [_unreadable(f"pixel-{rule}", titles[rule], error) for rule in wrong]
    return [_finding(f"pixel-{rule}", titles[rule], count) for rule, count in wrong.items()]


def check_spectra(
    folder: Path,
    facts: ProductFacts,
    sample: Callable[[int, int, int], dict[str, int]],
    pixels: int = 200,
) -> Finding:
    """Re-read the source at random pixels: it must give the written spectrum.

    ``sample(source_index, row, column)`` returns reflectance by band in 1/10000, negatives kept.
    The pixels depend on the product's name alone.
    """
    title = "The source gives the written spectrum"
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
            f"{', '.join(wrong[:3])}.", "Compare the source with what was ingested.",
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


def _path(folder: Path, facts: ProductFacts, api_id: str) -> Path:
    name = layer_file(BY_ID[api_id], facts.period, facts.grid.resolution, facts.tile)
    return folder / facts.tile / name


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


def _read(path: Path, window: Window) -> Array:
    with rasterio.open(path) as raster:
        pixels: Array = raster.read(1, window=window)
        return pixels


def _broken(
    strip: dict[str, Array], facts: ProductFacts, threshold: int, max_view_zenith: float
) -> dict[str, int]:
    index, valid = strip["INDEX"], strip["VALID_OBS"]
    chosen = index >= 0
    scl_wrong = np.where(chosen, ~np.isin(strip["SCENE"], _VALID_SCL), strip["SCENE"] != 255)
    medoid = chosen & (valid >= threshold) & (valid != BY_ID["VALID_OBS"].nodata)
    bands = [pixels for name, pixels in strip.items() if BY_ID[name].is_reflectance]
    zenith = strip.get("VIEW_ZENITH_MEAN")
    too_far = 0
    if zenith is not None:
        too_far = ((zenith != 65535) & (zenith > round(max_view_zenith * 100))).sum()
    return {
        "scl": scl_wrong.sum(),
        "index": ((index < -1) | (index >= len(facts.sources))).sum(),
        "spread": ((strip["MEDOID_MOS"] != 65535) != medoid).sum(),
        "nodata": sum(((pixels == 65535) == chosen).sum() for pixels in bands),
        "zenith": too_far,
    }


def _random_pixels(
    folder: Path, facts: ProductFacts, count: int
) -> list[tuple[int, int, int, dict[str, int]]]:
    """Return row, column, source_index and spectrum of random pixels that have an observation."""
    rows, columns = facts.grid.shape
    rng = random.Random(str(facts.name))  # noqa: S311 - a sample, not a secret
    places = [(rng.randrange(rows), rng.randrange(columns)) for _ in range(count)]
    bands = [layer.api_id for layer in facts.layers if layer.is_reflectance]
    names = ["INDEX", *bands]
    values = {name: _at(_path(folder, facts, name), places) for name in names}
    return [
        (row, column, values["INDEX"][i], {band: values[band][i] for band in bands})
        for i, (row, column) in enumerate(places)
        if values["INDEX"][i] >= 0
    ]


def _at(path: Path, places: list[tuple[int, int]]) -> list[int]:
    with rasterio.open(path) as raster:
        return [
            int(raster.read(1, window=Window(column, row, 1, 1))[0, 0]) for row, column in places
        ]
