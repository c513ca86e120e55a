"""Orders: checked when they are made, and the same where they ask for the same."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from products.area import WGS84, Area
from products.bands import BY_ID, LAYERS
from products.errors import BadInput
from products.formats import ProductFormat
from products.mosaic import Definition
from products.naming import ProductName
from products.order import Order, ReferenceSystem, parse_choice, parse_layers
from products.period import Period, PeriodKind

JUNE = Period(PeriodKind.MONTH, date(2018, 6, 1))
PLAIN = Order(
    "Field", Area(box(2, 50, 3, 51), WGS84), JUNE, 10, LAYERS, ProductFormat.GEO_TIFF,
    ReferenceSystem.UTM,
)  # fmt: skip


@pytest.mark.parametrize(
    "name", ["", "-a", "_a", ".", "..", "../x", "a/b", "a b", "a.b", "ä", "a\n", "a" * 41, "\x00"]
)
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="cannot name an order; use up to 40 letters"):
        replace(PLAIN, name=name)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", fullmatch=True), st.integers(1, 10**9))
def test_every_name_of_an_order_can_be_read_back_from_the_product(name: str, number: int) -> None:
    product = ProductName(JUNE, 10, replace(PLAIN, name=name).name, number)
    assert ProductName.parse(str(product)) == product


@pytest.mark.parametrize("resolution", [0, -10, 15, 30, 100])
def test_other_pixel_sizes_are_refused(resolution: int) -> None:
    with pytest.raises(BadInput, match="choose 10, 20 or 60"):
        replace(PLAIN, resolution=resolution)


def test_every_format_holds_every_layer() -> None:
    for form in ProductFormat:
        assert replace(PLAIN, form=form).layers == LAYERS


def test_a_format_that_cannot_hold_a_layer_is_refused() -> None:
    real = replace(BY_ID["AOT"], dtype="float32")
    with pytest.raises(BadInput, match="JP2 cannot hold AOT, which is float32"):
        replace(PLAIN, form=ProductFormat.JP2, layers=(real,))


def test_bands_are_read_in_the_asked_order() -> None:
    assert [layer.api_id for layer in parse_layers(" scene,B8a , b02,")] == ["SCENE", "B8A", "B02"]
    assert parse_layers("") == parse_layers(" , ") == LAYERS


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("B04,B08A", "There is no band B08A; choose from B01, B02"),
        ("B04;B08", "There is no band B04;B08"),
        ("source_index", "There is no band SOURCE_INDEX"),
        ("B04,b04", "The band B04 is asked for twice"),
    ],
)
def test_bad_bands_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        parse_layers(text)


def test_choices_are_words_of_the_list() -> None:
    assert parse_choice(ProductFormat, "netcdf", "format") is ProductFormat.NETCDF
    assert parse_choice(ReferenceSystem, "Utm", "reference system") is ReferenceSystem.UTM
    with pytest.raises(BadInput, match="There is no format PNG; choose from GEO_TIFF, JP2, NETCDF"):
        parse_choice(ProductFormat, "PNG", "format")


# ------------------------------------------------------------------ identity


def identity(order: Order = PLAIN, *revisions: str, threshold: int = 5) -> str:
    return order.identity(Definition(threshold=threshold), list(revisions or ("r1", "r2")))


def test_the_same_ground_and_revisions_are_the_same_order() -> None:
    ring = list(box(2, 50, 3, 51).exterior.coords)[:-1]
    for turn in range(4):
        for points in (ring[turn:] + ring[:turn], (ring[turn:] + ring[:turn])[::-1]):
            same = replace(PLAIN, area=Area(Polygon(points), WGS84))
            assert identity(same, "r2", "r1") == identity()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Fields"},
        {"area": Area(box(2, 50, 3, 51.0001), WGS84)},
        {"area": Area(box(2, 50, 3, 51), 32631)},
        {"period": Period(PeriodKind.QUARTER, date(2018, 4, 1))},
        {"period": Period(PeriodKind.MONTH, date(2018, 7, 1))},
        {"resolution": 20},
        {"layers": LAYERS[:-1]},
        {"layers": LAYERS[::-1]},
        {"form": ProductFormat.JP2},
        {"system": ReferenceSystem.WGS84},
    ],
)
def test_whatever_changes_the_product_is_another_order(change: dict[str, object]) -> None:
    assert identity(replace(PLAIN, **change)) != identity()  # type: ignore[arg-type]


def test_another_revision_is_another_product() -> None:
    assert len({identity(), identity(PLAIN, "r1"), identity(PLAIN, "r1", "r3")}) == 3
