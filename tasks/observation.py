"""Observations in the working store: written once at ingest, read in windows ever after."""

import io
import json
import zlib
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.resample import (
    aggregate_mean,
    interpolate_nodes,
    node_lines,
    repeat_into,
    subsample_nearest,
)
from products.archive import read_arrays
from products.bands import BY_ID
from products.chunked import read_chunked, read_strips
from products.errors import LayerDamaged
from products.grid import Extent
from products.raster_read import Array

ANGLES = ("sun_zenith", "sun_azimuth", "view_zenith", "view_azimuth")
_ANGLE_FILE = "angles.npz+crc32"


@dataclass(frozen=True)
class Observation:
    """A decoded granule: which layers it has, at which pixel sizes, and its angle nodes."""

    folder: Path
    extent: Extent
    layers: dict[str, tuple[int, ...]]
    """Layer name to the pixel sizes in metres at which it is stored, finest first."""
    angle_step: float
    angles: tuple[str, ...]
    """Names of ``ANGLES`` that the source states."""
    checksum: str
    """Digest of all pixels and angles."""

    def has(self, layer: str) -> bool:
        """Tell whether the source delivered a layer."""
        return layer in self.layers


def save_observation(folder: Path, observation: Observation) -> None:
    """Write the description beside the layers; it goes last, so a folder with it is whole."""
    record = asdict(observation)
    record.pop("folder")
    record["seal"] = _seal(record)
    (folder / "observation.json").write_text(json.dumps(record, sort_keys=True))


def load_observation(folder: Path) -> Observation | None:
    """Read a description, None where the working store does not hold the granule.

    Raises LayerDamaged where the description is not as it was written.
    """
    if not folder.exists():
        return None
    path = folder / "observation.json"
    try:
        record = json.loads(path.read_bytes())
        if record.pop("seal") != _seal(record):
            raise ValueError("it does not have its checksum")
        record["extent"] = Extent(**record["extent"])
        record["layers"] = {name: tuple(sizes) for name, sizes in record["layers"].items()}
        record["angles"] = tuple(record["angles"])
        return Observation(folder=folder, **record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LayerDamaged(path, str(error)) from error


def require_sound(folder: Path) -> None:
    """Read all that the working store holds of a granule; raises LayerDamaged at what is not whole.

    A folder that is not there is not damaged.
    """
    observation = load_observation(folder)
    if observation is None:
        return
    _read_nodes(folder)
    for layer, sizes in observation.layers.items():
        for resolution in sizes:
            for _ in read_strips(layer_path(folder, layer, resolution)):
                pass


def _seal(record: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(record, sort_keys=True).encode())


def layer_path(folder: Path, layer: str, resolution: int) -> Path:
    """Return the file of a layer."""
    return folder / f"{layer}_{resolution}m.chunks"


def source_resolution(sizes: tuple[int, ...], native: int, resolution: int) -> int:
    """Choose the stored pixel size from which a layer is taken (specification section 6).

    The same size where the layer has it; else the coarsest finer one, to be aggregated; else the
    finest coarser one, to be repeated. Sizes finer than the layer's native one are not used.
    """
    proper = [size for size in sizes if size >= native] or list(sizes)
    if resolution in proper:
        return resolution
    finer = [size for size in proper if size < resolution]
    return max(finer) if finer else min(proper)


@dataclass(frozen=True)
class Stored:
    """The stored pixels under a window: each covers ``factor`` x ``factor`` pixels of it."""

    block: Array
    factor: int
    top: int
    """Rows of the window's pixel size from the block's upper edge to the window's."""
    left: int


def read_stored(
    observation: Observation,
    layer: str,
    resolution: int,
    rows: range,
    columns: range,
    out: Array | None = None,
) -> Stored:
    """Read the pixels under a window, without repeating coarser ones; see ``read_layer``.

    ``out``, where given, is filled and is the block, unless the stored pixels are coarser.
    """
    native = BY_ID[layer].native if layer in BY_ID else 20
    stored = source_resolution(observation.layers[layer], native, resolution)
    path = layer_path(observation.folder, layer, stored)
    if stored == resolution:
        return Stored(read_chunked(path, rows, columns, out), 1, 0, 0)
    if stored < resolution:
        factor = resolution // stored
        block = read_chunked(path, _times(rows, factor), _times(columns, factor))
        resample = aggregate_mean if layer.startswith("B") else subsample_nearest
        return Stored(_put(resample(block, factor), out), 1, 0, 0)
    factor = stored // resolution
    outer_rows, outer_columns = _over(rows, factor), _over(columns, factor)
    block = read_chunked(path, outer_rows, outer_columns)
    top = rows.start - outer_rows.start * factor
    left = columns.start - outer_columns.start * factor
    return Stored(block, factor, top, left)


def read_layer(
    observation: Observation,
    layer: str,
    resolution: int,
    rows: range,
    columns: range,
    out: Array | None = None,
) -> Array:
    """Read a window of a layer at any resolution; ``rows`` and ``columns`` in output pixels.

    Returns [Y, X] of the dtype in which the layer is kept; ``out``, where given, is filled.
    """
    read = read_stored(observation, layer, resolution, rows, columns, out)
    if read.factor == 1:
        return read.block
    filled = np.empty((len(rows), len(columns)), read.block.dtype) if out is None else out
    repeat_into(read.block, read.factor, read.top, read.left, filled)
    return filled


def _put(pixels: Array, out: Array | None) -> Array:
    if out is None:
        return pixels
    out[...] = pixels
    return out


def save_angles(folder: Path, nodes: dict[str, Array]) -> None:
    """Write the node grids of the angles: a NumPy archive, and its CRC-32 after it."""
    archive = io.BytesIO()
    np.savez(archive, **nodes)  # type: ignore[arg-type]
    kept = archive.getvalue()
    (folder / _ANGLE_FILE).write_bytes(kept + zlib.crc32(kept).to_bytes(4, "little"))


def read_angle(
    observation: Observation, angle: str, resolution: int, rows: range, columns: range
) -> Array:
    """Interpolate an angle in degrees to pixel centres, float32."""
    nodes = _nodes(observation.folder, observation.checksum)[angle]
    return interpolate_nodes(nodes, observation.angle_step, resolution, rows, columns)


def angle_lines(
    observation: Observation, angle: str, resolution: int, rows: range, columns: range
) -> tuple[Array, Array, Array, Array]:
    """Return what ``algorithms.resample.node_lines`` does for an angle, in degrees."""
    nodes = _nodes(observation.folder, observation.checksum)[angle]
    return node_lines(nodes, observation.angle_step, resolution, rows, columns)


@lru_cache(maxsize=512)
def _nodes(folder: Path, _checksum: str) -> dict[str, Array]:
    return _read_nodes(folder)


def _read_nodes(folder: Path) -> dict[str, Array]:
    path = folder / _ANGLE_FILE
    try:
        kept = path.read_bytes()
    except OSError as error:
        raise LayerDamaged(path, str(error)) from error
    if zlib.crc32(kept[:-4]) != int.from_bytes(kept[-4:], "little") or len(kept) <= 4:
        raise LayerDamaged(path, "it does not have its checksum")
    return read_arrays(io.BytesIO(kept[:-4]))


def _times(pixels: range, factor: int) -> range:
    return range(pixels.start * factor, pixels.stop * factor)


def _over(pixels: range, factor: int) -> range:
    return range(pixels.start // factor, -(-pixels.stop // factor))
