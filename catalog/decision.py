"""Decisions: a person's word about a revision that quality control stopped, flagged or passed."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from catalog.affected import make_due
from catalog.engine import now
from catalog.held import find_product, hold, hold_product
from catalog.operation_tables import ActionVerb
from catalog.operations.actions import record_action
from catalog.operations.publications import record_publication
from catalog.quality import decisions_about, why_stopped
from catalog.quality_tables import DecisionRow
from catalog.revision import (
    current_revision,
    is_of_usable,
    key_of,
    make_current,
    name_of,
    overrule,
    reopen,
    usable_inputs,
)
from catalog.tables import (
    STOPPED,
    GranuleRow,
    MosaicRow,
    MosaicState,
    RevisionInputRow,
    RevisionRow,
    RevisionState,
)
from catalog.usable import withdrawn
from catalog.withdrawal import Word
from products.decision import Decision, Verb
from products.errors import BadInput
from products.mosaic import Definition, revision_id


@dataclass(frozen=True)
class Decided:
    """What a decision came to."""

    state: MosaicState
    """Where the mosaic stands now."""
    shown: str | None
    """Name of the product that readers get of it now."""
    repeats: Decision | None = None
    """The same decision of before; then nothing is changed by this one."""
    reverses: Decision | None = None
    """The contrary decision, which stood until this one."""


def find_stopped(session: Session, name: str, word: Word) -> tuple[str, str] | None:
    """Return path and manifest of a stopped product that may be released, or raise BadInput.

    None where it is released already.
    """
    _reason(word, "A release")
    mosaic, revision = hold_product(session, name)
    if _repeated(session, revision, Verb.RELEASE):
        return None
    _require_releasable(session, mosaic, revision, name)
    return revision.product or "", revision.manifest or ""


def release(session: Session, name: str, word: Word, move: Callable[[RevisionRow], str]) -> Decided:
    """Publish a stopped revision as it is, and show it to readers.

    ``move`` brings its product to where readers find it and returns its path below the data root;
    it is called when everything else is settled and the mosaic is held against other workers.
    What is released already stays as it is. Raises BadInput where there is nothing to release, and
    without a reason.
    """
    reason = _reason(word, "A release")
    mosaic, revision = hold_product(session, name)
    if before := _repeated(session, revision, Verb.RELEASE):
        return _decided(session, mosaic, repeats=before)
    _require_releasable(session, mosaic, revision, name)
    revision.product = move(revision)
    revision.state, revision.published_at = RevisionState.PUBLISHED, revision.published_at or now()
    session.add(revision)
    session.flush()
    record_publication(session, revision, mosaic)
    make_current(session, revision)
    reverses = _standing(session, revision)
    _record(session, revision, Verb.RELEASE, reason, word)
    if mosaic.state in STOPPED and is_of_usable(session, mosaic, revision):
        mosaic.state, mosaic.reason = MosaicState.PUBLISHED, None
        session.add(mosaic)
    return _decided(session, mosaic, reverses=reverses)


def reject(
    session: Session, name: str, word: Word, is_whole: Callable[[RevisionRow], bool]
) -> Decided:
    """Confirm that a revision is stopped, or take a published one back from readers.

    In place of the current one, readers get the newest other revision that is published, that no
    withdrawn granule is in, and whose product ``is_whole``; none where there is none. What is
    rejected already stays as it is. Raises BadInput where there is nothing to reject, and without a
    reason.
    """
    reason = _reason(word, "A rejection")
    mosaic, revision = hold_product(session, name)
    if same := _repeated(session, revision, Verb.REJECT):
        return _decided(session, mosaic, repeats=same)
    before = RevisionState(revision.state)
    if before not in (RevisionState.QUARANTINED, RevisionState.PUBLISHED):
        raise BadInput(_nothing_to(session, revision, name, "reject"))
    was_current = revision.current
    asked_for = was_current or (
        before == RevisionState.QUARANTINED and is_of_usable(session, mosaic, revision)
    )
    revision.state, revision.current = RevisionState.REJECTED, False
    session.add(revision)
    session.flush()
    reverses = _standing(session, revision)
    _record(session, revision, Verb.REJECT, reason, word)
    if was_current:
        _show_another(session, revision, is_whole)
    if asked_for and mosaic.state == before:
        mosaic.state, mosaic.reason = MosaicState.REJECTED, why_stopped(session, revision)
        session.add(mosaic)
    return _decided(session, mosaic, reverses=reverses)


def recompose(session: Session, name: str, word: Word, definition: Definition) -> Decided:
    """Have a stopped revision composed and checked anew by the next run.

    A rejection of it stands no longer, and is kept; what is to be composed anew already stays so.
    Raises BadInput where the mosaic now asks for another revision, where readers had it, because
    what was published never changes, and without a reason.
    """
    reason = _reason(word, "To compose again")
    mosaic, revision = hold_product(session, name)
    if before := _repeated(session, revision, Verb.RECOMPOSE):
        return _decided(session, mosaic, repeats=before)
    if revision.state not in STOPPED:
        raise BadInput(_nothing_to(session, revision, name, "compose again"))
    if revision.published_at:
        raise BadInput(
            f"{name} was published before it was rejected, and what was published never changes; "
            "new granules make a new revision."
        )
    named = [(granule.id, checksum) for granule, checksum in usable_inputs(session, mosaic)]
    if revision_id(definition, key_of(mosaic), named) != revision.id:
        raise BadInput(
            f"{name} is not what would be composed now: the granules that count, or the settings, "
            "are others; `s2gm run` composes of those."
        )
    reverses = _standing(session, revision)
    reopen(session, revision)
    _record(session, revision, Verb.RECOMPOSE, reason, word)
    make_due(session, key_of(mosaic))
    return _decided(session, mosaic, reverses=reverses)


def never_published(session: Session) -> dict[int, str]:
    """Return number and path of every stopped product that readers never had."""
    rows = session.exec(
        select(RevisionRow.number, RevisionRow.product).where(
            col(RevisionRow.state).in_(STOPPED), col(RevisionRow.published_at).is_(None)
        )
    ).all()
    return {number: product for number, product in rows if product}


def hold_stopped(session: Session, number: int) -> str | None:
    """Hold the mosaic of a product; return its path while that is stopped and never was read."""
    revision = session.exec(select(RevisionRow).where(RevisionRow.number == number)).one()
    hold(session, revision)
    still = revision.state in STOPPED and revision.published_at is None
    return revision.product if still else None


def is_published(session: Session, name: str) -> bool:
    """Tell whether a name is that of a product of this catalog, and that is published."""
    try:
        found = find_product(session, name)
    except BadInput:
        return False
    return found is not None and found[1].state == RevisionState.PUBLISHED


def _reason(word: Word, what: str) -> str:
    if not word.words:
        raise BadInput(f'{what} needs its reason in words; give --reason "WORDS".')
    return word.words


def _require_releasable(
    session: Session, mosaic: MosaicRow, revision: RevisionRow, name: str
) -> None:
    if revision.state not in STOPPED:
        raise BadInput(_nothing_to(session, revision, name, "release"))
    if lost := _withdrawn_input(session, revision):
        raise BadInput(
            f"{name} is made of {lost}, which is withdrawn; bring that back first with "
            "`s2gm withdraw --undo`, or leave it."
        )
    current = current_revision(session, mosaic.id or 0)
    if current is None or current.ordinal < revision.ordinal:
        return
    if not is_of_usable(session, mosaic, revision) or is_of_usable(session, mosaic, current):
        raise BadInput(
            f"{name} is older than {name_of(mosaic, current)}, which is published; to go back, "
            "reject that one."
        )


def _nothing_to(session: Session, revision: RevisionRow, name: str, what: str) -> str:
    match RevisionState(revision.state):
        case RevisionState.PLANNED:
            sent = _repeated(session, revision, Verb.RECOMPOSE)
            why = f" ({sent})" if sent else ""
            return f"{name} is not composed yet{why}; `s2gm run` composes and checks it."
        case _:
            stands = _standing(session, revision)
            how = f" ({stands})" if stands else ""
            return f"{name} is published{how}, so there is nothing to {what}."


def _withdrawn_input(session: Session, revision: RevisionRow) -> str | None:
    return session.exec(
        select(RevisionInputRow.granule_id)
        .join(GranuleRow, col(GranuleRow.id) == RevisionInputRow.granule_id)
        .where(RevisionInputRow.revision_id == revision.id, withdrawn())
        .order_by(col(RevisionInputRow.position))
    ).first()


def _show_another(
    session: Session, rejected: RevisionRow, is_whole: Callable[[RevisionRow], bool]
) -> None:
    others = session.exec(
        select(RevisionRow)
        .where(
            RevisionRow.mosaic_id == rejected.mosaic_id,
            RevisionRow.state == RevisionState.PUBLISHED,
        )
        .order_by(col(RevisionRow.ordinal).desc())
    ).all()
    for other in others:
        if _withdrawn_input(session, other) is None and is_whole(other):
            make_current(session, other)
            return


def _record(session: Session, revision: RevisionRow, verb: Verb, reason: str, word: Word) -> None:
    """Write the decision; one to compose again has had its effect."""
    overrule(session, revision)
    session.add(
        DecisionRow(
            revision_id=revision.id,
            verb=verb,
            reason=reason,
            decided_by=word.who,
            decided_at=now(),
            standing=verb != Verb.RECOMPOSE,
        )
    )
    product = name_of(session.get_one(MosaicRow, revision.mosaic_id), revision)
    record_action(session, ActionVerb(verb.value), product, reason, word.who, word.via)


_LEAVES = {
    Verb.RELEASE: RevisionState.PUBLISHED,
    Verb.REJECT: RevisionState.REJECTED,
    Verb.RECOMPOSE: RevisionState.PLANNED,
}
"""State in which a decision leaves the revision."""


def _repeated(session: Session, revision: RevisionRow, verb: Verb) -> Decision | None:
    """Return the last decision where it was the same and its effect still lasts."""
    if revision.state != _LEAVES[verb]:
        return None
    last = next(reversed(decisions_about(session, revision.id)), None)
    if last is None or last.verb != verb:
        return None
    return last if last.standing or verb == Verb.RECOMPOSE else None


def _standing(session: Session, revision: RevisionRow) -> Decision | None:
    return next((one for one in decisions_about(session, revision.id) if one.standing), None)


def _decided(
    session: Session,
    mosaic: MosaicRow,
    repeats: Decision | None = None,
    reverses: Decision | None = None,
) -> Decided:
    current = current_revision(session, mosaic.id or 0)
    shown = name_of(mosaic, current) if current else None
    return Decided(MosaicState(mosaic.state), shown, repeats, reverses)
