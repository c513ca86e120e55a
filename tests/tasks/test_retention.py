"""Retention: the working store keeps within its limit, and what is needed comes back."""

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalog.claim import claim
from products.errors import BadInput
from tasks import retention
from tasks.cycle import plan
from tasks.produce import produce
from tasks.settings import read_settings
from tests.tasks.helpers import MONTHLY, run, tree, workshop
from tests.tasks.store_world import archive, decodes, finished, home, redo

__all__ = ["archive", "decodes", "finished", "home"]


def sizes(home: Path) -> dict[str, int]:
    """Return sensing day and size of what the working store holds, oldest first."""
    found = {
        folder.name: sum(p.stat().st_size for p in folder.iterdir())
        for folder in (home / "working").glob("*/*")
        if folder.is_dir()
    }
    return dict(sorted(found.items(), key=lambda pair: pair[0].split("_")[2]))


def test_the_oldest_that_nobody_needs_go_first_and_come_back_on_demand(
    finished: Path, home: Path, decodes: Counter[str]
) -> None:
    before = sizes(home)
    limit = sum(list(before.values())[2:])
    opened = workshop(home, working_store=str(limit))
    gone = retention.evict(opened)
    assert [folder.name for folder in gone] == list(before)[:2]
    assert sizes(home) == dict(list(before.items())[2:])
    assert retention.evict(opened) == []
    opened.catalog.close()
    opened = redo(home)
    (due,) = plan(opened, MONTHLY)
    assert produce(opened, due)
    assert tree(home / "products") == tree(finished / "products")
    assert set(decodes.values()) == {1}
    assert len({href.split(".SAFE")[0] for href in decodes}) == 2


def test_without_a_limit_nothing_is_evicted(home: Path) -> None:
    before = sizes(home)
    assert retention.evict(workshop(home)) == []
    assert sizes(home) == before


def test_what_is_due_or_open_goes_last(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = list(sizes(home).items())
    opened = workshop(home, working_store="1")
    with opened.catalog.engine.begin() as connection:
        connection.execute(sa.text("UPDATE mosaic SET start = '2022-01-01', end = '2022-01-04'"))
        connection.execute(sa.text("UPDATE mosaic SET state = 'FAILED'"))
    needed = [name for name, _ in before if name.split("_")[2][:8] <= "20220104"]
    assert 0 < len(needed) < len(before)
    gone = [folder.name for folder in retention.evict(opened)]
    assert gone == [*(n for n, _ in before if n not in needed), *needed]
    assert "S2GM_WORKING_STORE is too small" in caplog.text


def test_a_period_that_is_still_open_counts_as_needed(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = workshop(home, working_store="1")
    monkeypatch.setattr(retention, "now", lambda: datetime(2022, 1, 31, tzinfo=UTC))
    assert retention.evict(opened)
    assert "S2GM_WORKING_STORE is too small" in caplog.text


def test_a_period_that_has_ended_does_not(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = workshop(home, working_store="1")
    monkeypatch.setattr(retention, "now", lambda: datetime(2022, 2, 1, tzinfo=UTC))
    assert retention.evict(opened)
    assert "too small" not in caplog.text


def test_what_a_worker_composes_or_ingests_is_not_evicted(home: Path) -> None:
    before = sizes(home)
    opened = redo(home)
    (due,) = plan(opened, MONTHLY)
    with opened.catalog.transaction() as session:
        assert claim(session, due, opened.definition, "another-worker", 600)
    limited = workshop(home, working_store="1")
    assert retention.evict(limited) == []
    with opened.catalog.engine.begin() as connection:
        connection.execute(sa.text("UPDATE mosaic SET state = 'PUBLISHED', lease_owner = NULL"))
        connection.execute(sa.text("UPDATE granule SET state = 'TRACKED'"))
    assert retention.evict(limited) == []
    assert sizes(home) == before


def test_a_run_ends_within_the_limit_and_with_the_same_products(
    finished: Path, archive: Path, tmp_path: Path
) -> None:
    limit = sum(list(sizes(finished).values())[3:])
    assert run(tmp_path, archive, working_store=str(limit)) == 1
    assert 0 < sum(sizes(tmp_path).values()) <= limit
    assert tree(tmp_path / "products") == tree(finished / "products")


def test_a_delivery_that_was_replaced_goes_before_all_others(home: Path) -> None:
    before = sizes(home)
    newest = list(before)[-1]
    (folder,) = (home / "working").glob(f"*/{newest}")
    orphan = Path(shutil.copytree(folder, folder.with_name(f"{newest[:-12]}{'0' * 12}")))
    opened = workshop(home, working_store=str(sum(before.values())))
    assert retention.evict(opened) == [orphan]


def test_the_limit_is_read_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_settings(tmp_path).working_store is None
    monkeypatch.setenv("S2GM_WORKING_STORE", "200GiB")
    assert read_settings(tmp_path).working_store == 200 << 30
    monkeypatch.setenv("S2GM_WORKING_STORE", "much")
    with pytest.raises(BadInput, match="S2GM_WORKING_STORE"):
        read_settings(tmp_path)
