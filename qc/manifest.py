"""Compare the files of a product with its manifest: broken, missing, or not belonging there."""

import hashlib
import json
from pathlib import Path

from qc.sayable import why_unread

MANIFEST = "manifest.json"


def check_manifest(folder: Path) -> list[str]:
    """Hash every file anew; return one sentence part for each that is broken, missing or extra."""
    try:
        listed = json.loads((folder / MANIFEST).read_bytes())["files"]
        stated = {str(entry["path"]): (entry["size"], entry["sha256"]) for entry in listed}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return [f"{MANIFEST} cannot be read (it {why_unread(error)})"]
    present = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or not path.is_dir()) and path != folder / MANIFEST
    }
    missing, extra = sorted(stated.keys() - present.keys()), sorted(present.keys() - stated.keys())
    problems = [f"{_shown(name)} is missing" for name in missing]
    problems += [f"{_shown(name)} does not belong here" for name in extra]
    for name in sorted(present.keys() & stated.keys()):
        problems += _compare(name, present[name], *stated[name])
    return problems


def _compare(name: str, path: Path, size: object, digest: object) -> list[str]:
    if path.is_symlink() or not path.is_file():
        return [f"{name} is broken: it is not a file but a link or device"]
    try:
        actual = path.stat().st_size
        if actual != size:
            return [f"{name} is broken: {actual} bytes instead of {_shown(str(size))}"]
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                return [f"{name} is broken: its SHA-256 is not the one in the manifest"]
    except OSError as error:
        return [f"{name} is broken: it cannot be read ({error.strerror})"]
    return []


def _shown(name: str) -> str:
    """Return a foreign text as a terminal can show it: no control characters, not endless."""
    return "".join(c if c.isprintable() else "?" for c in name[:200])
