"""A day with trouble, played against a running service: each trouble shows, and goes when mended.

The pages of a real hub are read over HTTP while a real service works. The promise is ten seconds
from the moment at which a trouble happens, or is mended, to the words on the page.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.tables import MosaicRow, MosaicState
from sources.simulator import SimulatedArchive
from tasks.settings import Settings
from tasks.workshop import Workshop, open_workshop
from tests.faults.burst import write_burst
from tests.faults.service import NAME, Pages, hub, kill, process
from tests.s2gm.conftest import s2gm

pytestmark = pytest.mark.prefect
SIZE = 360
BURST = 300
FIRST = date(2022, 1, 1)
ARCHIVE = SimulatedArchive(start=FIRST, days=30, size=SIZE)
NOMINAL, CORRUPT, AGAIN = (
    [one for one in ARCHIVE.deliveries() if one.kind == kind]
    for kind in ("nominal", "corrupt", "reprocessed")
)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for delivery in NOMINAL[:3]:
        ARCHIVE.write(delivery, folder)
    return folder


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """The burst, written aside and whole."""
    folder = tmp_path / "many"
    folder.mkdir()
    assert len(write_burst(folder, tmp_path / "images", date(2021, 1, 1), BURST, SIZE)) == BURST
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Workshop]:
    opened = open_workshop(Settings(home=tmp_path / "home"))
    yield opened
    opened.catalog.close()


def test_each_trouble_of_a_day_shows_and_goes_when_mended(
    root: Workshop, inbox: Path, many: Path, server: dict[str, str]
) -> None:
    home = root.home
    words = ("run", "--source", inbox, "--period", "MONTH", "--resolution", "60")
    settings = {"S2GM_POLL_SECONDS": "1", "S2GM_WORKERS": "2", **server}
    with hub(home, **server) as pages:
        with process(home, *words, **settings) as service:
            pages.eventually("/", r"31UDS MONTH 2022-01-01 60 m")
            _source_goes_away(pages, inbox)
            _granule_is_corrupt(pages, inbox)
            _burst_comes(pages, inbox, many)
            _worker_dies(pages, root, service)
        with process(home, *words, **settings, S2GM_QC__VIEW_ZENITH="1"):
            pages.show("/runs", r"\b(working|waiting)\b")
            pages.eventually("/", r"Quality control stopped \d+ mosaics?;")
            pages.forget("/", r"No worker lives|was last heard")
            pages.show("/runs", r"\bdied\b")
            product = _quality_control_stops(pages, home, server)
        with process(home, *words, **settings):
            _mended_at_the_gate(pages, product)
            _granule_is_reprocessed(pages, inbox)
            pages.eventually("/", r"\b(Healthy|Idle|Late): ")
        _tell(pages)


def _source_goes_away(pages: Pages, inbox: Path) -> None:
    away = inbox.with_name("away")
    inbox.rename(away)
    pages.show("/failures", r"/inbox does not exist; give a folder")
    pages.show(
        "/", r"/inbox does not exist.*Every turn asks it again, and nothing is lost meanwhile"
    )
    away.rename(inbox)
    pages.forget("/", r"Every turn asks it again")
    pages.show("/failures", r"Mended in the last 24 hours.*/inbox")


def _granule_is_corrupt(pages: Pages, inbox: Path) -> None:
    (delivery,) = CORRUPT
    name = delivery.name(ARCHIVE.tile)
    ARCHIVE.write(delivery, inbox)
    pages.show(
        "/", r"1 granule could not be used.*_B04_10m\.jp2 has \d+ bytes.*Mosaics are made without"
    )
    pages.show("/failures", rf"{name}.*rule")
    shutil.rmtree(inbox / f"{name}.SAFE")
    whole = SimulatedArchive(start=FIRST, days=30, size=SIZE, seed=8)
    whole.write(replace(delivery, kind="nominal"), inbox)
    pages.forget("/", r"could not be used")
    pages.show("/failures", rf"Mended in the last 24 hours.*{name}")


def _burst_comes(pages: Pages, inbox: Path, many: Path) -> None:
    pages.eventually("/runs", r"waits for the next turn")  # a source is asked once in a turn
    for folder in sorted(many.iterdir()):
        folder.rename(inbox / folder.name)
    pages.show("/", r"(2\d\d|300) granules? (is|are|wait)")
    pages.show("/runs", r"ingesting .*_2021")


def _worker_dies(pages: Pages, root: Workshop, service: object) -> None:
    """Kill the only worker while it composes."""
    pages.eventually("/runs", r"composing 31UDS MONTH 2021")
    kill(service)  # type: ignore[arg-type]
    with root.catalog.view() as session:
        held = session.exec(select(MosaicRow).where(MosaicRow.state == MosaicState.COMPOSING)).all()
    assert held, "the worker finished while it was killed"
    names = "|".join(f"{row.tile} {row.kind} {row.start} {row.resolution} m" for row in held)
    pages.show("/", rf"No worker lives: worker .* while it composed ({names})")
    pages.show("/runs", r"silent")


def _quality_control_stops(pages: Pages, home: Path, server: dict[str, str]) -> str:
    page = pages.show("/gate", r"L1\.1-zenith")
    pages.show("/", r"Quality control stopped \d+ mosaics?; readers keep what they had")
    told = json.loads(s2gm("--home", home, "status", "--json", **server).stdout)
    assert any("Quality control stopped" in one["text"] for one in told["health"]["sentences"])
    found = json.loads(s2gm("--home", home, "mosaics", "--json").stdout)
    stopped = [one["stopped"]["product"] for one in found if one["stopped"]]
    product = Path(stopped[0]).name
    assert product in page
    return product


def _mended_at_the_gate(pages: Pages, product: str) -> None:
    pages.act(f"/gate/{product}/release", "The limit was wrong.")
    pages.show("/actions", rf"{NAME} released {product} The limit was wrong\.")
    pages.forget("/gate", rf"{product} .*L1\.1-zenith.*Decided last")


def _granule_is_reprocessed(pages: Pages, inbox: Path) -> None:
    """It is no trouble that somebody has to mend, but pages tell what became of it."""
    (delivery,) = AGAIN
    ARCHIVE.write(delivery, inbox)
    day = f"/tiles/{ARCHIVE.tile}/days/{delivery.sensed:%Y-%m-%d}"
    pages.show(day, rf"{delivery.name(ARCHIVE.tile)}")
    pages.eventually(day, r"superseded")


def _tell(pages: Pages) -> None:
    for what, seconds in pages.observed.items():
        sys.stdout.write(f"{seconds:5.1f} s  {what}\n")
