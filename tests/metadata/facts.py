"""Facts of products for tests: three fixed ones, and a strategy that makes any."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from affine import Affine
from hypothesis import strategies as st

from metadata.stac import Versions, collection_id, render_item, shelve_item
from products.bands import BY_ID, LAYERS, Layer
from products.formats import ProductFormat
from products.grid import Extent, Grid, epsg_of
from products.naming import ProductName
from products.period import Period, PeriodKind
from products.product import Contact, FileFact, ProductFacts, SourceEntry


def source(number: int, satellite: str = "S2A", *, used: bool = True) -> SourceEntry:
    return SourceEntry(
        id=f"{satellite}_MSIL2A_201806{number:02}T105031_N0208_R051_T31UDS_201806{number:02}T140000",
        tile_id=f"{satellite}_OPER_MSI_L2A_TL_SGS__201806{number:02}T140000_A006012_T31UDS_N02.08",
        satellite=satellite,
        date=date(2018, 6, number),
        baseline="02.08",
        used=used,
        checksum=f"{number:064x}",
    )


def monthly_tile() -> ProductFacts:
    """What near-real-time production makes: a tile in UTM, GeoTIFF, B01 missing."""
    return ProductFacts(
        name=ProductName(Period(PeriodKind.MONTH, date(2018, 6, 1)), 20, "31UDS", 12),
        place="31UDS",
        tiles=("31UDS",),
        grid=Extent(32631, 399960, 5700000, 109800, 109800).grid(20),
        layers=tuple(layer for layer in LAYERS if layer.name != "B01"),
        missing=(BY_ID["B01"],),
        sources=(source(3), source(8, "S2B", used=False), source(13)),
        created=datetime(2018, 6, 13, 14, tzinfo=UTC),
        algorithm="S2GM_v1.0.0",
        threshold=5,
        notes=("Left out because not every input has them: B01.",),
        statistics={
            "share_none": 0.25,
            "share_single": 0.5,
            "share_stc": 0.25,
            "share_medoid": 0.0,
            "clamped_values": 7,
            "inputs_used": 2,
        },
    )


def order_in_degrees() -> ProductFacts:
    """An order in one piece, WGS 84, JPEG 2000, two layers from two tiles."""
    return ProductFacts(
        name=ProductName(Period(PeriodKind.TENDAYS, date(2018, 6, 21)), 10, "Lille", 13),
        place="Lille",
        tiles=("31UDS", "31UES"),
        grid=Grid(4326, 10, (600, 1200), Affine(1 / 12000, 0, 3, 0, -1 / 12000, 50.65)),
        layers=(BY_ID["SCENE"], BY_ID["B04"]),
        missing=(),
        sources=(source(22), source(27)),
        created=datetime(2018, 6, 27, 14, tzinfo=UTC),
        algorithm="S2GM_v1.0.0",
        threshold=4,
        form=ProductFormat.JP2,
    )


def tiled_netcdf() -> ProductFacts:
    """One piece of a tiled order, at the antimeridian, NetCDF."""
    return ProductFacts(
        name=ProductName(Period(PeriodKind.QUARTER, date(2018, 4, 1)), 60, "Chukotka", 14),
        place="01WCP",
        tiles=("01WCP",),
        grid=Extent(32601, 399960 - 60000, 7200000, 109800, 109800).grid(60),
        layers=tuple(BY_ID[name] for name in ("B8A", "SCENE", "INDEX", "VALID_OBS", "MEDOID_MOS")),
        missing=(),
        sources=(source(5),),
        created=datetime(2018, 6, 5, 14, tzinfo=UTC),
        algorithm="S2GM_v1.0.0",
        threshold=5,
        form=ProductFormat.NETCDF,
    )


FIXED = {
    "monthly-tile": monthly_tile(),
    "order-in-degrees": order_in_degrees(),
    "tiled-netcdf": tiled_netcdf(),
}


def paths_of(facts: ProductFacts) -> list[str]:
    """Return the files of a product besides manifest and STAC item."""
    layers = sorted({f"{facts.place}/{facts.layer_file(layer)}" for layer in facts.layers})
    sidecars = [f"{path}.aux.xml" for path in layers if facts.form is ProductFormat.JP2]
    return [*layers, *sidecars, f"{facts.place}/{facts.metadata_file}", "inspire.xml"]


def files_of(facts: ProductFacts) -> dict[str, FileFact]:
    return {
        path: FileFact(len(path), hashlib.sha256(path.encode()).hexdigest())
        for path in paths_of(facts)
    }


_tiles = st.builds(
    lambda zone, band, square: f"{zone:02}{band}{square}",
    st.integers(1, 60),
    st.sampled_from("CDEFGHJKLMNPQRSTUVWX"),
    st.sampled_from(["AA", "DS", "WM", "ZV"]),
)
_names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", fullmatch=True).filter(str.isascii)
_words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30)


@st.composite
def _utm_grids(draw: st.DrawFn, tile: str, resolution: int) -> Grid:
    west = draw(st.integers(1, 14)) * 60000
    bottom, top = (1, 155) if tile[2] >= "N" else (20, 165)
    north = draw(st.integers(bottom, top)) * 60000
    width, height = draw(st.tuples(st.integers(1, 1830), st.integers(1, 1830)))
    return Extent(epsg_of(tile), west, north, width * 60, height * 60).grid(resolution)


@st.composite
def _degree_grids(draw: st.DrawFn, resolution: int) -> Grid:
    step = resolution / 120000
    west = draw(st.integers(-180, 179))
    shape = draw(st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
    north = draw(st.integers(-50, 84))
    return Grid(4326, resolution, shape, Affine(step, 0, west, 0, -step, north))


@st.composite
def _sources(draw: st.DrawFn, days: list[date]) -> tuple[SourceEntry, ...]:
    count = draw(st.integers(1, 4))
    return tuple(
        SourceEntry(
            id=f"granule-{index}",
            tile_id=draw(st.sampled_from(["", f"tile-{index}"])),
            satellite=draw(st.sampled_from(["S2A", "S2B", "S2C", "S2D"])),
            date=draw(st.sampled_from(days)),
            baseline=draw(st.sampled_from(["", "02.07", "05.10"])),
            used=draw(st.booleans()),
            checksum=f"{index:064x}",
        )
        for index in range(count)
    )


@st.composite
def any_facts(draw: st.DrawFn) -> ProductFacts:
    """Make facts of a product that the service could deliver."""
    moment = draw(st.datetimes(datetime(2015, 7, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    period = Period.containing(draw(st.sampled_from(PeriodKind)), moment)
    resolution = draw(st.sampled_from([10, 20, 60]))
    tiles = draw(st.lists(_tiles, min_size=1, max_size=3, unique=True))
    order = draw(_names | st.just(tiles[0]))
    in_degrees = draw(st.booleans())
    grid = draw(_degree_grids(resolution) if in_degrees else _utm_grids(tiles[0], resolution))
    layers: list[Layer] = draw(st.lists(st.sampled_from(LAYERS), min_size=1, unique=True))
    shares = st.floats(0, 1).map(lambda share: round(share, 6))
    return ProductFacts(
        name=ProductName(period, resolution, order, draw(st.integers(1, 10**6))),
        place=draw(st.sampled_from([order, tiles[0]])),
        tiles=tuple(tiles),
        grid=grid,
        layers=tuple(layers),
        missing=tuple(layer for layer in LAYERS if layer not in layers)[: draw(st.integers(0, 3))],
        sources=draw(_sources([period.start, period.end])),
        created=moment + timedelta(days=draw(st.integers(0, 5000))),
        algorithm="S2GM_v1.0.0",
        threshold=draw(st.integers(2, 9)),
        form=draw(st.sampled_from(ProductFormat)),
        notes=tuple(draw(st.lists(_words, max_size=2))),
        statistics=draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "share_none": shares,
                    "share_medoid": shares,
                    "clamped_values": st.integers(0, 10**9),
                    "inputs_used": st.integers(0, 300),
                },
            )
        ),
    )


def shelve(facts: ProductFacts, versions: Versions, base: str = "./") -> dict[str, Any]:
    """Render the item of a product as the static catalog has it."""
    item = render_item(facts, Contact(), files_of(facts))
    collection = collection_id(facts.period.kind, facts.grid.resolution)
    return shelve_item(item, collection, versions, base)
