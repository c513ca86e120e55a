"""Look at the pixels of a product as they were written: all rules in one pass over its strips."""

from collections.abc import Collection, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
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
from qc.strips import Place, Reading, Strip
from qc.thresholds import Thresholds

__all__ = ["Place", "Spectra", "Work", "check_pixels", "random_places"]

_AHEAD = 2.5
"""Room in strips that it takes to read one while rules look at another, with their own arrays."""


@dataclass(frozen=True)
class Work:
    """How much of the machine a check may use."""

    threads: int = 1
    budget: int = 1 << 30
    """Bytes for pixels. A strip is needed at least, some 240 MB of a tile at 10 m."""


def check_pixels(
    folder: Path,
    facts: ProductFacts,
    threshold: int,
    spectra: Spectra | None = None,
    limits: Thresholds = Thresholds(),  # noqa: B008 - it is frozen
    block: int = 512,
    work: Work = Work(),
) -> list[Finding]:
    """Run L0.3-readable and level 1; compare spectra where ``spectra`` gives those of the inputs.

    ``threshold`` is that of the medoid, 0 where nobody knows it; ``block`` the side in pixels of
    the blocks that were selected one by one. A rule is skipped where the product lacks a layer that
    it needs, or such a layer cannot be read, which L0.3-readable says once. Memory is bounded by
    two strips of all layers, whatever the size of the product, and by one where ``work`` has no
    room for two.
    """
    rules = _rules(facts, threshold, limits, block)
    if spectra:
        rules.append(SpectraRule(facts, spectra))
    delivered = {layer.api_id for layer in facts.layers}
    able = [rule for rule in rules if rule.needs <= delivered]
    with Reading(folder, facts) as reading, ThreadPoolExecutor(work.threads) as pool:
        ahead = work.threads > 1 and _AHEAD * reading.strip_bytes <= work.budget
        looking: list[Future[None]] = []
        for strip in reading.strips(pool):
            _finish(looking)
            broken = reading.unread.keys()
            seeing = [rule for rule in able if not _needs(rule, delivered) & broken]
            looking = _look(pool, seeing, strip)
            del strip  # so that it is not held while another one is read
            if not ahead:
                _finish(looking)
        _finish(looking)
    piece, unread = Piece(folder, facts), reading.unread
    found = [_finding(rule, delivered, unread, piece) for rule in rules]
    return [judge_readable(piece, unread), *found]


def _look(pool: Executor, rules: Sequence[PixelRule], strip: Strip) -> list[Future[None]]:
    """Let every rule look at a strip, each by itself: none of them sees two strips at a time.

    So each sees them in order, and finds the same whatever the number of threads. The last rules
    take longest and go first.
    """
    if strip.layers:
        _ = strip.chosen, strip.thinned  # which all of them share
    return [pool.submit(rule.look, strip) for rule in reversed(rules)]


def _finish(looking: list[Future[None]]) -> None:
    """Wait until all rules have looked; raises what one of them raised."""
    for future in looking:
        future.result()
    looking.clear()


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
