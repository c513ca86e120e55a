"""Input quality control from end to end: granules are measured as they are decoded, and judged."""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from catalog.checked import Judgement, checks_of
from catalog.query import GranuleStatus, granules, tracked
from qc.catalogue import RULES
from qc.thresholds import Thresholds
from sources.simulated_scene import Array, Scene, observe
from sources.simulator import SimulatedArchive
from tasks.ingest import ingest
from tasks.track import open_source, track
from tasks.workshop import Workshop
from tests.tasks.helpers import run, tree, workshop
from tests.tasks.store_world import decodes

__all__ = ["decodes"]
LIMITS = Thresholds(radiometry_history=3, radiometry_pixels=100, cloud_share=0.95)
LAST = date(2022, 1, 16)
Look = Callable[[dict[str, Array]], object]


def clear(scene: Scene) -> dict[str, Array]:
    """Show fields without clouds."""
    layers = observe(Scene(scene.seed, scene.size, scene.sensed.replace(day=1), 51, 301))
    brightness = np.kron(np.arange(1, 26).reshape(5, 5), np.ones((24, 24)))
    noise = np.random.default_rng(scene.sensed.toordinal()).normal(0, 20, brightness.shape)
    for name in layers:
        if name.startswith("B"):
            layers[name] = 300 + 100 * (brightness * 7 % 13) + noise
    layers["SCL"] = np.full(brightness.shape, 5)
    return layers


def write(root: Path, spoil: Look = lambda _layers: None) -> Path:
    """Write four usual granules and one that is spoilt; return the folder of the archive."""

    def look(scene: Scene) -> dict[str, Array]:
        layers = clear(scene)
        if scene.sensed.date() == LAST:
            spoil(layers)
        return layers

    archive = SimulatedArchive(date(2022, 1, 1), 17, size=1200, look=look)
    root.mkdir(parents=True)
    for delivery in archive.deliveries():
        if delivery.orbit == 51 and delivery.kind != "reprocessed":
            archive.write(delivery, root)
    return root


@pytest.fixture
def taken_in(tmp_path: Path) -> Callable[[Look], tuple[Workshop, GranuleStatus]]:
    def take(spoil: Look) -> tuple[Workshop, GranuleStatus]:
        opened = workshop(tmp_path / "home", qc=LIMITS)
        track(opened, open_source(str(write(tmp_path / "archive", spoil))))
        with opened.catalog.transaction() as session:
            waiting = tracked(session)
        for granule_id in waiting:
            ingest(opened, granule_id)
        with opened.catalog.transaction() as session:
            return opened, granules(session)[-1]

    return take


Take = Callable[[Look], tuple[Workshop, GranuleStatus]]


def spoken(status: GranuleStatus) -> dict[str, Judgement]:
    return {one.rule: one for one in status.spoken}


def test_usual_granules_are_accepted_by_every_rule(taken_in: Take) -> None:
    opened, last = taken_in(lambda _layers: None)
    assert (last.state, last.quality, last.spoken) == ("READY", "accepted", ())
    with opened.catalog.transaction() as session:
        found = {one.rule: one for one in checks_of(session, last.id)}
        first = {one.rule: one for one in checks_of(session, granules(session)[0].id)}
    assert set(found) == {rule.id for rule in RULES.values() if rule.level == "input"}
    assert {one.verdict for one in found.values()} == {"PASS"}
    assert first["input.4-radiometry"].verdict == "SKIPPED"
    assert "0 earlier granules" in first["input.4-radiometry"].message


def test_an_offset_that_was_forgotten_warns_and_the_granule_is_used(taken_in: Take) -> None:
    def brighten(layers: dict[str, Array]) -> None:
        for name in layers:
            if name.startswith("B"):
                layers[name] = layers[name] + 1000

    _, last = taken_in(brighten)
    assert (last.state, last.quality) == ("READY", "accepted with warning")
    found = spoken(last)["input.4-radiometry"]
    assert (found.verdict, found.limit) == ("WARN", 6.0)
    assert found.value is not None
    assert 8 < found.value < 13
    assert set(spoken(last)) == {"input.4-radiometry"}


def test_a_band_that_lies_beside_the_others_warns(taken_in: Take) -> None:
    def shift(layers: dict[str, Array]) -> None:
        layers["B02"] = np.roll(layers["B02"], 3, 1)

    _, last = taken_in(shift)
    found = spoken(last)["input.5-registration"]
    assert found.value == pytest.approx(3.0, abs=0.1)
    assert found.message.startswith("B02 lies 3.0")


def test_clouds_and_lost_pixels_warn(taken_in: Take) -> None:
    def lose(layers: dict[str, Array]) -> None:
        layers["SCL"][:-4] = 9
        layers["B11"][:, :10] = np.nan

    _, last = taken_in(lose)
    assert set(spoken(last)) == {"input.3-cloud", "input.3-saturation"}
    assert spoken(last)["input.3-cloud"].value == pytest.approx(116 / 120, abs=0.01)
    layers = spoken(last)["input.3-saturation"]
    assert layers.value == pytest.approx(10 / 120, abs=0.02)
    assert "B11" in layers.message


def test_every_image_is_decoded_once(tmp_path: Path, decodes: Counter[str]) -> None:
    run(tmp_path / "home", write(tmp_path / "archive"))
    assert set(decodes.values()) == {1}


def test_after_a_crash_the_numbers_are_those_that_were_stored(
    tmp_path: Path, decodes: Counter[str]
) -> None:
    """It died after the observation was in the working store, before it was accepted."""

    class Died(BaseException):
        pass

    opened = workshop(tmp_path / "home")
    (name,) = track(opened, open_source(str(_one(tmp_path))))

    def point(at: str) -> None:
        if at == "ingest.before_accept":
            raise Died

    with pytest.raises(Died):
        ingest(Workshop(opened.settings, opened.catalog, opened.owner, point), name)
    assert ingest(opened, name)
    assert set(decodes.values()) == {1}
    with opened.catalog.transaction() as session:
        before = checks_of(session, name)
        assert {one.rule: one.verdict for one in before}["input.3-cloud"] == "PASS"
    assert ingest(opened, name)
    with opened.catalog.transaction() as session:
        assert checks_of(session, name) == before


def test_a_store_of_an_earlier_version_is_used_and_says_that_it_did_not_measure(
    tmp_path: Path,
) -> None:
    opened = workshop(tmp_path / "home")
    (name,) = track(opened, open_source(str(_one(tmp_path))))

    def lose(at: str) -> None:
        if at == "ingest.before_accept":
            (found,) = opened.working.rglob("measured.json")
            found.unlink()

    assert ingest(Workshop(opened.settings, opened.catalog, opened.owner, lose), name)
    with opened.catalog.transaction() as session:
        found = {one.rule: one for one in checks_of(session, name)}
    assert found["input.3-cloud"].verdict == "SKIPPED"
    assert "earlier version" in found["input.3-cloud"].message


def test_what_the_rules_say_changes_no_pixel(tmp_path: Path) -> None:
    archive = write(tmp_path / "archive")
    strict = Thresholds(nodata_share=0, cloud_share=0, unusable_share=0, sun_zenith=1)
    assert run(tmp_path / "strict", archive, qc=strict) == 1
    assert run(tmp_path / "usual", archive) == 1
    assert tree(tmp_path / "strict" / "products") == tree(tmp_path / "usual" / "products")
    opened = workshop(tmp_path / "strict")
    with opened.catalog.transaction() as session:
        assert {row.quality for row in granules(session)} == {"accepted with warning"}


def _one(root: Path) -> Path:
    """Return an archive of one granule."""
    archive = write(root / "all")
    (root / "one").mkdir()
    first = sorted(archive.glob("*.SAFE"))[0]
    return Path(shutil.copytree(first, root / "one" / first.name)).parent
