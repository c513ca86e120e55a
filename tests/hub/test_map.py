"""The map: outlines for the script, and the same as a list for those without it."""

import pytest
from fastapi import FastAPI

from catalog.engine import Catalog
from catalog.operations.tiles import Freshness
from hub.map import SHAPES
from tests.catalog.decided import FAILED, step
from tests.catalog.operations.statements import statements
from tests.catalog.test_catalog import bring, demand, granule
from tests.hub.conftest import Browser
from tests.hub.shelf import shop_of
from tests.hub.test_style import DARK, LIGHT, weak


@pytest.fixture
def catalog(hub: FastAPI) -> Catalog:
    return shop_of(hub).catalog


def test_without_tiles_the_map_says_how_they_come(catalog: Catalog, ben: Browser) -> None:
    assert "There are no tiles yet." in ben.look("/map").text
    assert ben.look("/map/tiles.json").json() == {"type": "FeatureCollection", "features": []}


def test_the_list_says_what_the_map_shows(catalog: Catalog, ben: Browser) -> None:
    demand(catalog)
    step(catalog, granule("2018-06-05"))
    text = ben.look("/map").text
    assert '<h3 id="fresh-older">More than 30 days</h3>' in text
    assert '<a href="/tiles/31UDS">31UDS</a> <span class="muted">2018-06-05</span>' in text


def test_every_freshness_is_in_the_legend_with_a_sign_of_its_own(
    catalog: Catalog, ben: Browser
) -> None:
    text = ben.look("/map").text
    assert set(SHAPES) == set(Freshness)
    for freshness, shape in SHAPES.items():
        assert f'class="tile {shape}"' in text
        assert freshness.value in text


def test_outlines_are_geojson_with_longitude_first(catalog: Catalog, ben: Browser) -> None:
    demand(catalog)
    step(catalog, granule("2018-06-05"), FAILED)
    answer = ben.look("/map/tiles.json")
    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    (ring,) = feature["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert 1 < ring[0][0] < 4
    assert 50 < ring[0][1] < 52
    assert feature["properties"] == {
        "name": "31UDS",
        "tone": "fresh-nothing look",
        "text": "nothing published; state: stopped",
        "href": "/tiles/31UDS",
    }


def test_the_page_asks_nothing_of_other_hosts(catalog: Catalog, ben: Browser) -> None:
    text = ben.look("/map").text
    assert 'src="http' not in text
    assert 'href="http' not in text
    assert "/static/vendor/world-atlas/" in text


def test_map_and_outlines_cost_the_same_statements_however_many_tiles(
    catalog: Catalog, ben: Browser
) -> None:
    costs = []
    for tile in ("31UDS", "31UES"):
        bring(catalog, granule("2018-06-05", id=tile, tile=tile))
        with statements(catalog) as sent:
            ben.look("/map")
            ben.look("/map/tiles.json")
        costs.append(len(sent))
    assert costs == [7, 7]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_tiles_stand_out_from_land_and_sea(theme: dict[str, str]) -> None:
    edges = [name for name in SHAPES.values() if name in theme] + ["bad", "muted"]
    assert len(edges) == len(SHAPES) + 1
    assert weak(theme, [(edge, ground) for edge in edges for ground in ("land", "sea")], 3) == {}
