"""Repair: put back files of a published product that broke, composed again from its inputs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.recorded import Recorded
from products.errors import BadInput, NeedsOperator
from products.naming import ProductName
from products.product import FileFact
from qc.manifest import MANIFEST, check_manifest
from storage.local import file_digest, move_into_place, put_in_place, scratch_folder
from tasks.known import require_revision
from tasks.reproduce import asked_for, composed_again
from tasks.workshop import Workshop

Files = Mapping[str, FileFact]
"""What was published, by path below the base folder; not the manifest itself."""


@dataclass(frozen=True)
class Repaired:
    """What was done to a product."""

    product: str
    put_back: tuple[str, ...]
    """Paths below the base folder."""
    problems: tuple[str, ...]
    """What is still not as it was published: files that do not belong there, which stay."""


def repair(workshop: Workshop, product: str) -> Repaired:
    """Make the files of a product, by its name or folder, what they were when it was published.

    What was published is what the catalog recorded: the digest of the manifest. Every file that is
    put back was compared with it before the first is touched, and appears in one step, the manifest
    last; who is killed in between leaves whole files, and the next repair does the rest. Raises
    BadInput where the catalog does not know the product, its inputs are gone, or composing again
    gives other files; NeedsOperator where a file cannot be written.
    """
    folder, name = asked_for(product)
    revision = require_revision(workshop, name)
    own = workshop.home / (revision.product or "")
    if folder and folder != own.resolve():
        raise BadInput(f"{folder} is a copy; repair {name} by its name, and copy it from {own}.")
    stated = _published(own, revision)
    put_back: tuple[str, ...] = ()
    if stated is None or _broken(own, stated):
        with scratch_folder(workshop.staging, "repair") as scratch:
            again = composed_again(workshop, name, revision, scratch).folder
            put_back = _put_back(workshop, name, revision, again, own)
    return Repaired(str(name), put_back, tuple(check_manifest(own)))


def _published(folder: Path, revision: Recorded) -> Files | None:
    """Return the files that a manifest lists, None where it is not the one of the catalog."""
    try:
        if file_digest(folder / MANIFEST) != revision.manifest:
            return None
        listed = json.loads((folder / MANIFEST).read_bytes())["files"]
    except OSError:
        return None
    return {entry["path"]: FileFact(entry["size"], entry["sha256"]) for entry in listed}


def _put_back(
    workshop: Workshop, name: ProductName, revision: Recorded, again: Path, folder: Path
) -> tuple[str, ...]:
    """Replace what is broken by what was composed again, if that is what was published."""
    stated, whole = _published(folder, revision), True
    if stated is None:
        stated, whole = _published(again, revision), False
    if stated is None:
        raise _refusal(name, MANIFEST)
    broken = _broken(folder, stated)
    if other := _broken(again, {path: stated[path] for path in broken}):
        raise _refusal(name, other[0])
    wanted = (*broken, *(() if whole else (MANIFEST,)))
    try:
        if not folder.exists():
            workshop.point("repair.before_file")
            move_into_place(again, folder)
            return wanted
        for path in wanted:
            workshop.point("repair.before_file")
            put_in_place(again / path, folder / path)
    except OSError as error:
        raise NeedsOperator(
            f"{error.filename2 or error.filename or folder} cannot be written ({error.strerror}); "
            "check the disk, and repair it again."
        ) from error
    return wanted


def _broken(folder: Path, stated: Files) -> list[str]:
    """Return the paths of files that are missing, or not as stated."""
    return [path for path, fact in stated.items() if not _is_as_stated(folder / path, fact)]


def _is_as_stated(path: Path, fact: FileFact) -> bool:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size != fact.size:
            return False
        return file_digest(path) == fact.sha256
    except OSError:
        return False


def _refusal(name: ProductName, path: str) -> BadInput:
    return BadInput(
        f"{name} cannot be repaired, and nothing was changed: composed again, {path} is not as it "
        f"was published. `s2gm reproduce {name}` tells what differs."
    )
