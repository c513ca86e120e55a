"""L0.4: does the STAC item in a product's folder describe the files that lie there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from products.product import ProductFacts
from qc.finding import Finding, Verdict
from qc.item import described_problems
from qc.manifest import MANIFEST
from qc.sayable import why_unread

RULE = "L0.4-stac"
_MULTIHASH = "1220"
"""Before a SHA-256: its code, and its length of 32 bytes."""
_SHOWN = 5
"""Problems that a message tells of."""

Stated = Mapping[str, tuple[object, object]]
"""Size and SHA-256 of files by their path, as the manifest states them."""


def judge_items(
    folder: Path,
    pieces: Sequence[ProductFacts],
    files: Mapping[str, set[str]],
    problems: Sequence[str] = (),
) -> Finding:
    """Fail where an item is not of its piece, or of other files than the manifest.

    ``files`` are the paths that the item of each piece must have an asset for, by the name of the
    item; ``problems`` is what a validator says of the items.
    """
    if pieces[0].foreign and not any((folder / facts.stac_file).exists() for facts in pieces):
        return Finding(RULE, Verdict.SKIPPED, "It was made elsewhere, without a STAC item.")
    stated = _manifest(folder)
    wrong = list(problems)
    for facts in pieces:
        wrong += _item_problems(folder, facts, files[facts.stac_file], stated)
    if not wrong:
        return Finding(RULE, Verdict.PASS, "As it should be.", 0, 0)
    return Finding(RULE, Verdict.FAIL, "; ".join(wrong[:_SHOWN]), len(wrong), 0)


def _manifest(folder: Path) -> Stated:
    """Return what the manifest states; nothing where it cannot be read, which L0.1 tells."""
    try:
        listed = json.loads((folder / MANIFEST).read_bytes())["files"]
        return {str(entry["path"]): (entry["size"], entry["sha256"]) for entry in listed}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _item_problems(
    folder: Path, facts: ProductFacts, files: set[str], stated: Stated
) -> Iterator[str]:
    name = facts.stac_file
    try:
        item = json.loads((folder / name).read_bytes())
        assets = {str(key): dict(asset) for key, asset in item["assets"].items()}
        hrefs = {key: _path(str(asset["href"])) for key, asset in assets.items()}
        is_, should = str(item["id"]), _id(facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        yield f"{name} {why_unread(error)}"
        return
    if is_ != should:
        yield f"{name} is of {is_[:100]}, not of {should}"
    for what in described_problems(item, facts):
        yield f"{name}: {what}"
    for key, path in hrefs.items():
        for what in _asset_problems(folder, path, assets[key], stated):
            yield f"{name}: asset {key[:100]} {what}"
    for path in sorted(files - {*hrefs.values()}):
        if (folder / path).exists():
            yield f"{name} has no asset for {path}"


def _asset_problems(
    folder: Path, path: str, asset: Mapping[str, Any], stated: Stated
) -> Iterator[str]:
    if not path or not (folder / path).is_file():
        yield "leads to no file of the product"
        return
    size, digest = stated.get(path, ((folder / path).stat().st_size, None))
    if asset.get("file:size") != size:
        yield f"is of {asset.get('file:size')} bytes, not {size} as in the manifest"
    if digest is not None and asset.get("file:checksum") != f"{_MULTIHASH}{digest}":
        yield "has another checksum than the manifest"


def _path(href: str) -> str:
    """Return the path that an address leads to from the folder, empty where it leads elsewhere."""
    path = PurePosixPath(href)
    inside = not path.is_absolute() and ".." not in path.parts and ":" not in href
    return path.as_posix() if inside else ""


def _id(facts: ProductFacts) -> str:
    """Return the id of the item: the product's name, with the place where there are several."""
    name = str(facts.name)
    return name if facts.place == facts.name.order else f"{name}_{facts.place}"
