"""Reproduce: compose a published product again from its recorded inputs, and compare the bytes."""

import filecmp
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import rasterio

from catalog.recorded import Recorded
from products.errors import BadInput, GranuleRejected, SourceUnavailable
from products.mosaic import Definition
from products.naming import ProductName
from qc.comparison import compare
from qc.finding import number_of
from qc.layers import UNREADABLE, Piece
from storage.local import remove, scratch_folder
from tasks.compose import Cut, compose
from tasks.ingest import healed
from tasks.inputs import definition_of, stack_of
from tasks.known import name_of, require_revision
from tasks.package import product_facts, write_layers, write_metadata
from tasks.produce import check_room
from tasks.workshop import Workshop

_CONTACT = {
    "Institution", "References", "Contact", "Creator_url", "Resource_locator", "License",
    "Creator_email",
}  # fmt: skip
"""Keys of the metadata that come from the settings."""


class Match(StrEnum):
    """What became of one file."""

    EQUAL = "equal"
    DIFFERENT = "different"
    MISSING = "missing"
    """The product lacks it."""
    EXTRA = "extra"
    """It is not one of the product's."""


@dataclass(frozen=True)
class Reproduction:
    """A product beside itself, composed again."""

    product: str
    files: tuple[tuple[str, Match], ...]
    """Paths below the base folder."""
    hint: str | None
    """What may explain files that differ."""

    @property
    def differing(self) -> int:
        """How many files are not equal."""
        return sum(match is not Match.EQUAL for _, match in self.files)


def reproduce(workshop: Workshop, product: str) -> Reproduction:
    """Compose the product with a name, or in a folder, again and compare every file bit by bit.

    The inputs and the definition are those that the catalog recorded, so it does not matter whether
    the product is still current, or a granule superseded or withdrawn. Granules that are not in the
    working store are decoded again. Raises BadInput where the catalog does not know the product,
    its folder is gone, an input is gone or another one, or this version composes otherwise;
    SourceUnavailable where a source cannot be reached.
    """
    folder, name = asked_for(product)
    revision = require_revision(workshop, name)
    definition_of(revision)
    folder = folder or workshop.home / (revision.product or "")
    if not folder.is_dir():
        raise BadInput(f"{folder} is gone; give a folder that holds a copy of {name}.")
    with scratch_folder(workshop.staging, "reproduce") as scratch:
        again = composed_again(workshop, name, revision, scratch)
        files = tuple(_compared(folder, again.folder))
        return Reproduction(str(name), files, _hint(folder, again, dict(files)))


def composed_again(
    workshop: Workshop, name: ProductName, revision: Recorded, scratch: Path
) -> Piece:
    """Compose a product anew below a folder, from the inputs and the definition of its revision.

    Raises what ``reproduce`` does.
    """
    definition = definition_of(revision)
    try:
        return healed(lambda: _composed(workshop, revision, definition, scratch / "again"))
    except SourceUnavailable as error:
        raise SourceUnavailable(f"{name} cannot be composed again now: {error}") from error
    except GranuleRejected as error:
        raise BadInput(f"{name} cannot be composed again: {error}") from error


def asked_for(product: str) -> tuple[Path | None, ProductName]:
    """Return the folder, where it is one, and the name of a product that a person named.

    Raises BadInput where it is neither.
    """
    path = Path(product)
    if product and path.is_dir():
        return path.resolve(), _named(path.resolve())
    if path.is_file():
        raise BadInput(f"{path} is a file; give the base folder or the name of a product.")
    if path.parent != Path():
        raise BadInput(f"There is no folder {path}; give the base folder or the name of a product.")
    return None, ProductName.parse(product)


def _named(folder: Path) -> ProductName:
    """Return the name of a product by that of its folder, or raise BadInput."""
    try:
        return ProductName.parse(folder.name)
    except BadInput as error:
        raise BadInput(
            f"The folder {folder} is not named like a product; give the base folder or the name of "
            "a product."
        ) from error


def _composed(
    workshop: Workshop, revision: Recorded, definition: Definition, scratch: Path
) -> Piece:
    """Compose every pixel anew; nothing is carried over from another revision."""
    remove(scratch)  # what an attempt left that met a damaged observation
    stack = stack_of(workshop, revision.inputs, revision.key.resolution)
    grid = stack.observations[0].extent.grid(revision.key.resolution)
    check_room(workshop.home, grid, len(stack.layers))
    settings, layers = workshop.settings, scratch / "layers"
    layers.mkdir(parents=True)
    cut = Cut(settings.block, settings.pixel_budget)
    written, tally = compose(stack, grid, layers, definition.threshold, cut)
    name = name_of(revision, definition.layout)
    facts = product_facts(name, stack, grid, tally, definition.threshold)
    folder = scratch / str(name)
    write_layers(folder, facts, written, settings)
    write_metadata(folder, [facts], settings)
    return Piece(folder, facts)


def _compared(folder: Path, again: Path) -> Iterator[tuple[str, Match]]:
    there, here = (
        {path.relative_to(each).as_posix() for path in each.rglob("*") if path.is_file()}
        for each in (folder, again)
    )
    for name in sorted(there | here):
        if name not in here:
            yield name, Match.EXTRA
        elif name not in there:
            yield name, Match.MISSING
        else:
            same = filecmp.cmp(folder / name, again / name, shallow=False)
            yield name, Match.EQUAL if same else Match.DIFFERENT


def _hint(folder: Path, again: Piece, files: Mapping[str, Match]) -> str | None:
    """Say in words what differs, where that can be told."""
    facts = again.facts
    names = [f"{facts.place}/{facts.layer_file(layer)}" for layer in facts.layers]
    if Match.DIFFERENT in (files[name] for name in names):
        try:
            changed = compare(Piece(folder, facts), again).changed
        except UNREADABLE:
            return "A layer cannot be read."
        if changed:
            differ = number_of(changed, "pixel differs", "pixels differ")
            return f"In the layers that differ, {differ}."
        return (
            "No pixel of those layers differs: they were encoded by another version of GDAL than "
            f"{rasterio.__gdal_version__}, or written again."
        )
    if files[f"{facts.place}/{facts.metadata_file}"] is Match.DIFFERENT:
        return _metadata_hint(folder, again)
    return None


def _metadata_hint(folder: Path, again: Piece) -> str | None:
    """Say so where the metadata differ in who answers for the product, which is a setting."""
    place = Path(again.facts.place, again.facts.metadata_file)
    try:
        theirs, ours = (json.loads((each / place).read_bytes()) for each in (folder, again.folder))
        apart = sorted(key for key in {*theirs, *ours} if theirs.get(key) != ours.get(key))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return f"{place} is not JSON as it should be."
    told = f"{place} differs in {', '.join(apart)}"
    if {*apart} <= _CONTACT:
        return f"{told}: S2GM_ORGANISATION, _EMAIL, _URL or _LICENSE_URL were others then."
    return f"{told}."
