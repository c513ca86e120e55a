"""A yearly mosaic and one more granule: what carrying over saves against composing anew.

``python -m benchmarks.incremental`` makes 73 simulated observations of 10.2 km a side, as many as a
year has every five days (three of them simulated, the others links to their images, with offsets of
their own), and takes in one more, which lies in the same folder as they: one that is all cloud, one
that is clear in a quarter, one that is clear wherever the simulated sky is. The mosaic has 20 m
pixels.

The tile has a hundredth of the pixels of a real one, which is what fits into a few minutes. The
fewer the pixels, the more the fixed costs of a product weigh (metadata, schemas, pictures, the
spectra that quality control compares, opening files), so a real tile does better. Composing anew is
the first turn over the 73, from their JPEG 2000 files: one observation less than due.

Every image that is decoded is counted, over all turns; copies of a data root share what is decoded.

Blocks are compared in memory: selected from the working store, or verified and read from the
current revision, all layers of them, without the writing that both have in common.
"""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.full_size import Repeated, shift_offsets
from benchmarks.report import Result, report
from catalog.query import mosaics, published_inputs
from products.grid import Extent
from products.mosaic import MosaicKey
from products.naming import layer_file
from products.period import Period, PeriodKind
from sources.simulated_scene import Array, Scene, observe
from sources.simulator import SimulatedArchive
from tasks import decode
from tasks.carry import Carrier, Record, find_carrier
from tasks.compose import compose_windows, layer_pixels
from tasks.cycle import Wanted, run_once
from tasks.ingest import obtain
from tasks.settings import Settings
from tasks.stack import Stack
from tasks.tally import Tally
from tasks.window import blocks
from tasks.workshop import Workshop, open_workshop

OBSERVATIONS, METRES, RESOLUTION, BLOCK = 73, 10200, 20, 128
WANTED = Wanted(kinds=(PeriodKind.YEAR,), resolutions=(RESOLUTION,))
KEY = MosaicKey("31UDS", Period(PeriodKind.YEAR, date(2022, 1, 1)), RESOLUTION)
DAYS = OBSERVATIONS // 2 * 5 + OBSERVATIONS % 2
"""An observation on the first and the fourth day of every five."""
CLOUD = 9


def clouded(scene: Scene) -> dict[str, Array]:
    """Observe cloud alone."""
    layers = observe(scene)
    layers["SCL"][layers["SCL"] != 0] = CLOUD
    return layers


def one_quarter(scene: Scene) -> dict[str, Array]:
    """Observe cloud outside the first quarter, which is four cells."""
    layers = observe(scene)
    side = METRES // 10 // 2
    first = layers["SCL"][:side, :side].copy()
    layers["SCL"][layers["SCL"] != 0] = CLOUD
    layers["SCL"][:side, :side] = first
    return layers


def write_archive(root: Path) -> SimulatedArchive:
    """Write the observations; return their archive."""
    root.mkdir()
    archive = Repeated(start=date(2022, 3, 1), days=DAYS, size=METRES)
    shown = [delivery for delivery in archive.deliveries() if delivery.kind != "reprocessed"]
    for number, delivery in enumerate(shown):
        shift_offsets(archive.write(replace(delivery, kind="nominal", baseline=400), root), number)
    return archive


def write_next(root: Path, look: Callable[[Scene], dict[str, Array]]) -> Path:
    """Write one more observation, after all others, under orbit 51, which sees the whole tile."""
    later = SimulatedArchive(date(2022, 11, 1), 1, size=METRES, look=look)
    return later.write(replace(later.deliveries()[0], baseline=400), root)


@contextmanager
def opened(home: Path) -> Iterator[Workshop]:
    """Open a data root; blocks of one cell."""
    workshop = open_workshop(Settings(home=home, block=BLOCK))
    try:
        yield workshop
    finally:
        workshop.catalog.close()


def seconds_of_run(home: Path, source: Path) -> float:
    """Return how long a turn takes: track, decode, compose, check, publish, shelve."""
    with opened(home) as workshop:
        begin = time.perf_counter()
        published = run_once(workshop, str(source), WANTED)
        passed = time.perf_counter() - begin
        with workshop.catalog.transaction() as session:
            reasons = [row.reason for row in mosaics(session)]
    if published != 1:
        raise SystemExit(f"{published} mosaics were published instead of one: {reasons}")
    return passed


@contextmanager
def counted_decodes() -> Iterator[Counter[str]]:
    """Count how often each image is decoded."""
    original, counted = decode.decode, Counter[str]()

    def decode_and_count(path: Path, epsg: int, where: str) -> tuple[Array, Extent, int]:
        counted[f"{where} {path.stat().st_mtime_ns}"] += 1  # turns write other images there
        return original(path, epsg, where)

    decode.decode = decode_and_count
    try:
        yield counted
    finally:
        decode.decode = original


def seconds(work: Callable[[], object], count: int = 2) -> float:
    """Return the fastest of some runs after a warm-up."""
    work()
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def block_seconds(home: Path, before: Path) -> tuple[float, float, float]:
    """Return seconds a block: selected again; found untouched; found untouched and read.

    ``before`` is a data root that has not the newest input of the one at ``home``. Finding includes
    hashing all layer files of the current revision anew.
    """
    with opened(before) as earlier, earlier.catalog.transaction() as session:
        product = earlier.home / published_inputs(session, KEY)[0]
    with opened(home) as workshop:
        with workshop.catalog.transaction() as session:
            _, _, inputs = published_inputs(session, KEY)
        granules = tuple(granule for granule, _ in inputs)
        stack = Stack(granules, tuple(obtain(workshop, each) for each in granules), RESOLUTION)
    grid = stack.observations[0].extent.grid(RESOLUTION)
    windows = tuple(blocks(grid, BLOCK))
    names = {
        layer: f"{KEY.tile}/{layer_file(layer, KEY.period, RESOLUTION, KEY.tile)}"
        for layer in stack.layers
    }

    def select() -> None:
        tally = Tally.of(grid, BLOCK)
        for block in compose_windows(stack, windows, 5, 1 << 30, tally):
            for layer in stack.layers:
                layer_pixels(block, layer)

    def find() -> Carrier:
        record = Record.load(before / "carry" / f"{product.name}.json")
        working = home / "working" / KEY.tile
        carrier = find_carrier(record, stack.inputs, product, names, grid, windows, working)
        if carrier.touched:
            raise SystemExit("a granule that is all cloud touched a block")
        return carrier

    def carry() -> None:
        carrier, tally = find(), Tally.of(grid, BLOCK)
        carrier.copy_kept(dict.fromkeys(stack.layers, lambda *_: None))
        for window, counted in carrier.kept:
            tally.carry(*window, counted)

    return tuple(seconds(work) / len(windows) for work in (select, find, carry))  # type: ignore[return-value]


def times(name: str, seconds: float, anew: float, goal: float) -> Result:
    """Return how many times as fast as composing anew something was."""
    return Result(
        f"incremental: {name}",
        anew / seconds,
        "times",
        f"anew, {anew:.3g} s; ours {seconds:.2g} s",
        goal,
    )


def measure() -> list[Result]:
    """Measure everything anew; see the module."""
    with tempfile.TemporaryDirectory() as work, counted_decodes() as decodes:
        root = Path(work)
        write_archive(root / "archive")
        anew = seconds_of_run(root / "home", root / "archive")
        turns = {}
        for name, look in (("cloud", clouded), ("quarter", one_quarter), ("clear", observe)):
            shutil.copytree(root / "home", root / f"home {name}")
            latest = write_next(root / "archive", look)
            turns[name] = seconds_of_run(root / f"home {name}", root / "archive")
            shutil.rmtree(latest)
        select, find, carry = block_seconds(root / "home cloud", root / "home")
    often = max(decodes.values())
    return [
        Result("incremental: 1 / decodes of the image decoded most often", 1 / often, "share",
               f"{decodes.total()} decodes of {len(decodes)} images", 1.0),
        times("untouched block, found", find, select, 50),
        times("untouched block, found and its layers read", carry, select, 50),
        times("year + 1 granule, all cloud", turns["cloud"], anew, 20),
        times("year + 1 granule, clear in a quarter", turns["quarter"], anew, 20),
        times("year + 1 granule, clear all over", turns["clear"], anew, 20),
    ]  # fmt: skip


def main() -> None:
    """Print what was measured."""
    print(f"{OBSERVATIONS} observations of {METRES} m, {RESOLUTION} m mosaic, blocks of {BLOCK}")
    report("incremental", measure())


if __name__ == "__main__":
    main()
