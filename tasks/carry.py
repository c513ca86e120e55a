"""Carry: which blocks of a new revision are those of the current one, and need no selection.

A pixel depends on its valid observations alone, and on which observation of a datatake comes
first. So a block can differ only where an input that came or went has valid pixels, or has data and
another input of its datatake gives way to it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

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

_INDEX = BY_ID["INDEX"]
Window = tuple[range, range]
"""Rows and columns."""
Read = Callable[[Layer, range, range], Array]


class CannotCarry(Exception):
    """What was to be carried over is not as it should be; the mosaic is composed from scratch."""


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
    clamped: tuple[int, ...]
    """Negative winners per block, row by row: the stored layers have lost them."""
    encoder: str = f"GDAL {rasterio.__gdal_version__}"
    """What encoded the layers; files that another version wrote are not copied."""

    def save(self, path: Path) -> None:
        """Write the record; ``load`` gives the same one back."""
        replace_file(path, json.dumps(asdict(self), sort_keys=True).encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record, or raise CannotCarry."""
        try:
            record = json.loads(path.read_bytes())
            inputs = tuple(Input(**entry) for entry in record["inputs"])
            clamped = tuple(int(count) for count in record["clamped"])
            return cls(record["manifest"], record["side"], inputs, clamped, record["encoder"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CannotCarry(f"the record {path.name} cannot be read ({error!r})") from error


@dataclass(frozen=True)
class Carrier:
    """Which blocks to carry over, and from where."""

    files: Mapping[Layer, Path]
    """The layers of the current revision, verified."""
    moved: Array
    """int16: new source_index of each old one, -1 where the input is gone."""
    touched: tuple[Window, ...]
    """Blocks to be selected again."""
    kept: tuple[tuple[Window, int], ...]
    """Blocks to carry over, with their numbers of negative winners."""

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
            raise CannotCarry("a block that no change touches shows an input that is gone")
        return moved

    @contextmanager
    def opened(self) -> Iterator[Read]:
        """Give a function that reads a window of a layer of the current revision."""
        with ExitStack() as stack:
            try:
                files = {
                    layer: stack.enter_context(rasterio.open(path))
                    for layer, path in self.files.items()
                }
            except RasterioError as error:
                raise CannotCarry(f"the current revision cannot be opened ({error})") from error

            def read(layer: Layer, rows: range, columns: range) -> Array:
                window = rasterio.windows.Window(columns.start, rows.start, len(columns), len(rows))
                try:
                    pixels: Array = files[layer].read(1, window=window)
                except RasterioError as error:
                    raise CannotCarry(f"{layer.name} cannot be read ({error})") from error
                return pixels

            yield read


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
    everybody = {*old, *new}
    touched = [False] * len(windows)
    for each in changed:
        known = cells[each]
        if known is None:
            return (True,) * len(windows)
        in_pair = any(other.datatake == each.datatake for other in everybody - {each})
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
) -> Carrier | None:
    """Return what to carry over from the current revision; None where every block is touched.

    ``names`` gives the path that each layer of the new revision has below the product's folder,
    ``working`` the tile's folder in the working store. Raises CannotCarry where the current
    revision is not what its record and its manifest say.
    """
    if record.encoder != Record.encoder:
        raise CannotCarry(f"its layers were encoded by {record.encoder}")
    if len(record.clamped) != len(windows):
        raise CannotCarry(f"its record counts {len(record.clamped)} blocks, not {len(windows)}")
    moved = renumbering(record.inputs, inputs)
    cells = {each: _cells_of(each, working) for each in {*record.inputs} ^ {*inputs}}
    touched = touched_blocks(record.inputs, inputs, cells, windows, grid.resolution)
    if all(touched):
        return None
    files = _verified(product, record.manifest, names, grid)
    if files is None:
        return None
    counted = zip(windows, touched, record.clamped, strict=True)
    return Carrier(
        files,
        moved,
        tuple(window for window, anew in zip(windows, touched, strict=True) if anew),
        tuple((window, count) for window, anew, count in counted if not anew),
    )


def _cells_of(each: Input, working: Path) -> Cells | None:
    folder = working / each.folder
    observation = load_observation(folder)
    if observation is None or observation.checksum != each.checksum:
        return None
    return load_cells(folder)


def _verified(
    product: Path, manifest: str, names: Mapping[Layer, str], grid: Grid
) -> dict[Layer, Path] | None:
    """Return the layer files of a product, each hashed anew; None where it has other layers."""
    try:
        if file_digest(product / MANIFEST) != manifest:
            raise CannotCarry(f"{product.name} has another manifest than its record says")
        listed = json.loads((product / MANIFEST).read_bytes())["files"]
        digests = {entry["path"]: entry["sha256"] for entry in listed}
        suffix = ProductFormat.GEO_TIFF.suffix
        if {path for path in digests if path.endswith(suffix)} != {*names.values()}:
            return None
        for path in names.values():
            if file_digest(product / path) != digests[path]:
                raise CannotCarry(f"{product.name}/{path} is not the file of its manifest")
        with rasterio.open(product / names[_INDEX]) as file:
            if (file.shape, file.transform) != (grid.shape, grid.transform):
                return None
    except OSError as error:
        raise CannotCarry(f"{product.name} cannot be read ({error})") from error
    return {layer: product / path for layer, path in names.items()}
