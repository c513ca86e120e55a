"""Produce: the life of one mosaic, from claim to publication."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from catalog.checked import Judgement
from catalog.claim import Claim, Outcome, Report, claim, commit, fail, renew
from catalog.operations.publications import new_inputs
from catalog.quality import decisions_about
from catalog.query import numbers_in_use
from catalog.revision import current_revision, inputs_of
from catalog.tables import RevisionRow, RevisionState
from products.bands import Layer
from products.errors import LeaseLost, NeedsOperator, S2GMError
from products.grid import Grid
from products.naming import ProductName, layer_file
from products.product import ProductFacts
from products.sentence import sentence_of
from qc.finding import Finding, Verdict, worst
from qc.manifest import MANIFEST
from qc.report import Known
from storage.local import file_digest, move_into_place, remove, scratch_folder
from tasks.carry import CannotCarry, Carrier, NothingToCarry, Record, find_carrier
from tasks.check import Checkup, check_product
from tasks.compose import Cut, compose
from tasks.ingest import healed
from tasks.inputs import stack_of
from tasks.lease import kept_lease
from tasks.logs import Event, correlated, event_log
from tasks.package import product_facts, write_layers, write_metadata
from tasks.quicklook import write_pictures
from tasks.report import write_reports
from tasks.stack import Stack
from tasks.tally import Tally
from tasks.window import blocks
from tasks.workshop import Workshop

_LOG = event_log(__name__)
_ROOM = 2
"""Free disk space asked for, as a multiple of the uncompressed product."""


@dataclass(frozen=True)
class Assembled:
    """A staged product, complete but not yet checked."""

    folder: Path
    facts: ProductFacts
    stack: Stack
    tally: Tally


def produce(workshop: Workshop, mosaic_id: int) -> RevisionState | None:
    """Bring one due mosaic up to date; return what became of the revision that was composed.

    None where there was nothing to compose or it failed; a failure is recorded with its sentence.
    Unless the revision is published, the one before stays.
    """
    lease = workshop.settings.lease_seconds
    with workshop.catalog.transaction() as session:
        held = claim(
            session,
            mosaic_id,
            workshop.definition,
            workshop.owner,
            lease,
            lambda revision: is_whole(workshop.home / (revision.product or ""), revision.manifest),
        )
    if held is None:
        workshop.point("produce.settled")
        return None
    workshop.point("produce.claimed")
    with (
        correlated(mosaic=str(held.key), revision=held.revision_id[:12]),
        workshop.board.doing(f"composing {held.key}"),
    ):
        return _held_through(workshop, held)


def _held_through(workshop: Workshop, held: Claim) -> RevisionState | None:
    """Make what was claimed; what nobody foresaw gives the mosaic back, too, and passes through."""
    _LOG.info(Event.MOSAIC_CLAIMED, worker=held.owner, number=held.number)
    try:
        with kept_lease(workshop, held):
            return healed(lambda: _make(workshop, held))
    except LeaseLost as lost:
        _LOG.warning(Event.MOSAIC_LOST, message=str(lost))
        return None
    except (S2GMError, OSError) as error:
        _give_back(workshop, held, error)
        _LOG.error(Event.MOSAIC_FAILED, message=sentence_of(error))
        return None
    except Exception as error:
        _give_back(workshop, held, error)
        _LOG.exception(Event.MOSAIC_FAILED, message=sentence_of(error))
        raise


def is_whole(product: Path, manifest: str | None) -> bool:
    """Tell whether a product is there with its manifest, which is written last."""
    path = product / MANIFEST
    return path.is_file() and file_digest(path) == manifest


def _make(workshop: Workshop, held: Claim) -> RevisionState:
    with scratch_folder(workshop.staging, "product") as scratch:
        assembled = assemble(workshop, held, scratch)
        checkup = check_product(workshop, assembled.folder, assembled.facts, assembled.stack)
        return _publish(workshop, held, assembled, checkup)


def assemble(workshop: Workshop, held: Claim, scratch: Path) -> Assembled:
    """Compose the layers and write the metadata, the manifest last."""
    with workshop.catalog.transaction() as session:
        inputs = inputs_of(session, held.revision_id)
        before = current_revision(session, held.mosaic_id)
    stack = stack_of(workshop, inputs, held.key.resolution)
    grid = stack.observations[0].extent.grid(held.key.resolution)
    check_room(workshop.home, grid, len(stack.layers))
    version = workshop.definition.layout
    name = ProductName(
        held.key.period, held.key.resolution, held.key.tile, held.number, version=version
    )
    folder = scratch / str(name)
    settings = workshop.settings
    layers = scratch / "layers"
    layers.mkdir()
    written, finished, tally = _compose(workshop, held, before, stack, grid, layers)
    workshop.point("produce.composed")
    facts = product_facts(name, stack, grid, tally, settings.threshold)
    write_layers(folder, facts, written, settings, finished)
    write_metadata(folder, [facts], settings)
    workshop.point("produce.assembled")
    return Assembled(folder, facts, stack, tally)


def _compose(
    workshop: Workshop,
    held: Claim,
    before: RevisionRow | None,
    stack: Stack,
    grid: Grid,
    folder: Path,
) -> tuple[dict[Layer, Path], dict[Layer, Path], Tally]:
    """Compose with what can be carried over; return layers to encode, to copy, and the tally."""
    settings = workshop.settings
    cut = Cut(settings.block, settings.pixel_budget)
    try:
        carrier = _carrier(workshop, held, before, stack, grid) if before else None
        written, tally = compose(stack, grid, folder, settings.threshold, cut, carrier)
    except CannotCarry as reason:
        told = f"{held.key} is composed from scratch: {reason}."
        _LOG.log(reason.level, Event.MOSAIC_FROM_SCRATCH, message=told)
        carrier = None
        written, tally = compose(stack, grid, folder, settings.threshold, cut)
    return written, carrier.unchanged() if carrier else {}, tally


def _carrier(
    workshop: Workshop, held: Claim, before: RevisionRow, stack: Stack, grid: Grid
) -> Carrier:
    """Return what to carry over from the current revision, or raise CannotCarry."""
    product = workshop.home / (before.product or "")
    if before.definition != workshop.definition.to_json():
        raise NothingToCarry(f"{product.name} has another definition")
    record = Record.load(_record_path(workshop, product.name))
    if record.manifest != before.manifest:
        raise CannotCarry(f"the record of {product.name} is of another manifest")
    side, tile = workshop.settings.block, held.key.tile
    if record.side != side:
        raise NothingToCarry(f"{product.name} has blocks of {record.side} pixels, not of {side}")
    names = {
        layer: f"{tile}/{layer_file(layer, held.key.period, grid.resolution, tile)}"
        for layer in stack.layers
    }
    windows = tuple(blocks(grid, side))
    working = workshop.working / tile
    return find_carrier(record, stack.inputs, product, names, grid, windows, working)


def _record_path(workshop: Workshop, product: str) -> Path:
    return workshop.carry / f"{product}.json"


def sweep_records(workshop: Workshop) -> None:
    """Remove the records of products that are no longer current."""
    written = sorted(workshop.carry.glob("*.json"))
    with workshop.catalog.transaction() as session:
        numbers = {str(number) for number in numbers_in_use(session)}
    for path in written:
        if path.stem.rpartition("_")[2] not in numbers:
            path.unlink(missing_ok=True)


def _publish(workshop: Workshop, held: Claim, made: Assembled, checkup: Checkup) -> RevisionState:
    """Publish what passed, put the rest into quarantine; tell which it was."""
    findings = checkup.findings
    passed = worst(findings) is not Verdict.FAIL
    name = str(made.facts.name)
    shelf = workshop.products / held.key.tile if passed else workshop.quarantine / held.key.tile
    final = shelf / name
    manifest = file_digest(made.folder / MANIFEST)
    with workshop.catalog.transaction() as session:
        renew(session, held, workshop.settings.lease_seconds)
        before = current_revision(session, held.mosaic_id)
        known = _known(session, held.revision_id)
        fresh = new_inputs(session, held.revision_id, before.id if before else None)
    if passed:
        write_pictures(made.folder / held.key.tile, made.facts, workshop.quicklooks / name)
    counted = tuple(made.tally.blocks)
    record = Record(manifest, workshop.settings.block, made.stack.inputs, counted)
    record.save(_record_path(workshop, name))
    workshop.point("publish.before_move")
    place(made.folder, final, manifest)
    workshop.point("publish.after_move")
    reference = _folder(workshop, before)
    write_reports(
        workshop.reports,
        final,
        made.facts,
        findings,
        reference,
        known=known,
        comparisons=checkup.comparisons,
    )
    workshop.point("publish.reported")
    outcome = _outcome(workshop, final, manifest, findings)
    with workshop.catalog.transaction() as session:
        commit(session, held, outcome)
    workshop.point("publish.committed")
    _tell(name, outcome, [row.id for row in fresh])
    return outcome.state


def _known(session: Session, revision_id: str) -> Known:
    decisions = tuple(decisions_about(session, revision_id))
    return Known(session.get_one(RevisionRow, revision_id).ordinal, decisions)


def _tell(name: str, outcome: Outcome, fresh: list[str]) -> None:
    """Log what became of a revision, with the granules that it has and the one before has not."""
    if outcome.state == RevisionState.PUBLISHED:
        _LOG.info(Event.MOSAIC_PUBLISHED, product=name, granules=fresh)
    else:
        _LOG.info(Event.MOSAIC_STOPPED, product=name, granules=fresh, message=outcome.reason)


def _folder(workshop: Workshop, revision: RevisionRow | None) -> Path | None:
    """Return the folder of a revision's product, None where it is not there."""
    folder = workshop.home / revision.product if revision and revision.product else None
    return folder if folder and folder.is_dir() else None


def _outcome(
    workshop: Workshop, final: Path, manifest: str, findings: Sequence[Finding]
) -> Outcome:
    failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]
    return Outcome(
        state=RevisionState.QUARANTINED if failed else RevisionState.PUBLISHED,
        product=str(final.relative_to(workshop.home)),
        manifest=manifest,
        verdicts=tuple(Judgement(f.rule, f.verdict, f.message, f.value, f.limit) for f in findings),
        reason="; ".join(f"{f.rule}: {f.message}" for f in failed) or None,
        report=_report(workshop, final.name, findings),
    )


def _report(workshop: Workshop, name: str, findings: Sequence[Finding]) -> Report:
    path, page = (workshop.reports / f"{name}.{form}" for form in ("json", "html"))
    return Report(
        worst(findings).value,
        str(path.relative_to(workshop.home)),
        str(page.relative_to(workshop.home)) if page.exists() else None,
    )


def place(staged: Path, final: Path, manifest: str) -> None:
    """Move the product to its place; what a crash left there before its commit is settled first."""
    if final.exists():
        if (final / MANIFEST).exists() and file_digest(final / MANIFEST) == manifest:
            return
        remove(final)
    move_into_place(staged, final)


def room_needed(pixels: int, layers: int) -> int:
    """Return the bytes that must be free before a product of so many layers is composed."""
    return _ROOM * pixels * 2 * layers


def check_room(home: Path, grid: Grid, layers: int) -> None:
    """Raise NeedsOperator where the disk has no room for a product of so many layers."""
    rows, columns = grid.shape
    needed = room_needed(rows * columns, layers)
    free = shutil.disk_usage(home).free
    if free < needed:
        raise NeedsOperator(
            f"{home} has {free >> 20} MiB left, but a product needs up to {needed >> 20} MiB; "
            "make room and run again."
        )


def _give_back(workshop: Workshop, held: Claim, error: Exception) -> None:
    with workshop.catalog.transaction() as session:
        try:
            fail(session, held, sentence_of(error), type(error).__name__)
        except LeaseLost:
            return
