"""Time estimators of other packages on a saved cube; runs in the environment of ``peers.lock``.

``python benchmarks/peers.py CUBE.npy VALID.npy`` prints a JSON object: name to seconds of each run.
They choose other values than the medoid: a median per band, and geometric medians.
"""

import json
import sys
import time

import bottleneck
import geomad
import numpy as np
from odc.algo import int_geomedian_np

RUNS, THREADS, EPS = 5, 2, 1e-4


def runs(work) -> list[float]:
    """Return the seconds of each run after a warm-up."""
    work()
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return times


def main() -> None:
    """Read int16[T, B, Y, X] and bool[T, Y, X], print the timings."""
    cube, valid = (np.load(name) for name in sys.argv[1:3])
    floats = np.where(valid[:, None], cube / np.float32(10000), np.float32(np.nan))
    floats = floats.astype(np.float32)
    last = np.ascontiguousarray(floats.transpose(2, 3, 1, 0))
    marked = np.where(valid[:, None], cube, -999).astype(np.int16)
    bands = [np.ascontiguousarray(marked[:, b]) for b in range(cube.shape[1])]
    timed = {
        "bottleneck nanmedian per band, 1 thread": runs(lambda: bottleneck.nanmedian(last, axis=3)),
        f"geomad geometric median, eps {EPS:g}, {THREADS} threads": runs(
            lambda: geomad.nangeomedian_pcm(last, eps=EPS, num_threads=THREADS)
        ),
        f"odc-algo geometric median, eps {EPS:g}, {THREADS} threads": runs(
            lambda: int_geomedian_np(*bands, nodata=-999, scale=1e-4, eps=EPS, num_threads=THREADS)
        ),
    }
    print(json.dumps(timed))


if __name__ == "__main__":
    main()
