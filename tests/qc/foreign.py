"""Turn a product of ours into one as another implementation writes it, by section 10.1 alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

OURS = (
    "Product_id_list", "Input_list", "Tile_list", "Medoid_threshold", "Missing_layers", "Quality",
)  # fmt: skip
"""Keys of the JSON metadata that section 10.1 does not know."""


def metadata_of(product: Path) -> dict[str, Any]:
    """Return the JSON metadata of a product in one piece."""
    (path,) = product.glob("*/metadata_*.json")
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def rewrite_metadata(product: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the JSON metadata of a product in one piece."""
    (path,) = product.glob("*/metadata_*.json")
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def make_foreign(product: Path) -> None:
    """Leave only what section 9.1 and 10.1 of the specification ask for."""

    def strip(document: dict[str, Any]) -> None:
        for key in OURS:
            del document[key]

    rewrite_metadata(product, strip)
    (product / "manifest.json").unlink()
    for path in product.glob("stac_*.json"):
        path.unlink()
