"""Look at the pixels of a product as they were written: all rules in one pass over its strips."""

from collections.abc import Collection, Sequence
from pathlib import Path

from products.product import ProductFacts
from qc.band_order import band_order_rule
from qc.choice import choice_rules
from qc.finding import Finding
from qc.grain import grain_rule
from qc.invariants import invariants
from qc.layers import Piece
from qc.picture import picture_rule
from qc.readable import judge_readable, left_out
from qc.reflectance import reflectance_rules
from qc.registration import Registration
from qc.rule import PixelRule, skipped
from qc.seams import seam_rules
from qc.spectra import Spectra, SpectraRule, random_places
from qc.strips import Place, Reading
from qc.thresholds import Thresholds

__all__ = ["Place", "Spectra", "check_pixels", "random_places"]


def check_pixels(
    folder: Path,
    facts: ProductFacts,
    threshold: int,
    spectra: Spectra | None = None,
    limits: Thresholds = Thresholds(),  # noqa: B008 - it is frozen
    block: int = 512,
) -> list[Finding]:
    """Run L0.3-readable and level 1; compare spectra where ``spectra`` gives those of the inputs.

    ``threshold`` is that of the medoid, 0 where nobody knows it; ``block`` the side in pixels of
    the blocks that were selected one by one. A rule is skipped where the product lacks a layer that
    it needs, or such a layer cannot be read, which L0.3-readable says once. Memory is bounded by a
    strip of all layers, whatever the size of the product.
    """
    rules = _rules(facts, threshold, limits, block)
    if spectra:
        rules.append(SpectraRule(facts, spectra))
    delivered = {layer.api_id for layer in facts.layers}
    able = [rule for rule in rules if rule.needs <= delivered]
    with Reading(folder, facts) as reading:
        for strip in reading.strips():
            for rule in able:
                if not _needs(rule, delivered) & reading.unread.keys():
                    rule.look(strip)
            del strip  # so that it is not held while the next one is read
        unread = reading.unread
    piece = Piece(folder, facts)
    found = [_finding(rule, delivered, unread, piece) for rule in rules]
    return [judge_readable(piece, unread), *found]


def _rules(facts: ProductFacts, threshold: int, limits: Thresholds, block: int) -> list[PixelRule]:
    """Return the rules of level 1, in the order of the catalogue."""
    return [
        *invariants(facts, threshold, limits),
        grain_rule(facts),
        *reflectance_rules(facts, limits),
        band_order_rule(facts, limits.exchange),
        *choice_rules(facts, limits),
        *seam_rules(facts, block, limits),
        Registration(facts, limits.shift),
        picture_rule(limits.contrast),
    ]


def _needs(rule: PixelRule, delivered: set[str]) -> set[str]:
    """Return what a rule needs; source_index tells all of them where an observation is."""
    return {*rule.needs, *({"INDEX"} & delivered if rule.needs else ())}


def _finding(
    rule: PixelRule, delivered: set[str], unread: Collection[str], piece: Piece
) -> Finding:
    if lacking := sorted(rule.needs - delivered):
        return skipped(rule.id, f"The product has no {_listed(lacking)}.")
    if broken := sorted(_needs(rule, delivered) & {*unread}):
        return left_out(rule.id, piece, broken)
    return rule.finding()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
