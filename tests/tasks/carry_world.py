"""Tiny granules of nine cells whose clouds and swaths are drawn by hand, and their mosaics."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from sqlmodel import select

from catalog.query import mosaics
from catalog.register import register
from catalog.revision import current_revision, inputs_of, key_of
from catalog.tables import MosaicRow
from products.granule import Angles, Granule, Image
from products.naming import ProductName
from products.period import PeriodKind
from qc.thresholds import Thresholds
from tasks.compose import Cut, compose
from tasks.cycle import Wanted, plan
from tasks.ingest import ingest, observation_folder, obtain
from tasks.package import product_facts, write_layers, write_metadata
from tasks.produce import produce
from tasks.stack import Stack
from tasks.withdraw import own_word, withdraw_granules
from tasks.workshop import Workshop
from tests.tasks.helpers import tree

TILE, WEST, NORTH, METRES = "31UDS", 499980, 5700000, 7680
SIDE = METRES // 60
"""Pixels of 60 m: nine cells of 42.67 pixels, sixteen blocks of 32."""
WANTED = Wanted(kinds=(PeriodKind.MONTH,), resolutions=(60,))
BANDS = ("B02", "B03", "B04", "B06", "B08", "B8A", "B11", "B12")
CLOUD, LAND = 9, 4
DRAWN = Thresholds(
    bright=1.0, negative=1.0, scale=65535, floor=0.0, exchange=1000, no_data=1.0, single=1.0,
    cloud=1.0, white_vegetation=1.0, seam=65535, seams=1.0, swath=65535, shift=2.0,
)  # fmt: skip
"""Drawn pixels are no ground that there could be: the limits let them pass."""
Box = tuple[int, int, int, int]
"""First and last row, first and last column (excluded) in pixels of 60 m."""


@dataclass(frozen=True)
class Sight:
    """One acquisition of January 2022: where it sees the ground, and where nothing at all."""

    day: int
    clear: tuple[tuple[Box, int], ...] = ()
    """SCL code in a box; elsewhere cloud."""
    swath: tuple[int, int] = (0, SIDE)
    """Columns with data."""
    strip: int = 0
    """Datastrips of one datatake complement each other."""
    baseline: int = 300
    zenith: float = 5.0
    extra: tuple[str, ...] = ("AOT",)
    seed: int = 0
    offset: int = field(default=-1000)

    @property
    def name(self) -> str:
        return f"S2A_{self.day:02d}_s{self.strip}_n{self.baseline}"


def deliver(root: Path, sight: Sight) -> Granule:
    """Write the images of a granule and describe it."""
    rng = np.random.default_rng([sight.day, sight.strip, sight.baseline, sight.seed])
    scl = np.full((SIDE, SIDE), CLOUD, np.uint8)
    for (top, bottom, left, right), code in sight.clear:
        scl[top:bottom, left:right] = code
    dark = np.ones((SIDE, SIDE), bool)
    dark[:, slice(*sight.swath)] = False
    scl[dark] = 0
    folder = root / sight.name
    folder.mkdir(parents=True)
    images = []
    for layer in (*BANDS, *sight.extra, "SCL"):
        pixels = rng.integers(600, 6000, (SIDE, SIDE)).astype(np.uint16)
        pixels[dark] = 0
        resolution = 20 if layer == "SCL" else 60
        stored = np.repeat(np.repeat(scl, 3, 0), 3, 1) if layer == "SCL" else pixels
        path = folder / f"{layer}.tif"
        _write(path, stored, resolution)
        offset = sight.offset if layer in BANDS else 0
        images.append(Image(layer, resolution, str(path), offset))
    sensed = datetime(2022, 1, sight.day, 10, 50, 31, tzinfo=UTC)
    return Granule(
        id=sight.name, tile=TILE, satellite="S2A", datatake_start=sensed, relative_orbit=51,
        datastrip=f"X_S{sensed:%Y%m%d}T1050{sight.strip:02d}",
        baseline=f"{sight.baseline // 100:02d}.{sight.baseline % 100:02d}",
        generated=sensed + timedelta(hours=5, days=sight.baseline), images=tuple(images),
        angles=Angles(30.0, 150.0, sight.zenith, 100.0),
    )  # fmt: skip


def _write(path: Path, pixels: np.ndarray, resolution: int) -> None:
    height, width = pixels.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype=pixels.dtype.name,
        crs="EPSG:32631", transform=Affine(resolution, 0, WEST, 0, -resolution, NORTH),
    ) as file:  # fmt: skip
        file.write(pixels, 1)


def take_in(shop: Workshop, granules: Sequence[Granule]) -> int:
    """Ingest granules and bring the mosaic up to date; return how many were published."""
    with shop.catalog.transaction() as session:
        register(session, "drawn", granules, (), None)
    for granule in granules:
        assert ingest(shop, granule.id)
    return bring_up(shop)


def bring_up(shop: Workshop) -> int:
    return sum(produce(shop, mosaic) is not None for mosaic in plan(shop, WANTED))


def withdraw(shop: Workshop, granule: Granule) -> None:
    """Take a granule out of use; its observation stays."""
    withdraw_granules(shop, [granule.id], own_word("It is drawn wrongly."))


def published(shop: Workshop) -> Path:
    with shop.catalog.transaction() as session:
        (status,) = mosaics(session)
    assert status.state == "PUBLISHED", status.reason
    return shop.home / (status.product or "")


def from_scratch(shop: Workshop, root: Path) -> dict[str, str]:
    """Compose the current revision again, every block of it; return the digests of its files."""
    with shop.catalog.transaction() as session:
        (mosaic,) = session.exec(select(MosaicRow)).all()
        revision = current_revision(session, mosaic.id or 0)
        assert revision
        inputs, key = inputs_of(session, revision.id), key_of(mosaic)
    granules = tuple(granule for granule, _ in inputs)
    stack = Stack(granules, tuple(obtain(shop, granule) for granule in granules), key.resolution)
    grid = stack.observations[0].extent.grid(key.resolution)
    name = ProductName(key.period, key.resolution, key.tile, revision.number)
    folder = root / str(name)
    shutil.rmtree(root, ignore_errors=True)
    (root / "layers").mkdir(parents=True)
    threshold = shop.settings.threshold
    written, tally = compose(stack, grid, root / "layers", threshold, Cut(SIDE, 2 << 30))
    facts = product_facts(name, stack, grid, tally, threshold)
    write_layers(folder, facts, written, shop.settings)
    write_metadata(folder, [facts], shop.settings)
    return tree(folder)


def box(rows: range, columns: range) -> Box:
    """Return a box, counted in steps of 16 pixels."""
    return rows.start * 16, rows.stop * 16, columns.start * 16, columns.stop * 16


def whole(day: int, **changes: object) -> Sight:
    """Return a sight without a cloud."""
    return replace(Sight(day, (((0, SIDE, 0, SIDE), LAND),)), **changes)  # type: ignore[arg-type]


def forget(shop: Workshop, granule: Granule) -> None:
    """Lose a granule's observation from the working store."""
    shutil.rmtree(observation_folder(shop, granule))
