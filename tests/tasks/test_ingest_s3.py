"""Granules behind ``s3://`` addresses, as CDSE offers them: the whole way to a product."""

import json
import shutil
from pathlib import Path

import pytest

from catalog.query import granules
from products.errors import NeedsOperator
from sources.stac_item import granule_from_item
from storage.s3 import S3Access, _client
from tests.real import ROOT, needs
from tests.storage.conftest import credentials, s3  # noqa: F401 - fixtures
from tests.tasks.helpers import run, tree, workshop
from tests.tasks.stac_archive import Json, deliveries, edit, state, write_item, write_root

BUCKET = "eodata"
Moved = tuple[Path, Path, S3Access]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive on disk, and beside it a data root made from it."""
    root = tmp_path_factory.mktemp("local")
    items = [write_item(root / "archive", delivery) for delivery in deliveries()]
    for item in items:
        state(item)
    assert run(root / "home", write_root(root / "archive", items)) == 1
    return root


@pytest.fixture
def moved(local: Path, tmp_path: Path, s3: S3Access) -> Moved:  # noqa: F811 - the fixture
    """A catalog on disk whose files lie in a bucket, a data root made from disk, the service."""
    root = Path(shutil.copytree(local / "archive", tmp_path / "archive"))
    catalog, items = root / "catalog.json", sorted(root.glob("*/item.json"))
    client = _client(s3)
    client.create_bucket(Bucket=BUCKET)
    for path in sorted(root.glob("*/*")):
        if path.suffix in (".jp2", ".xml"):
            key = f"Sentinel-2/{path.parent.name}/{path.name}"
            client.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())
            path.unlink()
    for item in items:
        edit(item, lambda document, name=item.parent.name: _point(document, name))  # type: ignore[misc]
    return catalog, local / "home", s3


def _point(document: Json, name: str) -> None:
    for asset in document["assets"].values():
        asset["href"] = f"s3://{BUCKET}/Sentinel-2/{name}/{Path(asset['href']).name}"


def go(home: Path, catalog: Path, access: S3Access) -> int:
    return run(home, catalog, s3_endpoint=access.endpoint, s3_region=access.region)


def states(home: Path) -> dict[str, tuple[str, str | None]]:
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        return {row.id: (row.state, row.rule) for row in granules(session)}


def test_the_pixels_are_those_of_the_same_files_on_disk(moved: Moved, tmp_path: Path) -> None:
    catalog, local, access = moved
    home = tmp_path / "home"
    assert go(home, catalog, access) == 1
    assert tree(home / "products") == tree(local / "products")
    assert set(states(home).values()) == {("READY", None)}
    assert list((home / "staging").rglob("*.jp2")) == []


@pytest.mark.parametrize("file", ["B04_10m.jp2", "MTD_TL.xml"])
def test_cut_and_changed_objects_are_rejected_and_missing_ones_awaited(
    moved: Moved, tmp_path: Path, file: str
) -> None:
    catalog, _, access = moved
    first, second, third = (delivery.name("31UDS") for delivery in deliveries())
    client = _client(access)
    keys = [f"Sentinel-2/{name}/{file}" for name in (first, second, third)]
    whole = client.get_object(Bucket=BUCKET, Key=keys[1])["Body"].read()
    client.delete_object(Bucket=BUCKET, Key=keys[0])
    client.put_object(Bucket=BUCKET, Key=keys[1], Body=whole[:-7])
    flipped = bytearray(client.get_object(Bucket=BUCKET, Key=keys[2])["Body"].read())
    flipped[len(flipped) // 2] ^= 1
    client.put_object(Bucket=BUCKET, Key=keys[2], Body=bytes(flipped))
    assert go(tmp_path / "home", catalog, access) == 0
    assert states(tmp_path / "home") == {
        first: ("TRACKED", None),
        second: ("REJECTED", "size"),
        third: ("REJECTED", "checksum"),
    }


def test_out_of_reach_the_granules_wait(
    moved: Moved,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalog, _, access = moved
    home = tmp_path / "home"
    assert go(home, catalog, S3Access("http://127.0.0.1:9", "us-east-1")) == 0
    assert "S2GM_S3_ENDPOINT" in caplog.text
    assert {state for state, _ in states(home).values()} == {"TRACKED"}
    with monkeypatch.context() as patch:
        _client.cache_clear()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.delenv(name)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            patch.setenv(name, str(tmp_path / "none"))
        with pytest.raises(NeedsOperator, match="without credentials"):
            go(home, catalog, access)
    _client.cache_clear()
    assert {state for state, _ in states(home).values()} == {"TRACKED"}
    assert go(home, catalog, access) == 1


@pytest.mark.real_data
@needs("stac-items")
def test_the_real_item_of_cdse_states_sizes_and_checksums() -> None:
    document = json.loads((ROOT / "stac-items" / "cdse" / "S2B_36NYH_20200322.json").read_text())
    (item,) = document if isinstance(document, list) else document["features"]
    granule = granule_from_item(item, "https://x.example/item.json")
    assert len(granule.images) == 29
    for image in granule.images:
        name = f"{ {'CLOUD': 'CLD', 'SNOW': 'SNW'}.get(image.layer, image.layer) }"
        asset = item["assets"][f"{name}_{image.resolution}m"]
        assert image.href == asset["href"]
        assert image.href.startswith("s3://eodata/")
        assert image.size == asset["file:size"]
        assert image.checksum == f"sha3-256:{asset['file:checksum'][4:]}"
    assert granule.angle_grids == item["assets"]["granule_metadata"]["href"]
    assert granule.angle_grids_size == 548106
    assert granule.angle_grids_checksum is None  # 32 bytes, stated as MD5
