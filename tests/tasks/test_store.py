"""The working store: decoded once, checked at every reading, mended without a person, bounded."""

import itertools
import json
import random
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rasterio
import sqlalchemy as sa

from catalog.query import granule as load_granule
from catalog.query import granules, mosaics
from products.errors import LayerDamaged
from products.granule import Granule
from products.period import PeriodKind
from tasks import decode as decode_module
from tasks.cycle import Wanted, plan, run_once
from tasks.ingest import healed, observation_folder, obtain
from tasks.observation import load_observation, read_angle, read_layer
from tasks.produce import produce
from tasks.workshop import Workshop
from tests.tasks.helpers import MONTHLY, run, tree, workshop
from tests.tasks.store_world import archive, decodes, finished, home, redo

__all__ = ["archive", "decodes", "finished", "home"]

SEVERAL = Wanted(
    kinds=(PeriodKind.TENDAYS, PeriodKind.MONTH, PeriodKind.QUARTER), resolutions=(20, 60)
)


def images_of(opened: Workshop) -> set[str]:
    with opened.catalog.transaction() as session:
        return {
            image.href
            for row in granules(session)
            for image in load_granule(session, row.id).images
        }


def test_each_image_is_decoded_once_over_the_life_of_its_granule(
    archive: Path, tmp_path: Path, decodes: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
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

    image = 2 * 2 * 24 * 24
    assert most_at_a_time(tmp_path / "narrow", str(2 * image)) == 1
    assert most_at_a_time(tmp_path / "wide", "64MiB") > 1


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
    _, folder = first_granule(opened)
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
