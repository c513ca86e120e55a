"""Two products side by side: every pixel that differs is counted, however they are cut."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine

from products.bands import LAYERS
from products.formats import ProductFormat
from products.period import Period, PeriodKind
from products.product import ProductFacts
from qc import layers as layers_module
from qc.comparison import Comparison, NotComparable, compare, paired
from qc.difference import LayerDifference, Likeness
from qc.finding import Finding, Verdict
from qc.layers import Piece, Window, thinned
from qc.likeness import judge_likeness
from qc.opened import open_product
from tests.qc.foreign import make_foreign, rewrite_metadata
from tests.qc.spoil import change, read, rewrite

INDEX = "source_index"


@pytest.fixture
def other(product: Path, tmp_path: Path) -> Path:
    """A second copy, to be spoilt."""
    return Path(shutil.copytree(product, tmp_path / "other" / product.name))


def piece(folder: Path) -> Piece:
    (facts,) = open_product(folder)
    return Piece(folder, facts)


def compared(product: Path, other: Path, allow: bool | None = None) -> Comparison:
    def everywhere(window: Window) -> np.ndarray:
        return np.full((len(window[0]), len(window[1])), bool(allow))

    return compare(piece(product), piece(other), None if allow is None else everywhere)


def of(comparison: Comparison, name: str) -> LayerDifference:
    return next(layer for layer in comparison.layers if layer.layer == name)


def judged(comparison: Comparison, *, exact: bool = True) -> dict[str, Finding]:
    return {finding.rule: finding for finding in judge_likeness([comparison], exact=exact)}


def test_a_copy_is_equal(product: Path, other: Path) -> None:
    found = compared(product, other, allow=False)
    assert {layer.likeness for layer in found.layers} == {Likeness.EQUAL}
    assert (found.changed, found.unexplained) == (0, None)
    assert {f.verdict for f in judged(found).values()} == {Verdict.PASS}


def test_the_same_pixels_in_other_bytes_are_equal(product: Path, other: Path) -> None:
    for name in ("B04", INDEX):
        rewrite(other, name)
    assert compared(product, other, allow=False).changed == 0


@pytest.mark.parametrize("cut", [(512, 4096), (7, 100), (64, 33)])
def test_every_pixel_is_counted_however_layers_are_cut(
    product: Path, other: Path, monkeypatch: pytest.MonkeyPatch, cut: tuple[int, int]
) -> None:
    monkeypatch.setattr(layers_module, "_ROWS", cut[0])
    monkeypatch.setattr(layers_module, "_COLUMNS", cut[1])
    pixels = {name: read(product, name) for name in ("B04", "quality_scene_classification")}
    rng = np.random.default_rng(3)
    spoilt = {name: np.where(rng.random(p.shape) < 0.01, 5, p) for name, p in pixels.items()}
    for name, values in spoilt.items():
        rewrite(other, name, lambda _, values=values: values)
    differs = {name: pixels[name] != spoilt[name] for name in pixels}
    found = compared(product, other, allow=False)
    assert of(found, "B04").changed == differs["B04"].sum()
    assert of(found, "SCENE").changed == differs["quality_scene_classification"].sum()
    either = np.logical_or(*differs.values())
    assert found.changed == either.sum()
    assert found.unexplained
    assert found.unexplained.pixels == either.sum()
    assert either[found.unexplained.row, found.unexplained.column]
    assert compared(product, other, allow=True).unexplained is None


def test_only_pixels_that_may_not_differ_are_unexplained(product: Path, other: Path) -> None:
    pixels = read(product, "B08")
    for place in ((0, 0), (10, 20), (17, 5)):
        change(other, "B08", place, int(pixels[place]) ^ 1)

    def one_place(window: Window) -> np.ndarray:
        allowed = np.zeros((len(window[0]), len(window[1])), bool)
        allowed[0, 0] = True
        return allowed

    found = compare(piece(product), piece(other), one_place)
    assert found.unexplained
    told = found.unexplained
    assert (told.pixels, told.row, told.column, told.layer) == (2, 10, 20, "B08")


def test_the_source_is_compared_by_granule(product: Path, other: Path) -> None:
    """A granule that comes first moves all numbers by one, and nothing else."""

    def shift(document: dict[str, Any]) -> None:
        new = dict(document["Input_list"][0], Id="S2A_NEW", Checksum="0" * 64)
        document["Input_list"].insert(0, new)
        for key, first in (("Source_product_list", "S2A_NEW"), ("Product_id_list", "S2A_NEW")):
            names = [first, *document[key].values()]
            document[key] = {str(index): name for index, name in enumerate(names)}

    rewrite_metadata(other, shift)
    rewrite(other, INDEX, lambda index: np.where(index >= 0, index + 1, index))
    assert compared(product, other, allow=False).changed == 0
    rewrite(other, INDEX, lambda index: np.where(index >= 0, index - 1, index))
    wrong = (read(product, INDEX) >= 0).sum()
    assert of(compared(product, other), "INDEX").changed == wrong


def test_the_source_of_a_foreign_product_is_compared_by_its_identifiers(
    product: Path, other: Path
) -> None:
    make_foreign(other)
    assert compared(product, other).changed == 0


def test_an_exact_reference_must_be_equal(product: Path, other: Path) -> None:
    rows, columns = np.nonzero(read(product, INDEX) >= 0)
    place = int(rows[0]), int(columns[0])
    value = int(read(product, "B04")[place])
    change(other, "B04", place, value + 7)
    found = judged(compared(product, other))
    failing = {rule for rule, finding in found.items() if finding.verdict is Verdict.FAIL}
    assert failing == {"L2.1-reflectance", "L2.2-distribution"}
    assert found["L2.1-reflectance"].value == 7
    assert "B04 at 1 pixel, sum of differences 7" in found["L2.1-reflectance"].message
    assert "heterogeneous (median 0" in found["L2.2-distribution"].message
    told = judged(compared(product, other), exact=False)
    assert {finding.verdict for finding in told.values()} == {Verdict.PASS}
    assert "Changed since" in told["L2.1-reflectance"].message


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("quality_scene_classification", 2, "L2.3-scene"),
        (INDEX, 0, "L2.4-source"),
        ("sun_zenith", 1, "L2.7-others"),
        ("medoid_mos", 1, "L2.7-others"),
        ("quality_aot", 1, "L2.7-others"),
    ],
)
def test_every_layer_belongs_to_a_rule(
    product: Path, other: Path, name: str, value: int, rule: str
) -> None:
    rows, columns = np.nonzero((read(product, name) != value) & (read(product, INDEX) > 0))
    change(other, name, (int(rows[0]), int(columns[0])), value)
    found = judged(compared(product, other))
    assert {r for r, finding in found.items() if finding.verdict is Verdict.FAIL} == {rule}


def test_all_layers_are_compared_by_exactly_one_rule() -> None:
    from qc.likeness import _RULES

    names = [n for rule, names in _RULES.items() if rule != "L2.2-distribution" for n in names]
    assert sorted(names) == sorted(layer.api_id for layer in LAYERS)


def test_a_constant_shift_is_told(product: Path, other: Path) -> None:
    rewrite(other, "B11", lambda p: np.where(p == 65535, p, p + 100))
    found = judged(compared(product, other))["L2.2-distribution"]
    assert "B11 constant shift (median -100" in found.message


def test_a_band_with_data_in_one_only_is_not_equal(product: Path, other: Path) -> None:
    rows, columns = np.nonzero(read(product, INDEX) >= 0)
    change(other, "B11", (int(rows[0]), int(columns[0])), 65535)
    found = judged(compared(product, other))["L2.1-reflectance"]
    assert (found.verdict, found.value) == (Verdict.FAIL, 0)
    assert "1 with data in one only" in found.message


def _with(**changes: Any) -> Callable[[ProductFacts], ProductFacts]:
    return lambda facts: replace(facts, **changes)


def _on_grid(**changes: Any) -> Callable[[ProductFacts], ProductFacts]:
    return lambda facts: replace(facts, grid=replace(facts.grid, **changes))


def _daily(facts: ProductFacts) -> ProductFacts:
    period = Period(PeriodKind.DAY, facts.period.start)
    return replace(facts, name=replace(facts.name, period=period))


@pytest.mark.parametrize(
    ("alter", "what"),
    [
        (lambda f: replace(f, layers=f.layers[1:]), "bands differ"),
        (_with(form=ProductFormat.JP2), "formats differ"),
        (_on_grid(epsg=32632), "projections differ"),
        (_on_grid(resolution=10), "resolutions differ"),
        (_with(tiles=("31UES",)), "tiles differ"),
        (_on_grid(shape=(1, 1)), "sizes in pixels differ"),
        (_on_grid(transform=Affine(20, 0, 0, 0, -20, 0)), "places differ"),
        (_daily, "kinds of period differ"),
    ],
)
def test_what_is_not_comparable(
    product: Path, alter: Callable[[ProductFacts], ProductFacts], what: str
) -> None:
    one = piece(product)
    with pytest.raises(NotComparable, match=what):
        paired([one], [Piece(product, alter(one.facts))])


def test_pieces_are_paired_by_their_folders(product: Path) -> None:
    one = piece(product)
    pieces = [Piece(product, replace(one.facts, place=name)) for name in ("31UDS", "31UDT")]
    pairs = paired(pieces, pieces[::-1])
    assert [(a.facts.place, b.facts.place) for a, b in pairs] == [("31UDS",) * 2, ("31UDT",) * 2]
    with pytest.raises(NotComparable, match="pieces differ \\(31UDT against none more\\)"):
        paired(pieces, pieces[:1])
    renamed = Piece(product, replace(one.facts, place="Field"))
    assert paired([one], [renamed]) == [(one, renamed)]


def test_thinned_layers_are_pixels_of_the_layer(
    product: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers_module, "_LARGEST", 9)
    one = piece(product)
    layer = one.layer("B04")
    assert layer
    whole = read(product, "B04")
    step = -(-max(whole.shape) // 9)
    few = thinned(one, layer)
    assert few.size == (whole.shape[0] // step) * (whole.shape[1] // step)
    assert np.isin(few, whole).all()
    monkeypatch.setattr(layers_module, "_ROWS", 7)
    monkeypatch.setattr(layers_module, "_COLUMNS", 5)
    without_overviews = Piece(product, replace(one.facts, form=ProductFormat.JP2))
    path = one.path(layer)
    monkeypatch.setattr(Piece, "path", lambda _, __: path)
    assert (thinned(without_overviews, layer) == whole[::step, ::step]).all()
