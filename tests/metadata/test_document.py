"""The JSON metadata: field by field as section 10.1 lists them, and its schema."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from metadata.document import render_document
from metadata.schema import document_problems, document_schema
from products.bands import LAYERS
from products.product import Contact, ProductFacts
from tests.metadata.facts import any_facts, monthly_tile, order_in_degrees, tiled_netcdf
from tests.metadata.golden import difference, documents

CONTACT = Contact()
ORIGINAL_KEYS = [
    "Title", "Summary", "Project", "Institution", "References", "Contact", "Creator_url",
    "Resource_locator", "License", "Creator_email", "Metadata_version", "Processing_baseline",
    "Processing_name", "Compositing_period", "Processing_steps", "Processing_configuration",
    "Sensor_list", "Mosaicking_period_start", "Mosaicking_period_end", "First_product_date",
    "Last_product_date", "Resolution_distance", "Date_of_creation", "Geometry",
    "Band_interpretations", "Source_product_list",
]  # fmt: skip


def render(facts: ProductFacts) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render_document(facts, CONTACT))
    return document


@pytest.mark.parametrize(("name", "made"), list(documents()))
def test_golden(name: str, made: bytes) -> None:
    assert difference(name, made) == ""


@given(any_facts())
@settings(max_examples=100, deadline=None)
def test_whatever_the_product_its_document_is_valid(facts: ProductFacts) -> None:
    assert document_problems(render_document(facts, CONTACT)) == []


def test_the_fields_of_the_original_come_first_and_in_its_order() -> None:
    document = render(monthly_tile())
    assert list(document)[: len(ORIGINAL_KEYS)] == ORIGINAL_KEYS
    assert list(document["Geometry"]) == [
        "Image_width", "Image_height", "CRS", "Projection_parameter", "Boundary",
    ]  # fmt: skip


def test_every_field_has_the_value_of_the_specification() -> None:
    document = render(monthly_tile())
    expected = {
        "Title": "Copernicus Sentinel-2 Mosaic",
        "Project": "Copernicus Sentinel-2 Global Mosaic",
        "Metadata_version": "1.0.1",
        "Processing_baseline": "1.0.0",
        "Processing_name": "S2GM_M20_20180601_20180630_31UDS_STD_v1.0.0_12",
        "Compositing_period": "Monthly",
        "Processing_steps": "Sen2Cor, S2GM_v1.0.0",
        "Processing_configuration": "STD",
        "Sensor_list": "S2A, S2B",
        "Mosaicking_period_start": "2018-06-01",
        "Mosaicking_period_end": "2018-06-30",
        "First_product_date": "2018-06-03",
        "Last_product_date": "2018-06-13",
        "Resolution_distance": 20,
        "Date_of_creation": "2018-06-13T14:00:00",
    }
    assert {key: document[key] for key in expected} == expected
    west, east, south, north = 399960, 509760, 5590200, 5700000
    assert document["Geometry"] == {
        "Image_width": 5490,
        "Image_height": 5490,
        "CRS": "EPSG:32631",
        "Projection_parameter": (
            'PARAM_MT["Affine", PARAMETER["num_row", 3], PARAMETER["num_col", 3], '
            'PARAMETER["elt_0_0", 20.0], PARAMETER["elt_0_2", 399960.0], '
            'PARAMETER["elt_1_1", -20.0], PARAMETER["elt_1_2", 5700000.0]]'
        ),
        "Boundary": [
            [west, south], [west, north], [east, north], [east, south], [west, south], [west, south]
        ],
    }  # fmt: skip


def test_bands_come_in_the_order_of_the_request() -> None:
    scene, red = render(order_in_degrees())["Band_interpretations"]
    assert scene == {
        "Name": "quality_scene_classification",
        "Description": "Scene classification",
        "No_data_value": 255,
        "File_path": "quality_scene_classification_T10_20180621_Lille.jp2",
        "File_format": "JPEG2000",
    }
    assert list(red.items()) == [
        ("Name", "B04"),
        ("Description", "The surface reflectance in band B04"),
        (
            "Spectral_information",
            {
                "S2_nominal": {"Central_wavelength": 665, "Bandwidth": 30},
                "S2A": {"Central_wavelength": 664.5, "Bandwidth": 38},
                "S2B": {"Central_wavelength": 665.0, "Bandwidth": 39},
            },
        ),
        ("Unit", "1"),
        ("No_data_value", 65535),
        ("Scaling_factor", 0.0001),
        ("File_path", "B04_T10_20180621_Lille.jp2"),
        ("File_format", "JPEG2000"),
    ]


def test_units_scales_and_nodata_are_those_of_section_9_2() -> None:
    document = render(replace(monthly_tile(), layers=LAYERS, missing=()))
    told = {
        band["Name"]: (band.get("Unit"), band.get("Scaling_factor"), band["No_data_value"])
        for band in document["Band_interpretations"]
    }
    assert {told[f"B{number}"] for number in ("01", "05", "8A", "12")} == {("1", 0.0001, 65535)}
    assert told["quality_aot"] == ("1", 0.001, 65535)
    assert told["quality_cloud_confidence"] == ("percent", None, 255)
    assert told["source_index"] == (None, None, -1)
    assert told["valid_obs"] == (None, None, 255)
    assert told["medoid_mos"] == (None, 0.0001, 65535)
    assert told["sun_zenith"] == ("Degree", 0.01, 65535)


def test_a_product_in_degrees_from_several_tiles_says_so() -> None:
    document = render(order_in_degrees())
    assert document["Geometry"]["CRS"] == "EPSG:4326"
    assert document["Geometry"]["Boundary"][2] == pytest.approx([3.1, 50.65])
    assert (
        'PARAMETER["elt_0_0", 8.333333333333333e-05]'
        in (document["Geometry"]["Projection_parameter"])
    )
    assert document["Tile_list"] == ["31UDS", "31UES"]
    assert document["Resolution_distance"] == 10


def test_inputs_are_named_so_that_the_product_can_be_composed_again() -> None:
    facts = monthly_tile()
    document = render(facts)
    assert document["Source_product_list"]["1"] == facts.sources[1].tile_id
    assert document["Product_id_list"]["1"] == facts.sources[1].id
    assert document["Input_list"][1] == {
        "Id": facts.sources[1].id,
        "Satellite": "S2B",
        "Date": "2018-06-08",
        "Processing_baseline": "02.08",
        "Used": False,
        "Checksum": facts.sources[1].checksum,
    }
    assert document["Medoid_threshold"] == 5
    assert [layer["Name"] for layer in document["Missing_layers"]] == ["B01"]


def test_the_schema_is_itself_valid_explains_every_field_and_refers_to_nothing_outside() -> None:
    schema = document_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert all("description" in field or "$ref" in field for field in schema["properties"].values())
    assert all("description" in schema["$defs"][name] for name in ("geometry", "band", "input"))
    assert set(_references(schema)) <= {f"#/$defs/{name}" for name in schema["$defs"]}
    assert list(schema["properties"]) == schema["required"] == list(render(monthly_tile()))


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [ref for value in part.values() for ref in _references(value)]
    if isinstance(part, list):
        return [ref for value in part for ref in _references(value)]
    return []


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.pop("Summary"), "'Summary' is a required property"),
        (lambda d: d["Geometry"].pop("CRS"), "'CRS' is a required property"),
        (_set("Something", to=1), "Something"),
        (_set("Geometry", "CRS", to="EPSG:3857"), "$.Geometry.CRS"),
        (_set("Geometry", "Boundary", to=[[0, 0]]), "$.Geometry.Boundary"),
        (_set("Geometry", "Image_width", to="20"), "$.Geometry.Image_width"),
        (_set("Mosaicking_period_start", to="2018-02-30"), "$.Mosaicking_period_start"),
        (_set("Date_of_creation", to="2018-06-13 14:00"), "$.Date_of_creation"),
        (_set("Processing_name", to="mosaic"), "$.Processing_name"),
        (_set("Compositing_period", to="Weekly"), "$.Compositing_period"),
        (_set("Band_interpretations", 0, "Unit", to="nm"), "$.Band_interpretations[0].Unit"),
        (_set("Band_interpretations", 0, "Add_offset", to=0), "$.Band_interpretations[0]"),
        (_set("Quality", "Statistics", "share_stc", to=1.5), "$.Quality.Statistics.share_stc"),
        (_set("Quality", "Statistics", "mood", to=1), "$.Quality.Statistics"),
        (_set("Input_list", 0, "Used", to="yes"), "$.Input_list[0].Used"),
        (_set("Tile_list", to=["31uds"]), "$.Tile_list[0]"),
        (_set("Source_product_list", "7", to="x"), "$.Source_product_list: its keys"),
        (_set("Product_id_list", "0", to="x"), "names other inputs"),
    ],
)
def test_the_schema_refuses(change: Callable[[dict[str, Any]], None], where: str) -> None:
    document = render(monthly_tile())
    change(document)
    problems = document_problems(json.dumps(document).encode())
    assert len(problems) == 1
    assert where in problems[0]


def test_what_is_not_json_is_one_problem() -> None:
    (problem,) = document_problems(b"\xff{")
    assert "not JSON" in problem


def test_netcdf_products_name_the_one_file_at_every_band() -> None:
    bands = render(tiled_netcdf())["Band_interpretations"]
    assert {(band["File_path"], band["File_format"]) for band in bands} == {
        ("Q60_20180401_01WCP.nc", "NetCDF")
    }
