"""Reading, selecting, writing and encoding: each alone, all together, and how much memory.

``python -m benchmarks.pipeline`` composes a simulated square at 10 m from the working store. It
repeats three scenes of 1024 pixels, with noise of its own in every observation. What is compared is
wall clock, best of two; all stages use all cores, so where each keeps them busy no overlap makes
the whole faster than the sum of the cores' work. Peak memory is told by processes that compose and
encode only, at two numbers of observations and two sizes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.memory import peak_memory
from benchmarks.report import Result, report
from products.chunked import ChunkedWriter
from products.encode import encode_layers
from products.granule import Granule
from products.grid import Extent
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.product import ProductFacts, SourceEntry
from sources.simulated_scene import Array, Scene, observe
from tasks.block import BlockReader, plan_reading
from tasks.compose import Cut, compose, select_block
from tasks.observation import (
    Observation,
    layer_path,
    load_observation,
    save_angles,
    save_observation,
)
from tasks.settings import Settings, bind_gdal_cache
from tasks.stack import Stack
from tasks.window import parts, whole

TILE, DRAWN, SIDE, COUNT = "31UDS", 3, 2048, 36
_RUNS, _PIECE = 2, 1024
_NATIVE = {"B02": 10, "B03": 10, "B04": 10, "B08": 10, "AOT": 10, "B01": 60}
_KEPT = {"AOT": "uint16", "SCL": "uint8", "CLOUD": "uint8", "SNOW": "uint8"}
_START = datetime(2022, 1, 1, 10, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Work:
    """A square to compose."""

    stack: Stack
    facts: ProductFacts
    settings: Settings


def write_observations(root: Path, side: int, count: int) -> None:
    """Write observations of a square of ``side`` pixels of 10 m into a working store."""
    for scene in range(DRAWN):
        moment = _START + timedelta(days=scene * 5)
        layers = observe(Scene(5, _PIECE * 10, moment, 51, 400))
        for number in range(scene, count, DRAWN):
            _write_observation(root / f"seen{number}", layers, side, number)


def _write_observation(folder: Path, layers: Mapping[str, Array], side: int, number: int) -> None:
    """Write what a scene shows, with noise of its own: equal observations would all be ties."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(number)
    sizes = {}
    for layer, piece in layers.items():
        size = _NATIVE.get(layer, 20)
        seen = piece + noise.integers(0, 50, piece.shape) if layer.startswith("B") else piece
        pixels = np.tile(seen, (side // _PIECE, side // _PIECE))
        _write_layer(folder, layer, pixels[:: size // 10, :: size // 10], size)
        sizes[layer] = (size,)
    save_angles(folder, {"view_zenith": np.full((2, 2), 5.0), "sun_zenith": np.eye(2) + 30})
    extent = Extent(32631, 399960, 5600040, side * 10, side * 10)
    angles = ("sun_zenith", "view_zenith")
    save_observation(folder, Observation(folder, extent, sizes, side * 10.0, angles, f"{number}"))


def _write_layer(folder: Path, layer: str, pixels: Array, size: int) -> None:
    kept = np.nan_to_num(pixels, nan=-32768).astype(_KEPT.get(layer, "int16"))
    path = layer_path(folder, layer, size)
    with ChunkedWriter(path, kept.shape, kept.dtype.name, size) as writer:
        for rows in writer.strips:
            writer.write(kept[rows])


def work_on(root: Path, count: int) -> Work:
    """Return the mosaic of ``count`` observations."""
    drawn = [load_observation(root / f"seen{number}") for number in range(count)]
    observations = tuple(one for one in drawn if one is not None)
    granules = tuple(
        Granule(f"g{n}", TILE, "S2A", _START + timedelta(days=n), 51) for n in range(count)
    )
    stack = Stack(granules, observations, 10)
    facts = ProductFacts(
        name=ProductName(Period(PeriodKind.YEAR, date(2022, 1, 1)), 10, TILE, 1),
        place=TILE,
        tiles=(TILE,),
        grid=observations[0].extent.grid(10),
        layers=stack.layers,
        missing=(),
        sources=(SourceEntry("a", "a", "S2A", date(2022, 6, 3), "04.00", True, "0"),),
        created=_START,
        algorithm="S2GM_v1.0.0",
        threshold=5,
    )
    return Work(stack, facts, Settings(workers=1))


def together(work: Work, folder: Path) -> Mapping[str, float]:
    """Compose and encode; return the seconds of both."""
    settings = work.settings
    begin = time.perf_counter()
    cut = Cut(settings.block, settings.pixel_budget)
    scratch, _ = compose(work.stack, work.facts.grid, folder, 5, cut)
    middle = time.perf_counter()
    encode_layers(scratch, folder, work.facts, {})
    return {"compose": middle - begin, "encode": time.perf_counter() - middle}


def stages(work: Work, folder: Path) -> Mapping[str, float]:
    """Return the seconds of every stage alone."""
    plan = plan_reading(work.stack, work.settings.pixel_budget)
    windows = list(parts(*whole(work.facts.grid), plan.shape))
    passed = {"read": 0.0, "select": 0.0}
    with BlockReader(work.stack, plan) as reader:
        for window in windows:
            begin = time.perf_counter()
            inputs = reader.read(window)
            middle = time.perf_counter()
            select_block(inputs, work.stack, 5)
            passed["read"] += middle - begin
            passed["select"] += time.perf_counter() - middle
            reader.free(inputs)
    return passed | together(work, folder)


def _apart(root: Path, count: int) -> Mapping[str, float]:
    """Compose and encode in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.pipeline", "--root", str(root)]
    command += ["--observations", str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: Mapping[str, float] = json.loads(done.stdout)
    return told


def _tell(root: Path, count: int) -> None:
    """Compose and encode, and print the seconds and the peak memory in bytes."""
    work = work_on(root, count)
    bind_gdal_cache(work.settings)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        passed = together(work, Path(folder))
    print(json.dumps({**passed, "peak": peak_memory()}))


def measure() -> list[Result]:
    """Measure everything anew; see the module."""
    results = []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        root = Path(folder)
        write_observations(root / "small", SIDE, 73)
        write_observations(root / "large", 2 * SIDE, 12)
        for count in (12, COUNT, 73):
            results += _overlap(root / "small", count)
        for place, side, count in (("small", SIDE, 73), ("large", 2 * SIDE, 12)):
            peak, budget = _apart(root / place, count)["peak"], Settings().memory_budget
            results.append(
                Result(
                    f"pipeline: budget / peak memory, T={count}, {side} pixels",
                    budget / peak,
                    "times",
                    f"peak {peak / 2**20:.0f} MiB, budget {budget / 2**20:.0f} MiB",
                    1.0,
                )
            )
    return results


def _overlap(root: Path, count: int) -> list[Result]:
    work = work_on(root, count)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        runs = [stages(work, Path(folder)) for _ in range(_RUNS)]
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    end = best["compose"] + best["encode"]
    alone = {name: best[name] for name in ("read", "select", "encode")}
    name, slowest = max(alone.items(), key=lambda stage: stage[1])
    told = ", ".join(f"{stage} alone {seconds:.2f} s" for stage, seconds in alone.items())
    label = f"pipeline: T={count},"
    return [
        Result(f"{label} read, select, write together", best["compose"], "s", told),
        Result(f"{label} end to end", end, "s", f"sum of the stages {sum(alone.values()):.2f} s"),
        Result(
            f"{label} sum of the stages / end to end",
            sum(alone.values()) / end,
            "share",
            "1 is all that two cores can do where every stage keeps both busy",
        ),
        Result(f"{label} slowest stage / end to end", slowest / end, "share", name, 1 / 1.3),
    ]


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, help="only compose what lies there, and tell the peak")
    parser.add_argument("--observations", type=int, default=COUNT)
    asked = parser.parse_args()
    if asked.root:
        _tell(asked.root, asked.observations)
        return
    print(f"{SIDE} x {SIDE} pixels of 10 m, {Settings().memory_budget / 2**30:g} GiB, one worker")
    report("pipeline", measure())


if __name__ == "__main__":
    main()
