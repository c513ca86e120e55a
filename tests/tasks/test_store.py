"""The working store: decoded once, checked at every reading, mended without a person, bounded."""

import itertools
import json
import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from catalog.claim import claim
from catalog.query import granules, mosaics
from catalog.query import granule as load_granule
from products.chunked import ChunkedWriter, read_chunked, read_strips
from products.errors import BadInput, LayerDamaged
from products.granule import Granule
from products.period import PeriodKind
from tasks import decode as decode_module
from tasks import retention
from tasks.cycle import Wanted, plan, run_once
from tasks.ingest import healed, obtain, observation_folder
from tasks.observation import load_observation, read_angle, read_layer
from tasks.produce import produce
from tasks.settings import read_settings
from tasks.workshop import Workshop
from tests.tasks.helpers import MONTHLY, run, tree, workshop, write_archive

SEVERAL = Wanted(
    kinds=(PeriodKind.TENDAYS, PeriodKind.MONTH, PeriodKind.QUARTER), resolutions=(20, 60)
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    write_archive(root, days=11, size=240, corrupt=False)
    return root


@pytest.fixture(scope="module")
def finished(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("finished")
    assert run(home, archive) == 1
    return home


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """A copy of a finished data root that a test may damage."""
    return Path(
        shutil.copytree(finished, tmp_path / "home", ignore=shutil.ignore_patterns("*.lock"))
    )


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each image was decoded, by its address."""
    counted: Counter[str] = Counter()
    guard, genuine = threading.Lock(), decode_module.decode

    def counting(path: Path, epsg: int, where: str) -> object:
        with guard:
            counted[where] += 1
        return genuine(path, epsg, where)

    monkeypatch.setattr(decode_module, "decode", counting)
    return counted


def images_of(opened: Workshop) -> set[str]:
    with opened.catalog.transaction() as session:
        return {
            image.href
            for row in granules(session)
            for image in Granule.from_json(row.record or "").images
        }


def test_each_image_is_decoded_once_over_the_life_of_its_granule(
    archive: Path, tmp_path: Path, decodes: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import rasterio

    opened_images: Counter[str] = Counter()
    genuine = rasterio.open

    def counting(path: object, *args: object, **kinds: object) -> object:
        if str(path).endswith(".jp2"):
            opened_images[str(path)] += 1
        return genuine(path, *args, **kinds)

    monkeypatch.setattr(rasterio, "open", counting)
    opened = workshop(tmp_path)
    assert run_once(opened, str(archive), SEVERAL) >= 6
    assert run_once(opened, str(archive), Wanted(kinds=(PeriodKind.YEAR,), resolutions=(20,))) == 1
    assert decodes == Counter(dict.fromkeys(images_of(opened), 1))
    assert opened_images == decodes


def test_images_are_decoded_side_by_side_only_as_the_budget_allows(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def most_at_a_time(home: Path, budget: str) -> int:
        guard, genuine, now, most = threading.Lock(), decode_module.to_layer, [0], [0]

        def counting(*arguments: object) -> object:
            with guard:
                now[0] += 1
                most[0] = max(most[0], now[0])
            try:
                threading.Event().wait(0.01)
                return genuine(*arguments)  # type: ignore[arg-type]
            finally:
                with guard:
                    now[0] -= 1

        monkeypatch.setattr(decode_module, "to_layer", counting)
        monkeypatch.setattr(decode_module.os, "cpu_count", lambda: 4)
        opened = workshop(home, workers=2, memory_budget=budget)
        run_once(opened, str(archive), Wanted(kinds=(PeriodKind.YEAR,), resolutions=(60,)))
        monkeypatch.undo()
        return most[0]

    image = 2 * 2 * 240 * 240
    assert most_at_a_time(tmp_path / "narrow", str(2 * image)) == 1
    assert most_at_a_time(tmp_path / "wide", "64MiB") > 1


def written(path: Path, shape: tuple[int, int] = (700, 1100), resolution: int = 10) -> np.ndarray:
    pixels = np.random.default_rng(5).integers(-1000, 9000, shape).astype(np.int16)
    with ChunkedWriter(path, shape, "int16", resolution) as writer:
        for rows in writer.strips:
            writer.write(pixels[rows])
    return pixels


def test_windows_of_a_layer_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "layer"
    pixels = written(path)
    rng = random.Random(1)
    for _ in range(60):
        top, left = rng.randrange(700), rng.randrange(1100)
        rows, columns = (
            range(top, rng.randint(top + 1, 700)),
            range(left, rng.randint(left + 1, 1100)),
        )
        window = read_chunked(path, rows, columns)
        assert window.dtype == np.int16
        assert (window == pixels[rows.start : rows.stop, columns.start : columns.stop]).all()
    assert (np.concatenate(list(read_strips(path))) == pixels).all()


def test_a_flipped_bit_anywhere_or_a_missing_end_is_never_read_silently(tmp_path: Path) -> None:
    path = tmp_path / "layer"
    pixels = written(path, (70, 90), 60)
    whole = path.read_bytes()
    rng = random.Random(2)
    spoiled = [
        whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]
        for place in [*range(len(whole) - 300, len(whole)), *rng.sample(range(len(whole)), 500)]
    ]
    spoiled += [whole[: rng.randrange(len(whole))] for _ in range(200)]
    spoiled += [whole + b"\0", b"", whole[1:]]
    for content in spoiled:
        path.write_bytes(content)
        with pytest.raises(LayerDamaged):
            list(read_strips(path))
        parts = []
        for rows, columns in ((range(70), range(80)), (range(70), range(85, 90))):
            try:  # a window that needs no damaged chunk may be read, if it is right
                part = read_chunked(path, rows, columns)
            except LayerDamaged:
                continue
            parts.append(part)
            assert (part == pixels[:, columns.start : columns.stop]).all()
        assert len(parts) < 2
    path.unlink()
    with pytest.raises(LayerDamaged):
        read_chunked(path, range(1), range(1))


def test_a_layer_whose_writing_failed_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(KeyError), ChunkedWriter(tmp_path / "layer", (9, 9), "uint8", 20) as writer:
        writer.write(np.zeros((9, 9), np.uint8))
        raise KeyError
    with pytest.raises(LayerDamaged):
        read_chunked(tmp_path / "layer", range(9), range(9))


def test_other_threads_run_while_one_reads(tmp_path: Path) -> None:
    path = tmp_path / "layer"
    written(path, (4096, 2048), 1)
    ticks, done = 0, threading.Event()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_chunked, path, range(4096), range(2048))
        reading.add_done_callback(lambda _: done.set())
        while not done.is_set():
            ticks += 1
        reading.result()
    assert ticks > 1000


def flip(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def cut(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content))])


def lose(path: Path, _: random.Random) -> None:
    path.unlink()


def stored_files(home: Path) -> list[Path]:
    return sorted(p for p in (home / "working").glob("*/*/*") if p.parent.name[0] != ".")


def redo(home: Path) -> Workshop:
    """Open a data root whose mosaic is due again, its products gone."""
    opened = workshop(home)
    with opened.catalog.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM verdict"))
        connection.execute(
            sa.text("UPDATE revision SET state = 'PLANNED', current = 0, product = NULL")
        )
        connection.execute(sa.text("UPDATE mosaic SET state = 'DUE'"))
    shutil.rmtree(home / "products")
    return opened


@pytest.mark.parametrize("spoil", [flip, cut, lose])
@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_store_is_mended_while_composing(
    finished: Path,
    archive: Path,
    home: Path,
    decodes: Counter[str],
    spoil: Callable[[Path, random.Random], None],
    seed: int,
) -> None:
    rng = random.Random(seed)
    files = [p for p in stored_files(home) if p.name in USED]
    spoiled = {path.parent: path for path in rng.sample(files, 3)}
    for path in spoiled.values():
        spoil(path, rng)
    opened = redo(home)
    (due,) = plan(opened, MONTHLY)
    assert produce(opened, due)
    assert tree(home / "products") == tree(finished / "products")
    assert set(decodes.values()) == {1}
    names = {href.split(".SAFE")[0].rsplit("/", 1)[1] for href in decodes}
    assert names == {folder.name.rsplit("-", 1)[0] for folder in spoiled}
    assert not [p for p in (home / "working").glob("*/.*") if p.is_dir()]
    assert tree_of_observations(home) == tree_of_observations(finished)


USED = {
    "B04_20m.chunks",
    "SCL_20m.chunks",
    "B11_20m.chunks",
    "observation.json",
    "angles.npz+crc32",
}
"""Files that every 20 m mosaic reads of every input."""


def tree_of_observations(home: Path) -> dict[str, str]:
    return {name: digest for name, digest in tree(home / "working").items() if "/." not in name}


def test_a_half_written_observation_is_decoded_anew(home: Path, decodes: Counter[str]) -> None:
    opened = workshop(home)
    granule, folder = first_granule(opened)
    whole = tree(folder)
    (folder / "observation.json").unlink()
    next(folder.glob("B*")).unlink()
    assert obtain(opened, granule).folder == folder
    assert tree(folder) == whole
    assert len(decodes) == len(granule.images)


def first_granule(opened: Workshop) -> tuple[Granule, Path]:
    with opened.catalog.transaction() as session:
        rows = [row.id for row in granules(session) if row.state == "READY"]
        granule = load_granule(session, rows[0])
    return granule, observation_folder(opened, granule)


def test_a_changed_source_is_told_when_its_observation_has_to_be_decoded_again(
    archive: Path, tmp_path: Path
) -> None:
    inbox = Path(shutil.copytree(archive, tmp_path / "inbox"))
    home = tmp_path / "home"
    run(home, inbox)
    opened = redo(home)
    granule, folder = first_granule(opened)
    flip(folder / "B04_20m.chunks", random.Random(3))
    donor, other = (
        next(i for i in granule.images if (i.layer, i.resolution) == (band, 20))
        for band in ("B03", "B04")
    )
    shutil.copy(donor.href, other.href)
    with opened.catalog.engine.begin() as connection:  # no size or digest that would tell earlier
        unstated = granule.to_json()
        record = json.loads(unstated)
        for image in record["images"]:
            image["size"] = image["checksum"] = None
        connection.execute(
            sa.text("UPDATE granule SET record = :record WHERE id = :id"),
            {"record": json.dumps(record), "id": granule.id},
        )
    (due,) = plan(opened, MONTHLY)
    assert not produce(opened, due)
    with opened.catalog.transaction() as session:
        (status,) = mosaics(session)
    assert status.state == "FAILED"
    assert f"{granule.id} gives other pixels than when it was ingested; its source" in status.reason


def test_what_others_have_mended_is_not_discarded_again(home: Path, decodes: Counter[str]) -> None:
    opened = workshop(home)
    granule, folder = first_granule(opened)
    flip(folder / "SCL_20m.chunks", random.Random(4))
    barrier = threading.Barrier(4)
    fresh = itertools.count()

    def work() -> int:
        observation = obtain(opened, granule)
        if next(fresh) < 4:
            barrier.wait()  # all four have the damaged one
        return int(
            sum(read_layer(observation, "SCL", 20, range(o, 12), range(12)).sum() for o in (0, 6))
        )

    with ThreadPoolExecutor(4) as pool:
        assert len({f.result() for f in [pool.submit(healed, work) for _ in range(4)]}) == 1
    assert set(decodes.values()) == {1}


def test_damage_that_comes_again_and_again_is_for_a_person(home: Path) -> None:
    opened = workshop(home)
    granule, folder = first_granule(opened)
    rng = random.Random(5)

    def work() -> None:
        observation = obtain(opened, granule)
        cut(folder / "SCL_20m.chunks", rng)
        read_layer(observation, "SCL", 20, range(1), range(1))

    with pytest.raises(LayerDamaged, match="check the disk"):
        healed(work)


def test_an_angle_of_a_damaged_file_is_never_read(home: Path) -> None:
    opened = workshop(home)
    granule, folder = first_granule(opened)
    path, rng = folder / "angles.npz+crc32", random.Random(6)
    whole = path.read_bytes()
    for place in rng.sample(range(len(whole)), 200):
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]
        )
        observation = load_observation(folder)
        assert observation
        with pytest.raises(LayerDamaged):
            read_angle(observation, "view_zenith", 20, range(1), range(1))


def test_a_damaged_description_is_never_believed(home: Path) -> None:
    _, folder = first_granule(workshop(home))
    path, rng = folder / "observation.json", random.Random(7)
    whole = path.read_bytes()
    good = load_observation(folder)
    for place in range(len(whole)):
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]
        )
        try:
            assert load_observation(folder) == good
        except LayerDamaged:
            continue


# ---- retention


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
