"""L0.3-readable: which layers cannot be read. It is told once; who needs them is left out."""

from collections.abc import Collection, Iterator, Sequence

import rasterio

from products.bands import Layer
from products.errors import BadInput
from products.raster_read import layer_address
from qc.finding import Finding, Verdict
from qc.layers import UNREADABLE, Piece, opened, read_window, windows

READABLE = "L0.3-readable"
_DAMAGED = f"cannot be read ({READABLE})"
_STATES = ("is missing (L0.1-complete)", "is of another size (L0.3-rasters)", _DAMAGED)
_SHOWN = 5
"""Layers or files that a sentence names."""
_TODO = "Fetch the product again from where it came, or put it back with `s2gm repair`."


def judge_readable(piece: Piece, unread: Collection[str]) -> Finding:
    """Name every file that is there but cannot be read; ``unread`` are API ids of layers."""
    damaged = [
        layer
        for layer in piece.facts.layers
        if layer.api_id in unread and _state(piece, layer) == _DAMAGED
    ]
    if not damaged:
        told = "Every layer that is there can be read."
        return Finding(READABLE, Verdict.PASS, told, 0, 0)
    names = dict.fromkeys(
        piece.path(layer).relative_to(piece.folder).as_posix() for layer in damaged
    )
    what = "is damaged or cut short" if len(names) == 1 else "are damaged or cut short"
    told = (
        f"{_listed(list(names))} cannot be read: the file{'s' * (len(names) > 1)} {what}. {_TODO}"
    )
    return Finding(READABLE, Verdict.FAIL, told, len(names), 0)


def left_out(rule: str, piece: Piece, unread: Collection[str]) -> Finding:
    """Return the finding of a rule that needs layers which cannot be read."""
    told = "; ".join(_told(piece, unread))
    return Finding(rule, Verdict.SKIPPED, f"{told}, which this rule needs.")


def not_readable(rule: str, *pieces: Piece) -> Finding:
    """Return the finding of a rule that could not read these pieces."""
    for piece in pieces:
        if unread := unread_layers(piece):
            return left_out(rule, piece, unread)
    return Finding(rule, Verdict.FAIL, "The layers cannot be read together.")


def why_unreadable(piece: Piece, other: Piece) -> str:
    """Say which layers of which of two products cannot be read; they may bear one name."""
    for whose, each in (("this", piece), ("the other", other)):
        if unread := unread_layers(each):
            return f"of {whose} product, {'; '.join(_told(each, unread))}"
    return "a layer of one of them cannot be read"


def unread_layers(piece: Piece) -> list[str]:
    """Return the API ids of the layers that are missing, of another size, or cannot be decoded."""
    return [layer.api_id for layer in piece.facts.layers if not _is_whole(piece, layer)]


def require_shape(piece: Piece) -> None:
    """Raise BadInput where the metadata state more rows or columns than any layer has.

    Work and memory depend on what they state, which may be anything. Where no layer can be opened
    there is no work, and other rules say so.
    """
    shapes = []
    for layer in piece.facts.layers:
        try:
            with piece.open(layer) as file:
                shapes.append(file.shape)
        except UNREADABLE:
            continue
    stated = piece.facts.grid.shape
    if shapes and any(most < side for most, side in zip(_largest(shapes), stated, strict=True)):
        told, first = (f"{rows} x {columns}" for rows, columns in (stated, shapes[0]))
        raise BadInput(
            f"{piece.folder.name}/{piece.facts.place} cannot be checked: its metadata state {told} "
            f"pixels, but no layer has as many (the first has {first}); fetch the product again."
        )


def _largest(shapes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return max(rows for rows, _ in shapes), max(columns for _, columns in shapes)


def opens(piece: Piece, layer: Layer) -> bool:
    """Tell whether a layer is there and its header can be read."""
    try:
        with rasterio.open(layer_address(piece.path(layer), layer)):
            return True
    except UNREADABLE:
        return False


def _is_whole(piece: Piece, layer: Layer) -> bool:
    try:
        with opened(piece, [layer]) as (file,):
            for window in windows(piece.facts.grid.shape):
                read_window(file, window)
            return bool(file.shape == piece.facts.grid.shape)
    except UNREADABLE:
        return False


def _state(piece: Piece, layer: Layer) -> str:
    """Say what keeps an unread layer from being read, and which rule tells more."""
    missing, other_size, damaged = _STATES
    if not piece.path(layer).exists():
        return missing
    try:
        with piece.open(layer) as file:
            return damaged if file.shape == piece.facts.grid.shape else other_size
    except UNREADABLE:
        return damaged


def _told(piece: Piece, unread: Collection[str]) -> Iterator[str]:
    layers = [layer for layer in piece.facts.layers if layer.api_id in unread]
    states = {layer.api_id: _state(piece, layer) for layer in layers}
    for state in _STATES:
        if names := [name for name, each in states.items() if each == state]:
            yield f"{_listed(names)} {state}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
