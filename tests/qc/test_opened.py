"""A product folder tells everything that was to be written; what is none is told in a sentence."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from products.bands import BY_ID
from products.errors import BadInput
from qc.opened import open_product
from tasks.produce import Assembled
from tasks.workshop import Workshop
from tests.qc.foreign import make_foreign, rewrite_metadata


def test_the_facts_are_those_that_were_written(
    made: tuple[Workshop, Assembled], product: Path
) -> None:
    (found,) = open_product(product)
    written = made[1].facts
    assert found == replace(written, created=written.created.replace(microsecond=0))


def test_a_foreign_product(made: tuple[Workshop, Assembled], product: Path) -> None:
    make_foreign(product)
    (found,) = open_product(product)
    written = made[1].facts
    assert found.foreign
    assert (found.name, found.grid, found.tiles) == (written.name, written.grid, ("31UDS",))
    assert [s.id for s in found.sources] == [s.tile_id or s.id for s in written.sources]
    assert [s.checksum for s in found.sources] == [""] * len(written.sources)
    assert (found.threshold, found.statistics, found.missing) == (0, {}, ())


def test_a_grid_that_only_its_boundary_tells(product: Path) -> None:
    (before,) = open_product(product)

    def drop(document: dict[str, Any]) -> None:
        del document["Geometry"]["Projection_parameter"]

    rewrite_metadata(product, drop)
    assert open_product(product)[0].grid == before.grid


def test_what_the_original_wrote_is_understood(product: Path) -> None:
    """Its affine text lacks a quote, and its angles are int16."""

    def as_theirs(document: dict[str, Any]) -> None:
        geometry = document["Geometry"]
        geometry["Projection_parameter"] = (
            'PARAM_MT["Affine",PARAMETER["num_row",3],PARAMETER["num_col",3],PARAMETER["elt_0_0",'
            '20.0],PARAMETER["elt_0_2",648250.0],PARAMETER["elt_1_1",-20.0],PARAMETER["elt_1_2",'
            '6082200.0]]"'
        )
        for band in document["Band_interpretations"]:
            if band.get("Unit") == "Degree":
                band["No_data_value"] = -32768

    rewrite_metadata(product, as_theirs)
    (found,) = open_product(product)
    assert found.grid.transform.to_gdal() == (648250, 20, 0, 6082200, 0, -20)
    angle = next(layer for layer in found.layers if layer.api_id == "SUN_ZENITH")
    assert (angle.nodata, angle.dtype) == (-32768, "int16")
    assert found.layers[0] == BY_ID["B01"]


def test_the_sources_of_a_foreign_product_are_read_from_their_identifiers(product: Path) -> None:
    make_foreign(product)
    tile_id = "S2B_OPER_MSI_L2A_TL_SGS__20180501T152629_A006012_T29UPB_N02.07"

    def name_it(document: dict[str, Any]) -> None:
        document["Source_product_list"] = {"0": tile_id, "1": "unheard-of"}

    rewrite_metadata(product, name_it)
    first, second = open_product(product)[0].sources
    told = (first.id, first.satellite, first.date.isoformat(), first.baseline)
    assert told == (tile_id, "S2B", "2018-05-01", "02.07")
    assert second.date.isoformat() == "2022-01-01"


def _drop(*keys: str) -> Callable[[dict[str, Any]], None]:
    def spoil(document: dict[str, Any]) -> None:
        for key in keys[:-1]:
            document = document[key]
        del document[keys[-1]]

    return spoil


def _put(value: object, *keys: str) -> Callable[[dict[str, Any]], None]:
    def spoil(document: dict[str, Any]) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        _drop("Processing_name"),
        _drop("Geometry"),
        _drop("Geometry", "Image_width"),
        _drop("Band_interpretations"),
        _drop("Date_of_creation"),
        _drop("Processing_steps"),
        _put("S2GM", "Processing_name"),
        _put("yesterday", "Date_of_creation"),
        _put([], "Band_interpretations"),
        _put([{"Name": "B99", "No_data_value": 1, "File_path": "x.tiff"}], "Band_interpretations"),
        _put("wide", "Geometry", "Image_width"),
        _put(0, "Geometry", "Image_width"),
        _put(1e400, "Geometry", "Image_width"),
        _put("WGS 84", "Geometry", "CRS"),
        _put(30, "Resolution_distance"),
        _put([None], "Input_list"),
        _put([1], "Quality"),
        _put(3, "Missing_layers"),
    ],
)
def test_metadata_that_are_not_understood(
    product: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    rewrite_metadata(product, spoil)
    _refused(product, "metadata_")


@pytest.mark.parametrize("text", ["", "<html>", "[]", "null", "[" * 100_000, '{"a": 1}', "\xff"])
def test_metadata_that_are_none(product: Path, text: str) -> None:
    path = next(product.glob("*/metadata_*.json"))
    path.write_bytes(text.encode("latin-1"))
    _refused(product, "metadata_")


def test_a_foreign_list_of_sources_with_a_gap(product: Path) -> None:
    make_foreign(product)
    rewrite_metadata(product, _put({"0": "a", "2": "b"}, "Source_product_list"))
    _refused(product, "keys of Source_product_list")


def test_a_layer_in_an_unknown_format(product: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["Band_interpretations"][0]["File_path"] = "B02.zarr"

    rewrite_metadata(product, spoil)
    _refused(product, r"B02\.zarr")


def test_folders_that_are_no_product(product: Path, tmp_path: Path) -> None:
    _refused(tmp_path / "nowhere", "There is no folder")
    (tmp_path / "empty").mkdir()
    _refused(tmp_path / "empty", "is no product")
    (tmp_path / "file").touch()
    _refused(tmp_path / "file", "is a file; give the base folder of a product")
    _refused(product / "31UDS", "give the base folder above it")


def test_two_products_in_one_folder(product: Path) -> None:
    shutil.copytree(product / "31UDS", product / "31UDT")
    other = next((product / "31UDT").glob("metadata_*.json"))
    other.write_text(other.read_text().replace("v1.0.0_", "v1.0.0_9"))
    _refused(product, "several products")


def test_two_documents_of_one_piece(product: Path) -> None:
    path = next(product.glob("*/metadata_*.json"))
    shutil.copy(path, path.with_name("metadata_copy.json"))
    _refused(product, "two metadata_")


def _refused(folder: Path, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refusal:
        open_product(folder)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b"null", b"{}", b"\xff", b'"x"', b"{1}"])
def test_what_is_wrong_is_said_in_plain_words(product: Path, content: bytes) -> None:
    (path,) = product.glob("*/metadata_*.json")
    path.write_bytes(content)
    with pytest.raises(BadInput) as raised:
        open_product(product)
    told = str(raised.value)
    assert not any(word in told for word in ("codec", "NoneType", "indices", "object", "char 0"))
