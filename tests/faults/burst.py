"""Many granules at once: each of its own date, all with the images of one."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sources.simulator import Array, Delivery, SimulatedArchive


@dataclass(frozen=True)
class Burst(SimulatedArchive):
    """An archive that encodes each image once and delivers it under many dates."""

    encoded: Path = Path()
    """Where the images lie."""

    def _write_jp2(self, path: Path, pixels: Array, resolution: int) -> None:
        image = path.stem.split("_", 2)[-1] if path.stem.startswith("T") else path.stem
        kept = self.encoded / f"{image}.jp2"
        if not kept.exists():
            super()._write_jp2(kept, pixels, resolution)
        shutil.copyfile(kept, path)


def write_burst(root: Path, encoded: Path, first: date, days: int, size: int) -> list[Delivery]:
    """Write a granule for each of so many days, and return them in order of sensing."""
    encoded.mkdir()
    archive = Burst(start=first, days=1, size=size, encoded=encoded)
    (model,) = archive.deliveries()
    found = []
    for day in range(days):
        later = timedelta(days=day)
        one = Delivery(
            model.arrives + later,
            "nominal",
            model.sensed + later,
            model.satellite,
            model.orbit,
            500,
            model.generated + later,
        )
        archive.write(one, root)
        found.append(one)
    return found
