"""Rules on real mosaics: the good ones pass, and what is spoilt is found at 10 m as well."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalog.claim import claim
from products.period import PeriodKind
from qc.finding import Finding, Verdict
from tasks import cycle
from tasks.check import check_product
from tasks.cycle import Wanted
from tasks.ingest import ingest
from tasks.produce import Assembled, assemble
from tasks.track import open_source, track
from tasks.workshop import Workshop
from tests.qc import spoil
from tests.qc.conftest import speaking
from tests.qc.looked import BANDS
from tests.real import ROOT, needs
from tests.tasks.helpers import workshop

pytestmark = [pytest.mark.real_data, needs("l2a-31UDS")]
MONTHS = ("201712", "201805")
"""A dark month of few valid observations, and a bright one of many."""
Check = Callable[[Path], list[Finding]]


@pytest.fixture(scope="module")
def mosaics(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, dict[str, Assembled]]:
    root = tmp_path_factory.mktemp("real")
    opened, wanted = workshop(root / "home"), Wanted((), (PeriodKind.MONTH,), (10,))
    track(opened, open_source(str(ROOT / "l2a-31UDS" / "catalog.json")))
    for granule_id in cycle.waiting(opened, wanted):
        if any(f"_{month}" in granule_id for month in MONTHS):
            ingest(opened, granule_id)
    made = {}
    for mosaic in cycle.plan(opened, wanted):
        with opened.catalog.transaction() as session:
            held = claim(session, mosaic, opened.definition, opened.owner, 600)
        assert held
        staged = root / str(mosaic)
        staged.mkdir()
        assembled = assemble(opened, held, staged)
        made[f"{assembled.facts.period.start:%Y%m}"] = assembled
    assert set(made) == set(MONTHS)
    return opened, made


@pytest.fixture(params=MONTHS)
def month(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def product(mosaics: tuple[Workshop, dict[str, Assembled]], month: str, tmp_path: Path) -> Path:
    folder = mosaics[1][month].folder
    return Path(shutil.copytree(folder, tmp_path / folder.name))


@pytest.fixture
def check(mosaics: tuple[Workshop, dict[str, Assembled]], month: str) -> Check:
    opened, made = mosaics
    return lambda folder: list(
        check_product(opened, folder, made[month].facts, made[month].stack).findings
    )


def test_a_real_mosaic_passes(product: Path, check: Check, month: str) -> None:
    found = check(product)
    assert speaking(found, Verdict.FAIL) == set()
    # in December, light and shadow make patches that everybody sees
    assert speaking(found, Verdict.WARN) == ({"L1.4-swath"} if month == "201712" else set())


@pytest.mark.parametrize(("first", "second"), [("B04", "B08"), ("B08", "B8A"), ("B03", "B05")])
def test_bands_that_are_exchanged(product: Path, check: Check, first: str, second: str) -> None:
    pixels = {band: spoil.read(product, band) for band in (first, second)}
    spoil.rewrite(product, first, lambda _: pixels[second])
    spoil.rewrite(product, second, lambda _: pixels[first])
    expected = {"L1.2-bands", "L3.2-spectra"}
    assert expected <= speaking(check(product), Verdict.FAIL)


@pytest.mark.parametrize("band", ["B03", "B11"])
def test_a_band_that_is_shifted(product: Path, check: Check, band: str) -> None:
    pixels = spoil.read(product, band)
    rolled = np.roll(pixels, 1, 1)
    lost = (pixels == 65535) | (rolled == 65535)
    spoil.rewrite(product, band, lambda _: np.where(lost, pixels, rolled))
    found = speaking(check(product), Verdict.FAIL)
    assert "L1.4-shift" in found
    assert ("L1.1-grain" in found) == (band == "B11")


@pytest.mark.parametrize(("add", "rule"), [(1000, "L1.2-offset"), (-1000, "L1.2-offset")])
def test_an_offset_that_is_wrong(product: Path, check: Check, add: int, rule: str) -> None:
    for band in (band for band in BANDS if band != "B01"):
        pixels = spoil.read(product, band).astype(int)
        wrong = np.where(pixels == 65535, pixels, np.clip(pixels + add, 0, 65534))
        spoil.rewrite(product, band, lambda _, changed=wrong: changed)
    assert rule in speaking(check(product), Verdict.FAIL)
