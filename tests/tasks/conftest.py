import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from sources import simulator
from tasks.tailor import tailor
from tasks.workshop import Workshop
from tests.tasks.helpers import workshop
from tests.tasks.tailor_world import NORTHERN, order_of, square, taken_in


@dataclass(frozen=True)
class Shop:
    """A data root of three tiles; 31UGR lacks layers, 32ULB has nothing in January."""

    workshop: Workshop
    archive: Path
    late: Path
    """Where a granule of 31UGS waits that was not delivered yet."""

    @property
    def home(self) -> Path:
        return self.workshop.home


LACKING = ("B01", "B05", "AOT")


@pytest.fixture(scope="session")
def _first_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    root = tmp_path_factory.mktemp("shop")
    archive, late = root / "archive", root / "late"
    archive.mkdir()
    late.mkdir()
    upper, lower, east = (replace(each, days=4) for each in NORTHERN)
    for delivery in upper.deliveries():
        upper.write(delivery, archive)
    upper.write(replace(upper, days=6).deliveries()[-1], late)
    with pytest.MonkeyPatch.context() as patch:
        fewer = {
            size: tuple(layer for layer in layers if layer not in LACKING)
            for size, layers in simulator._LAYERS.items()
        }
        patch.setattr(simulator, "_LAYERS", fewer)
        lower.write(lower.deliveries()[0], archive)
    east = replace(east, start=date(2022, 2, 1), size=600)
    east.write(east.deliveries()[0], archive)
    opened = taken_in(root / "home", archive)
    tailor(opened, order_of(square()), root / "first")
    opened.catalog.close()
    return Shop(opened, archive, late)


@pytest.fixture
def shop(_first_shop: Shop, tmp_path: Path) -> Iterator[Shop]:
    """A copy that a test may change; the mosaics of January at 20 m are made."""
    shutil.copytree(_first_shop.home, tmp_path / "home")
    opened = workshop(tmp_path / "home")
    yield replace(_first_shop, workshop=opened)
    opened.catalog.close()
