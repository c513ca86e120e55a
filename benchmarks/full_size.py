"""One month of a whole tile at 10 m: how long each stage takes, and how much memory.

    python -m benchmarks.full_size build/full     # 12 granules of 10980 x 10980 pixels, 25 GB

Granules that are there already are used again. The archive takes far longer to make than to
process, since every image is encoded as lossless JPEG 2000.
"""

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from sources.simulated_scene import Array, Scene, observe
from sources.simulator import SimulatedArchive

_PIECES = 3
"""Scenes beside each other along a side of the tile: a simulated scene needs 25 values a pixel."""


def patchwork(scene: Scene) -> dict[str, Array]:
    """Observe a large scene as squares with a ground and a sky of their own."""
    side = scene.size // 10
    part = side // _PIECES
    layers: dict[str, Array] = {}
    for number in range(_PIECES**2):
        row, column = (part * place for place in divmod(number, _PIECES))
        square = replace(scene, seed=scene.seed + number, size=scene.size // _PIECES)
        for name, pixels in observe(square).items():
            if name not in layers:
                dtype = np.float32 if name.startswith("B") else np.uint8
                layers[name] = np.empty((side, side), dtype)
            layers[name][row : row + part, column : column + part] = pixels
    return layers


def make_archive(root: Path, count: int, side: int) -> None:
    """Write the granules that are not there yet."""
    archive = SimulatedArchive(start=date(2022, 3, 1), days=31, size=side * 10, look=patchwork)
    planned = [d for d in archive.deliveries() if d.kind in ("nominal", "late")]
    root.mkdir(parents=True, exist_ok=True)
    for delivery in planned[:count]:
        name = delivery.name(archive.tile)
        if not (root / f"{name}.SAFE").exists():
            archive.write(delivery, root)
            print(name, flush=True)


def main() -> None:
    """Make the archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--granules", type=int, default=12)
    parser.add_argument("--side", type=int, default=10980, help="pixels, a multiple of 18")
    wish = parser.parse_args()
    make_archive(wish.folder / "archive", wish.granules, wish.side)


if __name__ == "__main__":
    main()
