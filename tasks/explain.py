"""Explain: the story of one pixel, from its candidates to the one that won."""

from dataclasses import asdict
from typing import Any

import numpy as np

from algorithms import explain_pixel, one_per_datatake
from catalog.query import published_inputs
from products.granule import Granule
from products.mosaic import MosaicKey
from tasks.ingest import healed, obtain
from tasks.observation import read_angle, read_layer
from tasks.stack import Stack
from tasks.workshop import Workshop


def explain(workshop: Workshop, key: MosaicKey, east: float, north: float) -> dict[str, Any]:
    """Return every candidate observation of a pixel and how the selection came about."""
    with workshop.catalog.transaction() as session:
        product, definition, inputs = published_inputs(session, key)
    granules = tuple(granule for granule, _ in inputs)
    story = healed(
        lambda: _tell(workshop, granules, key.resolution, definition.threshold, (east, north))
    )
    return {"mosaic": str(key), "product": product} | story


def _tell(
    workshop: Workshop,
    granules: tuple[Granule, ...],
    resolution: int,
    threshold: int,
    place: tuple[float, float],
) -> dict[str, Any]:
    stack = Stack(granules, tuple(obtain(workshop, g) for g in granules), resolution)
    row, column = stack.observations[0].extent.grid(resolution).pixel(*place)
    reflectance, scl, zenith = _read_pixel(stack, row, column)
    story = asdict(explain_pixel(reflectance, scl, zenith, stack.bands, threshold=threshold))
    for order, candidate in enumerate(story["candidates"]):
        granule = granules[len(granules) - 1 - order]
        candidate |= {
            "granule": granule.id,
            "date": granule.datatake_start.date().isoformat(),
            "source_index": len(granules) - 1 - order,
            "scl": int(scl[order]),
            "view_zenith": round(float(zenith[order]), 3),
        }
    return {"row": row, "column": column} | story


def _read_pixel(stack: Stack, row: int, column: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return reflectance int16[T, B], SCL uint8[T], view zenith float32[T], newest first."""
    window = (range(row, row + 1), range(column, column + 1))
    newest_first = stack.observations[::-1]
    reflectance = np.array(
        [
            [read_layer(o, band, stack.resolution, *window)[0, 0] for band in stack.bands]
            for o in newest_first
        ],
        np.int16,
    )
    scl = np.array(
        [read_layer(o, "SCL", stack.resolution, *window) for o in newest_first], np.uint8
    )
    zenith = np.array(
        [
            read_angle(o, "view_zenith", stack.resolution, *window)[0, 0]
            if "view_zenith" in o.angles
            else 0.0
            for o in newest_first
        ],
        np.float32,
    )
    names = [granule.datatake for granule in stack.granules[::-1]]
    datatake = np.array([names.index(name) for name in names], np.int16)
    return reflectance, one_per_datatake(scl, datatake)[:, 0, 0], zenith
