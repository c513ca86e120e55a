"""Decide: publish, reject or compose again what quality control stopped, on a person's word."""

from pathlib import Path

from catalog.decision import (
    Decided,
    find_stopped,
    hold_stopped,
    is_published,
    never_published,
    recompose,
    reject,
    release,
)
from catalog.operation_tables import ActionVerb
from catalog.tables import RevisionRow
from catalog.withdrawal import Word
from products.errors import BadInput
from qc.manifest import MANIFEST, check_manifest
from qc.opened import open_product
from storage.local import discard, file_digest, move_into_place
from tasks.act import tell
from tasks.produce import is_whole, place
from tasks.quicklook import write_pictures
from tasks.shelf import shelve
from tasks.workshop import Workshop


def release_product(workshop: Workshop, product: str, word: Word) -> Decided:
    """Publish a product that was stopped; readers get it at once.

    The product moves while its mosaic is held, before the decision is committed. Who dies in
    between leaves it among the products, unknown to readers; ``settle_quarantine`` puts it back.
    """
    name = product_name(product)
    with workshop.catalog.transaction() as session:
        path, manifest = find_stopped(session, name, word)
    _show(workshop, name, _sound(workshop, path, manifest))
    workshop.point("release.before_move")
    with workshop.catalog.transaction() as session:
        decided = release(session, name, word, lambda revision: _moved(workshop, revision))
        workshop.point("release.moved")
    workshop.point("release.recorded")
    tell(ActionVerb.RELEASE, [name], word)
    shelve(workshop)
    return decided


def reject_product(workshop: Workshop, product: str, word: Word) -> Decided:
    """Confirm that a product is stopped, or take a published one back from readers.

    The folder stays where it is: somebody may be reading it, and the catalog says what to use.
    """
    workshop.point("reject.before_record")
    with workshop.catalog.transaction() as session:
        decided = reject(
            session,
            product_name(product),
            word,
            lambda revision: is_whole(workshop.home / (revision.product or ""), revision.manifest),
        )
    workshop.point("reject.recorded")
    tell(ActionVerb.REJECT, [product_name(product)], word)
    shelve(workshop)
    return decided


def recompose_product(workshop: Workshop, product: str, word: Word) -> Decided:
    """Have a stopped product composed and checked anew by the next run."""
    workshop.point("recompose.before_record")
    with workshop.catalog.transaction() as session:
        decided = recompose(session, product_name(product), word, workshop.definition)
    workshop.point("recompose.recorded")
    tell(ActionVerb.RECOMPOSE, [product_name(product)], word)
    return decided


def settle_quarantine(workshop: Workshop) -> None:
    """Bring the folders of stopped products where the catalog says that they are.

    A release that died may have left one among the products; one that was composed again and
    passed has left its old folder in quarantine.
    """
    with workshop.catalog.transaction() as session:
        stopped = never_published(session)
    for number, path in stopped.items():
        if not (workshop.home / path).exists():
            _put_back(workshop, number)
    for folder in sorted(workshop.quarantine.glob("*/*")):
        suffix = folder.name.rpartition("_")[2]
        if suffix.isdecimal() and _is_published(workshop, int(suffix)):
            discard(folder)


def product_name(text: str) -> str:
    """Return the name of a product by what a person typed: its name, or the path of its folder."""
    return Path(text).name


def _sound(workshop: Workshop, path: str, manifest: str) -> Path:
    """Return the folder of a stopped product, wherever it lies, or raise BadInput."""
    folder = workshop.home / path
    if not folder.exists() and (released := _released(workshop, folder)).exists():
        folder = released
    problems = check_manifest(folder) if folder.exists() else ["its folder is gone"]
    if not problems and file_digest(folder / MANIFEST) != manifest:
        problems = [f"{MANIFEST} is not the one that was checked"]
    if problems:
        raise BadInput(
            f"{folder.name} cannot be released, because it is damaged ({problems[0]}); have it "
            "composed anew with `s2gm recompose`."
        )
    return folder


def _show(workshop: Workshop, name: str, folder: Path) -> None:
    """Write the pictures that a publication has."""
    for facts in open_product(folder):
        write_pictures(folder / facts.place, facts, workshop.quicklooks / name)


def _moved(workshop: Workshop, revision: RevisionRow) -> str:
    """Move a stopped product among the published ones, unless it is there; return its path."""
    folder = workshop.home / (revision.product or "")
    final = _released(workshop, folder)
    if folder != final and folder.exists():
        place(folder, final, revision.manifest or "")
    if not is_whole(final, revision.manifest):
        raise BadInput(f"{final.name} is gone meanwhile; look what became of it, and try again.")
    return str(final.relative_to(workshop.home))


def _released(workshop: Workshop, folder: Path) -> Path:
    return workshop.products / folder.parent.name / folder.name


def _put_back(workshop: Workshop, number: int) -> None:
    """Return a product to quarantine, unless a release just moves it."""
    with workshop.catalog.transaction() as session:
        path = hold_stopped(session, number)
        if path is None:
            return
        folder = workshop.home / path
        released = _released(workshop, folder)
        if not folder.exists() and released.exists():
            move_into_place(released, folder)


def _is_published(workshop: Workshop, number: int) -> bool:
    with workshop.catalog.transaction() as session:
        return is_published(session, number)
