"""Every mutation of a good product is caught by the rule that is meant for it.

The table in ``docs/quality-mutations.md`` is what this test finds; with ``S2GM_WRITE_DOCS=1`` it is
written anew.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks.incremental import one_quarter
from catalog.claim import claim
from qc.catalogue import RULES
from qc.finding import Finding, Verdict
from qc.thresholds import Thresholds
from sources.simulator import SimulatedArchive
from tasks import cycle
from tasks.check import check_product
from tasks.produce import Assembled, assemble
from tasks.track import open_source, track
from tasks.workshop import Workshop
from tests.qc.mutations import MUTATIONS, Mutation, Spoilt
from tests.tasks.helpers import MONTHLY, workshop

DOCUMENT = Path(__file__).parents[2] / "docs" / "quality-mutations.md"
METRES, BLOCK = 10200, 128
Found = Mapping[str, list[Finding]]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, Assembled]:
    """A second revision, before it is published; the newest input is clear in a quarter."""
    root = tmp_path_factory.mktemp("mutations")
    archive = SimulatedArchive(date(2022, 5, 1), days=21, size=METRES)
    (root / "archive").mkdir()
    planned = [each for each in archive.deliveries() if each.kind != "reprocessed"]
    *first, last = (replace(each, kind="nominal") for each in planned)
    for delivery in first:
        archive.write(delivery, root / "archive")
    qc = Thresholds(decided_pixels=100)  # so that some are medoids
    opened = workshop(root / "home", threshold=3, block=BLOCK, qc=qc)
    assert cycle.run_once(opened, str(root / "archive"), MONTHLY) == 1
    replace(archive, look=one_quarter).write(last, root / "archive")
    for granule_id in _tracked(opened, root / "archive"):
        assert cycle.ingest(opened, granule_id)
    (mosaic,) = cycle.plan(opened, MONTHLY)
    with opened.catalog.transaction() as session:
        held = claim(session, mosaic, opened.definition, opened.owner, 3600)
    assert held
    (root / "staged").mkdir()
    return opened, assemble(opened, held, root / "staged")


def _tracked(opened: Workshop, archive: Path) -> list[str]:
    track(opened, open_source(str(archive)))
    return cycle.waiting(opened, MONTHLY)


@pytest.fixture(scope="module")
def found(staged: tuple[Workshop, Assembled], tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What all rules say of the good product, under an empty name, and of every spoilt one."""
    opened, good = staged
    told = {"": list(check_product(opened, good.folder, good.facts, good.stack).findings)}
    for mutation in MUTATIONS:
        folder = tmp_path_factory.mktemp("spoilt") / good.folder.name
        shutil.copytree(good.folder, folder)
        mutation.apply(Spoilt(folder, good.facts, opened.settings.qc.decided_pixels))
        spoilt = check_product(opened, folder, good.facts, good.stack)
        told[mutation.name] = list(spoilt.findings)
        shutil.rmtree(folder)
    return told


def spoken(findings: list[Finding]) -> dict[str, Finding]:
    return {f.rule: f for f in findings if f.verdict in (Verdict.WARN, Verdict.FAIL)}


def test_the_good_product_passes(found: Found) -> None:
    assert not [f for f in found[""] if f.verdict is Verdict.FAIL], found[""]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_the_rule_meant_for_it_catches_it(found: Found, mutation: Mutation) -> None:
    before = {f.rule: f.verdict for f in found[""]}
    spoke = spoken(found[mutation.name])
    assert before[mutation.rule] is Verdict.PASS
    assert mutation.rule in spoke, {rule: f.message for rule, f in spoke.items()}
    assert spoke[mutation.rule].verdict is mutation.verdict, spoke[mutation.rule].message


def test_there_are_enough_and_every_chapter_has_some() -> None:
    names = [mutation.name for mutation in MUTATIONS]
    assert len(set(names)) == len(names) >= 30
    assert {RULES[m.rule].level for m in MUTATIONS} == {"L0", "L1", "L2", "L3"}


def test_the_document_shows_what_was_found(found: Found) -> None:
    text = table(found)
    if os.environ.get("S2GM_WRITE_DOCS"):
        DOCUMENT.write_text(text)
    assert DOCUMENT.read_text() == text, "run this test with S2GM_WRITE_DOCS=1"


def table(found: Found) -> str:
    """Return the document."""
    lines = [
        "# Proof that the checks can fail",
        "",
        "A good product of simulated acquisitions is spoilt in one way at a time, and all rules",
        "look at it as they do before a publication. `pytest tests/qc/test_mutations.py` does it,",
        "and compares this table with what it finds. Of the product as it was, no rule says FAIL.",
        "Others often speak as well: a band that is shifted, say, is no longer that of its source.",
        "",
        "| what is wrong | caught by | verdict |",
        "|---|---|---|",
    ]
    for mutation in MUTATIONS:
        verdict = spoken(found[mutation.name])[mutation.rule].verdict
        title = RULES[mutation.rule].title
        lines.append(f"| {mutation.name} | `{mutation.rule}` {title} | {verdict} |")
    return "\n".join(lines) + "\n"
