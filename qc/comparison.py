"""Lay a product beside another one: which pixels of which layers differ, and by how much.

Layers are read whole, window by window, so the counts are exact; those whose files are the same
bytes are not read. ``source_index`` is compared by granule, because a granule has another number
where the lists of inputs differ.
"""

import filecmp
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from products.bands import Layer
from products.product import ProductFacts, SourceEntry
from products.raster_read import Array
from qc.difference import Differences, LayerDifference
from qc.layers import Piece, Window, opened, read_window, windows

MayDiffer = Callable[[Window], Array]
"""Tells where in a window pixels may differ, bool[Y, X]."""
_THREADS = 2
"""They share the layers; of one raster one thread reads at a time."""


class NotComparable(Exception):
    """Two products are of different kinds; the sentence says in what."""


@dataclass(frozen=True)
class Unexplained:
    """Pixels that differ where they must not."""

    pixels: int
    row: int
    """Of the first of them."""
    column: int
    layer: str
    """API id of the first layer that differs there."""


@dataclass(frozen=True)
class Comparison:
    """A piece of a product beside the same piece of another one."""

    place: str
    reference: str
    """Name of the other product."""
    reference_period: str
    """Its period, like ``MONTH 2018-06-01``."""
    same_period: bool
    """Whether both are of the same period."""
    layers: tuple[LayerDifference, ...]
    pixels: int
    """Pixels of a layer."""
    changed: int
    """Pixels that differ in any layer."""
    unexplained: Unexplained | None
    """Those that differ where nothing allows it; None where there is none, or nobody asked."""


def paired(pieces: Sequence[Piece], others: Sequence[Piece]) -> list[tuple[Piece, Piece]]:
    """Pair the pieces of two products; raises NotComparable where they are of different kinds.

    Products are comparable where bands, period kind, format, projection, resolution and tiles are
    equal (section 12), and pixels lie at the same places.
    """
    if len(pieces) == len(others) == 1:
        pairs = [(pieces[0], others[0])]  # an order in one piece bears the name that it was given
    else:
        _require_equal(
            "pieces", *(sorted(p.facts.place for p in each) for each in (pieces, others))
        )
        by_place = {piece.facts.place: piece for piece in others}
        pairs = [(piece, by_place[piece.facts.place]) for piece in pieces]
    for one, other in pairs:
        _require_alike(one.facts, other.facts)
    return pairs


def _require_alike(one: ProductFacts, other: ProductFacts) -> None:
    for what, value in _KIND.items():
        _require_equal(what, value(one), value(other))


_KIND: dict[str, Callable[[ProductFacts], Any]] = {
    "bands": lambda facts: sorted(layer.name for layer in facts.layers),
    "kinds of period": lambda facts: facts.period.kind,
    "formats": lambda facts: facts.form,
    "projections": lambda facts: f"EPSG:{facts.grid.epsg}",
    "resolutions": lambda facts: facts.grid.resolution,
    "tiles": lambda facts: sorted(facts.tiles),
    "sizes in pixels": lambda facts: facts.grid.shape,
    "places": lambda facts: facts.grid.transform.to_gdal(),
}
"""What must be equal of two pieces."""


def _require_equal(what: str, one: Any, other: Any) -> None:
    if one == other:
        return
    if isinstance(one, list):
        one, other = (", ".join(sorted({*a} - {*b})) or "none more" for a, b in
                      ((one, other), (other, one)))  # fmt: skip
    raise NotComparable(f"their {what} differ ({one} against {other})")


def compare(piece: Piece, other: Piece, may_differ: MayDiffer | None = None) -> Comparison:
    """Compare two pieces that are ``paired``, pixel by pixel.

    Where ``may_differ`` is given, pixels that differ elsewhere are counted as unexplained.
    """
    facts = piece.facts
    here, there = numberings(facts, other.facts)
    renumber = not np.array_equal(here, there)
    pairs = [(layer, _same(other, layer)) for layer in facts.layers]
    read = [
        (layer, theirs)
        for layer, theirs in pairs
        if (renumber and layer.api_id == "INDEX") or not _same_file(piece, other, layer, theirs)
    ]
    tallies = {layer.api_id: Differences(layer, theirs) for layer, theirs in pairs}
    marks = _Marks(may_differ)
    with (
        opened(piece, [layer for layer, _ in read]) as mine,
        opened(other, [layer for _, layer in read]) as others,
        ThreadPoolExecutor(_THREADS) as pool,
    ):

        def differing(window: Window, place: int) -> Array:
            name = read[place][0].api_id
            pixels, reference = (read_window(files[place], window) for files in (mine, others))
            if name == "INDEX":
                pixels, reference = _renumbered(pixels, here), _renumbered(reference, there)
            return tallies[name].add(pixels, reference)

        for window in windows(facts.grid.shape):
            found = pool.map(partial(differing, window), range(len(read)))
            marks.add(window, [layer.api_id for layer, _ in read], list(found))
    return Comparison(
        place=facts.place,
        reference=str(other.facts.name),
        reference_period=str(other.facts.period),
        same_period=facts.period == other.facts.period,
        layers=tuple(tally.result() for tally in tallies.values()),
        pixels=facts.grid.shape[0] * facts.grid.shape[1],
        changed=marks.changed,
        unexplained=marks.unexplained,
    )


def since(comparison: Comparison) -> str:
    """Return what a product is compared with, as ``changed since`` or as ``differs from``."""
    if comparison.same_period:
        return f"changed since {comparison.reference}"
    return f"differs from {comparison.reference_period} ({comparison.reference})"


class _Marks:
    """Pixels that differ in any layer, and those of them that nothing explains."""

    def __init__(self, may_differ: MayDiffer | None) -> None:
        self._may_differ = may_differ
        self.changed = 0
        self.unexplained: Unexplained | None = None

    def add(self, window: Window, names: Sequence[str], found: Sequence[Array]) -> None:
        """Count a window: where each of the named layers differs."""
        if not any(mask.any() for mask in found):
            return
        differs: Array = np.logical_or.reduce(found)
        self.changed += int(differs.sum())
        if self._may_differ is None:
            return
        wrong = differs & ~self._may_differ(window)
        if not wrong.any():
            return
        before = self.unexplained
        row, column = (int(axis[0]) for axis in np.nonzero(wrong))
        layer = next(n for n, mask in zip(names, found, strict=True) if mask[row, column])
        pixels = int(wrong.sum())
        self.unexplained = (
            Unexplained(before.pixels + pixels, before.row, before.column, before.layer)
            if before
            else Unexplained(pixels, window[0].start + row, window[1].start + column, layer)
        )


def numberings(facts: ProductFacts, other: ProductFacts) -> tuple[Array, Array]:
    """Return, for each product, the common number of each of its inputs, int32.

    A common number names one granule; those of the first product keep theirs.
    """
    mine, theirs = input_names(facts, other)
    common = {name: number for number, name in enumerate(dict.fromkeys((*mine, *theirs)))}
    here, there = ([common[name] for name in each] for each in (mine, theirs))
    return np.array(here, np.int32), np.array(there, np.int32)


def input_names(facts: ProductFacts, other: ProductFacts) -> tuple[list[str], list[str]]:
    """Return the names of the inputs of two products, by which the same granule is the same.

    They are ids and checksums where both state them, else ESA's granule identifiers.
    """
    foreign = facts.foreign or other.foreign

    def name(source: SourceEntry) -> str:
        return source.tile_id or source.id if foreign else f"{source.id} {source.checksum}"

    mine, theirs = ([name(source) for source in each.sources] for each in (facts, other))
    return mine, theirs


def _renumbered(index: Array, numbers: Array) -> Array:
    """Return a source_index by common numbers, int32; all beyond the list are -2."""
    inside = (index >= 0) & (index < len(numbers))
    if not len(numbers):
        return index.astype(np.int32)
    outside = np.where(index == -1, -1, -2)
    return np.where(inside, numbers[np.where(inside, index, 0)], outside)


def _same(other: Piece, layer: Layer) -> Layer:
    """Return the layer of the other piece; they have the same ones."""
    return next(theirs for theirs in other.facts.layers if theirs.name == layer.name)


def _same_file(piece: Piece, other: Piece, layer: Layer, theirs: Layer) -> bool:
    if layer.nodata != theirs.nodata:
        return False
    return filecmp.cmp(piece.path(layer), other.path(theirs), shallow=False)
