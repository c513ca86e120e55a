"""A real product of the pipeline, staged, with everything that quality control gets."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.claim import claim
from qc.finding import Finding, Verdict
from tasks import cycle
from tasks.check import check_product
from tasks.ingest import ingest
from tasks.produce import Assembled, assemble
from tasks.track import open_source, track
from tasks.workshop import Workshop
from tests.tasks.helpers import MONTHLY, workshop, write_archive

Check = Callable[[Path], list[Finding]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, Assembled]:
    root = tmp_path_factory.mktemp("qc")
    write_archive(root / "archive", days=8, size=600)
    opened = workshop(root / "home", threshold=2)
    track(opened, open_source(str(root / "archive")))
    for granule_id in cycle.waiting(opened, MONTHLY):
        ingest(opened, granule_id)
    (mosaic, *_) = cycle.plan(opened, MONTHLY)
    with opened.catalog.transaction() as session:
        held = claim(session, mosaic, opened.definition, opened.owner, 600)
    assert held
    (root / "staged").mkdir()
    return opened, assemble(opened, held, root / "staged")


@pytest.fixture
def product(made: tuple[Workshop, Assembled], tmp_path: Path) -> Path:
    """A copy of the product that a test may spoil."""
    return Path(shutil.copytree(made[1].folder, tmp_path / made[1].folder.name))


@pytest.fixture
def check(made: tuple[Workshop, Assembled]) -> Check:
    """Run every rule on a folder, as production does."""
    opened, assembled = made
    return lambda folder: check_product(opened, folder, assembled.facts, assembled.stack)


def failing(findings: list[Finding]) -> set[str]:
    """Return the names of the rules that say FAIL; none may be missing from the list."""
    assert {finding.rule for finding in findings} == RULES
    return {finding.rule for finding in findings if finding.verdict is Verdict.FAIL}


RULES = {
    "L0.1-complete", "L0.1-manifest", "L0.2-inspire", "L0.3-rasters", "L0.4-json", "L1.1-scl",
    "L1.1-index", "L1.1-spread", "L1.1-nodata", "L1.1-zenith", "L3.2-spectra",
}  # fmt: skip
