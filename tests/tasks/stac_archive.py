"""Simulated granules offered as a static STAC catalog of JP2 files, in the dialect of CDSE."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from sources.simulator import Delivery, SimulatedArchive

ARCHIVE = SimulatedArchive(start=date(2022, 1, 1), days=8, size=360)
ASSETS = (
    "B02_10m", "B03_10m", "B04_10m", "B08_10m", "B06_20m", "B8A_20m", "B11_20m", "B12_20m",
    "SCL_20m",
)  # fmt: skip
Json = dict[str, Any]
_PREFIX = {"sha3-256": ("1620", hashlib.sha3_256), "md5": ("d50110", hashlib.md5)}


def deliveries() -> tuple[Delivery, ...]:
    return ARCHIVE.deliveries()


def write_item(root: Path, delivery: Delivery, archive: SimulatedArchive = ARCHIVE) -> Path:
    """Write a granule's files beside its item; return the item."""
    name = delivery.name(archive.tile)
    folder = root / name
    folder.mkdir(parents=True)
    safe = archive.write(delivery, root)
    for asset in ASSETS:
        shutil.move(next(safe.rglob(f"*_{asset}.jp2")), folder / f"{asset}.jp2")
    shutil.move(next(safe.rglob("MTD_TL.xml")), folder / "MTD_TL.xml")
    shutil.rmtree(safe)
    stamp = f"{delivery.sensed:%Y%m%dT%H%M%S}"
    hrefs = {asset: f"./{asset}.jp2" for asset in ASSETS} | {"granule_metadata": "./MTD_TL.xml"}
    item = {
        "type": "Feature", "stac_version": "1.1.0", "id": name, "links": [],
        "properties": {
            "datetime": delivery.sensed.isoformat(),
            "platform": f"sentinel-{delivery.satellite[1:].lower()}",
            "grid:code": f"MGRS-{archive.tile}",
            "eopf:datatake_id": f"G{delivery.satellite}_{stamp}_020000_N0{delivery.baseline}",
            "sat:relative_orbit": delivery.orbit,
            "processing:version": f"{delivery.baseline // 100:02d}.{delivery.baseline % 100:02d}",
        },
        "assets": {asset: {"href": href} for asset, href in hrefs.items()},
    }  # fmt: skip
    path = folder / "item.json"
    path.write_text(json.dumps(item))
    return path


def edit(item: Path, change: Callable[[Json], object]) -> None:
    """Change an item's JSON."""
    document = json.loads(item.read_text())
    change(document)
    item.write_text(json.dumps(document))


def state(item: Path, algorithm: str = "sha3-256") -> None:
    """State size and checksum of every file, as multihash."""
    prefix, function = _PREFIX[algorithm]

    def add(document: Json) -> None:
        for asset in document["assets"].values():
            data = (item.parent / asset["href"]).read_bytes()
            asset["file:size"] = len(data)
            asset["file:checksum"] = prefix + function(data).hexdigest()

    edit(item, add)


def write_root(root: Path, items: Iterable[Path]) -> Path:
    """Write the catalog that links to the items."""
    links = [{"rel": "item", "href": f"./{p.relative_to(root).as_posix()}"} for p in items]
    path = root / "catalog.json"
    path.write_text(
        json.dumps({"type": "Catalog", "stac_version": "1.1.0", "id": "simulated", "links": links})
    )
    return path
