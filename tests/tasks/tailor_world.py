"""A small world: windows of four real tiles around one point, two zones, with overlap."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from shapely.affinity import rotate
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from products.area import Area, parse_area
from products.bands import LAYERS, Layer
from products.formats import ProductFormat
from products.order import Order, ReferenceSystem
from products.period import Period, PeriodKind
from sources.simulator import SimulatedArchive
from tasks.cycle import Wanted, run_once
from tasks.workshop import Workshop
from tests.tasks.helpers import workshop

JANUARY = Period(PeriodKind.MONTH, date(2022, 1, 1))
NOTHING = Wanted(kinds=(), resolutions=())
"""Track and ingest, and keep no mosaic current."""

CENTRE = (6.2950, 50.4600)
"""Where 31UGS and 31UGR of one zone and 32ULB of the next share ground."""
NORTHERN = (
    SimulatedArchive(
        date(2022, 1, 1), 6, seed=7, tile="31UGS", west=733440, north=5595360, size=600
    ),
    SimulatedArchive(
        date(2022, 1, 1), 6, seed=8, tile="31UGR", west=733680, north=5595120, size=600
    ),
    SimulatedArchive(
        date(2022, 1, 1), 6, seed=9, tile="32ULB", west=307620, north=5593680, size=900
    ),
)
SOUTH_CENTRE = (5.9950, -33.3740)
SOUTHERN = (
    SimulatedArchive(
        date(2022, 1, 1), 4, seed=3, tile="31HGD", west=778380, north=6303540, size=600
    ),
    SimulatedArchive(
        date(2022, 1, 1), 4, seed=4, tile="32HKJ", west=220020, north=6303600, size=900
    ),
)

DATE_LINE = (180.0, -16.9)
PACIFIC = (
    SimulatedArchive(
        date(2022, 1, 1), 4, seed=5, tile="01KAB", west=180000, north=8129500, size=900
    ),
)


def write_world(root: Path, archives: Sequence[SimulatedArchive]) -> None:
    root.mkdir(parents=True)
    for archive in archives:
        for delivery in archive.deliveries():
            archive.write(delivery, root)


def taken_in(home: Path, root: Path) -> Workshop:
    """Return a workshop that knows the granules below ``root``, with no mosaic made."""
    opened = workshop(home)
    run_once(opened, str(root), NOTHING)
    return opened


def order_of(area: BaseGeometry | Area | str, name: str = "Test", **changes: object) -> Order:
    if not isinstance(area, Area):
        area = parse_area(area if isinstance(area, str) else area.wkt)
    plain = Order(name, area, JANUARY, 20, LAYERS, ProductFormat.GEO_TIFF, ReferenceSystem.UTM)
    return replace(plain, **changes)  # type: ignore[arg-type]


def square(side: float = 0.008, centre: tuple[float, float] = CENTRE) -> Polygon:
    """Return a square in degrees, its side as high as wide on the ground."""
    x, y = centre
    return box(x - side * 0.78, y - side / 2, x + side * 0.78, y + side / 2)


def turned(seed: int, centre: tuple[float, float] = CENTRE) -> Polygon:
    """Return a turned square with a hole."""
    outer = rotate(square(0.007, centre), 17 * seed + 5)
    hole = rotate(square(0.0015, centre), 31 * seed)
    return outer.difference(hole)


def layers_named(*names: str) -> tuple[Layer, ...]:
    return tuple(next(layer for layer in LAYERS if layer.api_id == name) for name in names)
