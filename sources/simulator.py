"""A simulated L2A archive: real SAFE folders with lossless JP2, the same bytes for the same seed.

A window of a real tile's grid under two relative orbits. What the ground looks like is in
``sources.simulated_scene``; here is what is delivered, when, and in which files.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from products.grid import epsg_of
from sources.simulated_metadata import manifest, product_metadata, tile_metadata
from sources.simulated_scene import Array, Scene, observe

_OFFSET_FROM = 400
"""Baseline (04.00) from which DN carry the offset."""
_LAYERS = {
    10: ("B02", "B03", "B04", "B08", "AOT"),
    20: ("B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12", "AOT", "SCL"),
    60: (
        "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12", "AOT", "SCL",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """One product on its way."""

    arrives: date
    kind: str
    """``nominal``, ``late``, ``reprocessed`` or ``corrupt``."""
    sensed: datetime
    satellite: str
    orbit: int
    baseline: int
    """Processing baseline as a number, 301 for 03.01."""
    generated: datetime

    def name(self, tile: str) -> str:
        """Return the product's name without ``.SAFE``."""
        return (
            f"{self.satellite}_MSIL2A_{self.sensed:%Y%m%dT%H%M%S}_N{self.baseline:04d}"
            f"_R{self.orbit:03d}_T{tile}_{self.generated:%Y%m%dT%H%M%S}"
        )


@dataclass(frozen=True)
class SimulatedArchive:
    """What a mission delivers of one window in a span of days."""

    start: date
    days: int
    seed: int = 7
    tile: str = "31UDS"
    west: int = 499980
    north: int = 5700000
    size: int = 1200
    """Side of the window in metres, a multiple of 60."""
    look: Callable[[Scene], dict[str, Array]] = observe
    """Gives the layers of a scene at 10 m."""

    def deliveries(self) -> tuple[Delivery, ...]:
        """Plan all deliveries, in order of sensing.

        The fourth acquisition comes late, the third is delivered again in a new processing, the
        sixth has a corrupt image; baseline 04.00, with its offset, begins in the middle.
        """
        nominal = [self._nominal(offset) for offset in range(self.days) if offset % 5 in (0, 3)]
        planned = list(nominal)
        if len(nominal) > 5:
            arrives = nominal[3].arrives + timedelta(days=12)
            planned[3] = replace(nominal[3], kind="late", arrives=arrives)
            planned[5] = replace(nominal[5], kind="corrupt")
            planned.append(_reprocessed(nominal[2]))
        return tuple(planned)

    def write(self, delivery: Delivery, root: Path) -> Path:
        """Write one product; it appears under its name only when it is whole."""
        final = root / f"{delivery.name(self.tile)}.SAFE"
        part = root / f"{delivery.name(self.tile)}.part"
        shutil.rmtree(part, ignore_errors=True)
        granule = f"L2A_T{self.tile}_A{20000 + delivery.sensed.toordinal() % 9999:06d}_" + (
            f"{delivery.sensed:%Y%m%dT%H%M%S}"
        )
        images = self._write_images(delivery, part, Path("GRANULE") / granule)
        metadata = tile_metadata(self.tile, self.west, self.north, self.size, delivery.orbit)
        (part / "GRANULE" / granule / "MTD_TL.xml").write_bytes(metadata)
        described = product_metadata(
            delivery.name(self.tile), delivery.sensed, delivery.generated, delivery.orbit,
            delivery.baseline, granule, images, with_offset=delivery.baseline >= _OFFSET_FROM,
        )  # fmt: skip
        (part / "MTD_MSIL2A.xml").write_bytes(described)
        (part / "manifest.safe").write_bytes(manifest(part))
        if delivery.kind == "corrupt":
            _truncate(next(part.rglob("*_B04_10m.jp2")))
        part.rename(final)
        return final

    def _nominal(self, offset: int) -> Delivery:
        day = self.start + timedelta(days=offset)
        orbit, hour = (51, 10) if offset % 5 == 0 else (94, 11)
        sensed = datetime(day.year, day.month, day.day, hour, 50, 31, tzinfo=UTC)
        return Delivery(
            arrives=day + timedelta(days=1),
            kind="nominal",
            sensed=sensed,
            satellite="S2A" if (offset // 5) % 2 == 0 else "S2B",
            orbit=orbit,
            baseline=301 if offset < self.days // 2 else 400,
            generated=sensed + timedelta(hours=5),
        )

    def _write_images(self, delivery: Delivery, part: Path, granule: Path) -> list[str]:
        """Write all images and return their paths without suffix, as the XML lists them."""
        scene = Scene(self.seed, self.size, delivery.sensed, delivery.orbit, delivery.baseline)
        truth = self.look(scene)
        stem = f"T{self.tile}_{delivery.sensed:%Y%m%dT%H%M%S}"
        listed = []
        for resolution, layers in _LAYERS.items():
            folder = granule / "IMG_DATA" / f"R{resolution}m"
            (part / folder).mkdir(parents=True)
            for layer in layers:
                pixels = self._stored(truth[layer], layer, resolution, delivery.baseline)
                name = f"{stem}_{layer}_{resolution}m"
                self._write_jp2(part / folder / f"{name}.jp2", pixels, resolution)
                listed.append((folder / name).as_posix())
        quality = part / granule / "QI_DATA"
        quality.mkdir()
        for layer, mask in (("CLOUD", "CLDPRB"), ("SNOW", "SNWPRB")):
            for resolution in (20, 60):
                pixels = _coarse(truth[layer], resolution, classes=True).astype(np.uint8)
                self._write_jp2(quality / f"MSK_{mask}_{resolution}m.jp2", pixels, resolution)
        return listed

    def _stored(self, truth: Array, layer: str, resolution: int, baseline: int) -> Array:
        """Return an image as ESA stores it: DN, 0 without data, 65535 saturated."""
        classes = layer in ("SCL", "AOT")
        pixels = _coarse(truth, resolution, classes=classes)
        if layer == "SCL":
            return pixels.astype(np.uint8)
        if layer == "AOT":
            return pixels.astype(np.uint16)
        offset = 1000 if baseline >= _OFFSET_FROM else 0
        numbers = np.clip(np.rint(pixels) + offset, 1, 65534)
        numbers = np.where(pixels > 30000, 65535, numbers)
        return np.where(np.isnan(pixels), 0, numbers).astype(np.uint16)

    def _write_jp2(self, path: Path, pixels: Array, resolution: int) -> None:
        with (
            rasterio.Env(GDAL_NUM_THREADS="1"),
            rasterio.open(
                path,
                "w",
                driver="JP2OpenJPEG",
                width=pixels.shape[1],
                height=pixels.shape[0],
                count=1,
                dtype=pixels.dtype.name,
                crs=f"EPSG:{epsg_of(self.tile)}",
                transform=Affine(resolution, 0, self.west, 0, -resolution, self.north),
                QUALITY="100",
                REVERSIBLE="YES",
            ) as file,
        ):
            file.write(pixels, 1)
        path.with_suffix(".jp2.aux.xml").unlink(missing_ok=True)


def _reprocessed(first: Delivery) -> Delivery:
    return replace(
        first,
        kind="reprocessed",
        baseline=500,
        arrives=first.arrives + timedelta(days=20),
        generated=first.generated + timedelta(days=20),
    )


def _coarse(truth: Array, resolution: int, *, classes: bool) -> Array:
    """Bring 10 m truth to a coarser size: classes by the centre pixel, values by mean."""
    factor = resolution // 10
    if classes:
        return truth[factor // 2 :: factor, factor // 2 :: factor] if factor > 1 else truth
    side = truth.shape[0] // factor
    mean: Array = truth.reshape(side, factor, side, factor).mean(axis=(1, 3))
    return mean


def _truncate(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
