"""Files on a local disk: durable, whole or absent."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_CHUNK = 1 << 20


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the hex digest of a file, read in pieces."""
    digest = hashlib.new(algorithm.replace("-", "_") if algorithm.startswith("sha3") else algorithm)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below and including ``folder`` to the disk."""
    for path in sorted(folder.rglob("*")):
        _sync(path)
    _sync(folder)


def move_into_place(staged: Path, final: Path) -> None:
    """Make a staged folder appear under its final name in one step, durably.

    An existing ``final`` is never replaced: rename refuses a folder that is not empty.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    sync_tree(staged)
    staged.rename(final)
    _sync(final.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that readers may be reading: they see the old one or the new one, whole."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex[:12]}")
    part.write_bytes(content)
    _sync(part)
    part.replace(path)
    _sync(path.parent)


def remove(folder: Path) -> None:
    """Remove a folder that nobody reads; absent is fine."""
    if folder.exists():
        shutil.rmtree(folder)


@contextmanager
def scratch_folder(parent: Path, name: str) -> Iterator[Path]:
    """Give a fresh folder that is gone afterwards, whatever happens."""
    folder = parent / f"{name}-{uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        remove(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
