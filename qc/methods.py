"""L3.5: how pixels were chosen, as the layers tell it in several ways."""

import numpy as np

from algorithms.method import LABELS, method_of
from products.bands import BY_ID, METHOD_FROM
from products.product import ProductFacts
from products.raster_read import Array
from qc.finding import Finding, Verdict, number_of
from qc.layers import UNREADABLE, Piece, Window, windows
from qc.readable import not_readable

METHOD = "L3.5-method"
_SHARES = ("share_none", "share_single", "share_stc", "share_medoid")
"""Keys of the statistics in the metadata, by code of the method."""


def judge_method(piece: Piece, other: Piece | None = None) -> Finding:
    """Compare how pixels were chosen: by medoid_mos, by valid_obs, and as the metadata say (L3.5).

    Where there is an ``other`` product, its map of none, medoid and STC must be the same, as the
    specification asks in its L3.2.
    """
    facts = piece.facts
    if absent := [name for name in METHOD_FROM if piece.layer(name) is None]:
        return Finding(METHOD, Verdict.SKIPPED, f"{', '.join(absent)} is not delivered.")
    if facts.threshold == 0 and other is None:
        return Finding(METHOD, Verdict.SKIPPED, "The metadata do not state the medoid's threshold.")
    counted = np.zeros(len(LABELS), np.int64)
    by_count = by_other = 0
    try:
        for window in windows(facts.grid.shape):
            codes, valid = _methods(piece, window)
            counted += np.bincount(codes.ravel(), minlength=len(LABELS))
            if facts.threshold:
                by_count += int((_is_medoid_by_count(codes, valid, facts.threshold)).sum())
            if other is not None:
                by_other += int((_map(codes) != _map(_methods(other, window)[0])).sum())
    except UNREADABLE:
        return not_readable(METHOD, piece, *((other,) if other else ()))
    return _method_finding(facts, counted, by_count, by_other)


def _is_medoid_by_count(codes: Array, valid: Array, threshold: int) -> Array:
    """Tell where medoid_mos and valid_obs disagree whether a pixel is a medoid."""
    enough = (valid >= threshold) & (valid != BY_ID["VALID_OBS"].nodata) & (codes != 0)
    apart: Array = enough != (codes == LABELS.index("MEDOID"))
    return apart


def _map(codes: Array) -> Array:
    """Return 0 none, 1 medoid, 2 STC or single observation, as the specification counts."""
    return np.array([0, 2, 2, 1], np.uint8)[codes]


def _methods(piece: Piece, window: Window) -> tuple[Array, Array]:
    """Return the codes of the methods and valid_obs."""
    source, valid, spread = (piece.read(BY_ID[name], window) for name in METHOD_FROM)
    return method_of(source, valid, spread), valid


def _method_finding(facts: ProductFacts, counted: Array, by_count: int, by_other: int) -> Finding:
    pixels = int(counted.sum())
    problems = []
    if by_count:
        problems.append(f"medoid_mos and valid_obs disagree at {number_of(by_count, 'pixel')}")
    for key, label, count in zip(_SHARES, LABELS, counted.tolist(), strict=True):
        stated = facts.statistics.get(key)
        if stated is not None and abs(stated - count / pixels) > 1e-6:
            problems.append(f"{label} are {count / pixels:.6f} of the pixels, not {stated}")
    if by_other:
        told = number_of(by_other, "pixel was", "pixels were")
        problems.append(f"{told} chosen by another method than in the reference")
    if problems:
        return Finding(METHOD, Verdict.FAIL, f"{'; '.join(problems)}.", by_count + by_other, 0)
    shares = ", ".join(
        f"{label} {100 * count / pixels:.1f} %"
        for label, count in zip(LABELS, counted.tolist(), strict=True)
    )
    told = f"{shares}."
    if facts.threshold == 0:
        told += " The metadata do not state the medoid's threshold: valid_obs was not compared."
    return Finding(METHOD, Verdict.PASS, told, 0, 0)
