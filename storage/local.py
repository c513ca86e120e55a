"""Files on a local disk: durable, whole or absent."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from errno import EEXIST
from pathlib import Path
from uuid import uuid4

_CHUNK = 1 << 20
_SYNCING = 8
"""Threads that flush: they wait for the disk, which takes many requests in the time of one."""


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the hex digest of a file, read in pieces."""
    digest = hashlib.new(algorithm.replace("-", "_") if algorithm.startswith("sha3") else algorithm)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below and including ``folder`` to the disk."""
    with ThreadPoolExecutor(_SYNCING) as pool:
        for _ in pool.map(_sync, [*folder.rglob("*"), folder]):
            pass


def move_into_place(staged: Path, final: Path) -> None:
    """Make a staged folder appear under its final name in one step, durably.

    An existing ``final`` is never replaced: rename refuses a folder that is not empty.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    sync_tree(staged)
    staged.rename(final)
    _sync(final.parent)


def put_in_place(staged: Path, final: Path) -> None:
    """Make a staged file appear under its final name in one step, durably, replacing another.

    Both lie on one file system. Readers see the old file or the new one, whole.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    _sync(staged)
    staged.replace(final)
    _sync(final.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that readers may be reading: they see the old one or the new one, whole.

    Raises OSError where something else has the name, which a reading might wait for without end.
    """
    if path.exists() and not path.is_file():
        kind = "it is a folder" if path.is_dir() else "it is a device, a pipe or a socket"
        raise FileExistsError(EEXIST, f"{kind}, no file", str(path))
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


def discard(folder: Path) -> None:
    """Remove a folder that others may be reading or removing: it is gone at once, or not at all.

    What a crash leaves half removed begins with a dot, for ``sweep_discarded``.
    """
    gone = folder.with_name(f".{folder.name}-{uuid4().hex[:8]}")
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def sweep_discarded(parent: Path) -> None:
    """Remove what ``discard`` left in a folder when its process died."""
    for gone in parent.glob(".*"):
        if gone.is_dir():
            shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until nobody else, thread or process, makes or discards a folder; then keep others out.

    The lock is an empty file beside the folder. It stays: who removes it may let two in.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder.with_name(f".{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def scratch_folder(parent: Path, name: str) -> Iterator[Path]:
    """Give a fresh folder that is gone afterwards, whatever happens."""
    folder = parent / f"{name}-{uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        remove(folder)


_HELD = ".held"


@contextmanager
def held_folder(folder: Path) -> Iterator[Path]:
    """Make a folder that is gone afterwards; ``is_abandoned`` is true of it once we have ended.

    The lock is the operating system's: it is free when the process has ended, however it ended.
    Keep what is to be moved away in a folder below.
    """
    folder.mkdir(parents=True)
    handle = os.open(folder / _HELD, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        remove(folder)
        os.close(handle)


def is_abandoned(folder: Path) -> bool:
    """Tell whether the process that made a held folder has ended."""
    try:
        with (folder / _HELD).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or not a folder of this kind
        return False
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
