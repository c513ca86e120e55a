"""Layers of the working store: what was written is read, and nothing else ever is."""

import random
from pathlib import Path

import blosc2
import numpy as np
import pytest

from products.chunked import ChunkedWriter, read_chunked, read_strips
from products.errors import LayerDamaged


def written(path: Path, shape: tuple[int, int] = (700, 1100), resolution: int = 10) -> np.ndarray:
    pixels = np.random.default_rng(5).integers(-1000, 9000, shape).astype(np.int16)
    with ChunkedWriter(path, shape, "int16", resolution) as writer:
        for rows in writer.strips:
            writer.write(pixels[rows])
    return pixels


def test_windows_of_a_layer_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "layer"
    pixels = written(path)
    rng = random.Random(1)
    for _ in range(60):
        top, left = rng.randrange(700), rng.randrange(1100)
        rows, columns = (
            range(top, rng.randint(top + 1, 700)),
            range(left, rng.randint(left + 1, 1100)),
        )
        window = read_chunked(path, rows, columns)
        assert window.dtype == np.int16
        assert (window == pixels[rows.start : rows.stop, columns.start : columns.stop]).all()
    assert (np.concatenate(list(read_strips(path))) == pixels).all()


def test_a_flipped_bit_anywhere_or_a_missing_end_is_never_read_silently(tmp_path: Path) -> None:
    path = tmp_path / "layer"
    pixels = written(path, (70, 90), 60)
    whole = path.read_bytes()
    rng = random.Random(2)
    spoiled = [
        whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]
        for place in [*range(len(whole) - 300, len(whole)), *rng.sample(range(len(whole)), 500)]
    ]
    spoiled += [whole[: rng.randrange(len(whole))] for _ in range(200)]
    spoiled += [whole + b"\0", b"", whole[1:]]
    for content in spoiled:
        path.write_bytes(content)
        with pytest.raises(LayerDamaged):
            list(read_strips(path))
        parts = []
        for rows, columns in ((range(70), range(80)), (range(70), range(85, 90))):
            try:  # a window that needs no damaged chunk may be read, if it is right
                part = read_chunked(path, rows, columns)
            except LayerDamaged:
                continue
            parts.append(part)
            assert (part == pixels[:, columns.start : columns.stop]).all()
        assert len(parts) < 2
    path.unlink()
    with pytest.raises(LayerDamaged):
        read_chunked(path, range(1), range(1))


def test_a_layer_whose_writing_failed_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "layer"

    def fail() -> None:
        with ChunkedWriter(path, (9, 9), "uint8", 20) as writer:
            writer.write(np.zeros((9, 9), np.uint8))
            raise OSError

    with pytest.raises(OSError, match=r"^$"):
        fail()
    with pytest.raises(LayerDamaged):
        read_chunked(path, range(9), range(9))


def test_other_threads_run_while_one_decompresses() -> None:
    assert blosc2.set_releasegil(True), "products.chunked must have had the global lock released"
