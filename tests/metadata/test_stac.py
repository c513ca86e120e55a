"""STAC items, collections and the catalog."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pystac
import pytest
from hypothesis import given, settings

from metadata.schema import item_problems
from metadata.stac import Versions, collection_id, item_id, render_bytes, render_item
from metadata.stac_catalog import Member, render_catalog, render_collection
from products.bands import BY_ID
from products.formats import ProductFormat
from products.period import PeriodKind
from products.product import Contact, ProductFacts
from tests.metadata.facts import (
    FIXED,
    any_facts,
    files_of,
    monthly_tile,
    order_in_degrees,
    paths_of,
    shelve,
    tiled_netcdf,
)
from tests.metadata.stac_schemas import pystac_validator, schemas, stac_problems

CONTACT = Contact()


def render(facts: ProductFacts, versions: Versions | None = None, base: str = "./") -> Any:
    if versions:
        return shelve(facts, versions, base)
    return render_item(facts, CONTACT, files_of(facts))


@given(any_facts())
@settings(max_examples=100, deadline=None)
def test_whatever_the_product_its_item_is_valid(facts: ProductFacts) -> None:
    assert stac_problems(render(facts)) == []
    assert item_problems(render_bytes(render(facts))) == []
    versions = Versions(item_id(facts), "before", published=facts.created)
    live = render(facts, versions=versions)
    assert stac_problems(live) == []
    collection = render_collection(
        facts.period.kind, facts.grid.resolution, CONTACT, [Member.of(live)]
    )
    assert stac_problems(collection) == []


@pytest.mark.parametrize("name", FIXED)
def test_every_file_is_an_asset_with_its_digest(name: str) -> None:
    facts = FIXED[name]
    item = render(facts)
    hrefs = [asset["href"] for asset in item["assets"].values()]
    assert sorted(hrefs) == sorted(f"./{path}" for path in paths_of(facts))
    for asset in item["assets"].values():
        fact = files_of(facts)[asset["href"][2:]]
        assert asset["file:checksum"] == "1220" + fact.sha256
        assert asset["file:size"] == fact.size


def test_the_frozen_item_knows_no_other_revision_and_no_catalog() -> None:
    item = render(monthly_tile())
    assert [link["rel"] for link in item["links"]] == ["license"]
    assert "collection" not in item
    assert {"deprecated", "published"}.isdisjoint(item["properties"])


def test_what_prefix_is_used_is_declared() -> None:
    for facts in FIXED.values():
        item = render(facts)
        declared = {url.split("/")[3] for url in item["stac_extensions"]}
        words = {"proj": "projection"}
        used = {
            words.get(key.split(":")[0], key.split(":")[0]) for key in _keys(item) if ":" in key
        }
        assert used | {"version"} == declared


def _keys(part: Any) -> set[str]:
    if isinstance(part, dict):
        return set(part) | {key for value in part.values() for key in _keys(value)}
    if isinstance(part, list):
        return {key for value in part for key in _keys(value)}
    return set()


def test_the_schemas_notice_what_is_wrong() -> None:
    for place, key, value in (
        ("properties", "proj:epsg", 32631),
        ("properties", "processing:level", 3),
        ("properties", "grid:code", 31),
        ("properties", "version", 1),
        ("properties", "datetime", None),
        ("asset", "file:checksum", "x"),
        ("asset", "raster:bands", []),
        ("asset", "raster:sampling", "line"),
        ("band", "eo:common_name", "purple"),
        ("band", "eo:center_wavelength", 490),
        ("asset", "classification:classes", [{"value": 1}]),
    ):
        item = render(monthly_tile())
        blue = item["assets"]["B02"]
        band = blue["bands"][0]
        {"properties": item["properties"], "asset": blue, "band": band}[place][key] = value
        if value is None:
            del item["properties"]["start_datetime"]
        assert stac_problems(item), key


def test_the_schemas_are_of_the_versions_that_are_used() -> None:
    used = {url for facts in FIXED.values() for url in render(facts)["stac_extensions"]}
    assert used <= schemas().keys()
    assert {url.split("/")[3] + " " + url.split("/")[4] for url in used} == {
        "classification v2.0.0", "eo v2.0.0", "file v2.1.0", "grid v1.1.0", "processing v1.2.0",
        "projection v2.0.0", "raster v2.0.0", "version v1.2.0",
    }  # fmt: skip


def test_time_is_the_period_and_its_middle() -> None:
    told = render(monthly_tile())["properties"]
    assert told["start_datetime"] == "2018-06-01T00:00:00Z"
    assert told["datetime"] == "2018-06-16T00:00:00Z"
    assert told["end_datetime"] == "2018-06-30T23:59:59Z"
    assert told["created"] == "2018-06-13T14:00:00Z"


def test_grid_code_only_where_the_piece_is_a_tile() -> None:
    assert render(monthly_tile())["properties"]["grid:code"] == "MGRS-31UDS"
    assert render(tiled_netcdf())["properties"]["grid:code"] == "MGRS-01WCP"
    assert "grid:code" not in render(order_in_degrees())["properties"]
    in_degrees = replace(monthly_tile(), grid=order_in_degrees().grid)
    assert "grid:code" not in render(in_degrees)["properties"]


def test_ids_are_product_names_and_name_the_piece_of_a_tiled_one() -> None:
    assert item_id(monthly_tile()) == str(monthly_tile().name)
    assert item_id(tiled_netcdf()) == f"{tiled_netcdf().name}_01WCP"


def test_a_platform_only_where_there_is_one() -> None:
    assert "platform" not in render(monthly_tile())["properties"]
    assert render(order_in_degrees())["properties"]["platform"] == "sentinel-2a"


def test_lineage_names_every_input_in_order_and_what_is_missing() -> None:
    facts = monthly_tile()
    lineage = render(facts)["properties"]["processing:lineage"]
    assert lineage.endswith(", ".join(source.id for source in facts.sources) + ".")
    assert "3 Sentinel-2 L2A granules, 2 of them used; medoid from 5" in lineage
    assert "left out: B01." in lineage


def test_classes_have_the_colours_of_the_legend() -> None:
    scene = render(order_in_degrees())["assets"]["quality_scene_classification"]
    classes = {entry["value"]: entry for entry in scene["classification:classes"]}
    assert (classes[4]["name"], classes[4]["color_hint"]) == ("vegetation", "00A000")
    assert (classes[11]["name"], classes[11]["color_hint"]) == ("snow_or_ice", "FF96FF")
    assert classes[255] == {"value": 255, "name": "no_observation", "nodata": True}
    assert sorted(classes) == [*range(12), 255]


def test_netcdf_has_a_band_for_each_variable_method_included() -> None:
    bands = render(tiled_netcdf())["assets"]["netcdf"]["bands"]
    assert [band["name"] for band in bands] == [
        "B8A", "quality_scene_classification", "source_index", "valid_obs", "medoid_mos", "method",
    ]  # fmt: skip
    # the published schemas look at assets, so let them look at the bands as if they were
    item = render(tiled_netcdf())
    as_assets = {band["name"]: {"href": "x"} | band for band in bands}
    assert stac_problems(item | {"assets": as_assets}) == []
    partial = replace(tiled_netcdf(), layers=(BY_ID["INDEX"],))
    item = render(partial)
    assert [band["name"] for band in item["assets"]["netcdf"]["bands"]] == ["source_index"]
    assert not any("classification" in url for url in item["stac_extensions"])


@pytest.mark.parametrize(
    ("versions", "deprecated"),
    [
        (Versions(item_id(monthly_tile())), False),
        (Versions("after", "before", "after"), True),
        (Versions(item_id(monthly_tile()), withdrawn=True), True),
    ],
)
def test_a_revision_knows_its_neighbours(versions: Versions, deprecated: bool) -> None:
    item = render(monthly_tile(), versions=versions, base="../../p/")
    links = {link["rel"]: link["href"] for link in item["links"]}
    assert item["properties"]["deprecated"] is deprecated
    assert links.get("predecessor-version") == ("./before.json" if versions.predecessor else None)
    assert links.get("successor-version") == ("./after.json" if versions.successor else None)
    assert links["latest-version"] == f"./{versions.latest}.json"
    assert item["assets"]["inspire"]["href"] == "../../p/inspire.xml"


def test_published_only_where_it_is_known() -> None:
    known = Versions("x", published=datetime(2018, 6, 14, 6, tzinfo=UTC))
    item = render(monthly_tile(), versions=known)
    assert item["properties"]["published"] == "2018-06-14T06:00:00Z"
    assert any("timestamps" in url for url in item["stac_extensions"])
    item = render(monthly_tile(), versions=Versions("x"))
    assert not any("timestamps" in url for url in item["stac_extensions"])


@pytest.mark.filterwarnings("ignore:The item .* is deprecated")
def test_the_catalog_can_be_walked_and_validated(tmp_path: Path) -> None:
    facts = [replace(monthly_tile(), form=ProductFormat.JP2), monthly_tile()]
    facts[0] = replace(facts[0], name=replace(facts[0].name, number=11))
    items = [render(each, versions=Versions(item_id(facts[1]))) for each in facts]
    collection = render_collection(PeriodKind.MONTH, 20, CONTACT, map(Member.of, items))
    folder = tmp_path / collection_id(PeriodKind.MONTH, 20)
    folder.mkdir()
    (tmp_path / "catalog.json").write_bytes(
        render_bytes(render_catalog(CONTACT, [(PeriodKind.MONTH, 20)]))
    )
    (folder / "collection.json").write_bytes(render_bytes(collection))
    for item in items:
        (folder / f"{item['id']}.json").write_bytes(render_bytes(item))
    root = pystac.Catalog.from_file(str(tmp_path / "catalog.json"))
    root.validate(validator=pystac_validator())
    (child,) = root.get_children()
    child.validate(validator=pystac_validator())
    found = list(root.get_items(recursive=True))
    assert [item.id for item in found] == [item_id(each) for each in facts]
    for item in found:
        item.validate(validator=pystac_validator())
        assert item.get_collection().id == "s2gm-month-20m"
        assert item.get_root() is root
        assert item.get_single_link("latest-version").get_absolute_href() == found[1].self_href


def test_a_collection_covers_its_members_whatever_their_order() -> None:
    members = [
        Member("b", (1, 2, 3, 4), "2018-02-01T00:00:00Z", "2018-02-28T23:59:59Z", "EPSG:32631"),
        Member("a", (-5, 3, 2, 9), "2018-01-01T00:00:00Z", "2018-01-31T23:59:59Z", "EPSG:4326"),
    ]
    made = render_collection(PeriodKind.MONTH, 10, CONTACT, members)
    assert made == render_collection(PeriodKind.MONTH, 10, CONTACT, reversed(members))
    assert made["extent"] == {
        "spatial": {"bbox": [[-5, 2, 3, 9]]},
        "temporal": {"interval": [["2018-01-01T00:00:00Z", "2018-02-28T23:59:59Z"]]},
    }
    assert made["summaries"]["proj:code"] == ["EPSG:32631", "EPSG:4326"]
    assert [link["href"] for link in made["links"] if link["rel"] == "item"] == [
        "./a.json", "./b.json",
    ]  # fmt: skip
    across = replace(members[0], bbox=(179, 2, -179, 4))
    made = render_collection(PeriodKind.MONTH, 10, CONTACT, [across, members[1]])
    assert made["extent"]["spatial"]["bbox"] == [[-180, 2, 180, 9]]


def test_an_empty_collection_and_catalog_are_valid() -> None:
    assert stac_problems(render_collection(PeriodKind.DAY, 60, CONTACT, [])) == []
    assert stac_problems(render_catalog(CONTACT, [])) == []


def test_item_assets_describe_the_assets_of_items() -> None:
    described = render_collection(PeriodKind.MONTH, 20, CONTACT, [])["item_assets"]
    for key, asset in render(monthly_tile())["assets"].items():
        if "metadata" not in asset["roles"]:
            own = {"href", "type", "file:size", "file:checksum"}
            assert {k: v for k, v in asset.items() if k not in own} == described[key]


def test_the_same_facts_give_the_same_bytes() -> None:
    made = render_bytes(render(monthly_tile()))
    assert made == render_bytes(render(monthly_tile()))
    assert json.loads(made) == render(monthly_tile())
