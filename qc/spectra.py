"""Is what was written the spectrum of the observation that source_index names (section 12)."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from products.product import ProductFacts
from qc.finding import Finding, Verdict
from qc.strips import Place, Strip

RULE = "L3.2-spectra"
_PIXELS = 200
"""How many spectra are compared."""
_THREADS = 2

Spectra = Callable[[int, Sequence[Place]], list[dict[str, int]]]


def random_places(facts: ProductFacts) -> list[Place]:
    """Return row and column of the pixels whose spectra are compared."""
    rows, columns = facts.grid.shape
    rng = random.Random(str(facts.name))  # noqa: S311 - a sample, not a secret
    return [(rng.randrange(rows), rng.randrange(columns)) for _ in range(_PIXELS)]


@dataclass(frozen=True)
class _Chosen:
    """A pixel as it was written."""

    place: Place
    source: int
    spectrum: dict[str, int]


@dataclass
class SpectraRule:
    """Compare random pixels with their observation as it was decoded, band for band.

    ``spectra(source_index, places)`` returns for each row and column reflectance by band in
    1/10000, negatives kept. The pixels depend on the product's name alone.
    """

    facts: ProductFacts
    spectra: Spectra
    id: str = RULE
    chosen: list[_Chosen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._bands = [layer.api_id for layer in self.facts.layers if layer.is_reflectance]
        self._places = random_places(self.facts)

    @property
    def needs(self) -> frozenset[str]:
        """The source, and all bands."""
        return frozenset({"INDEX", *self._bands})

    def look(self, strip: Strip) -> None:
        """Take those of the pixels that lie in a strip and show an observation."""
        for row, column in self._places:
            inner = row - strip.top
            if 0 <= inner < strip.shape[0] and strip.chosen[inner, column]:
                spectrum = {band: int(strip[band][inner, column]) for band in self._bands}
                self.chosen.append(
                    _Chosen((row, column), int(strip["INDEX"][inner, column]), spectrum)
                )

    def finding(self) -> Finding:
        """Fail where a single value differs."""
        by_input: dict[int, list[_Chosen]] = defaultdict(list)
        for pixel in sorted(self.chosen, key=lambda pixel: pixel.source):
            by_input[pixel.source].append(pixel)
        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(self._differing, by_input.keys(), by_input.values())
            wrong = [_told(pixel) for pixels in found for pixel in pixels]
        if wrong:
            told = f"{len(wrong)} of {len(self.chosen)} pixels differ: {', '.join(wrong[:3])}."
            return Finding(RULE, Verdict.FAIL, told, len(wrong), 0)
        return Finding(RULE, Verdict.PASS, f"{len(self.chosen)} pixels are equal.", 0, 0)

    def _differing(self, index: int, pixels: list[_Chosen]) -> list[_Chosen]:
        if index >= len(self.facts.sources):
            return pixels
        decoded = self.spectra(index, [pixel.place for pixel in pixels])
        return [
            pixel
            for pixel, bands in zip(pixels, decoded, strict=True)
            if {band: max(value, 0) for band, value in bands.items()} != pixel.spectrum
        ]


def _told(pixel: _Chosen) -> str:
    return f"row {pixel.place[0]} column {pixel.place[1]} (input {pixel.source})"
