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
from products.naming import ProductName
from qc.manifest import MANIFEST, check_manifest
from qc.opened import open_product
from storage.local import discard, file_digest, move_into_place
from tasks.act import tell
from tasks.produce import is_whole, place
from tasks.quicklook import write_pictures
from tasks.report import settle_reports
from tasks.shelf import shelve
from tasks.workshop import Workshop


def release_product(workshop: Workshop, product: str, word: Word) -> Decided:
    """Publish a product that was stopped; readers get it at once.

    The product moves while its mosaic is held, before the decision is committed. Who dies in
    between leaves it among the products, unknown to readers; ``settle_quarantine`` puts it back.
    """
    name = _named(workshop, product)
    with workshop.catalog.transaction() as session:
        found = find_stopped(session, name, word)
    if found:
        _show(workshop, name, _sound(workshop, name, *found))
    workshop.point("release.before_move")
    with workshop.catalog.transaction() as session:
        decided = release(session, name, word, lambda revision: _moved(workshop, revision))
        workshop.point("release.moved")
    workshop.point("release.recorded")
    return _told(workshop, ActionVerb.RELEASE, name, word, decided)


def reject_product(workshop: Workshop, product: str, word: Word) -> Decided:
    """Confirm that a product is stopped, or take a published one back from readers.

    The folder stays where it is: somebody may be reading it, and the catalog says what to use.
    """
    name = _named(workshop, product)
    workshop.point("reject.before_record")
    with workshop.catalog.transaction() as session:
        decided = reject(
            session,
            name,
            word,
            lambda revision: is_whole(workshop.home / (revision.product or ""), revision.manifest),
        )
    workshop.point("reject.recorded")
    return _told(workshop, ActionVerb.REJECT, name, word, decided)


def recompose_product(workshop: Workshop, product: str, word: Word) -> Decided:
    """Have a stopped product composed and checked anew by the next run."""
    name = _named(workshop, product)
    workshop.point("recompose.before_record")
    with workshop.catalog.transaction() as session:
        decided = recompose(session, name, word, workshop.definition)
    workshop.point("recompose.recorded")
    return _told(workshop, ActionVerb.RECOMPOSE, name, word, decided)


def _told(workshop: Workshop, verb: ActionVerb, name: str, word: Word, decided: Decided) -> Decided:
    """Show readers what was decided, in the STAC catalog and in the reports, and log it."""
    if not decided.repeats:
        tell(verb, [name], word)
    shelve(workshop)
    settle_reports(workshop)
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
        if _is_left(workshop, folder):
            discard(folder)


def product_name(text: str) -> str:
    """Return the name of a product by what a person typed: its name, or the path of its folder."""
    return Path(text).name


def _named(workshop: Workshop, text: str) -> str:
    """Return the name of the product that a person means.

    Raises BadInput where it is no name, and where the path of a folder is given that is not where
    this data root keeps the product: a namesake elsewhere is not what would be decided about.
    """
    name = product_name(text)
    own = [_quarantined(workshop, name), _released(workshop, _quarantined(workshop, name))]
    if "/" in text and Path(text).resolve() not in [folder.resolve() for folder in own]:
        raise BadInput(
            f"{Path(text).resolve()} is not the folder of {name} in the data root {workshop.home}; "
            "give the name of the product alone, or the folder that `s2gm mosaics` lists."
        )
    return name


def _sound(workshop: Workshop, name: str, path: str, manifest: str) -> Path:
    """Return the folder of a stopped product, wherever it lies, or raise BadInput."""
    folder = workshop.home / path
    if not folder.exists() and (released := _released(workshop, folder)).exists():
        folder = released
    problems = check_manifest(folder) if folder.exists() else ["its folder is gone"]
    if not problems and file_digest(folder / MANIFEST) != manifest:
        problems = [f"{MANIFEST} is not the one that was checked"]
    if problems:
        raise BadInput(
            f"{folder.name} cannot be released, because it is damaged ({problems[0]}); "
            f"{_to_mend(workshop, name)}."
        )
    return folder


def _to_mend(workshop: Workshop, name: str) -> str:
    """Say how a damaged product becomes whole: what readers had once must come back the same."""
    with workshop.catalog.transaction() as session:
        anew = ProductName.parse(name).number in never_published(session)
    if anew:
        return "have it composed anew with `s2gm recompose`"
    return "put it back as it was published with `s2gm repair`"


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


def _quarantined(workshop: Workshop, name: str) -> Path:
    """Return where a product lies while it is stopped; raises BadInput where that is no name."""
    return workshop.quarantine / ProductName.parse(name).order / name


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


def _is_left(workshop: Workshop, folder: Path) -> bool:
    """Tell whether a folder in quarantine is that of a product that is published."""
    with workshop.catalog.transaction() as session:
        published = is_published(session, folder.name)
    return published and folder == _quarantined(workshop, folder.name)
