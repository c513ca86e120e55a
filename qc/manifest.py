"""Compare the files of a product with its manifest: broken, missing, or not belonging there."""

import hashlib
import json
from pathlib import Path

MANIFEST = "manifest.json"


def check_manifest(folder: Path) -> list[str]:
    """Hash every file anew; return one sentence part for each that is broken, missing or extra."""
    try:
        listed = json.loads((folder / MANIFEST).read_bytes())["files"]
        stated = {str(entry["path"]): (entry["size"], entry["sha256"]) for entry in listed}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"{MANIFEST} cannot be read ({error})"]
    present = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
    problems = [f"{name} is missing" for name in sorted(stated.keys() - present.keys())]
    problems += [f"{name} does not belong here" for name in sorted(present.keys() - stated.keys())]
    for name in sorted(present.keys() & stated.keys()):
        problems += _compare(name, present[name], *stated[name])
    return problems


def _compare(name: str, path: Path, size: object, digest: object) -> list[str]:
    actual = path.stat().st_size
    if actual != size:
        return [f"{name} is broken: {actual} bytes instead of {size}"]
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            return [f"{name} is broken: its SHA-256 is not the one in the manifest"]
    return []
