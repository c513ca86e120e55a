"""The invariants of the pixels, read back from what was written."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window

from products.bands import BY_ID
from products.product import ProductFacts
from products.raster_read import Array, layer_address
from qc.finding import Finding, Verdict

Place = tuple[int, int]
"""Row and column."""
Spectra = Callable[[int, Sequence[Place]], list[dict[str, int]]]
_ROWS = 512
_PIXELS = 200
"""How many spectra are compared."""
_THREADS = 2
"""They share the layers; of one raster one thread reads at a time."""
_VALID_SCL = (2, 4, 5, 6, 11)
# a layer of another size than the others shows as ValueError or IndexError of numpy
_UNREADABLE = (rasterio.errors.RasterioError, ValueError, IndexError)


_SPECTRA = "L3.2-spectra"
_NEEDED = {
    "scl": {"SCENE", "INDEX"},
    "index": {"INDEX"},
    "spread": {"INDEX", "VALID_OBS", "MEDOID_MOS"},
    "nodata": {"INDEX"},
    "zenith": {"VIEW_ZENITH_MEAN"},
}
"""Layers without which a rule has nothing to compare; an order may lack them."""


def check_pixels(
    folder: Path,
    facts: ProductFacts,
    threshold: int,
    spectra: Spectra | None = None,
    max_view_zenith: float = 11.0,
) -> list[Finding]:
    """Check the invariants of section 12 in strips of rows, so that memory is bounded.

    Where ``spectra`` is given, random pixels are compared with their observation as it was decoded,
    band for band: ``spectra(source_index, places)`` returns for each row and column reflectance by
    band in 1/10000, negatives kept. The pixels depend on the product's name alone.
    """
    delivered = {layer.api_id for layer in facts.layers}
    wrong = {rule: 0 for rule, needed in _NEEDED.items() if needed <= delivered}
    places = random_places(facts) if spectra else []
    chosen: list[_Chosen] = []
    try:
        with _opened(folder, facts) as strips:
            for top, strip in strips:
                for rule in wrong:
                    wrong[rule] += _broken(rule, strip, facts, threshold, max_view_zenith)
                chosen += _chosen(strip, top, places)
    except _UNREADABLE as error:
        unread = [f"L1.1-{rule}" for rule in wrong] + ([_SPECTRA] if spectra else [])
        return [_unreadable(rule, error) for rule in unread]
    findings = [_finding(f"L1.1-{rule}", count) for rule, count in wrong.items()]
    return [*findings, _compared(chosen, facts, spectra)] if spectra else findings


@dataclass(frozen=True)
class _Chosen:
    """A pixel as it was written."""

    place: Place
    source: int
    spectrum: dict[str, int]


def _compared(chosen: Sequence[_Chosen], facts: ProductFacts, spectra: Spectra) -> Finding:
    """Compare pixels with their observations, input by input."""
    by_input: dict[int, list[_Chosen]] = defaultdict(list)
    for pixel in sorted(chosen, key=lambda pixel: pixel.source):
        by_input[pixel.source].append(pixel)

    def differing(index: int, pixels: list[_Chosen]) -> list[_Chosen]:
        if index >= len(facts.sources):
            return pixels
        decoded = spectra(index, [pixel.place for pixel in pixels])
        return [
            pixel
            for pixel, bands in zip(pixels, decoded, strict=True)
            if {band: max(value, 0) for band, value in bands.items()} != pixel.spectrum
        ]

    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(differing, by_input.keys(), by_input.values())
        wrong = [
            f"row {pixel.place[0]} column {pixel.place[1]} (input {pixel.source})"
            for pixels in found
            for pixel in pixels
        ]
    if wrong:
        told = f"{len(wrong)} of {len(chosen)} pixels differ: {', '.join(wrong[:3])}."
        return Finding(_SPECTRA, Verdict.FAIL, told)
    return Finding(_SPECTRA, Verdict.PASS, f"{len(chosen)} pixels are equal.")


def _unreadable(rule: str, error: Exception) -> Finding:
    reason = (str(error).splitlines() or ["no reason given"])[0]
    return Finding(rule, Verdict.FAIL, f"The layers cannot be read ({reason}).")


def _finding(rule: str, count: int) -> Finding:
    if count == 0:
        return Finding(rule, Verdict.PASS, "Holds for every pixel.")
    return Finding(rule, Verdict.FAIL, f"Broken at {count} pixels.", count, 0)


@contextmanager
def _opened(folder: Path, facts: ProductFacts) -> Iterator[Iterator[tuple[int, dict[str, Array]]]]:
    """Give the first row and the layers, by API id, of each strip."""
    wanted = [
        layer
        for layer in facts.layers
        if layer.is_reflectance
        or layer.api_id in ("SCENE", "INDEX", "VALID_OBS", "MEDOID_MOS", "VIEW_ZENITH_MEAN")
    ]
    rows, columns = facts.grid.shape
    with ExitStack() as stack:
        rasters = [
            stack.enter_context(
                rasterio.open(layer_address(folder / facts.place / facts.layer_file(layer), layer))
            )
            for layer in wanted
        ]
        pool = stack.enter_context(ThreadPoolExecutor(_THREADS))

        def strip(top: int) -> tuple[int, dict[str, Array]]:
            window = Window(0, top, columns, min(_ROWS, rows - top))
            read = pool.map(lambda raster: raster.read(1, window=window), rasters)
            return top, dict(zip((layer.api_id for layer in wanted), read, strict=True))

        yield map(strip, range(0, rows, _ROWS))


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


def random_places(facts: ProductFacts) -> list[Place]:
    """Return row and column of the pixels whose spectra are compared."""
    rows, columns = facts.grid.shape
    rng = random.Random(str(facts.name))  # noqa: S311 - a sample, not a secret
    return [(rng.randrange(rows), rng.randrange(columns)) for _ in range(_PIXELS)]


def _chosen(strip: dict[str, Array], top: int, places: Sequence[Place]) -> Iterator[_Chosen]:
    """Yield those of the places that lie in a strip and show an observation."""
    bands = [name for name in strip if BY_ID[name].is_reflectance]
    for row, column in places:
        if top <= row < top + _ROWS and strip["INDEX"][row - top, column] >= 0:
            at = {name: int(strip[name][row - top, column]) for name in ("INDEX", *bands)}
            yield _Chosen((row, column), at.pop("INDEX"), at)
