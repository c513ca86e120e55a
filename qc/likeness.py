"""Level 2 as the specification judges it: is a product that of a reference, pixel by pixel."""

from collections.abc import Iterator, Sequence

from products.bands import LAYERS, REFLECTANCE
from qc.comparison import Comparison, since
from qc.difference import LayerDifference, Likeness
from qc.finding import Finding, Verdict, number_of

_BANDS = tuple(band.api_id for band in REFLECTANCE)
_RULES = {
    "L2.1-reflectance": _BANDS,
    "L2.2-distribution": _BANDS,
    "L2.3-scene": ("SCENE",),
    "L2.4-source": ("INDEX",),
    "L2.7-others": tuple(
        layer.api_id for layer in LAYERS if layer.api_id not in (*_BANDS, "SCENE", "INDEX")
    ),
}
"""Layers by the rule that compares them."""
LIKENESS_RULES = tuple(_RULES)
_SHOWN = 3
"""Layers that a message names."""


def judge_likeness(comparisons: Sequence[Comparison], *, exact: bool) -> list[Finding]:
    """Return what the rules say of the pieces of a product beside those of another one.

    An ``exact`` reference must be equal in every pixel. Else, as against the revision before, it is
    only told how much changed; whether it may have is the matter of L2.5.
    """
    return [_judge(rule, names, comparisons, exact=exact) for rule, names in _RULES.items()]


def _judge(
    rule: str, names: Sequence[str], comparisons: Sequence[Comparison], *, exact: bool
) -> Finding:
    compared = list(_differences(names, comparisons))
    reference = comparisons[0].reference
    if not compared:
        return Finding(rule, Verdict.SKIPPED, "No layer that it compares is delivered.")
    apart = [(where, layer) for where, layer in compared if layer.likeness is not Likeness.EQUAL]
    if not apart:
        told = f"Equal to {reference} in every pixel of {_layers(len(compared))}."
        return Finding(rule, Verdict.PASS, told, 0, 0 if exact else None)
    tell = _spread if rule == "L2.2-distribution" else _extent
    told = "; ".join(f"{where}{tell(layer)}" for where, layer in apart[:_SHOWN])
    if more := len(apart) - _SHOWN:
        told += f"; and {_layers(more)} more" if more > 0 else ""
    value = _value(rule, [layer for _, layer in apart])
    if exact:
        return Finding(rule, Verdict.FAIL, f"Not as in {reference}: {told}.", value, 0)
    beside = since(comparisons[0])
    return Finding(rule, Verdict.PASS, f"{beside[0].upper()}{beside[1:]}: {told}.", value)


def _differences(
    names: Sequence[str], comparisons: Sequence[Comparison]
) -> Iterator[tuple[str, LayerDifference]]:
    """Yield the differences of some layers, each with the piece to name where there are several."""
    for comparison in comparisons:
        where = f"{comparison.place} " if len(comparisons) > 1 else ""
        for layer in comparison.layers:
            if layer.layer in names:
                yield where, layer


def _value(rule: str, apart: Sequence[LayerDifference]) -> int:
    if rule == "L2.1-reflectance":
        return sum(layer.absolute for layer in apart)
    if rule == "L2.2-distribution":
        return len(apart)
    return sum(layer.changed for layer in apart)


def _extent(layer: LayerDifference) -> str:
    told = f"{layer.layer} at {number_of(layer.changed, 'pixel')}"
    if layer.layer in _BANDS:
        told += f", sum of differences {layer.absolute}"
    return told + (f", {layer.one_sided} with data in one only" if layer.one_sided else "")


def _spread(layer: LayerDifference) -> str:
    return (
        f"{layer.layer} {layer.likeness} (median {layer.median:g}, mean {layer.mean:.3f}, "
        f"standard deviation {layer.std:.3f})"
    )


def _layers(count: int) -> str:
    return f"{count} layer{'s' if count > 1 else ''}"
