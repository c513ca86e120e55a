"""Decode: a granule's images, each once and whole, into layers of the working store."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from algorithms.resample import fill_nodes
from products.bands import MISSING, REQUIRED_SOURCE_LAYERS
from products.chunked import ChunkedWriter, read_strips
from products.errors import GranuleRejected
from products.granule import Granule, Image
from products.grid import Extent, epsg_of
from products.raster_read import Array, decode
from sources.angles import read_angle_grids
from tasks.cells import Cells, count_cells, save_cells
from tasks.fetch import Reach
from tasks.measure import Sample, measure, save_measured
from tasks.observation import ANGLES, Observation, layer_path, save_angles, save_observation

_SATURATED = 65535
_LARGEST_SCL = 11
_FINEST = 10
_COPIES = 1.25
"""Memory for decoding an image, as a multiple of its pixels in 16 bit."""


def decode_granule(
    granule: Granule, folder: Path, reach: Reach, expected: Extent | None, budget: int
) -> None:
    """Decode all images into ``folder`` and describe them there.

    An image is decoded by one thread, as many at a time as ``budget`` bytes allow. ``expected`` is
    the extent of the tile, None where this granule is its first: then that of its finest image.
    Raises GranuleRejected.
    """
    _require_layers(granule)
    images = sorted(granule.images, key=lambda i: (i.resolution, i.layer))
    left = images
    if expected is None:
        expected, left = _decode_image(granule, images[0], folder, reach, None), images[1:]
    _decode_images(granule, left, folder, reach, expected, budget)
    sample = Sample(expected)
    digest = _digested(images, folder, sample)
    cells = save_cells(folder, _counted(images, folder, expected))
    step, angles = _angle_nodes(granule, reach)
    save_angles(folder, angles)
    for name in sorted(angles):
        digest.update(name.encode() + angles[name].tobytes())
    sizes: dict[str, tuple[int, ...]] = {}
    for image in images:
        sizes[image.layer] = (*sizes.get(image.layer, ()), image.resolution)
    save_measured(folder, measure(folder, expected, sample, sizes, cells, angles, step))
    save_observation(
        folder,
        Observation(folder, expected, sizes, step, tuple(sorted(angles)), digest.hexdigest()),
    )


def _digested(images: list[Image], folder: Path, sample: Sample) -> "hashlib._Hash":
    """Pass all pixels through memory once, for their digest and for a sample of them."""
    digest = hashlib.sha256()
    for image in images:
        digest.update(f"{image.layer}{image.resolution}".encode())
        for strip in read_strips(layer_path(folder, image.layer, image.resolution)):
            digest.update(strip.tobytes())
            sample.take(image.layer, image.resolution, strip)
    return digest


def _counted(images: list[Image], folder: Path, extent: Extent) -> list[Cells]:
    return [
        count_cells(
            np.concatenate(list(read_strips(layer_path(folder, image.layer, image.resolution)))),
            image.resolution,
            extent,
        )
        for image in images
        if image.layer == "SCL"
    ]


def _decode_images(
    granule: Granule,
    images: list[Image],
    folder: Path,
    reach: Reach,
    expected: Extent,
    budget: int,
) -> None:
    largest = int(_COPIES * 2 * expected.width * expected.height) // _FINEST**2
    with ThreadPoolExecutor(min(max(1, budget // largest), os.cpu_count() or 1)) as pool:
        decoding = [
            pool.submit(_decode_image, granule, image, folder, reach, expected) for image in images
        ]
        try:
            for one in decoding:
                one.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def to_reflectance(numbers: Array, image: Image) -> Array:
    """Convert DN to int16 reflectance in 1/10000, offset applied (section 2.3).

    DN 0 (no data), saturated DN and values that do not fit become ``MISSING``.
    """
    missing = (numbers == 0) | (numbers == _SATURATED)
    value = numbers.astype(np.int32) + image.offset
    if image.quantification != 10000:
        value = np.rint(value * (10000.0 / image.quantification)).astype(np.int32)
    missing |= (value > 32767) | (value <= MISSING)
    return np.where(missing, MISSING, value).astype(np.int16)


def _kept_as(layer: str) -> str:
    """Return the dtype of a layer in the working store."""
    if layer.startswith("B"):
        return "int16"
    return "uint16" if layer == "AOT" else "uint8"


def to_layer(numbers: Array, image: Image) -> Array:
    """Convert a decoded image to the unit in which the working store keeps its layer."""
    if image.layer.startswith("B"):
        return to_reflectance(numbers, image)
    if image.layer == "AOT":
        value = np.rint(numbers * (1000.0 / image.quantification))
        return np.where((numbers == 0) | (value > 65534), 65535, value).astype(np.uint16)
    if numbers.max(initial=0) > (_LARGEST_SCL if image.layer == "SCL" else 255):
        raise GranuleRejected(
            "range",
            f"{image.href} holds {int(numbers.max())}, which is no {image.layer} code; "
            "fetch the granule again.",
        )
    return numbers.astype(np.uint8)


def _require_layers(granule: Granule) -> None:
    delivered = {image.layer for image in granule.images}
    if absent := [name for name in REQUIRED_SOURCE_LAYERS if name not in delivered]:
        raise GranuleRejected(
            "missing-band",
            f"{granule.id} lacks {', '.join(absent)}, without which no observation can be "
            "validated; fetch the granule again.",
        )


def _decode_image(
    granule: Granule, image: Image, folder: Path, reach: Reach, expected: Extent | None
) -> Extent:
    """Decode one image, whole, into its layer; return its extent."""
    near = reach.apart(f"{image.layer}_{image.resolution}")
    path = near.verified(image.href, image.size, image.checksum)
    numbers, extent, resolution = decode(path, epsg_of(granule.tile), image.href)
    _require_place(image, extent, resolution, expected)
    kept = layer_path(folder, image.layer, resolution)
    with ChunkedWriter(kept, numbers.shape, _kept_as(image.layer), resolution) as writer:
        for rows in writer.strips:
            writer.write(to_layer(numbers[rows], image))
    return extent


def _require_place(image: Image, extent: Extent, resolution: int, expected: Extent | None) -> None:
    if resolution != image.resolution:
        raise GranuleRejected(
            "geometry",
            f"{image.href} has {resolution} m pixels, but {image.resolution} m are announced; "
            "fetch the granule again.",
        )
    if extent.west % 10 or extent.north % 10:
        raise GranuleRejected(
            "geometry",
            f"{image.href} begins at {extent.west}, {extent.north}, which is off the 10 m grid of "
            "all tiles; fetch the granule again.",
        )
    if expected and not _covers(extent, expected, resolution):
        raise GranuleRejected(
            "tile-size",
            f"{image.href} covers {extent.width} x {extent.height} m from {extent.west}, "
            f"{extent.north}, but its tile is {expected.width} x {expected.height} m from "
            f"{expected.west}, {expected.north}; deliver the whole tile, or process it under "
            "another --home.",
        )


def _covers(extent: Extent, expected: Extent, resolution: int) -> bool:
    """Tell whether an image fills its tile, but for a rest smaller than one of its pixels."""
    return (
        (extent.west, extent.north) == (expected.west, expected.north)
        and 0 <= expected.width - extent.width < resolution
        and 0 <= expected.height - extent.height < resolution
    )


def _angle_nodes(granule: Granule, reach: Reach) -> tuple[float, dict[str, Array]]:
    """Return the spacing in metres and the node grids of the angles that the source states."""
    if granule.angle_grids:
        path = reach.verified(
            granule.angle_grids, granule.angle_grids_size, granule.angle_grids_checksum
        )
        grids = read_angle_grids(path.read_bytes(), granule.angle_grids)
        return grids.step, {name: fill_nodes(getattr(grids, name)) for name in ANGLES}
    stated = {name: getattr(granule.angles, name) for name in ANGLES}
    return 5000.0, {
        name: np.array([[value]], dtype=np.float64)
        for name, value in stated.items()
        if value is not None
    }
