"""Archives are read whole by any number of threads at a time."""

import gc
import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from products.archive import read_arrays


class Garbage:
    """What Python collects wherever a thread is, giving way to others meanwhile."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        sum(range(50))


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads change places, and garbage be collected, all the time."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(5)
    yield
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless")
def test_threads_do_not_get_in_each_others_way() -> None:
    packed = io.BytesIO()
    np.savez(packed, valid=np.arange(6), data=np.ones((2, 3)))
    archive = packed.getvalue()

    def read(times: int) -> set[tuple[str, ...]]:
        found = set()
        for _ in range(times):
            Garbage()
            found.add(tuple(read_arrays(io.BytesIO(archive))))
        return found

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, [2000] * 4)) == [{("valid", "data")}] * 4


def test_a_file_is_read_and_a_broken_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    np.savez(path, one=np.array([7]))
    assert read_arrays(path)["one"].tolist() == [7]
    path.write_bytes(b"broken")
    with pytest.raises(ValueError, match="pickle"):
        read_arrays(path)
