"""Selection kernels beside a literal one of the same estimator, in one run on one machine."""

import time
from collections.abc import Callable

import numpy as np
from numba import njit

from algorithms import select_observations

BANDS = ("B02", "B03", "B04", "B06", "B08", "B8A", "B11", "B12")
SIDE = 128


@njit(nogil=True, cache=True)
def literal_medoid(cube, scl):  # type: ignore[no-untyped-def]
    """Form every sum of distances anew, float64, one thread: the definition, compiled."""
    count, bands, height, width = cube.shape
    source = np.full((height, width), -1, np.int16)
    for y in range(height):
        for x in range(width):
            best = np.inf
            for i in range(count):
                if scl[i, y, x] != 4:
                    continue
                total = 0.0
                for j in range(count):
                    if scl[j, y, x] == 4:
                        square = 0.0
                        for b in range(bands):
                            if b != 5:
                                step = float(cube[i, b, y, x]) - float(cube[j, b, y, x])
                                square += step * step
                        total += np.sqrt(square)
                if total < best:
                    best, source[y, x] = total, i
    return source


def seconds(work: Callable[[], object]) -> float:
    """Return the median of five runs after a warm-up."""
    work()
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return float(np.median(times))


def main() -> None:
    """Print million pixels per second and the ratio; half of the observations are valid."""
    rng = np.random.default_rng(0)
    print("simulated spectra, half of the observations valid, 7-band medoid")
    print(f"{'observations':>12} {'select Mpx/s':>13} {'literal Mpx/s':>14} {'ratio':>6}")
    for count in (5, 12, 36, 73):
        cube = rng.integers(100, 5000, (count, len(BANDS), SIDE, SIDE)).astype(np.int16)
        scl = rng.choice([4, 9], (count, SIDE, SIDE)).astype(np.uint8)
        zenith = np.zeros(scl.shape, np.float32)
        ours = seconds(lambda c=cube, s=scl, z=zenith: select_observations(c, s, z, BANDS))  # type: ignore[misc]
        peer = seconds(lambda c=cube, s=scl: literal_medoid(c, s))  # type: ignore[misc]
        speed, other = SIDE**2 / ours / 1e6, SIDE**2 / peer / 1e6
        print(f"{count:>12} {speed:>13.2f} {other:>14.2f} {peer / ours:>6.2f}")
    big = np.zeros(1 << 27, np.uint8)
    copied = seconds(lambda: big.copy())
    print(f"memory copy of this machine, one thread: {2 * big.nbytes / copied / 1e9:.1f} GB/s")


if __name__ == "__main__":
    main()
