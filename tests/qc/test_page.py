"""The page of a product: whole, self-contained, honest about what it cannot show."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from metadata.attributes import render_attributes
from products.bands import BY_ID, LAYERS, Layer
from products.encode import encode_layers
from products.formats import ProductFormat
from products.product import Contact, ProductFacts
from qc.catalogue import RULES
from qc.evidence import gather
from qc.finding import Finding, Verdict
from qc.page import render_page, report_stem
from tasks.produce import Assembled
from tasks.workshop import Workshop
from tests.products.made import facts_of, grid_of, random_pixels, write_scratch
from tests.qc.conftest import Check
from tests.qc.pages import accessible, self_contained, told, words
from tests.qc.spoil import change, layer, rewrite

CHECKED = datetime(2026, 11, 28, 22, 1, 5, tzinfo=UTC)
HOSTILE = "</p><script>alert('x')</script> & \"so\" on \x00\x1b[31m \ud800"
LARGEST = 1_500_000


@pytest.fixture
def facts(made: tuple[Workshop, Assembled]) -> ProductFacts:
    return made[1].facts


def page_of(
    product: Path, facts: ProductFacts, findings: list[Finding], reference: Path | None = None
) -> bytes:
    return render_page(facts, findings, gather(product, facts, reference), CHECKED)


def test_a_whole_product(product: Path, facts: ProductFacts, check: Check) -> None:
    findings = check(product)
    page = page_of(product, facts, findings)
    self_contained(page)
    accessible(page)
    assert len(page) < LARGEST
    said = words(page)
    assert "Passed" in said
    assert "".join(next(told(page).iter("h1")).itertext()) == str(facts.name)
    assert "2026-11-28 22:01:05 UTC" in said
    assert "cannot be shown" not in said
    for finding in findings:
        assert RULES[finding.rule].title in said
        assert RULES[finding.rule].todo in said
        assert finding.message in said
    for source in facts.sources:
        assert source.id in said
    names = [e.get("alt") or e.get("aria-label") or "" for e in told(page).iter()]
    for layer_ in facts.layers:
        if layer_.is_reflectance:
            assert any(name.startswith(f"Histogram of {layer_.api_id} ") for name in names)


def test_the_same_product_gives_the_same_bytes(product: Path, facts: ProductFacts) -> None:
    findings = [Finding("L1.1-scl", Verdict.WARN, "Hm.", 1.5, 1)]
    assert page_of(product, facts, findings) == page_of(product, facts, findings)


@pytest.mark.parametrize(
    ("verdicts", "word", "why"),
    [
        ([Verdict.PASS], "Passed", "1 rule looked, and none objected."),
        ([Verdict.PASS, Verdict.WARN], "Passed with warnings", "Of 2 rules that looked, 1 rule w"),
        ([Verdict.WARN, Verdict.FAIL], "Stopped", "Of 2 rules that looked, 1 rule failed and 1 r"),
        ([Verdict.SKIPPED], "Not judged", "No rule could look at the product."),
        ([], "Not judged", "No rule could look at the product."),
    ],
)
def test_the_verdict_in_words(
    product: Path, facts: ProductFacts, verdicts: list[Verdict], word: str, why: str
) -> None:
    rules = ("L0.1-complete", "L0.2-inspire")
    findings = [Finding(r, v, "So.") for r, v in zip(rules, verdicts, strict=False)]
    page = page_of(product, facts, findings)
    (verdict,) = [p for p in told(page).iter("p") if "word" in (p.get("class") or "")]
    assert "".join(verdict.itertext()).strip().endswith(word)
    assert why in words(page)


def test_hostile_words_are_shown_as_words(product: Path, facts: ProductFacts) -> None:
    sources = tuple(replace(source, id=HOSTILE, satellite=HOSTILE) for source in facts.sources)
    hostile = replace(facts, sources=sources, notes=(HOSTILE,), algorithm=HOSTILE)
    findings = [Finding("L1.1-scl", verdict, HOSTILE) for verdict in Verdict]
    page = page_of(product, hostile, findings)
    self_contained(page)
    assert "</p><script>alert('x')</script> & \"so\" on" in words(page)


def test_numbers_and_limits_are_shown_with_their_setting(
    product: Path, facts: ProductFacts
) -> None:
    said = words(page_of(product, facts, [Finding("L1.1-zenith", Verdict.WARN, "x", 10.62, 11)]))
    assert "Largest view zenith, degrees: 10.62, at most 11 ( S2GM_QC__VIEW_ZENITH )" in said
    findings = [Finding("L1.5-quicklook", Verdict.FAIL, "x", 0.0002, 0.001)]
    said = words(page_of(product, facts, findings))
    assert "Reflectance spanned, reflectance: 0.0002, at least 0.001 ( S2GM_QC__CONTRAST" in said


def test_skipped_rules_and_rules_not_run_are_told(product: Path, facts: ProductFacts) -> None:
    said = words(page_of(product, facts, [Finding("L3.2-spectra", Verdict.SKIPPED, "No store.")]))
    assert "No store." in said
    assert "skipped" in said
    assert "L1.1-scl not run" in said


def test_two_findings_of_one_rule_are_both_shown(product: Path, facts: ProductFacts) -> None:
    findings = [Finding("L1.1-scl", Verdict.FAIL, f"Piece {number}.") for number in (1, 2)]
    page = page_of(product, facts, findings)
    self_contained(page)
    assert all(f"Piece {number}." in words(page) for number in (1, 2))


@pytest.mark.parametrize("name", ["B04", "source_index", "valid_obs", "view_zenith_mean"])
@pytest.mark.parametrize("how", ["gone", "torn", "other size", "other type"])
def test_a_broken_product_has_a_page_that_says_so(
    product: Path, facts: ProductFacts, check: Check, name: str, how: str
) -> None:
    path = layer(product, name)
    match how:
        case "gone":
            path.unlink()
        case "torn":
            path.write_bytes(path.read_bytes()[:300])
        case "other size":
            rewrite(product, name, lambda pixels: pixels[:-1])
        case _:
            rewrite(product, name, dtype="float64")
    page = page_of(product, facts, check(product))
    self_contained(page)
    accessible(page)
    assert "Stopped" in words(page)
    assert f"The layer {name} cannot be shown" in words(page)
    (gap, *_) = [e for e in told(page).iter("div") if e.get("class") == "gap"]
    assert str(product) not in "".join(gap.itertext())


def test_a_product_without_any_layer_has_a_page(product: Path, facts: ProductFacts) -> None:
    for path in product.rglob("*.tiff"):
        path.unlink()
    page = page_of(product, facts, [Finding("L0.1-complete", Verdict.FAIL, "All is missing.")])
    self_contained(page)
    assert "<img" not in page.decode()


def test_an_index_outside_the_list_is_no_reason_not_to_draw(
    product: Path, facts: ProductFacts
) -> None:
    change(product, "source_index", (0, 0), 30000)
    change(product, "source_index", (0, 1), -2)
    change(product, "quality_scene_classification", (0, 0), 9)
    page = page_of(product, facts, [])
    self_contained(page)
    assert "not valid" in words(page)


def test_the_revision_before_is_compared(product: Path, facts: ProductFacts) -> None:
    before = product.parent / "before"
    shutil.copytree(product, before)
    rewrite(product, "B04", lambda pixels: pixels + (pixels < 60000) * 7)
    page = page_of(product, facts, [], before)
    self_contained(page)
    accessible(page)
    said = words(page)
    assert "Change against before" in said
    (row,) = [r for r in told(page).iter("tr") if r[0].text == "B04"]
    assert [cell.text for cell in row[2:5]] == ["0\u202f%", "0.0007", "0.0007"]
    (row,) = [r for r in told(page).iter("tr") if r[0].text == "B03"]
    assert [cell.text for cell in row[2:5]] == ["100\u202f%", "0.0000", "0.0000"]


def test_a_reference_that_lies_elsewhere_is_not_compared(
    product: Path, facts: ProductFacts, tmp_path: Path
) -> None:
    elsewhere = replace(facts.grid, transform=facts.grid.transform.translation(20, 0))
    moved = replace(facts, grid=elsewhere)
    page = page_of(product, moved, [], product)
    self_contained(page)
    assert "it lies elsewhere" in words(page)


@pytest.mark.parametrize("form", ProductFormat)
def test_orders_of_few_bands_in_any_format(tmp_path: Path, form: ProductFormat) -> None:
    layers = (BY_ID["B08"], BY_ID["SCENE"])
    page = order_page(tmp_path, form, layers, (40, 60))
    self_contained(page)
    accessible(page)
    said = words(page)
    assert "This product has no layer B04." in said
    assert "This product has no layer source_index." in said
    assert "B08 near infrared" in said


def test_the_page_of_a_large_product_stays_small(tmp_path: Path) -> None:
    layers = tuple(layer for layer in LAYERS if layer.api_id != "AOT")
    page = order_page(tmp_path, ProductFormat.GEO_TIFF, layers, (900, 900))
    self_contained(page)
    assert "one pixel of every 2 rows" in words(page)
    assert len(page) < LARGEST


def order_page(
    folder: Path, form: ProductFormat, layers: tuple[Layer, ...], shape: tuple[int, int]
) -> bytes:
    """Return the page of a piece with random pixels; noise packs worse than any real product."""
    grid = grid_of(4326, shape)
    facts = facts_of(grid, form, layers)
    scratch = write_scratch(folder / "scratch", grid, random_pixels(grid, layers))
    (folder / facts.place).mkdir()
    attributes = render_attributes(facts, Contact(), (3.0, 49.0, 4.0, 50.0))
    encode_layers(scratch, folder / facts.place, facts, attributes)
    findings = [Finding("L0.1-complete", Verdict.PASS, "As it should be.")]
    return render_page(facts, findings, gather(folder, facts), CHECKED)


def test_reports_of_pieces_bear_the_name_of_the_piece(facts: ProductFacts) -> None:
    assert report_stem(facts) == str(facts.name)
    assert report_stem(replace(facts, place="31UES")) == f"{facts.name}_31UES"


def test_many_inputs_share_colours(product: Path, facts: ProductFacts) -> None:
    many = tuple(
        replace(facts.sources[0], id=f"g{n}", date=date(2022, 1 + n // 28, 1 + n % 28))
        for n in range(300)
    )
    rewrite(product, "source_index", lambda pixels: (pixels * 0 + range(pixels.shape[1])) % 300)
    page = page_of(product, replace(facts, sources=many), [])
    self_contained(page)
    assert "01-01 to 01-" in words(page)
