"""How large things are."""

from catalog.engine import Catalog
from catalog.operations.sizes import largest_shape
from catalog.tables import DemandRow, TileRow
from tests.catalog.operations.rows import write


def test_the_largest_product_in_demand_is_that_of_a_whole_tile_at_the_finest_resolution(
    catalog: Catalog,
) -> None:
    with catalog.view() as session:
        assert largest_shape(session) is None
    write(
        catalog,
        TileRow(
            name="31UDS", epsg=32631, west=399960, north=5600040, width=109_800, height=109_800
        ),
        TileRow(name="31UES", epsg=32631, west=499980, north=5600040, width=1200, height=1200),
        DemandRow(tile="*", kind="MONTH", resolution=20),
        DemandRow(tile="31UES", kind="MONTH", resolution=10),
    )
    with catalog.view() as session:
        assert largest_shape(session) == (109_800**2, 10)
