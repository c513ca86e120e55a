"""The story of a pixel agrees with what was published."""

from pathlib import Path

import rasterio

from catalog.query import mosaics
from products.mosaic import MosaicKey
from products.period import Period, PeriodKind
from tasks.explain import explain
from tests.tasks.helpers import run, workshop, write_archive


def test_the_winner_is_what_source_index_says(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive", days=20)
    home = tmp_path / "home"
    run(home, tmp_path / "archive")
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        (status,) = mosaics(session)
    key = MosaicKey("31UDS", Period(PeriodKind.MONTH, status.start), 20)
    with rasterio.open(next((home / status.product).rglob("source_index*.tiff"))) as file:
        index, transform = file.read(1), file.transform
    for row, column in ((0, 0), (5, 9), (17, 3)):
        east, north = transform @ (column + 0.5, row + 0.5)
        story = explain(opened, key, east, north)
        chosen = [c["source_index"] for c in story["candidates"] if c["selected"]]
        assert chosen == ([index[row, column]] if index[row, column] >= 0 else [])
        assert len(story["candidates"]) == len(status.granules)
        assert {c["granule"] for c in story["candidates"]} == set(status.granules)


def test_the_story_keeps_to_the_threshold_of_the_revision(tmp_path: Path) -> None:
    write_archive(tmp_path / "archive", days=12, corrupt=False)
    home = tmp_path / "home"
    run(home, tmp_path / "archive", threshold=2)
    opened = workshop(home)  # whose settings say 5
    with opened.catalog.transaction() as session:
        (status,) = mosaics(session)
    key = MosaicKey("31UDS", Period(PeriodKind.MONTH, status.start), 20)
    with rasterio.open(next((home / status.product).rglob("valid_obs*.tiff"))) as file:
        valid, transform = file.read(1), file.transform
    row, column = (int(i[0]) for i in ((valid >= 2) & (valid < 5)).nonzero())
    east, north = transform @ (column + 0.5, row + 0.5)
    assert explain(opened, key, east, north)["method"] == 3
