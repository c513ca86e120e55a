"""The files of a product as its manifest lists them, and the way to them, fenced in."""

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from qc.manifest import MANIFEST
from storage.local import file_digest

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What a part of a path may look like: no dots alone, nothing hidden, no separators."""


@dataclass(frozen=True)
class ProductFile:
    """A file of a product."""

    path: str
    """Below the base folder, for example ``31UDS/B02_M10_20180601_31UDS.tiff``."""
    size: int
    """Bytes."""
    sha256: str


def files_of(folder: Path) -> tuple[ProductFile, ...]:
    """Return the files of a product by path, its manifest the last; none where that cannot be read.

    They are those that the manifest lists; nobody looks whether they are there and whole, which
    quality control does.
    """
    try:
        listed = json.loads((folder / MANIFEST).read_bytes())["files"]
        files = [
            ProductFile(str(entry["path"]), int(entry["size"]), str(entry["sha256"]))
            for entry in listed
        ]
        size, digest = (folder / MANIFEST).stat().st_size, file_digest(folder / MANIFEST)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    known = sorted((one for one in files if is_plain(one.path)), key=lambda one: one.path)
    return (*known, ProductFile(MANIFEST, size, digest))


def is_plain(path: str) -> bool:
    """Tell whether a path goes downwards alone, through names as we give them."""
    return all(_SEGMENT.fullmatch(part) for part in path.split("/")) and ".." not in path


def inside(root: Path, *parts: str) -> Path | None:
    """Return the file to which a path below a folder leads, None where there is none.

    A path that leads out of the folder, by dots or by a link, leads nowhere.
    """
    try:
        found = root.joinpath(*(PurePosixPath(part) for part in parts)).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    if not found.is_relative_to(root.resolve()) or not found.is_file():
        return None
    return found
