"""The static STAC catalog of what is published."""

import json
from pathlib import Path

import pystac
import pytest
import rasterio

from catalog.query import mosaics
from tasks.shelf import shelve
from tests.metadata.stac_schemas import stac_problems
from tests.tasks.helpers import run, tree, workshop, write_archive


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose monthly mosaic has two revisions, because a granule came late."""
    root = tmp_path_factory.mktemp("shelf")
    write_archive(root / "archive", days=12, corrupt=False)
    folders = sorted((root / "archive").glob("*.SAFE"))
    inbox = root / "inbox"
    inbox.mkdir()
    for part in (folders[1:], folders[:1]):
        for folder in part:
            (inbox / folder.name).symlink_to(folder)
        assert run(root / "home", inbox) == 1
    return root / "home"


def test_readers_walk_to_the_current_pixels(revised: Path) -> None:
    catalog = pystac.Catalog.from_file(str(revised / "stac" / "catalog.json"))
    (item,) = catalog.get_items(recursive=True)
    opened = workshop(revised)
    with opened.catalog.transaction() as session:
        (status,) = mosaics(session)
    assert item.id.startswith(Path(status.product or "").name)
    with rasterio.open(item.assets["B04"].get_absolute_href() or "") as raster:
        assert raster.read(1).any()
    for path in sorted((revised / "stac").rglob("*.json")):
        assert stac_problems(json.loads(path.read_bytes())) == [], path.name


def test_revisions_name_each_other(revised: Path) -> None:
    items = [json.loads(p.read_bytes()) for p in (revised / "stac").glob("*/S2GM*.json")]
    first, second = sorted(items, key=lambda item: item["properties"]["published"])
    assert [i["properties"]["deprecated"] for i in (first, second)] == [True, False]
    related = {link["rel"]: link["title"] for link in first["links"] if "-version" in link["rel"]}
    assert related == {"successor-version": second["id"], "latest-version": second["id"]}
    related = {link["rel"]: link["title"] for link in second["links"] if "-version" in link["rel"]}
    assert related == {"predecessor-version": first["id"], "latest-version": second["id"]}


def test_it_is_renewed_only_where_something_changed_and_from_nothing(revised: Path) -> None:
    opened = workshop(revised)
    before = tree(revised / "stac")
    assert not shelve(opened)
    for path in sorted((revised / "stac").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert shelve(opened)
    assert tree(revised / "stac") == before
