"""The STAC item of a product describes the files that lie beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qc.finding import Finding, Verdict
from qc.opened import open_product
from tasks.check import check_files
from tests.qc.foreign import make_foreign
from tests.qc.spoil import seal_manifest

Item = dict[str, Any]


def stac(product: Path) -> Finding:
    found = {f.rule: f for f in check_files(product, open_product(product))}
    return found["L0.4-stac"]


def edit(product: Path, alter: Callable[[Item], object]) -> Finding:
    """Change the item and make the manifest agree; return what the rule says."""
    (path,) = product.glob("stac_*.json")
    item = json.loads(path.read_text())
    alter(item)
    path.write_text(json.dumps(item))
    seal_manifest(product)
    return stac(product)


def test_the_item_that_we_write_passes(product: Path) -> None:
    assert stac(product) == Finding("L0.4-stac", Verdict.PASS, "As it should be.", 0, 0)


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        (lambda item: item.pop("geometry"), "'geometry' is a required property"),
        (lambda item: item["properties"].update(datetime="today"), "$.properties.datetime"),
        (lambda item: item.update(id="S2GM_OTHER"), "is of S2GM_OTHER, not of S2GM_M20_"),
        (lambda item: item["assets"]["B04"].update(href="../B04.tiff"), "leads to no file"),
        (lambda item: item["assets"]["B04"].update(href="/etc/hostname"), "leads to no file"),
        (lambda item: item["assets"]["B04"].update(href="file:///etc/hostname"), "leads to no"),
        (lambda item: item["assets"]["B04"].update({"file:size": 5}), "is of 5 bytes, not"),
        (
            lambda item: item["assets"]["B04"].update({"file:checksum": "1220" + "f" * 64}),
            "asset B04 has another checksum than the manifest",
        ),
        (lambda item: item["assets"].pop("inspire"), "has no asset for inspire.xml"),
        (lambda item: item.update(assets=[]), "holds something else than it should"),
    ],
)
def test_an_item_of_something_else(
    product: Path, alter: Callable[[Item], object], told: str
) -> None:
    found = edit(product, alter)
    assert found.verdict is Verdict.FAIL
    assert told in found.message


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000])
def test_an_item_that_is_none(product: Path, content: bytes) -> None:
    (path,) = product.glob("stac_*.json")
    path.write_bytes(content)
    assert stac(product).verdict is Verdict.FAIL
    path.unlink()
    assert " is missing" in stac(product).message


def test_without_a_manifest_sizes_are_those_of_the_files(product: Path) -> None:
    (product / "manifest.json").write_text("{}")
    assert stac(product).verdict is Verdict.PASS
    assert next(product.glob("*/B04_*.tiff")).write_bytes(b"short")
    assert "bytes, not 5" in stac(product).message


def test_a_foreign_product_has_none(product: Path) -> None:
    make_foreign(product)
    found = stac(product)
    assert found.verdict is Verdict.SKIPPED
    assert found.message == "It was made elsewhere, without a STAC item."
