"""What the machine can do at best: multiply and add in float32, and read memory, per second."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from algorithms.lanes import WIDTH, add, fma, load, store

_ROUNDS, _CHAINS = 100_000, 10


@njit(nogil=True)
def _multiply_and_add(numbers):  # type: ignore[no-untyped-def]
    z = load(numbers, np.uint64(0))
    a = b = c = d = e = f = g = h = i = j = z
    for _ in range(_ROUNDS):
        a, b, c, d, e = fma(a, z, z), fma(b, z, z), fma(c, z, z), fma(d, z, z), fma(e, z, z)
        f, g, h, i, j = fma(f, z, z), fma(g, z, z), fma(h, z, z), fma(i, z, z), fma(j, z, z)
    left = add(add(a, b), add(add(c, d), e))
    store(numbers, np.uint64(0), add(left, add(add(f, g), add(add(h, i), j))))


@njit(nogil=True)
def _read(numbers):  # type: ignore[no-untyped-def]
    total = np.int64(0)
    for number in numbers:
        total += number
    return total


def _best(work: Callable[[int], object], threads: int) -> float:
    times = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(6):
            begin = time.perf_counter()
            list(pool.map(work, range(threads)))
            times.append(time.perf_counter() - begin)
    return min(times)


def peak_flops(threads: int) -> float:
    """Return float32 operations per second, best of six; fused, each counts twice."""
    numbers = [np.full(WIDTH, 0.5, np.float32) for _ in range(threads)]
    took = _best(lambda k: _multiply_and_add(numbers[k].copy()), threads)
    return threads * _ROUNDS * _CHAINS * WIDTH * 2 / took


def read_bandwidth(threads: int) -> float:
    """Return bytes per second that can be read from memory, best of six."""
    parts = [np.ones(1 << 24, np.int64) for _ in range(threads)]
    return sum(part.nbytes for part in parts) / _best(lambda k: _read(parts[k]), threads)
