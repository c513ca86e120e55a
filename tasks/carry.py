"""Carry: which blocks of a new revision are those of the current one, and need no selection.

A pixel depends on its valid observations alone, and on which observation of a datatake comes
first. So a block can differ only where an input that came or went has valid pixels, or has data and
another input of its datatake gives way to it.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import rasterio
import rasterio.windows
from rasterio.errors import RasterioError

from products.bands import BY_ID, Layer
from products.formats import ProductFormat
from products.grid import Grid
from products.raster_read import Array
from qc.manifest import MANIFEST
from storage.local import file_digest, replace_file
from tasks.cells import Cells, load_cells
from tasks.observation import load_observation
from tasks.tally import BlockTally
from tasks.window import Window, strips

_INDEX = BY_ID["INDEX"]
_GONE = "a block that no change touches shows an input that is gone"
Write = Callable[[Array, int, int], None]
"""Takes pixels and the row and column of the first of them."""
_THREADS = 2
"""They share the layers; no pixel depends on them."""


class CannotCarry(Exception):
    """What was to be carried over is not as it should be; the mosaic is composed from scratch."""

    level: ClassVar[int] = logging.WARNING
    """How loudly to say so."""


class NothingToCarry(CannotCarry):
    """All is as it should be, but no block of the current revision is one of the new revision."""

    level = logging.INFO


@dataclass(frozen=True)
class Input:
    """One input of a composition, by all that its part in the layers depends on."""

    folder: str
    """Its folder in the working store, another one for every delivery."""
    checksum: str
    """Digest of its pixels and angles."""
    datatake: str


@dataclass(frozen=True)
class Record:
    """What is to be known of a published product beyond its files, to carry blocks over from it."""

    manifest: str
    """SHA-256 of the product's manifest."""
    side: int
    """Side of the blocks in pixels."""
    inputs: tuple[Input, ...]
    """In source_index order."""
    counted: tuple[BlockTally, ...]
    """Per block, row by row, what was counted when it was selected."""
    encoder: str = f"GDAL {rasterio.__gdal_version__}"
    """What encoded the layers; files that another version wrote are not copied."""

    def save(self, path: Path) -> None:
        """Write the record under a seal; ``load`` gives the same one back."""
        record = {
            "manifest": self.manifest,
            "side": self.side,
            "inputs": [astuple(each) for each in self.inputs],
            "counted": [[b.clamped, b.methods, sorted(b.used)] for b in self.counted],
            "encoder": self.encoder,
        }
        replace_file(path, json.dumps(record | {"seal": _seal(record)}).encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record, or raise CannotCarry."""
        try:
            record = json.loads(path.read_bytes())
            if record.pop("seal") != _seal(record):
                raise ValueError("it does not have its checksum")
            inputs = tuple(Input(*entry) for entry in record["inputs"])
            counted = tuple(
                BlockTally(clamped, methods, set(used))
                for clamped, methods, used in record["counted"]
            )
            return cls(record["manifest"], record["side"], inputs, counted, record["encoder"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotCarry(f"the record {path.name} cannot be read ({error!r})") from error


def _seal(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Carrier:
    """Which blocks to carry over, and from where."""

    files: Mapping[Layer, Path]
    """The layers of the current revision, verified."""
    moved: Array
    """int16: new source_index of each old one, -1 where the input is gone."""
    touched: tuple[Window, ...]
    """Blocks to be selected again."""
    kept: tuple[tuple[Window, BlockTally], ...]
    """Blocks to carry over, with what was counted in them, by the new list of inputs."""

    def unchanged(self) -> dict[Layer, Path]:
        """Return the layers in which no pixel changes."""
        if self.touched:
            return {}
        same_index = bool((self.moved == np.arange(len(self.moved))).all())
        return {layer: p for layer, p in self.files.items() if layer != _INDEX or same_index}

    def renumbered(self, source: Array) -> Array:
        """Return source_index by the new list of inputs, or raise CannotCarry."""
        numbered = source.max(initial=-1) < len(self.moved)
        moved: Array = np.append(self.moved, np.int16(-1))[source if numbered else -1]
        if not numbered or (moved[source >= 0] < 0).any():
            raise CannotCarry(_GONE)
        return moved

    def copy_kept(self, writers: Mapping[Layer, Write]) -> None:
        """Write the kept blocks of layers as the current revision has them, renumbered.

        Neighbours along the rows are read at once, which costs less than each alone. Layers are
        copied side by side; each writer is called by one thread. Raises CannotCarry.
        """
        windows = tuple(strips([window for window, _ in self.kept]))

        def copy(layer: Layer, write: Write) -> None:
            for (rows, columns), pixels in self._read(layer, windows):
                carried = self.renumbered(pixels) if layer == _INDEX else pixels
                write(carried, rows.start, columns.start)

        with ThreadPoolExecutor(_THREADS) as pool:
            for _ in pool.map(copy, writers.keys(), writers.values()):
                pass

    def _read(self, layer: Layer, windows: Sequence[Window]) -> Iterator[tuple[Window, Array]]:
        try:
            with rasterio.open(self.files[layer]) as file:
                for rows, columns in windows:
                    place = (columns.start, rows.start, len(columns), len(rows))
                    pixels: Array = file.read(1, window=rasterio.windows.Window(*place))
                    yield (rows, columns), pixels
        except RasterioError as error:
            raise CannotCarry(f"{layer.name} cannot be read ({error})") from error


def renumbering(old: Sequence[Input], new: Sequence[Input]) -> Array:
    """Return int16[old]: the place of each old input in the new list, -1 where it is gone."""
    places = {each: place for place, each in enumerate(new)}
    moved = np.array([places.get(each, -1) for each in old], np.int16)
    kept = moved[moved >= 0]
    if (np.diff(kept) <= 0).any():
        raise CannotCarry("the inputs compete in another order than before")
    return moved


def touched_blocks(
    old: Sequence[Input],
    new: Sequence[Input],
    cells: Mapping[Input, Cells | None],
    windows: Sequence[Window],
    resolution: int,
) -> tuple[bool, ...]:
    """Tell per block whether an input that came or went can change one of its pixels.

    An input without a valid pixel matters only to the others of its datatake in its own list: one
    that comes in the place of another gives way to nobody, and nobody to it.

    Parameters
    ----------
    old, new
        The two lists of inputs.
    cells
        Those of each input that is in only one of the lists; None: nobody knows, so every block.
    windows
        Row and column range of each block.
    resolution
        Pixel size of the blocks in metres.
    """
    changed = sorted({*old} ^ {*new}, key=lambda each: (each.folder, each.checksum))
    touched = [False] * len(windows)
    for each in changed:
        known = cells[each]
        if known is None:
            return (True,) * len(windows)
        own = {*(old if each in old else new)} - {each}
        in_pair = any(other.datatake == each.datatake for other in own)
        for number, (rows, columns) in enumerate(windows):
            valid, data = known.within(rows, columns, resolution)
            touched[number] |= valid or (data and in_pair)
    return tuple(touched)


def find_carrier(
    record: Record,
    inputs: Sequence[Input],
    product: Path,
    names: Mapping[Layer, str],
    grid: Grid,
    windows: Sequence[Window],
    working: Path,
) -> Carrier:
    """Return what to carry over from the current revision.

    ``names`` gives the path that each layer of the new revision has below the product's folder,
    ``working`` the tile's folder in the working store. Raises NothingToCarry where every block is
    touched or the layers are others, CannotCarry where the current revision is not what its record
    and its manifest say.
    """
    if record.encoder != Record.encoder:
        raise CannotCarry(f"its layers were encoded by {record.encoder}")
    if len(record.counted) != len(windows):
        raise CannotCarry(f"its record counts {len(record.counted)} blocks, not {len(windows)}")
    moved = renumbering(record.inputs, inputs)
    cells = {each: _cells_of(each, working) for each in {*record.inputs} ^ {*inputs}}
    touched = touched_blocks(record.inputs, inputs, cells, windows, grid.resolution)
    if all(touched):
        raise NothingToCarry("its inputs touch every block")
    files = _verified(product, record.manifest, names, grid)
    pairs = list(zip(windows, touched, strict=True))
    kept = [
        (window, _renumbered(counted, moved))
        for (window, anew), counted in zip(pairs, record.counted, strict=True)
        if not anew
    ]
    return Carrier(files, moved, tuple(window for window, anew in pairs if anew), tuple(kept))


def _renumbered(counted: BlockTally, moved: Array) -> BlockTally:
    """Return what was counted in a block by the new list of inputs, or raise CannotCarry."""
    used = {int(moved[index]) for index in counted.used}
    if -1 in used:
        raise CannotCarry(_GONE)
    return replace(counted, used=used)


def _cells_of(each: Input, working: Path) -> Cells | None:
    folder = working / each.folder
    observation = load_observation(folder)
    if observation is None or observation.checksum != each.checksum:
        return None
    return load_cells(folder, observation.extent)


def _verified(
    product: Path, manifest: str, names: Mapping[Layer, str], grid: Grid
) -> dict[Layer, Path]:
    """Return the layer files of a product, each hashed anew."""
    try:
        if file_digest(product / MANIFEST) != manifest:
            raise CannotCarry(f"{product.name} has another manifest than its record says")
        listed = json.loads((product / MANIFEST).read_bytes())["files"]
        digests = {entry["path"]: entry["sha256"] for entry in listed}
        suffix = ProductFormat.GEO_TIFF.suffix
        if {path for path in digests if path.endswith(suffix)} != {*names.values()}:
            raise NothingToCarry(f"{product.name} has other layers")
        with ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(lambda path: file_digest(product / path), names.values())
            for path, digest in zip(names.values(), found, strict=True):
                if digest != digests[path]:
                    raise CannotCarry(f"{product.name}/{path} is not the file of its manifest")
        with rasterio.open(product / names[_INDEX]) as file:
            if (file.shape, file.transform) != (grid.shape, grid.transform):
                raise NothingToCarry(f"{product.name} has another grid")
    except OSError as error:
        raise CannotCarry(f"{product.name} cannot be read ({error})") from error
    return {layer: product / path for layer, path in names.items()}
