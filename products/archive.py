"""Read NumPy archives, from any number of threads."""

from pathlib import Path
from threading import Lock
from typing import IO

import numpy as np

from products.raster_read import Array

_ONE_AT_A_TIME = Lock()
"""NumPy reads headers by ``ast.literal_eval``. In CPython up to 3.11.8 and 3.12.2 two threads in it
can get in each other's way; one of them then raises SystemError (gh-106905)."""


def read_arrays(file: Path | IO[bytes]) -> dict[str, Array]:
    """Return the arrays of an ``.npz`` archive by name; raises what ``numpy.load`` raises."""
    with _ONE_AT_A_TIME, np.load(file) as stored:
        return {name: stored[name] for name in stored.files}
