"""Level 3 of a check: the product against its inputs, and against the specification itself."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from products.errors import BadInput
from products.product import SourceEntry
from qc.comparison import NotComparable, input_names, paired
from qc.finding import Finding, Verdict, joined
from qc.inputs import INPUTS, judge_inputs, judge_same_inputs
from qc.layers import Piece
from qc.methods import judge_method
from qc.opened import read_facts
from qc.recomposed import BLOCKS, REFERENCE, judge_blocks, judge_reference
from tasks.compose import Cut
from tasks.inputs import definition_of
from tasks.known import Known
from tasks.stored import recomposing, stored_candidates
from tasks.subject import Subject


def validate_product(subject: Subject) -> list[Finding]:
    """Run level 3, but for L3.2, which goes with the pixels; rules that cannot look say why."""
    return [_inputs(subject), *_composed_again(subject), _methods(subject)]


def _inputs(subject: Subject) -> Finding:
    if subject.known:
        return _beside_catalog(subject, subject.known)
    if not subject.reference:
        return Finding(INPUTS, Verdict.SKIPPED, f"{subject.unknown} No --reference is given.")
    if not _same_period(subject):
        told = f"{subject.unknown} The reference is of another period, so of other inputs."
        return Finding(INPUTS, Verdict.SKIPPED, told)

    def beside(piece: Piece, other: Piece) -> Finding:
        names, others = input_names(piece.facts, other.facts)
        return judge_same_inputs(names, others, str(other.facts.name))

    return _of_pairs(subject, INPUTS, beside)


def _beside_catalog(subject: Subject, known: Known) -> Finding:
    piece = subject.pieces[0]
    if len(subject.pieces) > 1:
        told = f"A mosaic has one folder of layers, not {len(subject.pieces)}."
        return Finding(INPUTS, Verdict.FAIL, told)
    try:
        stated = read_facts(subject.folder / piece.facts.place / piece.facts.metadata_file).sources
    except BadInput as error:
        told = str(error).replace(f"{subject.folder}/", "")
        return Finding(INPUTS, Verdict.SKIPPED, told)
    frozen = [SourceEntry.of(g, checksum, used=False) for g, checksum in known.revision.inputs]
    return judge_inputs(stated, frozen, known.stale)


def _composed_again(subject: Subject) -> Iterator[Finding]:
    if subject.known is None or subject.stack is None:
        for rule in (BLOCKS, REFERENCE):
            yield Finding(rule, Verdict.SKIPPED, subject.unstacked)
        return
    piece, stack = _by_definition(subject.pieces[0], subject.known), subject.stack
    settings, qc = subject.settings, subject.settings.qc
    cut = Cut(settings.block, settings.pixel_budget)
    recompose = recomposing(stack, piece.facts, cut)
    yield judge_blocks(piece, recompose, qc.recomposed_windows)
    yield judge_reference(piece, stored_candidates(stack), qc.decided_pixels)


def _by_definition(piece: Piece, known: Known) -> Piece:
    """Return a piece with the threshold that was recorded, whatever its metadata say."""
    threshold = definition_of(known.revision).threshold
    return replace(piece, facts=replace(piece.facts, threshold=threshold))


def _methods(subject: Subject) -> Finding:
    alone = joined({p.facts.place: [judge_method(p)] for p in subject.pieces})
    if not (subject.reference and _same_period(subject)):
        return alone[0]
    return _of_pairs(subject, alone[0].rule, judge_method, alone[0])


def _same_period(subject: Subject) -> bool:
    return subject.reference[0].facts.period == subject.pieces[0].facts.period


def _of_pairs(
    subject: Subject,
    rule: str,
    judge: Callable[[Piece, Piece], Finding],
    otherwise: Finding | None = None,
) -> Finding:
    """Judge piece by piece beside the reference; ``otherwise`` where that is of another kind."""
    try:
        pairs = paired(subject.pieces, subject.reference)
    except NotComparable as reason:
        told = f"It cannot be compared with {subject.reference[0].facts.name}: {reason}."
        return otherwise or Finding(rule, Verdict.SKIPPED, told)
    return joined({piece.facts.place: [judge(piece, other)] for piece, other in pairs})[0]
