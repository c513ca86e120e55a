"""Composed again from the working store, spoilt pixels are found wherever the windows lie."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from products.product import ProductFacts
from qc import recomposed
from qc.finding import Finding, Verdict
from qc.layers import Piece, Window
from qc.methods import judge_method
from qc.recomposed import (
    Candidate,
    judge_blocks,
    judge_reference,
    random_pixels,
    random_windows,
)
from qc.thresholds import Thresholds
from tasks.check import check_product
from tasks.compose import Cut
from tasks.produce import Assembled
from tasks.stored import recomposing, stored_candidates
from tasks.workshop import Workshop
from tests.qc.spoil import change, first, layer, read, rewrite

Made = tuple[Workshop, Assembled]
INDEX = "source_index"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows smaller than the product."""
    monkeypatch.setattr(recomposed, "_SIDE", 12)


@pytest.fixture
def piece(made: Made, product: Path) -> Piece:
    return Piece(product, made[1].facts)


def blocks(made: Made, piece: Piece, budget: int = 1 << 30) -> Finding:
    stack = made[1].stack
    return judge_blocks(piece, recomposing(stack, piece.facts, Cut(512, budget)), 2)


def decided(made: Made, piece: Piece, count: int = 60) -> Finding:
    return judge_reference(piece, stored_candidates(made[1].stack), count)


def inside(windows: Sequence[Window], shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    for rows, columns in windows:
        mask[rows.start : rows.stop, columns.start : columns.stop] = True
    return mask


def test_every_rule_looks_at_an_untouched_product(made: Made, product: Path) -> None:
    opened, assembled = made
    told = replace(opened, settings=opened.settings.model_copy(update={"qc": Thresholds()}))
    found = check_product(told, product, assembled.facts, assembled.stack).findings
    by_rule = {finding.rule: finding.verdict for finding in found}
    looked = ("L3.1-inputs", "L3.2-spectra", "L3.3-blocks", "L3.4-reference", "L3.5-method")
    assert {by_rule[rule] for rule in looked} == {Verdict.PASS}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("budget", [1 << 30, 1])
def test_windows_are_the_same_composed_again(made: Made, piece: Piece, budget: int) -> None:
    found = blocks(made, piece, budget)
    assert found.verdict is Verdict.PASS, found.message
    pixels = sum(len(r) * len(c) for r, c in random_windows(piece.facts, 2))
    assert str(pixels) in found.message


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["B02", INDEX, "valid_obs", "medoid_mos", "sun_zenith"])
def test_a_spoilt_pixel_in_a_window_is_found(made: Made, piece: Piece, name: str) -> None:
    pixels = read(piece.folder, name)
    place = first(inside(random_windows(piece.facts, 2), pixels.shape) & (pixels > 0))
    change(piece.folder, name, place, int(pixels[place]) - 1)
    found = blocks(made, piece)
    assert found.verdict is Verdict.FAIL
    assert f"{name} differs at 1 pixel, first row {place[0]} column {place[1]}" in found.message


@pytest.mark.usefixtures("small")
def test_a_spoilt_pixel_elsewhere_is_not(made: Made, piece: Piece) -> None:
    pixels = read(piece.folder, "B02")
    place = first(~inside(random_windows(piece.facts, 2), pixels.shape) & (pixels > 0))
    change(piece.folder, "B02", place, int(pixels[place]) - 1)
    assert blocks(made, piece).verdict is Verdict.PASS


def test_layers_that_the_inputs_do_not_give(made: Made, piece: Piece) -> None:
    fewer = replace(piece, facts=replace(piece.facts, layers=piece.facts.layers[1:]))
    found = blocks(made, fewer)
    assert found.verdict is Verdict.FAIL
    assert "the layers are others (B01)" in found.message


@pytest.mark.usefixtures("small")
def test_places_depend_on_the_name_alone(piece: Piece) -> None:
    facts = piece.facts
    again = replace(facts, sources=(), statistics={})
    assert random_windows(facts, 2) == random_windows(again, 2)
    assert random_pixels(facts, 20) == random_pixels(again, 20)
    other = replace(facts, name=replace(facts.name, number=facts.name.number + 1))
    assert random_windows(facts, 2) != random_windows(other, 2)
    assert random_pixels(facts, 20) != random_pixels(other, 20)


@pytest.mark.parametrize("shape", [(1, 1), (128, 128), (40, 300), (1000, 1000)])
def test_windows_lie_inside_and_are_all_different(piece: Piece, shape: tuple[int, int]) -> None:
    facts: ProductFacts = replace(piece.facts, grid=replace(piece.facts.grid, shape=shape))
    found = random_windows(facts, 5)
    assert len({*found}) == len(found) >= 1
    for window in found:
        for pixels, side in zip(window, shape, strict=True):
            assert pixels.start >= 0
            assert pixels.stop <= side
            assert len(pixels) == min(side, 128)


def test_nothing_is_composed_again_where_nobody_asks(made: Made, piece: Piece) -> None:
    stack = made[1].stack
    recompose = recomposing(stack, piece.facts, Cut(512, 1 << 30))
    assert judge_blocks(piece, recompose, 0).verdict is Verdict.SKIPPED
    assert judge_reference(piece, stored_candidates(stack), 0).verdict is Verdict.SKIPPED


def test_the_reference_decides_the_same(made: Made, piece: Piece) -> None:
    assert decided(made, piece, 400).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("name", "step"), [(INDEX, -1), ("valid_obs", 1), ("medoid_mos", 1), ("medoid_mos", -1)]
)
def test_the_reference_finds_a_spoilt_pixel(made: Made, piece: Piece, name: str, step: int) -> None:
    pixels = read(piece.folder, name).astype(int)
    asked = np.zeros(pixels.shape, bool)
    for place in random_pixels(piece.facts, 60):
        asked[place] = True
    place = first(asked & (pixels + min(step, 0) >= 0) & (pixels < 60000))
    change(piece.folder, name, place, int(pixels[place]) + step)
    found = decided(made, piece)
    assert found.verdict is Verdict.FAIL
    assert f"row {place[0]} column {place[1]} has {name} {pixels[place] + step}" in found.message


def test_the_reference_counts_a_datatake_once(made: Made, piece: Piece) -> None:
    """Were all inputs of one datatake, only the newest would count."""
    stack = made[1].stack

    def of_one_datatake(places: Sequence[tuple[int, int]]) -> list[list[Candidate]]:
        seen = stored_candidates(stack)(places)
        return [[replace(each, datatake="one") for each in pixel] for pixel in seen]

    assert judge_reference(piece, of_one_datatake, 60).verdict is Verdict.FAIL


def test_what_needs_a_layer_that_cannot_be_read_is_left_out(made: Made, piece: Piece) -> None:
    layer(piece.folder, INDEX).write_bytes(b"broken")
    for found in (blocks(made, piece), decided(made, piece), judge_method(piece)):
        assert found.verdict is Verdict.SKIPPED
        assert found.message == "INDEX cannot be read (L0.3-readable), which this rule needs."


def test_methods_agree(piece: Piece) -> None:
    found = judge_method(piece, piece)
    assert found.verdict is Verdict.PASS, found.message
    shares = piece.facts.statistics
    assert f"MEDOID {100 * shares['share_medoid']:.1f} %" in found.message


def test_a_count_that_forbids_the_method(piece: Piece) -> None:
    spread = read(piece.folder, "medoid_mos")
    change(piece.folder, "valid_obs", first(spread != 65535), 1)
    found = judge_method(piece)
    assert found.verdict is Verdict.FAIL
    assert "single observation are" in found.message


def test_shares_that_the_layers_do_not_have(piece: Piece) -> None:
    told = piece.facts.statistics | {"share_stc": 0.123456}
    found = judge_method(replace(piece, facts=replace(piece.facts, statistics=told)))
    assert found.verdict is Verdict.FAIL
    assert "not 0.123456" in found.message


def test_another_method_than_in_the_reference(piece: Piece, tmp_path: Path) -> None:
    other = Piece(Path(shutil.copytree(piece.folder, tmp_path / "other")), piece.facts)
    spread = read(other.folder, "medoid_mos")
    rewrite(other.folder, "medoid_mos", lambda p: np.where(p == spread.min(), 65535, p))
    changed = int((spread == spread.min()).sum())
    found = judge_method(piece, other)
    assert (found.verdict, found.value) == (Verdict.FAIL, changed)
    assert "another method than in the reference" in found.message


def test_methods_of_a_product_that_does_not_tell(piece: Piece) -> None:
    silent = replace(piece, facts=replace(piece.facts, threshold=0, statistics={}))
    assert judge_method(silent).verdict is Verdict.SKIPPED
    beside = judge_method(silent, piece)
    assert beside.verdict is Verdict.PASS
    assert "valid_obs was not compared" in beside.message
    layers = tuple(each for each in piece.facts.layers if each.api_id != "VALID_OBS")
    lacking = replace(piece, facts=replace(piece.facts, layers=layers))
    found = judge_method(lacking)
    assert found.verdict is Verdict.SKIPPED
    assert "VALID_OBS" in found.message
