"""L3.3 and L3.4: does composing again, and deciding by the literal reference, give what is written.

What the working store holds comes in as functions; nothing here decodes. Random places depend on
the product's name alone, so a check that is repeated looks at the same.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from products.bands import BY_ID, METHOD_FROM, Layer
from products.product import ProductFacts
from products.raster_read import Array
from qc import reference
from qc.finding import Finding, Verdict, number_of
from qc.layers import UNREADABLE, Piece, Window, opened, read_window
from qc.pixels import Place
from qc.readable import not_readable

BLOCKS, REFERENCE = "L3.3-blocks", "L3.4-reference"
_SIDE = 128
"""Side in pixels of the windows that are composed again."""
_TOGETHER = 10
"""Pixels of one window that the literal reference decides."""
_SINGLE_PRECISION = 2.0**-22
"""By how much, relatively, a spread may be off that was formed in single precision."""


@dataclass(frozen=True)
class Candidate:
    """An observation of a pixel, as the working store has it."""

    numbers: dict[str, int]
    """Reflectance in 1/10000 by band, -32768 where missing."""
    scl: int
    zenith: float
    """View zenith in degrees; 0 where the source states none."""
    datatake: str


Recompose = Callable[[Sequence[Window]], Iterator[tuple[Window, Mapping[Layer, Array]]]]
"""Compose windows from the inputs; they may come cut smaller. Layers as they are stored."""
Candidates = Callable[[Sequence[Place]], Sequence[Sequence[Candidate]]]
"""Return the observations of pixels, newest first."""


def random_windows(facts: ProductFacts, count: int) -> list[Window]:
    """Return different windows, up to ``count``, 128 pixels a side where the grid is as large."""
    rng = random.Random(f"{facts.name} {facts.place} windows")  # noqa: S311 - a sample
    return list(dict.fromkeys(_random_window(rng, facts.grid.shape) for _ in range(count)))


def _random_window(rng: random.Random, shape: tuple[int, int]) -> Window:
    tops = [rng.randrange(max(1, length - _SIDE + 1)) for length in shape]
    rows, columns = (
        range(top, min(top + _SIDE, length)) for top, length in zip(tops, shape, strict=True)
    )
    return rows, columns


def random_pixels(facts: ProductFacts, count: int) -> list[Place]:
    """Return row and column of the pixels that the literal reference decides.

    Ten at a time lie in one of the random windows: what is near each other is read at once.
    """
    rng = random.Random(f"{facts.name} {facts.place} pixels")  # noqa: S311 - a sample
    windows = random_windows(facts, -(-count // _TOGETHER))
    drawn = (windows[number // _TOGETHER % len(windows)] for number in range(count))
    return [(rng.choice(rows), rng.choice(columns)) for rows, columns in drawn]


def judge_blocks(piece: Piece, recompose: Recompose, count: int) -> Finding:
    """Compose random windows again; every layer must be the same (L3.3)."""
    if count < 1:
        return Finding(BLOCKS, Verdict.SKIPPED, "S2GM_QC__RECOMPOSED_WINDOWS asks for none.")
    asked = random_windows(piece.facts, count)
    wrong: list[str] = []
    compared = 0
    try:
        for window, layers in recompose(asked):
            compared += len(window[0]) * len(window[1])
            wrong += _recomposed_otherwise(piece, window, layers)
    except UNREADABLE:
        return not_readable(BLOCKS, piece)
    if wrong:
        told = f"Composed again, {'; '.join(wrong[:3])}."
        return Finding(BLOCKS, Verdict.FAIL, told, len(wrong), 0)
    told = f"{compared} pixels are the same when they are composed again."
    return Finding(BLOCKS, Verdict.PASS, told)


def _recomposed_otherwise(
    piece: Piece, window: Window, layers: Mapping[Layer, Array]
) -> Iterator[str]:
    delivered = {layer.name for layer in piece.facts.layers}
    if others := sorted(delivered ^ {layer.name for layer in layers}):
        yield f"the layers are others ({', '.join(others)})"
    for layer, pixels in layers.items():
        if layer.name in delivered:
            apart = piece.read(layer, window) != pixels
            if apart.any():
                row, column = (int(axis[0]) for axis in np.nonzero(apart))
                place = f"row {window[0][row]} column {window[1][column]}"
                count = number_of(int(apart.sum()), "pixel")
                yield f"{layer.name} differs at {count}, first {place}"


def judge_reference(piece: Piece, candidates: Candidates, count: int) -> Finding:
    """Decide random pixels by the literal reference, from the inputs' own values (L3.4)."""
    if count < 1:
        return Finding(REFERENCE, Verdict.SKIPPED, "S2GM_QC__DECIDED_PIXELS asks for none.")
    places = random_pixels(piece.facts, count)
    try:
        stored = _stored(piece, places)
    except UNREADABLE:
        return not_readable(REFERENCE, piece)
    wrong = [
        f"row {place[0]} column {place[1]} has {', '.join(apart)}"
        for place, values, seen in zip(places, stored, candidates(places), strict=True)
        if (apart := _decided_otherwise(values, seen, piece.facts.threshold))
    ]
    if wrong:
        told = f"{len(wrong)} of {count} pixels are not as the specification decides: {wrong[0]}."
        return Finding(REFERENCE, Verdict.FAIL, told, len(wrong), 0)
    return Finding(REFERENCE, Verdict.PASS, f"{count} pixels are as the specification decides.")


def _stored(piece: Piece, places: Sequence[Place]) -> list[tuple[int, ...]]:
    """Return source_index, valid_obs and medoid_mos of pixels, as stored."""
    with opened(piece, [BY_ID[name] for name in METHOD_FROM]) as files:
        return [
            tuple(int(read_window(f, (range(y, y + 1), range(x, x + 1)))[0, 0]) for f in files)
            for y, x in places
        ]


def _decided_otherwise(
    stored: tuple[int, ...], seen: Sequence[Candidate], threshold: int
) -> list[str]:
    """Say what of a pixel is not as the specification decides it."""
    kept = reference.one_per_datatake([c.scl for c in seen], [c.datatake for c in seen])
    asked = reference.select_pixel(
        [c.numbers for c in seen], kept, [c.zenith for c in seen], threshold
    )
    source = len(seen) - 1 - asked.source if asked.source >= 0 else BY_ID["INDEX"].nodata
    valid = min(asked.valid, 254) or BY_ID["VALID_OBS"].nodata
    apart = [
        f"{name} {is_} instead of {should}"
        for name, is_, should in (
            ("source_index", stored[0], source),
            ("valid_obs", stored[1], valid),
        )
        if is_ != should
    ]
    if not _is_spread(stored[2], asked.medoid_mos):
        apart.append(f"medoid_mos {stored[2]} instead of {asked.medoid_mos * 10000:.1f}")
    return apart


def _is_spread(stored: int, spread: float) -> bool:
    """Tell whether a stored medoid_mos is a spread, rounded from single precision."""
    if math.isnan(spread):
        return stored == BY_ID["MEDOID_MOS"].nodata
    exact = min(spread * 10000, 65534.0)
    return stored != BY_ID["MEDOID_MOS"].nodata and (
        abs(stored - exact) <= 0.5 + exact * _SINGLE_PRECISION
    )
