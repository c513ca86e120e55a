"""Selection beside peers and beside the limits of the machine, in one run.

The plain half matrix and the literal form are the same estimator; the other packages compute other
ones and are timed where their environment (``make bench`` makes it) is present. Million pixels per
second are medians of seven runs, with their range. Ratios and shares are of the fastest runs, like
the limits of the machine: whoever else uses it can only make a run slower.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
from numba import njit

from algorithms import select_observations
from algorithms.kernels import MEDOID
from algorithms.scl import SNOW, VALID
from benchmarks.cubes import BANDS, Array, acquisitions, resampled, simulated
from benchmarks.machine import peak_flops, read_bandwidth
from benchmarks.report import Result, report

SIDE, SMALL, RUNS = 256, 64, 7
PEERS = Path("build/bench-peers/bin/python")
FLOPS_PER_PAIR = 23
"""7 differences, 7 squares, 6 additions, a root, and two additions to sums."""
BYTES_PER_OBSERVATION = 8 * 2 + 1 + 4
"""Eight bands, the class and the angle."""


@njit(nogil=True, cache=True)
def half_matrix(cube, valid, left, right, source):  # type: ignore[no-untyped-def]
    """Visit half of the matrix per pixel in float32: how one would write it first."""
    count = len(cube)
    order, sums = np.empty(count, np.int64), np.empty(count, np.float32)
    values = np.empty((count, 7), np.float32)
    for y in range(left, right):
        for x in range(cube.shape[3]):
            n = 0
            for t in range(count):
                if valid[t, y, x]:
                    for k in range(7):
                        values[n, k] = cube[t, k if k < 5 else k + 1, y, x]
                    order[n], sums[n] = t, 0
                    n += 1
            for i in range(n):
                for j in range(i + 1, n):
                    square = np.float32(0)
                    for k in range(7):
                        step = values[i, k] - values[j, k]
                        square += step * step
                    distance = np.sqrt(square)
                    sums[i] += distance
                    sums[j] += distance
            source[y, x] = order[np.argmin(sums[:n])] if n else -1


@njit(nogil=True, cache=True)
def literal(cube, valid):  # type: ignore[no-untyped-def]
    """Form every sum of distances anew, float64, one thread: the definition, compiled."""
    count, bands, height, width = cube.shape
    source = np.full((height, width), -1, np.int16)
    for y in range(height):
        for x in range(width):
            best = np.inf
            for i in range(count):
                total = 0.0
                for j in range(count):
                    if valid[i, y, x] and valid[j, y, x]:
                        square = 0.0
                        for b in range(bands):
                            if b != 5:
                                step = float(cube[i, b, y, x]) - float(cube[j, b, y, x])
                                square += step * step
                        total += np.sqrt(square)
                if valid[i, y, x] and total < best:
                    best, source[y, x] = total, i
    return source


def half_matrices(cube: Array, valid: Array, threads: int) -> Array:
    """Run ``half_matrix`` on as many threads as ours."""
    height = cube.shape[2]
    source = np.empty(cube.shape[2:], np.int16)
    edges = np.linspace(0, height, threads * 4 + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda a, b: half_matrix(cube, valid, a, b, source), edges, edges[1:]))
    return source


def seconds(work: Callable[[], object]) -> list[float]:
    """Return the seconds of each run after a warm-up."""
    work()
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return times


def peers(cube: Array, valid: Array) -> dict[str, list[float]]:
    """Return the timings of other packages, none where their environment is absent."""
    if not PEERS.exists():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{folder}/cube.npy", f"{folder}/valid.npy"]
        np.save(names[0], np.delete(cube, 5, axis=1))
        np.save(names[1], valid)
        command = [str(PEERS), str(Path(__file__).with_name("peers.py")), *names]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    timed: dict[str, list[float]] = json.loads(done.stdout)
    return timed


def measure(label: str, cube: Array, scl: Array, roof: tuple[float, float]) -> list[Result]:
    """Time every kernel on one cube."""
    threads = numba.get_num_threads()
    valid, zenith = np.isin(scl, VALID), np.zeros(scl.shape, np.float32)
    counts = valid.sum(axis=0).astype(float)
    kernel = f"kernels: {label}, T={len(cube)} ({valid.mean():.0%} valid)"
    corner = (cube[..., :SMALL, :SMALL].copy(), valid[..., :SMALL, :SMALL].copy())
    ours = seconds(lambda: select_observations(cube, scl, zenith, BANDS))
    plain = seconds(lambda: select_observations(cube, scl, zenith, BANDS, vector=False))
    half = seconds(lambda: half_matrices(cube, valid, threads))
    flops = float((counts * (counts - 1) / 2).mean()) * FLOPS_PER_PAIR
    limit = min(roof[0] / max(flops, 1.0), roof[1] / (len(cube) * BYTES_PER_OBSERVATION))
    results = [
        _speed(f"{kernel} ours", ours, SIDE, f"{threads} threads"),
        _speed(f"{kernel} ours", plain, SIDE, f"{threads} threads, medoids one by one"),
        _speed(f"{kernel} half matrix", half, SIDE, f"float32, {threads} threads, medoid only"),
        _speed(f"{kernel} literal", seconds(lambda: literal(*corner)), SMALL, "float64, 1 thread"),
        Result(f"{kernel} ratio", min(half) / min(ours), "times",
               "half matrix", 5.0 if len(cube) >= 36 else None),
        Result(f"{kernel} of the roofline", SIDE**2 / min(ours) / limit, "share",
               f"{limit / 1e6:.1f} Mpx/s", 0.3 if len(cube) == 73 else None),
    ]  # fmt: skip
    results.append(_same(kernel, scl, *corner))
    for name, times in peers(*corner).items():
        results.append(_speed(f"{kernel} other", times, SMALL, f"other estimator: {name}"))
        if name.startswith("odc-algo"):
            ratio = min(times) / SMALL**2 / (min(ours) / SIDE**2)
            asked = 30.0 if len(cube) >= 12 else None
            results.append(Result(f"{kernel} ratio to odc-algo", ratio, "times", name, asked))
    return results


def _same(kernel: str, scl: Array, corner: Array, valid: Array) -> Result:
    """Compare our winners with those of ``literal``, where there is a medoid and no snow."""
    codes = scl[..., :SMALL, :SMALL].copy()
    ours = select_observations(corner, codes, np.zeros(codes.shape, np.float32), BANDS)
    chosen = (ours.method == MEDOID) & ~(codes == SNOW).any(axis=0)
    equal = (ours.source == literal(corner, valid))[chosen]
    told = f"{equal.size} pixels beside float64"
    share = float(equal.mean()) if equal.size else 1.0
    return Result(f"{kernel} same winners", share, "share", told, 1.0)


def _speed(name: str, times: list[float], side: int, what: str) -> Result:
    slow, fast = (side**2 / t / 1e6 for t in (max(times), min(times)))
    told = f"{what}, {slow:.3g} to {fast:.3g}"
    return Result(name, float(side**2 / np.median(times) / 1e6), "Mpx/s", told)


def main() -> None:
    """Measure 5, 12, 36 and 73 observations, simulated and real."""
    threads = numba.get_num_threads()
    roof = peak_flops(threads), read_bandwidth(threads)
    results = [
        Result("kernels: float32 multiply and add", roof[0] / 1e9, "GFLOP/s", f"{threads} threads"),
        Result("kernels: memory read", roof[1] / 1e9, "GB/s", f"{threads} threads"),
    ]
    real = acquisitions()
    for count in (5, 12, 36, 73):
        results += measure("simulated", *simulated(count, SIDE), roof)
        if real:
            results += measure("real, resampled", *resampled(real, count, SIDE), roof)
    report("kernels", results)
    if not PEERS.exists():
        print("other packages were not timed: make bench installs them", file=sys.stderr)


if __name__ == "__main__":
    main()
