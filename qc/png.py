"""PNG pictures as data URIs: small, and the same pixels give the same bytes."""

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np

from products.raster_read import Array

_THRIFT = 5
"""Level of DEFLATE: above it pictures take far longer and are hardly smaller."""
_INDEXED, _RGBA = 3, 6
_DEPTH = 8


def indexed_png(codes: Array, colours: Sequence[str]) -> str:
    """Return codes uint8[Y, X] as a picture; code n has the n-th colour (``#rrggbb``).

    Code 0 is transparent, whatever its colour.
    """
    palette = bytes.fromhex("".join(colour.removeprefix("#") for colour in colours))
    rows = np.pad(codes, ((0, 0), (1, 0)))  # every row begins with the number of its filter
    return _png(codes.shape, _INDEXED, rows, _chunk(b"PLTE", palette) + _chunk(b"tRNS", b"\0"))


def rgba_png(picture: Array) -> str:
    """Return uint8[4, Y, X] (red, green, blue, alpha) as a picture."""
    _, height, width = picture.shape
    pixels = np.moveaxis(picture, 0, -1)
    above = np.concatenate([np.zeros_like(pixels[:1]), pixels[:-1]])
    rows = (pixels - above).reshape(height, width * 4)  # filter 2: what differs from above
    return _png((height, width), _RGBA, np.pad(rows, ((0, 0), (1, 0)), constant_values=2), b"")


def _png(shape: tuple[int, ...], kind: int, rows: Array, palette: bytes) -> str:
    height, width = shape
    header = struct.pack(">IIBBBBB", width, height, _DEPTH, kind, 0, 0, 0)
    data = zlib.compress(rows.astype(np.uint8).tobytes(), _THRIFT)
    content = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + palette
    content += _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
