"""A real product of the pipeline, staged, with everything that quality control gets."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.claim import claim
from qc.catalogue import RULES
from qc.finding import Finding, Verdict
from qc.thresholds import Thresholds
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
    # what is composed again is looked at elsewhere: a pixel of it breaks two rules
    alone = Thresholds(recomposed_windows=0, decided_pixels=0)
    opened = workshop(root / "home", threshold=2, qc=alone)
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
    return lambda folder: list(
        check_product(opened, folder, assembled.facts, assembled.stack).findings
    )


def failing(findings: list[Finding]) -> set[str]:
    """Return the names of the rules that say FAIL; none may be missing from the list."""
    products = [rule.id for rule in RULES.values() if rule.level != "input"]
    assert [finding.rule for finding in findings] == products
    return speaking(findings, Verdict.FAIL)


def speaking(findings: list[Finding], *verdicts: Verdict) -> set[str]:
    """Return the names of the rules that say one of these."""
    return {finding.rule for finding in findings if finding.verdict in verdicts}
