"""L3.1: are the inputs that a product names those that it should have."""

from collections.abc import Sequence

from products.product import SourceEntry
from qc.finding import Finding, Verdict, number_of

INPUTS = "L3.1-inputs"


def judge_inputs(
    stated: Sequence[SourceEntry], frozen: Sequence[SourceEntry], stale: str | None = None
) -> Finding:
    """Compare the inputs that the metadata state with those that the catalog froze (L3.1).

    ``stale``, where given, says why a newer revision is due.
    """
    names, kept = (
        [(source.id, source.tile_id, source.checksum) for source in each]
        for each in (stated, frozen)
    )
    if names == kept:
        if stale:
            return Finding(INPUTS, Verdict.WARN, f"Not what counts now: {stale}.")
        return Finding(INPUTS, Verdict.PASS, f"{_all(len(kept))} of the catalog.")
    apart = sorted({*names} ^ {*kept})
    if not apart:
        told = "The inputs are those of the catalog, but in another order."
        return Finding(INPUTS, Verdict.FAIL, told)
    wrong = number_of(len(apart), "input is", "inputs are")
    told = f"{wrong} not as in the catalog, first {apart[0][0]}."
    return Finding(INPUTS, Verdict.FAIL, told, len(apart), 0)


def judge_same_inputs(names: Sequence[str], others: Sequence[str], other: str) -> Finding:
    """Compare the inputs of two products as sets and counts, as the specification does (L3.1)."""
    if sorted(names) == sorted(others):
        return Finding(INPUTS, Verdict.PASS, f"{_all(len(names))} of {other}.")
    mine, theirs = len({*names} - {*others}), len({*others} - {*names})
    told = f"{mine} of {len(names)} inputs are not among the {len(others)} of {other}, "
    told += f"{theirs} of those are not among the inputs."
    return Finding(INPUTS, Verdict.FAIL, told, mine + theirs, 0)


def _all(count: int) -> str:
    return "The 1 input is that" if count == 1 else f"The {count} inputs are those"
