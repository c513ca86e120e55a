"""Ways to spoil a product: change pixels or properties of a layer, and seal it again."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil

Pixels = npt.NDArray[Any]


def layer(product: Path, name: str) -> Path:
    (path,) = product.rglob(f"{name}_M?0_*.tiff")
    return path


def read(product: Path, name: str) -> Pixels:
    with rasterio.open(layer(product, name)) as file:
        pixels: Pixels = file.read(1)
    return pixels


def change(product: Path, name: str, place: tuple[int, int], value: int) -> None:
    """Give one pixel another value."""

    def put(pixels: Pixels) -> Pixels:
        assert pixels[place] != value
        pixels[place] = value
        return pixels

    rewrite(product, name, put)


def rewrite(
    product: Path,
    name: str,
    alter: Callable[[Pixels], Pixels] = lambda pixels: pixels,
    driver: str = "COG",
    **properties: Any,
) -> None:
    """Write a layer again with other pixels or properties, and seal the product."""
    path = layer(product, name)
    with rasterio.open(path) as file:
        pixels = alter(file.read(1))
        profile = {k: file.profile[k] for k in ("crs", "transform", "nodata", "dtype")}
        bands = {k: (getattr(file, k)[0] or "",) for k in ("units",)}
        bands |= {k: getattr(file, k) for k in ("scales", "offsets")}
        tags = {k: v for k, v in file.tags().items() if k in ("DESCRIPTION", "SCALE")}
    bands |= {k: properties.pop(k) for k in list(properties) if k in bands}
    profile |= properties
    height, width = pixels.shape
    scratch = product.parent / "scratch.tif"
    with rasterio.open(
        scratch, "w", driver="GTiff", width=width, height=height, count=1, **profile
    ) as file:
        file.write(pixels.astype(profile["dtype"]), 1)
        file.update_tags(**tags)
        for key, value in bands.items():
            setattr(file, key, value)
    path.unlink()
    rasterio.shutil.copy(scratch, path, driver=driver)
    seal(product)


def seal(product: Path) -> None:
    """Make items and manifest agree with the files, so that only the rule in question speaks."""
    for item in product.glob("stac_*.json"):
        seal_item(item)
    seal_manifest(product)


def seal_manifest(product: Path) -> None:
    """Make the manifest agree with the files."""
    files = sorted(p for p in product.rglob("*") if p.is_file() and p.name != "manifest.json")
    listed = [
        {
            "path": path.relative_to(product).as_posix(),
            "size": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in files
    ]
    manifest = product / "manifest.json"
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(document | {"files": listed}, indent=2) + "\n")


def seal_item(path: Path) -> None:
    """Give the assets of an item size and checksum of their files; those without one go."""
    item = json.loads(path.read_text())
    item["assets"] = {
        key: asset
        for key, asset in item["assets"].items()
        if (path.parent / asset["href"]).exists()
    }
    for asset in item["assets"].values():
        content = (path.parent / asset["href"]).read_bytes()
        asset["file:size"] = len(content)
        asset["file:checksum"] = f"1220{hashlib.sha256(content).hexdigest()}"
    path.write_text(json.dumps(item, indent=2))


def first(mask: Pixels) -> tuple[int, int]:
    """Return the first pixel of a mask; the product must have one."""
    rows, columns = np.nonzero(mask)
    assert rows.size, "the product has no such pixel"
    return int(rows[0]), int(columns[0])
