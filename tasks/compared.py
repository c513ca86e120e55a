"""Level 2 of a check: the product beside a reference, the revision before, and the year before.

Layers are compared whole, not thinned: a pixel that changed where it must not may be any of them.
Reading the layers of both takes about a tenth of the processor time of composing a mosaic of 24
observations, and a quarter where most blocks are carried over; layers whose files are the same
bytes are not decoded. Only distributions are told from thinned layers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.recorded import Recorded
from products.errors import BadInput
from products.period import PeriodKind
from qc.comparison import Comparison, MayDiffer, NotComparable, compare, paired
from qc.finding import Finding, Verdict
from qc.history import (
    UNCHANGED,
    YEAR,
    CannotTell,
    judge_unchanged,
    judge_year,
    where_counts_differ,
)
from qc.layers import UNREADABLE, Piece
from qc.likeness import LIKENESS_RULES, judge_likeness
from qc.manifest import MANIFEST, check_manifest
from qc.readable import why_unreadable
from storage.local import file_digest
from tasks.known import Known
from tasks.stored import where_inputs_count
from tasks.subject import Subject, pieces_of
from tasks.workshop import Workshop


@dataclass(frozen=True)
class Compared:
    """What the rules of level 2 say, and the numbers behind it."""

    findings: tuple[Finding, ...]
    comparisons: tuple[Comparison, ...]
    """With the reference where one is given, else with the revision before."""
    beside: Path | None
    """Base folder of that product; None where it could not be compared."""
    not_compared: str = ""
    """A sentence why the reference that was asked for could not be; empty where it was."""


@dataclass(frozen=True)
class _Beside:
    """A product beside one other."""

    likeness: tuple[Finding, ...]
    unchanged: Finding
    comparisons: tuple[Comparison, ...] = ()
    folder: Path | None = None
    reason: str = ""
    """A sentence why there is nothing of this, where there is not."""


class _Skipped(Exception):
    """There is nothing to compare with; the sentence says why."""


def compare_product(subject: Subject) -> Compared:
    """Compare a product with all there is; rules that have nothing to compare with say so.

    A reference that a person gave comes before the revision before, but for L2.5, which is about
    the latter; it takes the reference where the catalog has no such revision.
    """
    past = _attempted(_beside_before, subject)
    given = _attempted(_beside_reference, subject) if subject.reference else past
    unchanged = past.unchanged if past.comparisons else given.unchanged
    findings = (*given.likeness, unchanged, _beside_year_earlier(subject))
    reason = given.reason if subject.reference else ""
    return Compared(findings, given.comparisons, given.folder, reason)


def _attempted(beside: Callable[[Subject], _Beside], subject: Subject) -> _Beside:
    try:
        return beside(subject)
    except _Skipped as reason:
        asked = subject.reference or subject.known
        told = str(reason) if asked else f"{reason} No --reference is given."
        skipped = tuple(Finding(rule, Verdict.SKIPPED, told) for rule in LIKENESS_RULES)
        return _Beside(skipped, Finding(UNCHANGED, Verdict.SKIPPED, told), reason=str(reason))


def _beside_before(subject: Subject) -> _Beside:
    workshop, known = _asked(subject)
    before = known.before
    if before is None:
        raise _Skipped("It is the first revision of its mosaic.")
    with _readable((before.product or "").rpartition("/")[2]):
        pairs = paired(subject.pieces, pieces_of(workshop.home, before))
        ((piece, other),) = pairs
        may_differ, reason = _where_it_may_differ(workshop, known, piece, other)
        comparisons = (_compared(piece, other, may_differ),)
    unchanged = judge_unchanged(comparisons, reason)
    if unchanged.verdict is Verdict.FAIL and _is_damaged(other.folder, before):
        told = f"{other.folder.name} is not as it was published, so it cannot be told what changed."
        unchanged = Finding(UNCHANGED, Verdict.SKIPPED, told)
    likeness = tuple(judge_likeness(comparisons, exact=False))
    return _Beside(likeness, unchanged, comparisons, other.folder)


def _compared(piece: Piece, other: Piece, may_differ: MayDiffer | None) -> Comparison:
    try:
        return compare(piece, other, may_differ)
    except UNREADABLE as error:
        raise NotComparable(why_unreadable(piece, other)) from error


def _is_damaged(folder: Path, revision: Recorded) -> bool:
    """Tell whether files of a published product were changed, which is no fault of another one."""
    return file_digest(folder / MANIFEST) != revision.manifest or bool(check_manifest(folder))


def _beside_reference(subject: Subject) -> _Beside:
    """Compare with what a person gave: of the same period it must be equal, pixel by pixel."""
    with _readable(str(subject.reference[0].facts.name)):
        pairs = paired(subject.pieces, subject.reference)
        told = [_where_by_counts(piece, other) for piece, other in pairs]
        comparisons = tuple(
            _compared(*pair, may_differ) for pair, (may_differ, _) in zip(pairs, told, strict=True)
        )
    exact = subject.pieces[0].facts.period == subject.reference[0].facts.period
    reason = next((reason for _, reason in told if reason), None)
    unchanged = judge_unchanged(comparisons, reason)
    likeness = tuple(judge_likeness(comparisons, exact=exact))
    return _Beside(likeness, unchanged, comparisons, subject.reference[0].folder)


def _beside_year_earlier(subject: Subject) -> Finding:
    try:
        return judge_year(_year_earlier(subject), subject.settings.qc.year_shift)
    except _Skipped as reason:
        return Finding(YEAR, Verdict.SKIPPED, str(reason))


def _year_earlier(subject: Subject) -> list[tuple[Piece, Piece]]:
    period = subject.pieces[0].facts.period.a_year_earlier
    if subject.pieces[0].facts.period.kind is PeriodKind.DAY:
        raise _Skipped("One day need not be like the same day of another year.")
    if subject.reference and subject.reference[0].facts.period == period:
        with _readable(str(subject.reference[0].facts.name)):
            return paired(subject.pieces, subject.reference)
    workshop, known = _asked(subject)
    if known.year_earlier is None:
        raise _Skipped("Nothing is published of the same period a year earlier.")
    with _readable((known.year_earlier.product or "").rpartition("/")[2]):
        return paired(subject.pieces, pieces_of(workshop.home, known.year_earlier))


def _asked(subject: Subject) -> tuple[Workshop, Known]:
    if subject.workshop is None or subject.known is None:
        raise _Skipped(subject.unknown)
    return subject.workshop, subject.known


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what keeps two products from being compared into a sentence."""
    try:
        yield
    except NotComparable as reason:
        raise _Skipped(f"It cannot be compared with {name}: {reason}.") from reason
    except BadInput as reason:
        raise _Skipped(f"It cannot be compared with {name}: {reason}") from reason


def _where_it_may_differ(
    workshop: Workshop, known: Known, piece: Piece, other: Piece
) -> tuple[MayDiffer | None, str | None]:
    """Return where pixels may change since the revision before, or why that cannot be told."""
    revision, before = known.revision, known.before
    assert before is not None  # noqa: S101 - asked by the caller
    if revision.definition != before.definition:
        return None, "they were composed by different definitions"
    try:
        resolution = revision.key.resolution
        stored = where_inputs_count(workshop, before.inputs, revision.inputs, resolution)
    except CannotTell as reason:
        return None, str(reason)
    return (stored, None) if stored else _where_by_counts(piece, other)


def _where_by_counts(piece: Piece, other: Piece) -> tuple[MayDiffer | None, str | None]:
    try:
        return where_counts_differ(piece, other), None
    except CannotTell as reason:
        return None, str(reason)
