"""Ingest: verify, decode once, bring to units, and keep the observation in the working store."""

import hashlib
from pathlib import Path

import numpy as np

from algorithms.resample import fill_nodes
from catalog.ingested import accept, extent_of, reject
from catalog.query import granule as load_granule
from products.bands import MISSING, REQUIRED_SOURCE_LAYERS
from products.errors import GranuleRejected
from products.granule import Granule, Image
from products.grid import Extent, epsg_of
from products.raster_read import Array, decode
from products.raster_write import write_working
from sources.angles import read_angle_grids
from storage.local import move_into_place, remove, scratch_folder
from tasks.cells import Cells, count_cells, save_cells
from tasks.fetch import Reach
from tasks.observation import (
    ANGLES,
    Observation,
    layer_path,
    load_observation,
    save_observation,
)
from tasks.workshop import Workshop

_SATURATED = 65535
_LARGEST_SCL = 11


def ingest(workshop: Workshop, granule_id: str) -> bool:
    """Ingest one tracked granule; False where it was rejected, with the reason in the catalog.

    SourceUnavailable passes through: the granule stays tracked and is tried again.
    """
    with workshop.catalog.transaction() as session:
        granule = load_granule(session, granule_id)
    try:
        observation = obtain(workshop, granule)
        workshop.point("ingest.before_accept")
        with workshop.catalog.transaction() as session:
            accept(session, granule, observation.extent, observation.checksum)
    except GranuleRejected as rejection:
        with workshop.catalog.transaction() as session:
            reject(session, granule_id, rejection.rule, str(rejection))
        remove(observation_folder(workshop, granule))
        return False
    workshop.point("ingest.after_accept")
    return True


def observation_folder(workshop: Workshop, granule: Granule) -> Path:
    """Return where the working store keeps a granule; a new delivery gets a new folder."""
    delivery = hashlib.sha256(granule.to_json().encode()).hexdigest()[:12]
    return workshop.working / granule.tile / f"{granule.id}-{delivery}"


def obtain(workshop: Workshop, granule: Granule) -> Observation:
    """Return the observation from the working store, decoding the granule where it is not there."""
    folder = observation_folder(workshop, granule)
    known = load_observation(folder)
    if known:
        return known
    with workshop.catalog.transaction() as session:
        expected = extent_of(session, granule.tile)
    with scratch_folder(workshop.staging, "ingest") as scratch:
        made = scratch / "observation"
        made.mkdir()
        reach = Reach(scratch, workshop.settings.s3)
        _decode_granule(granule, made, reach, expected)
        workshop.point("ingest.before_store")
        if not folder.exists():
            move_into_place(made, folder)
        workshop.point("ingest.after_store")
    stored = load_observation(folder)
    assert stored is not None  # noqa: S101 - it was just moved there
    return stored


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


def _decode_granule(granule: Granule, folder: Path, reach: Reach, expected: Extent | None) -> None:
    _require_layers(granule)
    digest = hashlib.sha256()
    sizes: dict[str, list[int]] = {}
    cells: list[Cells] = []
    for image in sorted(granule.images, key=lambda i: (i.resolution, i.layer)):
        pixels, extent = _decode_image(granule, image, reach, expected)
        expected = expected or extent
        write_working(
            layer_path(folder, image.layer, image.resolution), pixels, extent, image.resolution
        )
        digest.update(f"{image.layer}{image.resolution}".encode())
        digest.update(np.ascontiguousarray(pixels).tobytes())
        sizes.setdefault(image.layer, []).append(image.resolution)
        if image.layer == "SCL":
            cells.append(count_cells(pixels, image.resolution, expected))
    assert expected is not None  # noqa: S101 - required layers were decoded
    save_cells(folder, cells)
    step, angles = _angle_nodes(granule, reach)
    np.savez(folder / "angles.npz", **angles)  # type: ignore[arg-type]
    for name in sorted(angles):
        digest.update(name.encode() + angles[name].tobytes())
    save_observation(
        folder,
        Observation(
            folder,
            expected,
            {name: tuple(sorted(values)) for name, values in sizes.items()},
            step,
            tuple(sorted(angles)),
            digest.hexdigest(),
        ),
    )


def _require_layers(granule: Granule) -> None:
    delivered = {image.layer for image in granule.images}
    if absent := [name for name in REQUIRED_SOURCE_LAYERS if name not in delivered]:
        raise GranuleRejected(
            "missing-band",
            f"{granule.id} lacks {', '.join(absent)}, without which no observation can be "
            "validated; fetch the granule again.",
        )


def _decode_image(
    granule: Granule, image: Image, reach: Reach, expected: Extent | None
) -> tuple[Array, Extent]:
    path = reach.verified(image.href, image.size, image.checksum)
    numbers, extent, resolution = decode(path, epsg_of(granule.tile), image.href)
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
    return to_layer(numbers, image), extent


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
