"""The search of a STAC API: by tile, in pages, from where it was read the last time."""

import json
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from rasterio.warp import transform_bounds

from catalog.query import granules
from catalog.register import cursor_of
from products.errors import BadInput, SourceUnavailable
from products.mgrs import tile_extent
from sources.stac import StacApi, open_stac
from tasks.track import open_source, track
from tests.sources.stac_server import Json, StacServer
from tests.sources.test_stac import item
from tests.tasks.helpers import workshop


def box(tile: str) -> list[float]:
    ground = tile_extent(tile)
    east, south = ground.west + ground.width, ground.north - ground.height
    corners = (ground.west, south, east, ground.north)
    return [*transform_bounds(f"EPSG:{ground.epsg}", "EPSG:4326", *corners)]


def at(tile: str, day: int, **facts: object) -> Json:
    moment = f"2023-08-{day:02d}T09:58:11Z"
    return item(**{"grid:code": f"MGRS-{tile}", "datetime": moment} | facts) | {
        "id": f"{tile}-{day:02d}", "collection": "sentinel-2-l2a", "bbox": box(tile),
    }  # fmt: skip


@pytest.fixture
def api() -> Iterator[str]:
    """The address of an API with a tile, its neighbour and a tile far away."""
    days = (1, 3, 5, 20, 25)
    StacServer.reset([at(tile, day) for tile in ("33TWL", "33TWM", "31UDS") for day in days])
    running = HTTPServer(("127.0.0.1", 0), StacServer)
    Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()
    running.server_close()


def test_without_a_tile_an_api_is_refused(api: str) -> None:
    with pytest.raises(BadInput, match="whole world; say with --tile"):
        open_stac(api)
    with pytest.raises(BadInput, match="--tile"):
        open_source(api)


def test_a_tile_is_searched_page_by_page_within_its_box(api: str) -> None:
    source = open_stac(api, ("33TWL",))
    found = source.discover(None)
    assert [g.id for g in found.granules] == [f"33TWL-{d:02d}" for d in (1, 3, 5, 20, 25)]
    assert found.unreadable == ()
    assert len(StacServer.queries) == 5  # ten items of the tile and its neighbour, in twos
    for query in StacServer.queries:
        assert query["bbox"] == pytest.approx(box("33TWL"))
        assert query["datetime"].startswith("2015-06-23T00:00:00Z/")


def test_the_next_search_begins_before_the_newest_seen(api: str) -> None:
    source = open_stac(api, ("33TWL",))
    cursor = source.discover(None).cursor
    StacServer.queries.clear()
    again = source.discover(cursor)
    assert StacServer.queries[0]["datetime"].startswith("2023-08-11T09:58:11Z/")
    assert [granule.id for granule in again.granules] == ["33TWL-20", "33TWL-25"]
    assert again.cursor == cursor


def test_another_tile_is_searched_from_the_beginning(api: str) -> None:
    cursor = open_stac(api, ("33TWL",)).discover(None).cursor
    both = open_stac(api, ("31UDS", "33TWL")).discover(cursor)
    assert [g.id for g in both.granules if g.tile == "31UDS"] == [
        f"31UDS-{d:02d}" for d in (1, 3, 5, 20, 25)
    ]
    newest = "2023-08-25T09:58:11+00:00"
    assert json.loads(both.cursor or "") == {"31UDS": newest, "33TWL": newest}
    only = open_stac(api, ("31UDS",)).discover(cursor)
    assert json.loads(only.cursor or "").keys() == {"31UDS", "33TWL"}


def test_items_that_name_their_tile_in_other_ways(api: str) -> None:
    planetary = at("33TWL", 7, **{"s2:mgrs_tile": "33TWL"})
    del planetary["properties"]["grid:code"]
    neighbour = at("33TWM", 8, **{"s2:mgrs_tile": "33TWM"})
    del neighbour["properties"]["grid:code"]
    StacServer.reset([planetary, neighbour])
    assert [g.id for g in StacApi(api, ("33TWL",)).discover(None).granules] == ["33TWL-07"]


def test_a_broken_item_is_reported_and_the_others_go_on(api: str) -> None:
    broken = at("33TWL", 9)
    del broken["assets"]["scl"]
    StacServer.items.insert(1, broken)
    found = StacApi(api, ("33TWL",)).discover(None)
    assert len(found.granules) == 5
    assert [problem.id for problem in found.unreadable] == ["33TWL-09"]


def test_an_unknown_tile_is_refused(api: str) -> None:
    with pytest.raises(BadInput, match="33TAA"):
        StacApi(api, ("33TAA",)).discover(None)


def test_a_failure_amid_the_pages_leaves_the_cursor_where_it_was(api: str, tmp_path: Path) -> None:
    opened = workshop(tmp_path)
    source = StacApi(api, ("33TWL",))

    def known() -> tuple[str | None, int]:
        with opened.catalog.transaction() as session:
            return cursor_of(session, source.name), len(granules(session))

    StacServer.fail_at = 3
    with pytest.raises(SourceUnavailable, match=r"cannot be searched now .HTTP status 502"):
        track(opened, source, ("33TWL",))
    assert known() == (None, 0)
    StacServer.fail_at = None
    assert len(track(opened, source, ("33TWL",))) == 5
    before = known()
    assert before[0] is not None
    StacServer.items.append(at("33TWL", 28))
    StacServer.fail_at = len(StacServer.queries) + 2
    with pytest.raises(SourceUnavailable):
        track(opened, source, ("33TWL",))
    assert known() == before
    assert track(opened, source, ("33TWL",)) == ["33TWL-28"]
