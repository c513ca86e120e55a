"""Shelf: the static STAC catalog of what is published, beside the products.

It is made from the catalog and the products alone and can be made anew at any time. Products never
change; their items here do, when a successor is published.
"""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from catalog.shelf import ShelvedRevision, published_revisions
from metadata.stac import Versions, collection_id, render_bytes, shelve_item
from metadata.stac_catalog import Member, render_catalog, render_collection
from products.mosaic import MosaicKey
from products.naming import stac_file
from products.period import PeriodKind
from storage.local import locked, replace_file
from tasks.package import contact_of
from tasks.workshop import Workshop

_STAMP = ".stamp"
Shelf = tuple[PeriodKind, int]


def shelve(workshop: Workshop) -> bool:
    """Bring ``stac/`` up to date with what is published; False where it was.

    A product whose folder has been removed is not shown. One process does it at a time, so that
    the latest state of the catalog is the one that stays.
    """
    with locked(workshop.shelf):
        return _shelve(workshop)


def _shelve(workshop: Workshop) -> bool:
    with workshop.catalog.transaction() as session:
        published = published_revisions(session)
    stamp = _stamp(published)
    path = workshop.shelf / _STAMP
    if path.exists() and path.read_text() == stamp:
        return False
    members: dict[Shelf, list[Member]] = defaultdict(list)
    for key, revisions in published:
        shelf = (key.period.kind, key.resolution)
        members[shelf] += _shelve_mosaic(workshop, key, revisions)
    contact = contact_of(workshop.settings)
    for (kind, resolution), found in members.items():
        collection = render_collection(kind, resolution, contact, found)
        _write(workshop.shelf / collection_id(kind, resolution) / "collection.json", collection)
    _write(workshop.shelf / "catalog.json", render_catalog(contact, list(members)))
    workshop.point("shelf.before_stamp")
    replace_file(path, stamp.encode())
    return True


def _shelve_mosaic(
    workshop: Workshop, key: MosaicKey, revisions: list[ShelvedRevision]
) -> list[Member]:
    """Write the items of a mosaic's revisions; return the current one, where it is there.

    Where none is current, they are marked as not to be used, and nothing leads to them.
    """
    revisions = sorted(revisions, key=lambda entry: entry.current)  # an earlier one may be it again
    found = [(entry, item) for entry in revisions if (item := _frozen(workshop, key, entry))]
    latest = next((str(item["id"]) for entry, item in found if entry.current), None)
    collection = collection_id(key.period.kind, key.resolution)
    names = [str(item["id"]) for _, item in found]
    members = []
    for place, (entry, item) in enumerate(found):
        versions = Versions(
            latest=latest,
            predecessor=names[place - 1] if place else None,
            successor=names[place + 1] if place + 1 < len(names) else None,
            withdrawn=latest is None,
            published=entry.published_at,
        )
        shelved = shelve_item(item, collection, versions, f"../../{entry.product}/")
        _write(workshop.shelf / collection / f"{item['id']}.json", shelved)
        if entry.current:
            members.append(Member.of(shelved))
    return members


def _frozen(workshop: Workshop, key: MosaicKey, entry: ShelvedRevision) -> dict[str, Any] | None:
    name = stac_file(key.period, key.resolution, key.tile)
    path = workshop.home / entry.product / name
    if not path.exists():
        return None
    item: dict[str, Any] = json.loads(path.read_bytes())
    return item


def _write(path: Path, document: dict[str, Any]) -> None:
    replace_file(path, render_bytes(document))


def _stamp(published: list[tuple[MosaicKey, list[ShelvedRevision]]]) -> str:
    digest = hashlib.sha256()
    for _, revisions in published:
        for entry in revisions:
            digest.update(f"{entry.id} {entry.current}\n".encode())
    return digest.hexdigest()
