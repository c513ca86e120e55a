"""One month of a whole tile at 10 m: how long each stage takes, and how much memory.

    python -m benchmarks.full_size build/full     # 12 granules of 10980 x 10980 pixels

Not part of ``make bench``: it takes about half an hour and 25 GB of disk. Encoding lossless JPEG
2000 takes far longer than all that is measured, so three granules are simulated and the others are
links to their images, with radiometric offsets of their own: every image is decoded, and no two
observations are equal, but cloud masks repeat. Granules that are there already are used again; the
data root is made anew.
"""

import argparse
import re
import shutil
import time
from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.memory import forget_peak, peak_memory
from benchmarks.report import Result, report
from products.period import PeriodKind
from sources.simulated_metadata import manifest
from sources.simulated_scene import Array, Scene, observe
from sources.simulator import Delivery, SimulatedArchive
from tasks.cycle import Wanted, run_once
from tasks.settings import Settings
from tasks.workshop import open_workshop

_DRAWN = 3
"""Granules whose images are simulated."""
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


class Repeated(SimulatedArchive):
    """An archive whose later granules show what the first ones showed."""

    def _write_images(self, delivery: Delivery, part: Path, granule: Path) -> list[str]:
        drawn = sorted(part.parent.glob("*.SAFE"))[:_DRAWN]
        if len(drawn) < _DRAWN:
            return super()._write_images(delivery, part, granule)
        first = drawn[delivery.sensed.day % _DRAWN]
        (stored,) = (first / "GRANULE").iterdir()
        listed = []
        for image in sorted(stored.rglob("*.jp2")):
            moment = f"{delivery.sensed:%Y%m%dT%H%M%S}"
            name = re.sub(r"(?<=_)\d{8}T\d{6}(?=_)", moment, image.name)
            place = granule / image.relative_to(stored).with_name(name)
            (part / place).parent.mkdir(parents=True, exist_ok=True)
            (part / place).hardlink_to(image)
            if "IMG_DATA" in place.parts:
                listed.append(place.with_suffix("").as_posix())
        return listed


def make_archive(root: Path, granules: int, side: int) -> None:
    """Write the granules that are not there yet."""
    archive = Repeated(start=date(2022, 3, 1), days=31, size=side * 10, look=patchwork)
    planned = [d for d in archive.deliveries() if d.kind in ("nominal", "late")]
    root.mkdir(parents=True, exist_ok=True)
    for number, delivery in enumerate(planned[:granules]):
        shown = replace(delivery, baseline=400)
        folder = root / f"{shown.name(archive.tile)}.SAFE"
        if not folder.exists():
            archive.write(shown, root)
            shift_offsets(folder, number)
            print(folder.stem, flush=True)


def shift_offsets(folder: Path, number: int) -> None:
    """Give every band of a granule an offset of its own, and the manifest its new checksum."""
    described = folder / "MTD_MSIL2A.xml"
    steps = count(1)
    described.write_text(
        re.sub(r">-1000<", lambda _: f">{-1000 + number * next(steps)}<", described.read_text())
    )
    (folder / "manifest.safe").unlink()
    (folder / "manifest.safe").write_bytes(manifest(folder))


_STAGES = {
    "track.after_register": "track",
    "ingest.before_store": "ingest: verify, decode, write to the working store",
    "ingest.after_accept": "ingest: record",
    "produce.claimed": "plan",
    "produce.composed": "compose: read, select, write",
    "produce.assembled": "encode, and write metadata",
    "publish.before_move": "check, and draw pictures",
    "publish.committed": "publish, with the report",
}
"""Effect point to the stage that ends there."""


class Stopwatch:
    """Take the time and the peak memory of each stage, as a workshop passes its effect points."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.peak: dict[str, int] = defaultdict(int)
        self._last = time.perf_counter()
        forget_peak()

    def __call__(self, point: str) -> None:
        """End a stage at a point."""
        if stage := _STAGES.get(point):
            moment = time.perf_counter()
            self.seconds[stage] += moment - self._last
            self.peak[stage] = max(self.peak[stage], peak_memory())
            self._last = moment
            forget_peak()


def measure(archive: Path, home: Path) -> list[Result]:
    """Run the service once over the archive, for one mosaic of a month at 10 m."""
    shutil.rmtree(home, ignore_errors=True)
    watch, settings = Stopwatch(), Settings(home=home, workers=1)
    workshop = open_workshop(settings, watch)
    published = run_once(workshop, str(archive), Wanted((), (PeriodKind.MONTH,), (10,)))
    if published != 1:
        raise SystemExit(f"{published} mosaics were published instead of one; see {home}")
    whole, budget = sum(watch.seconds.values()), settings.memory_budget
    results = [
        Result(f"full size: {stage}", seconds, "s",
               f"{seconds / whole:.0%} of the time, peak {watch.peak[stage] / 2**20:.0f} MiB")
        for stage, seconds in watch.seconds.items()
    ]  # fmt: skip
    highest = max(watch.peak.values())
    return [
        *results,
        Result("full size: budget / peak memory", budget / highest, "times",
               f"peak {highest / 2**20:.0f} MiB, budget {budget / 2**20:.0f} MiB", 1.0),
    ]  # fmt: skip


def main() -> None:
    """Make the archive, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--granules", type=int, default=12)
    parser.add_argument("--side", type=int, default=10980, help="pixels, a multiple of 18")
    wish = parser.parse_args()
    make_archive(wish.folder / "archive", wish.granules, wish.side)
    results = measure(wish.folder / "archive", wish.folder / "home")
    print(f"{wish.granules} granules of {wish.side} x {wish.side} pixels, one worker")
    report("full size", results)


if __name__ == "__main__":
    main()
