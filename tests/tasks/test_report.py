"""Reports are written for every revision and order, before it is shown or though it never is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.query import mosaics
from catalog.tables import MosaicState
from products.errors import NeedsOperator
from products.product import ProductFacts
from qc.finding import Finding, Verdict
from storage.local import remove, replace_file
from tasks import cycle, report
from tasks import produce as produce_module
from tasks import tailor as tailor_module
from tasks.check import Checkup
from tasks.report import latest_report, write_reports
from tasks.tailor import tailor
from tasks.workshop import Workshop
from tests.qc.pages import self_contained, words
from tests.tasks.conftest import Shop
from tests.tasks.helpers import MONTHLY, workshop, write_archive
from tests.tasks.tailor_world import order_of, square


@pytest.fixture
def inbox(tmp_path: Path) -> tuple[Path, list[Path]]:
    """A source with one granule, and those that may follow."""
    write_archive(tmp_path / "archive", days=12, corrupt=False)
    (tmp_path / "inbox").mkdir()
    folders = sorted((tmp_path / "archive").glob("*T31UDS*.SAFE"))
    deliver(tmp_path / "inbox", folders[0])
    return tmp_path / "inbox", folders[1:]


def deliver(inbox: Path, folder: Path) -> None:
    (inbox / folder.name).symlink_to(folder)


def turn(opened: Workshop, inbox: Path) -> None:
    assert cycle.run_once(opened, str(inbox), MONTHLY) == 1


def test_reports_are_there_before_the_revision_is(
    inbox: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    seen: list[tuple[str, list[str]]] = []
    opened = workshop(tmp_path / "home")

    def point(name: str) -> None:
        if name in ("publish.after_move", "publish.reported"):
            with opened.catalog.transaction() as session:
                (status,) = mosaics(session)
            assert status.state == MosaicState.COMPOSING
            seen.append((name, sorted(path.suffix for path in opened.reports.glob("*"))))

    turn(replace(opened, point=point), inbox[0])
    assert seen == [("publish.after_move", []), ("publish.reported", [".html", ".json"])]
    opened.catalog.close()


def test_the_next_revision_is_shown_beside_the_one_before(
    inbox: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    opened = workshop(tmp_path / "home")
    source, more = inbox
    turn(opened, source)
    deliver(source, more[0])
    turn(opened, source)
    first, second = sorted(path.stem for path in opened.reports.glob("*.html"))
    pages = [(opened.reports / f"{name}.html").read_bytes() for name in (first, second)]
    for page in pages:
        self_contained(page)
    assert "Change against" not in words(pages[0])
    assert f"Change against {first}" in words(pages[1])
    with opened.catalog.transaction() as session:
        (status,) = mosaics(session)
    found = latest_report(opened, 1)
    assert found is not None
    key, path = found
    assert str(key) == f"31UDS MONTH {status.start} 20 m"
    assert path == opened.reports / f"{second}.json"
    opened.catalog.close()


def test_a_revision_that_is_stopped_has_its_reports(
    inbox: tuple[Path, list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = workshop(tmp_path / "home")
    bad = Finding("L1.1-scl", Verdict.FAIL, "It is wrong.")
    monkeypatch.setattr(produce_module, "check_product", lambda *_: Checkup((), (bad,), (), None))
    assert cycle.run_once(opened, str(inbox[0]), MONTHLY) == 0
    (product,) = (opened.quarantine / "31UDS").iterdir()
    page = (opened.reports / f"{product.name}.html").read_bytes()
    self_contained(page)
    assert "Stopped" in words(page)
    assert "It is wrong." in words(page)
    document = json.loads((opened.reports / f"{product.name}.json").read_bytes())
    assert document["verdict"] == "FAIL"
    assert latest_report(opened, 1) is not None
    opened.catalog.close()


def test_there_is_no_latest_report_of_what_was_not_checked(tmp_path: Path) -> None:
    opened = workshop(tmp_path / "home")
    assert latest_report(opened, 1) is None
    opened.catalog.close()


def test_an_order_has_a_report_for_each_piece(shop: Shop, tmp_path: Path) -> None:
    remove(shop.workshop.reports)
    folder = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    places = [path.name for path in folder.iterdir() if path.is_dir()]
    assert places
    written = {path.name for path in shop.workshop.reports.iterdir()}
    stems = {folder.name if place == "Test" else f"{folder.name}_{place}" for place in places}
    assert written == {f"{stem}{suffix}" for stem in stems for suffix in (".html", ".json")}
    for name in written:
        if name.endswith(".html"):
            page = (shop.workshop.reports / name).read_bytes()
            self_contained(page)
            assert "Passed" in words(page)


def test_an_order_that_is_not_delivered_has_its_report(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(shop.workshop.reports)
    bad = Finding("L1.1-scl", Verdict.FAIL, "It is wrong.")
    monkeypatch.setattr(tailor_module, "check_order", lambda *_: [bad])
    with pytest.raises(NeedsOperator, match="It is wrong"):
        tailor(shop.workshop, order_of(square()), tmp_path / "out")
    assert not [path for path in (tmp_path / "out").iterdir() if path.name[0] != "."]
    pages = list(shop.workshop.reports.glob("*.html"))
    assert pages
    assert all("Stopped" in words(page.read_bytes()) for page in pages)


def test_reports_are_replaced_whole(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[tuple[Path, ProductFacts, list[Finding]]] = []

    def note(reports: Path, folder: Path, facts: ProductFacts, findings: list[Finding]) -> Path:
        kept.append((folder, facts, findings))
        return write_reports(reports, folder, facts, findings)

    monkeypatch.setattr(tailor_module, "write_reports", note)
    folder = tailor(shop.workshop, order_of(square()), tmp_path / "out")
    _, facts, findings = kept[0]
    replaced: list[Path] = []
    monkeypatch.setattr(
        report, "replace_file", lambda path, new: (replaced.append(path), replace_file(path, new))
    )
    page = write_reports(tmp_path / "again", folder, facts, findings)
    assert replaced == [page, page.with_suffix(".json")]
    assert sorted(path.name for path in page.parent.iterdir()) == sorted(
        path.name for path in replaced
    )
