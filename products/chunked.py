"""Layers of the working store: compressed chunks in one file, every byte under a checksum.

A file is its chunks, then an index (JSON), then a trailer (length and CRC-32 of the index). No
byte reaches a decompressor or decides what is read before its checksum has been compared.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import blosc2
import numpy as np

from products.errors import LayerDamaged
from products.raster_read import Array

_HEIGHT, _WIDTH = 2560, 5120
"""Sides of a chunk in metres. Where many observations leave memory for a few rows of pixels only, a
window of 256 x 512 pixels of 10 m still decompresses nothing that it does not need."""
_TRAILER = struct.Struct("<4sQI")
_MAGIC = b"S2W2"
blosc2.set_releasegil(True)


@dataclass(frozen=True)
class _Index:
    """What a reader must know; chunks in row-major order, those at the edge filled up with 0."""

    shape: tuple[int, int]
    dtype: str
    chunk: tuple[int, int]
    """Rows and columns of a chunk."""
    ends: tuple[int, ...]
    """Offset in the file after each chunk."""
    sums: tuple[int, ...]
    """CRC-32 of each compressed chunk."""


class ChunkedWriter:
    """Write one layer from north to south; memory is bounded by one row of chunks."""

    def __init__(self, path: Path, shape: tuple[int, int], dtype: str, resolution: int) -> None:
        self._shape, self._chunk = shape, (_HEIGHT // resolution, _WIDTH // resolution)
        self._dtype = np.dtype(dtype)
        self._ends: list[int] = []
        self._sums: list[int] = []
        self._packing = blosc2.CParams(
            codec=blosc2.Codec.ZSTD,
            clevel=1,
            filters=[blosc2.Filter.SHUFFLE],
            typesize=self._dtype.itemsize,
            nthreads=1,
        )
        self._file = path.open("wb")

    def __enter__(self) -> "ChunkedWriter":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Write the index, unless the work failed: a file without one is damaged."""
        with self._file as file:
            if kind is not None:
                return
            index = _Index(
                self._shape, self._dtype.name, self._chunk, tuple(self._ends), tuple(self._sums)
            )
            told = json.dumps(asdict(index)).encode()
            file.write(told + _TRAILER.pack(_MAGIC, len(told), zlib.crc32(told)))

    @property
    def strips(self) -> Iterator[slice]:
        """The rows to write at a time, in order."""
        for top in range(0, self._shape[0], self._chunk[0]):
            yield slice(top, min(top + self._chunk[0], self._shape[0]))

    def write(self, strip: Array) -> None:
        """Write the next strip, [Y, X]."""
        for left in range(0, self._shape[1], self._chunk[1]):
            part = strip[:, left : left + self._chunk[1]]
            chunk = np.zeros(self._chunk, self._dtype)
            chunk[: part.shape[0], : part.shape[1]] = part
            packed = blosc2.compress2(chunk, cparams=self._packing)
            self._file.write(packed)
            self._ends.append(self._file.tell())
            self._sums.append(zlib.crc32(packed))


def read_chunked(path: Path, rows: range, columns: range, out: Array | None = None) -> Array:
    """Read a window of a layer, [Y, X]; raises LayerDamaged where it is not as it was written.

    Fills ``out`` where it is given, an array of the layer's dtype.

    Threads may read at the same time: decompression runs without the global lock.
    """
    try:
        with path.open("rb") as file:
            index = _read_index(file)
            return _window(file, index, rows, columns, out)
    except (OSError, _Damage) as error:
        raise LayerDamaged(path, str(error)) from error


def read_strips(path: Path) -> Iterator[Array]:
    """Read a whole layer from north to south, one row of chunks at a time."""
    try:
        with path.open("rb") as file:
            index = _read_index(file)
            height, width = index.shape
            for top in range(0, height, index.chunk[0]):
                rows = range(top, min(top + index.chunk[0], height))
                yield _window(file, index, rows, range(width))
    except (OSError, _Damage) as error:
        raise LayerDamaged(path, str(error)) from error


class _Damage(Exception):
    """Why a file is not as it was written."""


def _read_index(file: BinaryIO) -> _Index:
    end = file.seek(0, os.SEEK_END) - _TRAILER.size
    if end < 0:
        raise _Damage("it is cut off")
    file.seek(end)
    magic, length, checksum = _TRAILER.unpack(file.read())
    if magic != _MAGIC or length > end:
        raise _Damage("it does not end as it should")
    file.seek(end - length)
    told = file.read(length)
    if zlib.crc32(told) != checksum:
        raise _Damage("its index does not have its checksum")
    record = json.loads(told)
    index = _Index(**record)
    if (index.ends[-1] if index.ends else 0) != end - length:
        raise _Damage("its chunks do not reach to its index")
    return index


def _window(
    file: BinaryIO, index: _Index, rows: range, columns: range, out: Array | None = None
) -> Array:
    height, width = index.chunk
    across = -(-index.shape[1] // width)
    pixels = np.empty((len(rows), len(columns)), index.dtype) if out is None else out
    for y in range(rows.start // height, -(-rows.stop // height)):
        for x in range(columns.start // width, -(-columns.stop // width)):
            block = _chunk(file, index, y * across + x)
            inner, outer = _overlap(rows, y * height, height)
            within, without = _overlap(columns, x * width, width)
            pixels[outer, without] = block[inner, within]
    return pixels


def _chunk(file: BinaryIO, index: _Index, number: int) -> Array:
    begin = index.ends[number - 1] if number else 0
    file.seek(begin)
    packed = file.read(index.ends[number] - begin)
    if zlib.crc32(packed) != index.sums[number]:
        raise _Damage(f"chunk {number} does not have its checksum")
    chunk = blosc2.decompress2(packed, nthreads=1)
    return np.frombuffer(chunk, index.dtype).reshape(index.chunk)


def _overlap(wanted: range, start: int, side: int) -> tuple[slice, slice]:
    """Return which part of a chunk is wanted, and where it goes in the window."""
    first, last = max(wanted.start, start), min(wanted.stop, start + side)
    return (
        slice(first - start, last - start),
        slice(first - wanted.start, last - wanted.start),
    )
