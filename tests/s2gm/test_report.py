"""What the service reports, and what Prefect shows of it: run as processes."""

from pathlib import Path

import httpx
import pytest
from prefect.exceptions import PrefectHTTPStatusError

from flows import report_artifact
from products.errors import BadInput
from products.period import Period, PeriodKind
from s2gm.report_commands import parse_month
from tests.qc.pages import self_contained, words
from tests.s2gm.conftest import s2gm
from tests.s2gm.test_cli import refused
from tests.tasks.helpers import MONTHLY, workshop, write_archive


@pytest.mark.prefect
def test_a_month_of_service_becomes_a_page(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "january.html"
    said = s2gm("--home", home, "report", "--month", "2022-01", "--out", out)
    assert (said.returncode, said.stdout.strip()) == (0, str(out)), said.stderr
    page = out.read_bytes()
    self_contained(page)
    shown = words(page)
    assert "January 2022" in shown
    assert "Monthly 20 m" in shown
    assert "31UDS" in shown
    some = s2gm("--home", home, "report", "--month", "2022-01", "--tile", "31UDS", "--out", out)
    assert some.returncode == 0, some.stderr


@pytest.mark.prefect
def test_what_cannot_be_reported_is_refused_in_a_sentence(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"

    def report(*words_: object) -> None:
        asked = ["--home", home, "report", *words_]
        refused(s2gm(*asked))
        assert not out.exists()

    report("--month", "2022-13", "--out", out)
    report("--month", "2022-01", "--tile", "31U", "--out", out)
    report("--month", "2022-01", "--tile", "29RKH", "--out", out)
    report("--month", "2022-01", "--out", "/proc/page.html")
    report("--month", "2022-01", "--out", tmp_path)
    report("--month", "2022-01", "--out", tmp_path / "reports" / "january.html")
    report("--month", "2022-01", "--out", "/dev/zero")
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("text", ["2018", "2018-6", "2018-00", "June", "2018-06-01", ""])
def test_a_month_is_written_in_one_way(text: str) -> None:
    with pytest.raises(BadInput, match="is not a month; write it as 2018-06"):
        parse_month(text)


def test_a_month_is_a_period() -> None:
    assert parse_month("2018-06") == Period.parse(PeriodKind.MONTH, "2018-06-01")


@pytest.mark.prefect
def test_prefect_shows_the_report_of_every_mosaic(home: Path, server: dict[str, str]) -> None:
    asked = {"artifacts": {"type": {"any_": ["markdown"]}}}
    answer = httpx.post(f"{server['PREFECT_API_URL']}/artifacts/filter", json=asked).json()
    # other tests show products of theirs on the same server
    shown = [each for each in answer if f"{home / 'qc'}/" in each["data"]]
    assert "quality-31uds-month-2022-01-01-20-m" in {each["key"] for each in shown}
    pages = {Path(each["data"].rpartition("`")[0].rpartition("`")[2]) for each in shown}
    assert pages == {*(home / "qc").glob("*.html")}
    for each in shown:
        assert "Passed" in each["data"]
        assert "| L0 Integrity | 0 | 0 |" in each["data"]


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tasks.cycle import run_once

    root = tmp_path_factory.mktemp("produced")
    write_archive(root / "archive", days=6)
    opened = workshop(root / "home")
    run_once(opened, str(root / "archive"), MONTHLY)
    opened.catalog.close()
    return root / "home"


def test_outside_a_run_nothing_is_shown(produced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(report_artifact, "create_markdown_artifact")
    opened = workshop(produced)
    report_artifact.show_report(opened, 1)
    opened.catalog.close()


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("gone"),
        PrefectHTTPStatusError(
            "500", request=httpx.Request("POST", "http://x"), response=httpx.Response(500)
        ),
    ],
    ids=["gone", "500"],
)
def test_a_server_that_cannot_take_the_summary_stops_nothing(
    produced: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(report_artifact, "create_markdown_artifact", fails)
    monkeypatch.setattr(report_artifact.TaskRunContext, "get", lambda: object())
    opened = workshop(produced)
    report_artifact.show_report(opened, 1)
    opened.catalog.close()
    assert "Prefect does not show the quality report" in caplog.text
