"""Check: every chapter of quality control, on a staged product and on any product folder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metadata.inspire_rules import check_inspire
from metadata.schema import document_problems, item_problems
from products.errors import BadInput, GranuleRejected, SourceUnavailable
from products.product import ProductFacts
from qc.catalogue import RULES
from qc.comparison import Comparison
from qc.finding import Finding, Verdict, joined
from qc.inputs import INPUTS
from qc.layers import Piece
from qc.package import Work, check_package, check_pixels
from qc.recomposed import BLOCKS
from tasks.compared import compare_product
from tasks.ingest import healed
from tasks.inputs import definition_of, stack_of
from tasks.known import cut_from, known_product
from tasks.settings import Settings
from tasks.stack import Stack
from tasks.stored import stored_spectra
from tasks.subject import Subject, pieces_in
from tasks.validated import validate_product
from tasks.workshop import Workshop


@dataclass(frozen=True)
class Checkup:
    """Everything that was found about a product."""

    facts: tuple[ProductFacts, ...]
    """Of each of its pieces."""
    findings: tuple[Finding, ...]
    """One of every rule, in the order of the catalogue; SKIPPED where it could not look."""
    comparisons: tuple[Comparison, ...]
    """Layer by layer with the reference, else with the revision before; empty without either."""
    beside: Path | None
    """Base folder of the product that it was compared with."""
    not_compared: str = ""
    """A sentence why it was not compared with the reference that was asked for, else empty."""

    @property
    def left_out(self) -> list[str]:
        """Sentences about what was not looked at though it is part of a whole check."""
        skipped = {f.rule for f in self.findings if f.verdict is Verdict.SKIPPED}
        told = [self.not_compared] if self.not_compared else []
        if {INPUTS, BLOCKS} <= skipped:
            told.append("Its inputs were not checked.")
        elif BLOCKS in skipped:
            told.append("It was not composed again from its inputs.")
        return told


def check_product(workshop: Workshop, folder: Path, facts: ProductFacts, stack: Stack) -> Checkup:
    """Check a staged product before it is published."""
    workshop.point("check.begin")
    known = known_product(workshop, facts.name)
    subject = Subject(
        folder=folder,
        pieces=(Piece(folder, facts),),
        settings=workshop.settings,
        workshop=workshop,
        # whether news came meanwhile is for the commit to see, not for the report
        known=replace(known, stale=None) if known else None,
        unknown="" if known else "The catalog does not know this product.",
        stack=stack,
    )
    return _examined(subject)


def check_folder(
    folder: Path, reference: Path | None, settings: Settings, workshop: Workshop | None
) -> Checkup:
    """Check any product folder, with what the catalog knows of it where there is a ``workshop``.

    Raises BadInput where one of the folders is no product.
    """
    subject = Subject(
        folder=folder,
        pieces=pieces_in(folder),
        settings=settings,
        reference=pieces_in(reference) if reference else (),
        unknown="There is no catalog in --home to ask about its inputs and its past.",
        unstacked="There is no catalog in --home to ask about its inputs and its past.",
    )
    if workshop is None:
        return _examined(subject)
    return healed(lambda: _examined(_informed(subject, workshop)))


def check_order(folder: Path, pieces: Sequence[ProductFacts], settings: Settings) -> list[Finding]:
    """Check a staged order; what its mosaics have passed is not asked again."""
    subject = Subject(
        folder=folder,
        pieces=tuple(Piece(folder, facts) for facts in pieces),
        settings=settings,
        unknown="An order is cut from mosaics that were checked.",
        unstacked="An order is cut from mosaics that were checked.",
    )
    return list(_examined(subject).findings)


def check_files(
    folder: Path, pieces: Sequence[ProductFacts], manifest: str | None = None
) -> list[Finding]:
    """Check files and metadata of a product against what was to be written, and their schemas.

    ``manifest`` is the SHA-256 of the manifest that was published, where that is known. The schema
    is that of our documents; those of others need not follow it.
    """
    inspire, json, stac = folder / "inspire.xml", [], []
    for facts in pieces:
        document = folder / facts.place / facts.metadata_file
        if document.exists() and not facts.foreign:
            json += document_problems(document.read_bytes())
        if (item := folder / facts.stac_file).is_file():
            stac += item_problems(item.read_bytes())
    return check_package(
        folder,
        pieces,
        inspire_problems=[str(p) for p in check_inspire(inspire.read_bytes())]
        if inspire.exists()
        else [],
        json_problems=json,
        stac_problems=stac,
        manifest=manifest,
    )


def _informed(subject: Subject, workshop: Workshop) -> Subject:
    """Add what the catalog and the working store know; granules that are not there are decoded."""
    name = subject.pieces[0].facts.name
    known = known_product(workshop, name)
    if known is None:
        mosaics = cut_from(workshop, name)
        told = (
            f"It is an order, cut from published mosaics; check those: {', '.join(mosaics)}."
            if mosaics
            else "The catalog of --home does not know this product."
        )
        return replace(subject, workshop=workshop, unknown=told, unstacked=told)
    informed = replace(subject, workshop=workshop, known=known, unknown="")
    try:
        definition_of(known.revision)
        stack = stack_of(workshop, known.revision.inputs, known.revision.key.resolution)
    except (BadInput, GranuleRejected, SourceUnavailable) as error:
        return replace(informed, unstacked=f"Its inputs cannot be read again: {error}")
    if misfit := _misfit(subject, stack):
        return replace(informed, unstacked=f"Its inputs are not those of its metadata: {misfit}.")
    return replace(informed, stack=stack, unstacked="")


def _misfit(subject: Subject, stack: Stack) -> str | None:
    """Say why pixels of a product cannot be looked up in its inputs, whatever its files hold."""
    facts = subject.pieces[0].facts
    if stack.observations[0].extent.grid(stack.resolution) != facts.grid:
        return "they lie on another grid"
    if len(stack.granules) != len(facts.sources):
        return f"they are {len(stack.granules)}, not {len(facts.sources)}"
    names = {layer.name for layer in stack.layers}
    if more := [layer.name for layer in facts.layers if layer.name not in names]:
        return f"they do not have {', '.join(more)}"
    return None


def _examined(subject: Subject) -> Checkup:
    known = subject.known
    pieces = tuple(piece.facts for piece in subject.pieces)
    files = check_files(subject.folder, pieces, known.revision.manifest if known else None)
    pixels = joined({piece.facts.place: _pixels(subject, piece) for piece in subject.pieces})
    compared = compare_product(subject)
    found = (*files, *pixels, *compared.findings, *validate_product(subject))
    return Checkup(
        pieces,
        _complete(subject, found),
        compared.comparisons,
        compared.beside,
        compared.not_compared,
    )


def _pixels(subject: Subject, piece: Piece) -> list[Finding]:
    facts = piece.facts
    spectra = stored_spectra(subject.stack, facts) if subject.stack else None
    settings = subject.settings
    work = Work(settings.workers, settings.pixel_budget)
    return check_pixels(
        subject.folder, facts, facts.threshold, spectra, settings.qc, settings.block, work
    )


def _complete(subject: Subject, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return one finding of every rule about products, in the order of the catalogue."""
    by_rule = {finding.rule: finding for finding in found}
    rules = [rule for rule in RULES.values() if rule.level != "input"]
    return tuple(
        by_rule.get(rule.id) or Finding(rule.id, Verdict.SKIPPED, _why_not(subject, rule.level))
        for rule in rules
    )


def _why_not(subject: Subject, level: str) -> str:
    if level == "L3":
        return subject.unstacked
    return "A layer that it needs is not delivered."
