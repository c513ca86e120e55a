"""What may change from one revision to the next, as far as the products alone can tell."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from products.period import Period, PeriodKind
from products.product import ProductFacts, SourceEntry
from qc.comparison import compare
from qc.finding import Verdict
from qc.history import (
    CannotTell,
    _is_enough,
    came_and_went,
    judge_unchanged,
    judge_year,
    where_counts_differ,
)
from qc.layers import Piece
from qc.opened import open_product
from tests.qc.spoil import read, rewrite

Change = Callable[[ProductFacts], ProductFacts]


@pytest.fixture
def now(product: Path) -> Piece:
    return Piece(product, open_product(product)[0])


@pytest.fixture
def before(now: Piece, tmp_path: Path) -> Piece:
    """The same product elsewhere, to be spoilt."""
    folder = shutil.copytree(now.folder, tmp_path / "before" / now.folder.name)
    return Piece(Path(folder), now.facts)


def source(day: int, name: str = "", satellite: str = "S2A") -> SourceEntry:
    taken = date(2022, 1, day)
    return SourceEntry(name or f"{satellite}_{day}", "", satellite, taken, "04.00", True, "0")


def knowing(piece: Piece, *sources: SourceEntry) -> Piece:
    return replace(piece, facts=replace(piece.facts, sources=sources))


def test_inputs_that_come_and_go() -> None:
    assert came_and_went(["a", "b"], ["a", "b"]) == set()
    assert came_and_went(["a", "b"], ["a", "c", "b", "d"]) == {"c", "d"}
    assert came_and_went(["a", "b", "c"], ["c"]) == {"a", "b"}
    with pytest.raises(CannotTell, match="another order"):
        came_and_went(["a", "b", "c"], ["b", "a", "d"])


def test_of_the_same_inputs_nothing_may_differ(now: Piece, before: Piece) -> None:
    window = range(2, 9), range(4)
    allowed = where_counts_differ(now, before)(window)
    assert allowed.shape == (7, 4)
    assert not allowed.any()


def test_an_input_more_may_change_what_it_is_counted_in(now: Piece, before: Piece) -> None:
    rewrite(before.folder, "valid_obs", lambda n: np.where(np.arange(n.shape[1]) < 9, n, n - 1))
    told = where_counts_differ(
        knowing(now, source(1), source(4), source(9)), knowing(before, source(1), source(9))
    )
    counts = read(now.folder, "valid_obs") != read(before.folder, "valid_obs")
    window = range(4, 28), range(5, 30)
    assert (told(window) == counts[4:28, 5:30]).all()
    assert counts[4:28, 5:30].any()


def test_where_counting_ends_anything_may_differ(now: Piece, before: Piece) -> None:
    for piece in (now, before):
        rewrite(piece.folder, "valid_obs", lambda n: np.where(np.arange(n.shape[1]) < 9, 254, n))
    told = where_counts_differ(knowing(now, source(1), source(4)), knowing(before, source(1)))
    assert told((range(5), range(20))).tolist() == [[True] * 9 + [False] * 11] * 5


@pytest.mark.parametrize(
    ("mine", "theirs", "why"),
    [
        ([source(1), source(9)], [source(1), source(4)], "inputs came and others went"),
        ([source(1, "new")], [source(1, "old")], "inputs came and others went"),
        ([source(1), source(1, "b")], [source(1)], "share its datatake"),
        ([source(1)], [source(1), source(1, "b")], "share its datatake"),
        ([source(1), source(2)], [source(2), source(1)], "another order"),
    ],
)
def test_what_products_alone_cannot_tell(
    now: Piece, before: Piece, mine: list[SourceEntry], theirs: list[SourceEntry], why: str
) -> None:
    with pytest.raises(CannotTell, match=why):
        where_counts_differ(knowing(now, *mine), knowing(before, *theirs))


def test_two_satellites_of_one_day_are_two_datatakes(now: Piece, before: Piece) -> None:
    mine = knowing(now, source(1), source(1, satellite="S2B"))
    told = where_counts_differ(mine, knowing(before, source(1)))
    assert not told((range(3), range(3))).any()


@pytest.mark.parametrize(
    ("alter", "why"),
    [
        (lambda f: replace(f, threshold=4), "different definitions"),
        (lambda f: replace(f, algorithm="S2GM_v2.0.0"), "different definitions"),
        (lambda f: replace(f, tiles=("31UDS", "31UES")), "not two revisions"),
        (
            lambda f: replace(
                f, name=replace(f.name, period=Period(PeriodKind.MONTH, date(2022, 2, 1)))
            ),
            "not two revisions",
        ),
    ],
)
def test_products_that_are_not_two_revisions(
    now: Piece, before: Piece, alter: Change, why: str
) -> None:
    with pytest.raises(CannotTell, match=why):
        where_counts_differ(now, replace(before, facts=alter(before.facts)))


def test_without_counts_nothing_is_told(now: Piece, before: Piece) -> None:
    facts = replace(
        now.facts, layers=tuple(each for each in now.facts.layers if each.api_id != "VALID_OBS")
    )
    with pytest.raises(CannotTell, match="VALID_OBS"):
        where_counts_differ(
            knowing(replace(now, facts=facts), source(1), source(4)), knowing(before, source(1))
        )


def test_a_change_without_a_reason_fails(now: Piece, before: Piece) -> None:
    rewrite(now.folder, "B04", lambda p: np.where(np.arange(p.shape[1]) == 7, 11, p))
    changed = int((read(now.folder, "B04") != read(before.folder, "B04")).sum())
    found = judge_unchanged([compare(now, before, where_counts_differ(now, before))])
    assert (found.verdict, found.value) == (Verdict.FAIL, changed)
    assert "row 0 column 7 (B04)" in found.message
    untold = judge_unchanged([compare(now, before)], "there is no catalog")
    assert untold.verdict is Verdict.SKIPPED
    assert "there is no catalog" in untold.message


def test_what_did_not_change_needs_no_reason(now: Piece, before: Piece) -> None:
    assert judge_unchanged([compare(now, before)], "whatever").verdict is Verdict.PASS


def test_a_year_like_the_last_one_passes(now: Piece, before: Piece) -> None:
    found = judge_year([(now, before)], 0.6)
    assert (found.verdict, found.value, found.limit) == (Verdict.PASS, 0, 0.6)


def test_a_shifted_year_warns(now: Piece, before: Piece) -> None:
    rewrite(before.folder, "B02", lambda p: np.where(p == 65535, p, p + 1000))
    found = judge_year([(now, before)], 0.6)
    assert found.verdict is Verdict.WARN
    assert found.value is not None
    assert found.value > 0.6
    assert "B02" in found.message
    assert judge_year([(now, before)], 1.0).verdict is Verdict.PASS


def test_no_data_in_other_places_is_no_shift(now: Piece, before: Piece) -> None:
    """Where pixels are missing at random, the values that are left are distributed as before."""
    rng = np.random.default_rng(1)
    rewrite(before.folder, "B04", lambda p: np.where(rng.random(p.shape) < 0.4, 65535, p))
    found = judge_year([(now, before)], 0.6)
    assert found.value is not None
    assert found.value < 0.1


def test_a_year_with_hardly_a_pixel_is_not_compared(now: Piece, before: Piece) -> None:
    for layer in now.facts.layers:
        if layer.is_reflectance:
            rewrite(before.folder, layer.name, lambda p: np.full_like(p, 65535))
    assert judge_year([(now, before)], 0.0).verdict is Verdict.SKIPPED


def test_only_pixels_that_both_years_show_are_compared(now: Piece, before: Piece) -> None:
    """What one year alone shows may be another landscape."""

    def other_ground(pixels: np.ndarray) -> np.ndarray:
        pixels[:, 20:] = 9000
        return pixels

    def cut(pixels: np.ndarray) -> np.ndarray:
        pixels[:, 20:] = 65535
        return pixels

    for layer in now.facts.layers:
        if layer.is_reflectance:
            rewrite(before.folder, layer.name, cut)
            rewrite(now.folder, layer.name, other_ground)
    found = judge_year([(now, before)], 0.6)
    assert (found.verdict, found.value) == (Verdict.PASS, 0)


def keep(pixels: np.ndarray, count: int) -> np.ndarray:
    """Leave the first so many pixels with data."""
    data = np.flatnonzero(pixels != 65535)
    pixels.flat[data[count:]] = 65535
    return pixels


@pytest.mark.parametrize(("count", "verdict"), [(99, Verdict.SKIPPED), (100, Verdict.PASS)])
def test_a_year_with_too_few_common_pixels_is_not_compared(
    now: Piece, before: Piece, count: int, verdict: Verdict
) -> None:
    layers = tuple(layer for layer in now.facts.layers if layer.api_id in ("B05", "B01"))
    pair = [Piece(p.folder, replace(p.facts, layers=layers)) for p in (now, before)]
    for layer, left in zip(layers, (899, count), strict=True):  # nine are a pixel of B01
        rewrite(before.folder, layer.name, lambda p, left=left: keep(p, left))
    found = judge_year([(pair[0], pair[1])], 0.6)
    assert found.verdict is verdict
    assert verdict is Verdict.PASS or "no band has 100 native pixels" in found.message


def test_a_tenth_of_what_is_shown_must_be_common() -> None:
    assert _is_enough(100, 1000, 1)
    assert not _is_enough(100, 1001, 1)
    assert not _is_enough(899, 900, 9)
    assert _is_enough(900, 900, 9)


def test_without_a_threshold_nothing_is_told(now: Piece, before: Piece) -> None:
    pair = [replace(p, facts=replace(p.facts, threshold=0)) for p in (now, before)]
    with pytest.raises(CannotTell, match="does not state its threshold of the medoid"):
        where_counts_differ(pair[0], pair[1])


def test_a_year_that_cannot_be_read_is_not_compared(now: Piece, before: Piece) -> None:
    layer = before.layer("B04")
    assert layer
    before.path(layer).write_bytes(b"broken")
    found = judge_year([(now, before)], 0.6)
    assert found.verdict is Verdict.SKIPPED
