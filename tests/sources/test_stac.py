"""STAC items in their dialects, static catalogs, and an API on loopback."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.errors import BadInput, GranuleRejected, SourceUnavailable
from sources.stac import StaticCatalog, open_stac
from sources.stac_item import granule_from_item
from tests.real import ROOT, needs

NAMES = ("blue", "green", "red", "rededge2", "nir", "nir08", "swir16", "swir22", "scl")


def item(**facts: object) -> dict[str, Any]:
    """A small earth-search item."""
    properties = {
        "datetime": "2023-08-15T09:58:11Z",
        "platform": "sentinel-2a",
        "grid:code": "MGRS-33TWL",
        "s2:product_uri": "S2A_MSIL2A_20230815T095031_N0509_R079_T33TWL_20230815T155057.SAFE",
        "s2:datatake_id": "GS2A_20230815T095031_042547_N05.09",
    } | facts
    band = {"scale": 0.0001, "offset": -0.1, "spatial_resolution": 20}
    assets: dict[str, Any] = {n: {"href": f"./{n}.tif", "raster:bands": [band]} for n in NAMES}
    assets["scl"] = {"href": "./scl.tif", "raster:bands": [{"spatial_resolution": 20}]}
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": "S2A_33TWL_20230815_0_L2A",
        "properties": properties, "assets": assets, "links": [],
    }  # fmt: skip


def offsets(document: dict[str, Any]) -> set[int]:
    images = granule_from_item(document, "/data/item.json").images
    return {image.offset for image in images if image.layer.startswith("B")}


def test_the_flag_wins_over_the_offset() -> None:
    assert offsets(item(**{"earthsearch:boa_offset_applied": True})) == {0}
    assert offsets(item(**{"earthsearch:boa_offset_applied": False})) == {-1000}
    assert offsets(item()) == {-1000}


def test_without_an_offset_the_baseline_decides() -> None:
    document = item()
    for name in NAMES:
        document["assets"][name].pop("raster:bands")
    assert offsets(document) == {-1000}
    document["properties"]["s2:processing_baseline"] = "03.01"
    assert offsets(document) == {0}


def test_stac_1_1_bands() -> None:
    document = item()
    for name in NAMES[:-1]:
        del document["assets"][name]["raster:bands"]
        document["assets"][name] |= {"raster:scale": 0.0001, "raster:offset": 0, "gsd": 20}
    assert offsets(document) == {0}


def test_what_an_item_says() -> None:
    granule = granule_from_item(item(), "https://x.example/a/item.json")
    assert (granule.tile, granule.satellite, granule.relative_orbit) == ("33TWL", "S2A", 79)
    assert granule.datatake == "S2A_20230815T095031_R079"
    assert granule.baseline == "05.09"
    assert granule.images[0].href == "https://x.example/a/blue.tif"


def test_a_missing_band_is_named() -> None:
    document = item()
    del document["assets"]["swir16"]
    with pytest.raises(GranuleRejected, match="no asset for B11"):
        granule_from_item(document, "/x")


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_items_are_rejected_and_nothing_else(data: st.DataObject) -> None:
    document = item()
    where = data.draw(st.sampled_from(["root", "properties", "assets"]))
    target = document if where == "root" else document[where]
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(values)
    try:
        granule_from_item(document, "/x/item.json")
    except GranuleRejected as rejection:
        assert str(rejection)  # noqa: PT017


class _Handler(BaseHTTPRequestHandler):
    fail = 0

    def do_GET(self) -> None:
        if _Handler.fail:
            _Handler.fail -= 1
            self.send_error(503)
            return
        static = {"type": "Catalog", "stac_version": "1.0.0", "id": "s",
                  "links": [{"rel": "item", "href": "./item.json"},
                            {"rel": "item", "href": "./broken.json"}]}  # fmt: skip
        pages = {"/catalog.json": static, "/item.json": item()}
        self._answer(pages.get(self.path))

    def _answer(self, document: object) -> None:
        if document is None:
            self.send_error(404)
            return
        data = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    running = HTTPServer(("127.0.0.1", 0), _Handler)
    Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def test_a_static_catalog_over_http_survives_a_hiccup(server: str) -> None:
    _Handler.fail = 2
    found = StaticCatalog(f"{server}/catalog.json").discover(None)
    assert [granule.id for granule in found.granules] == ["S2A_33TWL_20230815_0_L2A"]
    assert "broken.json" in found.unreadable[0].reason


def test_unusable_addresses(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be read now"):
        StaticCatalog("http://127.0.0.1:9/catalog.json").discover(None)
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(BadInput, match="not a STAC document"):
        open_stac(str(tmp_path / "x.json"))
    (tmp_path / "y.json").write_text("<html>")
    with pytest.raises(BadInput, match="not JSON"):
        open_stac(str(tmp_path / "y.json"))


@pytest.mark.real_data
@needs("l2a-31UDS")
def test_the_real_static_catalog() -> None:
    found = open_stac(str(ROOT / "l2a-31UDS" / "catalog.json")).discover(None)
    assert (len(found.granules), found.unreadable) == (118, ())
    assert {g.relative_orbit for g in found.granules} == {51, 94}
    assert all(g.angles.view_zenith for g in found.granules)


@pytest.mark.real_data
@needs("stac-items")
def test_real_items_of_three_catalogs() -> None:
    for path in sorted((ROOT / "stac-items" / "earth-search-v1").glob("*.json")):
        document = json.loads(path.read_text())
        assert document["assets"]["blue"]["raster:bands"][0]["offset"] == -0.1
        assert offsets(document) == {0}
    for folder in ("planetary-computer", "cdse"):
        for path in sorted((ROOT / "stac-items" / folder).glob("*.json")):
            for document in _items(json.loads(path.read_text())):
                granule = granule_from_item(document, "https://x.example/item.json")
                later = granule.baseline >= "04.00"
                assert offsets(document) == ({-1000} if later else {0}), path
                assert {i.layer for i in granule.images} >= {"B01", "B02", "B8A", "SCL"}


def _items(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, list):
        return document
    return document.get("features", [document])
