"""Block: the inputs of the windows in which a mosaic is composed, read side by side."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import numpy as np

from products.raster_read import Array
from tasks.observation import read_angle, read_layer
from tasks.stack import Stack
from tasks.window import Window

_SMALL = (512, 512)
"""Rows and columns below which to read ahead pays less than larger windows."""
_SHAPES = ((1024, 1024), _SMALL, (256, 512), (128, 512), (64, 512), (32, 512))
"""Rows and columns read at a time: down to 256 x 512 whole chunks of the working store."""
_SCL_AND_ZENITH = 5
"""Bytes."""


@dataclass(frozen=True)
class Plan:
    """How much is read at a time."""

    shape: tuple[int, int]
    """Rows and columns of a window."""
    windows: int
    """Windows in memory: with two of them one is read while the other is selected."""


def plan_reading(stack: Stack, budget: int) -> Plan:
    """Return the largest windows of which two fit into ``budget`` bytes, or one of a small kind.

    Windows of 32 x 512 pixels, one at a time, are read even where the budget is smaller.
    """
    per_pixel = len(stack.granules) * (2 * len(stack.bands) + _SCL_AND_ZENITH)
    for shape in _SHAPES:
        fitting = budget // (per_pixel * shape[0] * shape[1])
        if fitting >= 2 or (fitting and shape <= _SMALL):
            return Plan(shape, min(2, fitting))
    return Plan(_SHAPES[-1], 1)


@dataclass(frozen=True)
class Inputs:
    """What is selected from in one window, newest observation first."""

    window: Window
    reflectance: Array
    """int16[T, B, Y, X]"""
    scl: Array
    """uint8[T, Y, X]"""
    zenith: Array
    """float32[T, Y, X], view zenith in degrees; 0 where the source states none."""


class BlockReader:
    """Read the inputs of windows, by several threads, into memory that is used again and again."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        pixels = plan.shape[0] * plan.shape[1]
        self._free: SimpleQueue[tuple[Array, Array, Array] | None] = SimpleQueue()
        for _ in range(plan.windows):
            self._free.put(_room(len(stack.granules), len(stack.bands), pixels))
        self._lent: dict[Window, tuple[Array, Array, Array]] = {}

    def __enter__(self) -> Self:
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._free.put(None)  # nobody waits for memory that does not come back
        self._threads.shutdown()

    def read(self, window: Window) -> Inputs:
        """Read a window as soon as there is memory for it; ``free`` it when it is done with."""
        room = self._free.get()
        if room is None:
            raise RuntimeError("the reader is closed")
        self._lent[window] = room
        shape = (len(window[0]), len(window[1]))
        count, bands = len(self._stack.granules), len(self._stack.bands)
        inputs = Inputs(
            window,
            _shaped(room[0], (count, bands, *shape)),
            _shaped(room[1], (count, *shape)),
            _shaped(room[2], (count, *shape)),
        )
        newest_first = range(count)
        for _ in self._threads.map(lambda t: self._read_one(t, inputs), newest_first):
            pass
        return inputs

    def free(self, inputs: Inputs) -> None:
        """Give back the memory of a window."""
        self._free.put(self._lent.pop(inputs.window))

    def _read_one(self, t: int, inputs: Inputs) -> None:
        stack, observation = self._stack, self._stack.observations[-1 - t]
        rows, columns = inputs.window
        for b, band in enumerate(stack.bands):
            out = inputs.reflectance[t, b]
            read_layer(observation, band, stack.resolution, rows, columns, out)
        read_layer(observation, "SCL", stack.resolution, rows, columns, inputs.scl[t])
        inputs.zenith[t] = 0
        if "view_zenith" in observation.angles:
            inputs.zenith[t] = read_angle(
                observation, "view_zenith", stack.resolution, rows, columns
            )


def _room(observations: int, bands: int, pixels: int) -> tuple[Array, Array, Array]:
    return (
        np.empty(observations * bands * pixels, np.int16),
        np.empty(observations * pixels, np.uint8),
        np.empty(observations * pixels, np.float32),
    )


def _shaped(flat: Array, shape: tuple[int, ...]) -> Array:
    return flat[: int(np.prod(shape))].reshape(shape)
