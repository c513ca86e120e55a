"""Revisions that failed, and what a person says of them, for the tests of decisions."""

from collections.abc import Callable

import pytest

from catalog.checked import Judgement
from catalog.claim import Claim, Outcome, Report, commit
from catalog.decision import Decided, recompose, reject, release
from catalog.engine import Catalog
from catalog.query import MosaicStatus, mosaics
from catalog.tables import RevisionRow, RevisionState
from catalog.withdrawal import Word, take_back, withdraw
from products.granule import Granule
from products.mosaic import Definition
from tests.catalog.test_catalog import bring, demand, due, granule, take

FIRST, SECOND, THIRD = (granule(f"2018-06-{day}") for day in ("05", "08", "11"))
FAILED = Judgement("L1.1-scl", "FAIL", "Broken at 3 pixels.", 3, 0)
WARNED = Judgement("L1.3-cloud", "WARN", "It is bright.", 0.4, 0.2)
WORD = Word("ann", "It is  fine.")


def name(number: int, version: str = "1.0.0") -> str:
    return f"S2GM_M10_20180601_20180630_31UDS_STD_v{version}_{number}"


def finish(catalog: Catalog, held: Claim | None, *verdicts: Judgement) -> None:
    """Commit what quality control says of a claimed revision."""
    assert held is not None
    failed = [one for one in verdicts if one.verdict == "FAIL"]
    where = "quarantine" if failed else "products"
    outcome = Outcome(
        RevisionState.QUARANTINED if failed else RevisionState.PUBLISHED,
        f"{where}/31UDS/{name(held.number)}",
        "ab" * 32,
        verdicts,
        "; ".join(f"{one.rule}: {one.message}" for one in failed) or None,
        Report("FAIL" if failed else "PASS", f"qc/{name(held.number)}.json"),
    )
    with catalog.transaction() as session:
        commit(session, held, outcome)


def compose(catalog: Catalog, *verdicts: Judgement) -> None:
    (mosaic,) = due(catalog)
    finish(catalog, take(catalog, mosaic), *verdicts)


def step(catalog: Catalog, granules: Granule | tuple[Granule, ...], *verdicts: Judgement) -> None:
    bring(catalog, *(granules if isinstance(granules, tuple) else (granules,)))
    compose(catalog, *verdicts)


def settle(catalog: Catalog) -> None:
    """Claim what is due and expect that there is nothing to compose."""
    assert [take(catalog, mosaic) for mosaic in due(catalog)] == [None]


def status(catalog: Catalog) -> MosaicStatus:
    with catalog.transaction() as session:
        (found,) = mosaics(session)
    return found


def shown(catalog: Catalog) -> tuple[str, str | None, int | None]:
    """Return state, quality and current revision of the one mosaic."""
    found = status(catalog)
    return found.state, found.quality, found.revision


def moved(revision: RevisionRow) -> str:
    return f"products/31UDS/{(revision.product or '').rpartition('/')[2]}"


def let(catalog: Catalog, number: int, word: Word = WORD) -> Decided:
    with catalog.transaction() as session:
        return release(session, name(number), word, moved)


def stop(
    catalog: Catalog,
    number: int,
    word: Word = WORD,
    is_whole: Callable[[RevisionRow], bool] = lambda _revision: True,
) -> Decided:
    with catalog.transaction() as session:
        return reject(session, name(number), word, is_whole)


def again(catalog: Catalog, number: int, definition: Definition | None = None) -> Decided:
    with catalog.transaction() as session:
        return recompose(session, name(number), WORD, definition or Definition())


@pytest.fixture
def stopped(catalog: Catalog) -> Catalog:
    """One revision that readers get, and its successor, which failed."""
    demand(catalog)
    step(catalog, FIRST)
    step(catalog, SECOND, FAILED, WARNED)
    return catalog


def out(catalog: Catalog, each: Granule) -> None:
    with catalog.transaction() as session:
        withdraw(session, [each.id], Word("bob", "Striped."))


def back(catalog: Catalog, each: Granule) -> None:
    with catalog.transaction() as session:
        take_back(session, [each.id], Word("bob"))
