"""Facts of products, and the records made of them."""

from dataclasses import replace
from datetime import UTC, date, datetime

from affine import Affine

from metadata.inspire import InspireFlavour, render_inspire
from products.bands import LAYERS
from products.grid import Grid
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.product import Contact, ProductFacts, SourceEntry

CONTACT = Contact(
    organisation="Mosaics & Co",
    email="mosaics@example.org",
    url="https://m.example.org",
    license_url="https://m.example.org/terms",
)
BOX = (1.532145, 51.311298, 3.14, 52.350481)
UTM = Grid(32631, 20, (5490, 5490), Affine(20, 0, 399960, 0, -20, 5800020))
DEGREES = Grid(4326, 60, (1000, 1500), Affine(0.0006, 0, 1.5, 0, -0.0006, 52.3))


def facts(grid: Grid = UTM, place: str = "31UDS", order: str = "31UDS") -> ProductFacts:
    period = Period(PeriodKind.MONTH, date(2018, 6, 1))
    source = SourceEntry("S2A_31UDS", "L2A_T31UDS", "S2A", date(2018, 6, 2), "02.08", True, "x")
    return ProductFacts(
        name=ProductName(period, grid.resolution, order, 12),
        place=place,
        tiles=(place,),
        grid=grid,
        layers=LAYERS[:-1],
        missing=LAYERS[-1:],
        sources=(source, replace(source, id="S2B_31UDS", satellite="S2B", baseline="02.10")),
        created=datetime(2018, 7, 3, 4, 5, 6, tzinfo=UTC),
        algorithm="S2GM_v1.0.0",
        threshold=5,
        notes=("Aggregated by mean to 20 m: B02.",),
    )


PRODUCTS = {
    "one piece, UTM": [facts()],
    "one piece, WGS 84": [facts(DEGREES, "channel", "channel")],
    "tiled, two zones": [
        facts(place="31UDS", order="channel"),
        facts(replace(UTM, epsg=32630), "30UXC", "channel"),
    ],
    "tiled, WGS 84": [facts(DEGREES, tile, "channel") for tile in ("31UDS", "30UXC")],
}


def record(flavour: InspireFlavour = InspireFlavour.ISO_2007) -> bytes:
    return render_inspire([facts()], CONTACT, BOX, flavour=flavour)
