"""Decisions from end to end: folders, pictures, records, the STAC shelf, orders, and crashes."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pystac
import pytest

from catalog.query import MosaicStatus, mosaics
from products.errors import BadInput
from products.product import ProductFacts
from qc.manifest import check_manifest
from qc.thresholds import Thresholds
from tasks.decide import (
    recompose_product,
    reject_product,
    release_product,
    settle_quarantine,
)
from tasks.repair import repair
from tasks.shelf import shelve
from tasks.tailor import tailor
from tasks.withdraw import own_word, system_user
from tasks.workshop import Workshop
from tests.qc.pages import SCHEMA, accessible, self_contained, words
from tests.tasks.helpers import run, tree, workshop, write_archive
from tests.tasks.tailor_world import order_of

STRICT = Thresholds(view_zenith=1)
"""No observation is seen so steeply, so that every product fails."""
NAMES = tuple(f"S2GM_M20_20220101_20220131_31UDS_STD_v1.0.0_{number}" for number in (1, 2, 3))
AREA = "POLYGON ((3.0005 51.4495, 3.0025 51.4495, 3.0025 51.4505, 3.0005 51.4495))"
WORDS = own_word("It is fine.")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    write_archive(root, days=11, size=240, corrupt=False)
    return root


@pytest.fixture(scope="module")
def failed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root whose first revision readers get; the second one failed."""
    root = tmp_path_factory.mktemp("failed")
    inbox = root / "inbox"
    inbox.mkdir()
    *first, last = sorted(archive.glob("*.SAFE"))
    for folder in first[:2]:
        (inbox / folder.name).symlink_to(folder)
    assert run(root / "home", inbox) == 1
    (inbox / last.name).symlink_to(last)
    assert run(root / "home", inbox, qc=STRICT) == 0
    return root / "home"


@pytest.fixture
def home(failed: Path, tmp_path: Path) -> Path:
    return copied(failed, tmp_path / "home")


def copied(home: Path, to: Path) -> Path:
    if not (to.parent / "inbox").exists():
        shutil.copytree(home.parent / "inbox", to.parent / "inbox", symlinks=True)
    return Path(shutil.copytree(home, to, ignore=shutil.ignore_patterns("*.lock")))


def rerun(home: Path, **changes: object) -> int:
    return run(home, home.parent / "inbox", **changes)


def status(home: Path) -> MosaicStatus:
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        (found,) = mosaics(session)
    opened.catalog.close()
    return found


def shown(home: Path) -> tuple[str, str | None, str | None]:
    found = status(home)
    return found.state, found.quality, found.product and Path(found.product).name


def shelved(home: Path) -> list[str]:
    """Return the ids of the items that readers find from the root of the STAC catalog."""
    catalog = pystac.Catalog.from_file(str(home / "stac" / "catalog.json"))
    return [item.id for item in catalog.get_items(recursive=True)]


def folders(home: Path) -> dict[str, list[str]]:
    return {
        shelf: sorted(path.name for path in (home / shelf).glob("31UDS/S2GM*"))
        for shelf in ("products", "quarantine")
    }


def pictures(home: Path) -> set[str]:
    return {path.name for path in (home / "quicklooks").iterdir()}


def test_what_failed_is_not_shown_in_any_way(home: Path) -> None:
    assert shown(home) == ("QUARANTINED", "stopped", NAMES[0])
    assert folders(home) == {"products": [NAMES[0]], "quarantine": [NAMES[1]]}
    assert shelved(home) == [NAMES[0]]
    assert not any(name.startswith(NAMES[1]) for name in pictures(home))
    found = status(home)
    assert (found.reason or "").startswith("L1.1-zenith: ")
    assert found.stopped is not None
    assert (found.stopped.report, found.stopped.page) == (
        f"qc/{NAMES[1]}.json", f"qc/{NAMES[1]}.html",
    )  # fmt: skip
    assert (home / f"qc/{NAMES[1]}.html").is_file()


def test_a_released_product_is_that_which_passing_would_have_published(
    home: Path, archive: Path
) -> None:
    stopped = tree(home / "quarantine")
    decided = release_product(workshop(home), NAMES[1], WORDS)
    assert (decided.state, decided.shown) == ("PUBLISHED", NAMES[1])
    assert folders(home) == {"products": [*NAMES[:2]], "quarantine": []}
    assert {f"31UDS/{NAMES[1]}/{k}" for k in tree(home / "products" / "31UDS" / NAMES[1])} == {
        *stopped
    }
    passing = home.parent / "passing"
    _passing(home, archive, passing)
    for shelf in ("products", "quicklooks", "carry"):
        assert tree(home / shelf) == tree(passing / shelf), shelf
    assert shelved(home) == shelved(passing) == [NAMES[1]]
    assert not shelve(workshop(home))


def _passing(home: Path, archive: Path, to: Path) -> None:
    """Run over the same two deliveries without a rule that fails."""
    inbox = to.parent / "passing-inbox"
    inbox.mkdir()
    names = sorted(path.name for path in (home.parent / "inbox").iterdir())
    for part in (names[:2], names[2:]):
        for name in part:
            (inbox / name).symlink_to(archive / name)
        assert run(to, inbox) == 1


def test_new_granules_carry_over_from_a_released_product(
    home: Path, archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    release_product(workshop(home), NAMES[1], WORDS)
    known = {path.name for path in (home.parent / "inbox").iterdir()}
    new = next(folder for folder in sorted(archive.glob("*.SAFE")) if folder.name not in known)
    (home.parent / "inbox" / new.name).symlink_to(new)
    assert rerun(home) == 1
    assert shown(home)[::2] == ("PUBLISHED", NAMES[2])
    assert "cannot be read" not in caplog.text


def test_the_folder_of_the_product_may_be_given(home: Path) -> None:
    release_product(workshop(home), f"{home}/quarantine/31UDS/{NAMES[1]}/", WORDS)
    reject_product(workshop(home), f"{home}/products/31UDS/{NAMES[1]}", WORDS)
    assert shown(home) == ("REJECTED", "rejected", NAMES[0])


def test_a_namesake_elsewhere_is_never_meant(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(home / "quarantine" / "31UDS" / NAMES[1], home.parent / NAMES[1])
    before = shown(home)
    wrong = (copy, home / "quarantine" / NAMES[1], home / "quarantine" / "31UDT" / NAMES[1])
    monkeypatch.chdir(home.parent)
    for decide in (release_product, reject_product, recompose_product):
        for path in (*wrong, f"./{NAMES[1]}", f"{NAMES[1]}/"):
            with pytest.raises(BadInput, match=f"is not the folder of {NAMES[1]} in the data root"):
                decide(workshop(home), str(path), WORDS)
        with pytest.raises(BadInput, match="'31UDS' is not a product name"):
            decide(workshop(home), str(home / "quarantine" / "31UDS"), WORDS)
    assert shown(home) == before
    assert copy.is_dir()
    monkeypatch.chdir(home / "quarantine" / "31UDS")
    release_product(workshop(home), f"{NAMES[1]}/", WORDS)
    assert shown(home) == ("PUBLISHED", "released", NAMES[1])


def test_the_same_decision_once_more_changes_nothing(home: Path) -> None:
    given = f"{home}/quarantine/31UDS/{NAMES[1]}"
    assert release_product(workshop(home), given, WORDS).repeats is None
    before = tree(home / "products"), tree(home / "qc"), shown(home)
    again = release_product(workshop(home), given, own_word("For another reason."))
    assert again.repeats is not None
    assert again.repeats.reason == WORDS.reason
    assert (tree(home / "products"), tree(home / "qc"), shown(home)) == before


def told(home: Path, product: str) -> tuple[list[tuple[str, str, bool]], str]:
    """Return verb, reason and standing of the decisions in both reports of a product."""
    report = json.loads((home / "qc" / f"{product}.json").read_bytes())
    jsonschema.validate(report, SCHEMA)
    page = (home / "qc" / f"{product}.html").read_bytes()
    self_contained(page)
    accessible(page)
    kept = [(one["verb"], one["reason"], one["standing"]) for one in report["decisions"]]
    return kept, words(page)


def test_reports_tell_what_was_decided(home: Path) -> None:
    checked = (home / "qc" / f"{NAMES[1]}.html").read_bytes()
    assert told(home, NAMES[1])[0] == []
    release_product(workshop(home), NAMES[1], own_word("It is <fine>."))
    reject_product(workshop(home), NAMES[1], own_word("It is [too] bright."))
    kept, page = told(home, NAMES[1])
    assert kept == [
        ("RELEASE", "It is <fine>.", False),
        ("REJECT", "It is [too] bright.", True),
    ]
    user = system_user()
    assert f"Released by {user} on 20" in page
    assert "UTC: It is <fine>. (stands no longer) Rejected by" in page
    assert "UTC: It is [too] bright." in page
    assert "Revision 2, product number 2" in page
    assert told(home, NAMES[0])[0] == []
    now = (home / "qc" / f"{NAMES[1]}.html").read_bytes()
    begin, end = now.index(b'<section id="decided"'), now.index(b'<div class="opening">')
    assert now[:begin] + now[end:] == checked
    assert check_manifest(home / "products" / "31UDS" / NAMES[1]) == []


def test_the_report_of_what_was_composed_anew_tells_why(home: Path) -> None:
    reject_product(workshop(home), NAMES[1], own_word("No."))
    recompose_product(workshop(home), NAMES[1], own_word("The limit was wrong."))
    decided = [("REJECT", "No.", False), ("RECOMPOSE", "The limit was wrong.", False)]
    assert told(home, NAMES[1])[0] == decided
    assert rerun(home) == 1
    kept, page = told(home, NAMES[1])
    assert kept == decided
    assert "Passed" in page
    assert "Sent to be composed anew by" in page


@pytest.mark.parametrize("damage", ["lose", "garble", "list"])
def test_a_report_that_is_gone_or_broken_holds_up_no_decision(
    home: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    report = home / "qc" / f"{NAMES[1]}.json"
    report.unlink() if damage == "lose" else report.write_text("[]" if damage == "list" else "{")
    release_product(workshop(home), NAMES[1], WORDS)
    assert shown(home) == ("PUBLISHED", "released", NAMES[1])
    assert ("cannot tell what was decided" in caplog.text) == (damage != "lose")


def test_a_rejected_product_is_taken_back_from_the_shelf_and_from_orders(
    home: Path, tmp_path: Path
) -> None:
    release_product(workshop(home), NAMES[1], WORDS)
    before = tree(home / "products")
    decided = reject_product(workshop(home), NAMES[1], own_word("It is [too] bright."))
    assert (decided.state, decided.shown) == ("REJECTED", NAMES[0])
    assert tree(home / "products") == before
    assert shelved(home) == [NAMES[0]]
    items = {path.stem: json.loads(path.read_bytes()) for path in home.glob("stac/*/S2GM*.json")}
    assert {key: item["properties"]["deprecated"] for key, item in items.items()} == {
        NAMES[0]: False, NAMES[1]: True,
    }  # fmt: skip
    latest = [link for link in items[NAMES[1]]["links"] if link["rel"] == "latest-version"]
    assert [link["title"] for link in latest] == [NAMES[0]]
    cut = tailor(workshop(home), order_of(AREA), tmp_path / "out")
    (document,) = cut.rglob("metadata_*.json")
    named = json.loads(document.read_text())["Product_id_list"].values()
    assert set(named) == set(status(home).granules)
    assert rerun(home) == 0
    assert shown(home) == ("REJECTED", "rejected", NAMES[0])


def test_where_nothing_is_left_nothing_is_shown(home: Path) -> None:
    reject_product(workshop(home), NAMES[0], WORDS)
    assert shown(home) == ("QUARANTINED", "stopped", None)
    assert shelved(home) == []
    assert rerun(home) == 0
    release_product(workshop(home), NAMES[1], WORDS)
    assert shelved(home) == [NAMES[1]]


def test_one_whose_folder_is_gone_is_not_shown_instead(home: Path) -> None:
    release_product(workshop(home), NAMES[1], WORDS)
    shutil.rmtree(home / "products" / "31UDS" / NAMES[0])
    assert reject_product(workshop(home), NAMES[1], WORDS).shown is None


def test_composed_again_it_passes_and_leaves_nothing_in_quarantine(home: Path) -> None:
    assert (
        recompose_product(workshop(home), NAMES[1], own_word("The limit was wrong.")).state == "DUE"
    )
    assert rerun(home, qc=STRICT) == 0
    assert shown(home) == ("QUARANTINED", "stopped", NAMES[0])
    assert folders(home)["quarantine"] == [NAMES[1]]
    recompose_product(workshop(home), NAMES[1], own_word("The limit was wrong."))
    assert rerun(home) == 1
    assert shown(home)[::2] == ("PUBLISHED", NAMES[1])
    assert rerun(home) == 0
    assert folders(home) == {"products": [*NAMES[:2]], "quarantine": []}


@pytest.mark.parametrize("damage", ["change", "manifest", "lose"])
def test_what_is_damaged_is_not_released_and_composing_again_mends_it(
    home: Path, damage: str
) -> None:
    folder = home / "quarantine" / "31UDS" / NAMES[1]
    if damage == "lose":
        shutil.rmtree(folder)
    elif damage == "manifest":
        (folder / "manifest.json").write_text('{"product": "x", "files": []}')
    else:
        next(folder.rglob("B04*")).write_bytes(b"no image")
    with pytest.raises(BadInput, match=r"is damaged .*s2gm recompose"):
        release_product(workshop(home), NAMES[1], WORDS)
    assert shown(home) == ("QUARANTINED", "stopped", NAMES[0])
    recompose_product(workshop(home), NAMES[1], own_word("It is damaged."))
    assert rerun(home) == 1
    assert check_manifest(home / "products" / "31UDS" / NAMES[1]) == []


def test_what_was_published_and_is_damaged_is_repaired_before_it_is_released(home: Path) -> None:
    release_product(workshop(home), NAMES[1], WORDS)
    reject_product(workshop(home), NAMES[1], WORDS)
    next((home / "products" / "31UDS" / NAMES[1]).rglob("B04*")).write_bytes(b"no image")
    with pytest.raises(BadInput, match=r"is damaged .*s2gm repair"):
        release_product(workshop(home), NAMES[1], WORDS)
    assert repair(workshop(home), NAMES[1]).problems == ()
    assert release_product(workshop(home), NAMES[1], WORDS).shown == NAMES[1]


def test_without_a_reason_nothing_is_read_or_moved(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_folder: Path) -> list[ProductFacts]:
        raise AssertionError

    monkeypatch.setattr("tasks.decide.open_product", never)
    for decide in (release_product, reject_product, recompose_product):
        with pytest.raises(BadInput, match="needs its reason"):
            decide(workshop(home), NAMES[1], own_word(" "))


# ------------------------------------------------------------------ crashes


def die(home: Path, at: str, verb: str, product: str) -> int:
    words = [str(home), at, verb, product]
    command = [sys.executable, "-m", "tests.tasks.killable_decide", *words]
    return subprocess.run(command).returncode


def test_killed_at_any_point_of_a_release_it_is_whole_again(failed: Path, tmp_path: Path) -> None:
    plain = copied(failed, tmp_path / "plain")
    release_product(workshop(plain), NAMES[1], WORDS)
    for number, at in enumerate(("release.before_move", "release.moved", "release.recorded")):
        tried = copied(failed, tmp_path / f"tried{number}")
        assert die(tried, at, "release", NAMES[1]) == -signal.SIGKILL
        if at != "release.recorded":
            assert shown(tried) == ("QUARANTINED", "stopped", NAMES[0])
            assert shelved(tried) == [NAMES[0]]
            if at == "release.moved":
                assert folders(tried)["quarantine"] == []
                left = copied(tried, tmp_path / "left")
                assert rerun(left) == 0
                assert tree(left / "quarantine") == tree(failed / "quarantine")
                assert tree(left / "products") == tree(failed / "products")
                assert shown(left) == shown(failed)
            release_product(workshop(tried), NAMES[1], WORDS)
        else:
            assert rerun(tried) == 0
        assert shown(tried) == ("PUBLISHED", "released", NAMES[1])
        for shelf in ("products", "quarantine", "quicklooks"):
            assert tree(tried / shelf) == tree(plain / shelf)
        assert [verb for verb, *_ in told(tried, NAMES[1])[0]] == ["RELEASE"]
        assert shelved(tried) == [NAMES[1]]


def test_killed_at_any_point_of_a_rejection_the_next_run_shows_what_it_left(
    failed: Path, tmp_path: Path
) -> None:
    begin = copied(failed, tmp_path / "begin")
    release_product(workshop(begin), NAMES[1], WORDS)
    for number, at in enumerate(("reject.before_record", "reject.recorded")):
        tried = copied(begin, tmp_path / f"tried{number}")
        assert die(tried, at, "reject", NAMES[1]) == -signal.SIGKILL
        assert rerun(tried) == 0
        after = number == 1
        assert shown(tried) == (
            ("REJECTED", "rejected", NAMES[0]) if after else ("PUBLISHED", "released", NAMES[1])
        )
        assert shelved(tried) == [NAMES[0] if after else NAMES[1]]
        assert tree(tried / "products") == tree(begin / "products")
        verbs = [verb for verb, *_ in told(tried, NAMES[1])[0]]
        assert verbs == (["RELEASE", "REJECT"] if after else ["RELEASE"])


def test_quarantine_is_settled_only_where_the_catalog_says_so(home: Path) -> None:
    shelf = home / "quarantine" / "31UDS"
    other = NAMES[0].replace("M20", "M10")
    for kept in ("notes_of_ann", "notes_1", "S2GM_something_99", "S2GM_something_1", other):
        (shelf / kept).mkdir()
    (home / "quarantine" / "copies" / NAMES[0]).mkdir(parents=True)
    before = folders(home)
    settle_quarantine(workshop(home))
    assert folders(home) == before
    assert (shelf / "notes_of_ann").exists()
    assert (shelf / "notes_1").exists()
    assert (home / "quarantine" / "copies" / NAMES[0]).exists()
    (shelf / NAMES[0]).mkdir()
    settle_quarantine(workshop(home))
    assert folders(home) == before


def test_the_move_waits_for_nobody_that_reads_the_catalog_meanwhile(home: Path) -> None:
    """At the moment of the move, readers still see the revision before, and nothing half."""
    seen = []

    def point(at: str) -> None:
        if at == "release.moved":
            seen.append((folders(home), shelved(home)))

    opened = workshop(home)
    watched = Workshop(opened.settings, opened.catalog, opened.owner, point)
    release_product(watched, NAMES[1], WORDS)
    assert seen == [({"products": [*NAMES[:2]], "quarantine": []}, [NAMES[0]])]
