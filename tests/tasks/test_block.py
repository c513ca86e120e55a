"""Reading blocks: the plan keeps to the budget, and no stage waits for memory for ever."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tasks.block as block_module
from tasks.ahead import ahead
from tasks.block import BlockReader, Plan, plan_reading
from tasks.window import parts

BANDS = tuple(f"B{number:02d}" for number in range(1, 12))


@dataclass(frozen=True)
class _Stack:
    """As much of a stack as reading needs."""

    granules: tuple[str, ...]
    resolution: int = 10
    bands: tuple[str, ...] = BANDS

    @property
    def observations(self) -> tuple[Any, ...]:
        return tuple(SimpleNamespace(angles=("view_zenith",), name=n) for n in self.granules)


def stack(count: int) -> Any:
    return _Stack(tuple(f"g{number}" for number in range(count)))


@pytest.mark.parametrize("count", [1, 5, 12, 36, 73, 400])
@pytest.mark.parametrize("budget", [1 << 26, 1 << 28, 1 << 30, 1 << 31])
def test_a_plan_keeps_to_the_budget(count: int, budget: int) -> None:
    plan = plan_reading(stack(count), budget)
    rows, columns = plan.shape
    taken = plan.windows * rows * columns * count * (len(BANDS) * 2 + 1 + 4)
    assert taken <= budget or plan == Plan((32, 512), 1)
    assert plan.windows in (1, 2)


def test_a_year_of_a_whole_tile_is_read_in_whole_chunks() -> None:
    assert plan_reading(stack(73), 2 << 30) == Plan((512, 512), 2)
    assert plan_reading(stack(73), 1 << 30).shape == (512, 512)
    assert plan_reading(stack(73), 480 << 20).shape == (256, 512)


@pytest.fixture
def readable(monkeypatch: pytest.MonkeyPatch) -> None:
    def layer(observation, band, _resolution, rows, columns, out):
        out[...] = int(observation.name[1:]) * 100 + BANDS.index(band) if band != "SCL" else 4

    def angle(*_):
        return np.float32(7)

    monkeypatch.setattr(block_module, "read_layer", layer)
    monkeypatch.setattr(block_module, "read_angle", angle)


@pytest.mark.usefixtures("readable")
def test_windows_are_read_newest_first_into_no_more_memory_than_planned() -> None:
    plan = Plan((32, 64), 2)
    windows = list(parts(range(70), range(100), plan.shape))
    with BlockReader(stack(3), plan) as reader:
        seen = set()
        for inputs in ahead(reader.read, windows):
            assert inputs.reflectance.shape == (3, 11, *map(len, inputs.window))
            assert inputs.reflectance[:, 4, 0, 0].tolist() == [204, 104, 4]
            assert (inputs.scl == 4).all()
            assert (inputs.zenith == 7).all()
            seen.add(inputs.scl.ctypes.data)
            reader.free(inputs)
    assert len(seen) <= 2


@pytest.mark.usefixtures("readable")
def test_a_reader_that_is_closed_lets_go_of_who_waits_for_memory() -> None:
    plan = Plan((32, 64), 1)
    reading = ahead(
        (reader := BlockReader(stack(1), plan)).read, [*parts(range(64), range(64), plan.shape)]
    )
    with reader:
        next(reading)  # its memory is never given back
    with pytest.raises(RuntimeError, match="closed"):
        next(reading)
