"""A published product is checked with all that the catalog and the working store know of it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.query import mosaics
from products.errors import BadInput
from products.granule import Granule
from products.period import Period, PeriodKind
from qc.catalogue import RULES
from qc.finding import Finding, Verdict
from qc.layers import Piece
from qc.opened import open_product
from tasks import produce as produce_module
from tasks.check import Checkup, check_folder
from tasks.compared import compare_product
from tasks.settings import Settings
from tasks.subject import Subject
from tasks.workshop import Workshop
from tests.qc.foreign import make_foreign, rewrite_metadata
from tests.qc.spoil import change, read, rewrite, seal
from tests.tasks.carry_world import (
    DRAWN,
    LAND,
    Sight,
    box,
    bring_up,
    deliver,
    forget,
    published,
    take_in,
    whole,
    withdraw,
)
from tests.tasks.helpers import workshop

LOCAL = Sight(9, ((box(range(3, 4), range(3, 5)), LAND),))
"""Ground in the middle alone; elsewhere cloud."""
INDEX = "source_index"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    monkeypatch.setattr(produce_module, "write_pictures", lambda *_: None)
    opened = workshop(tmp_path / "home", block=32, threshold=3, qc=DRAWN)
    yield opened
    opened.catalog.close()


@pytest.fixture
def granules(shop: Workshop, tmp_path: Path) -> list[Granule]:
    """Two clear granules, then one that is clear in the middle alone: two revisions."""
    given = [deliver(tmp_path / "in", sight) for sight in (whole(3), whole(5), LOCAL)]
    take_in(shop, given[:2])
    take_in(shop, given[2:])
    return given


@pytest.fixture
def product(shop: Workshop, granules: list[Granule], tmp_path: Path) -> Path:
    """A copy of the second revision, to be spoilt."""
    made = published(shop)
    return Path(shutil.copytree(made, tmp_path / "copy" / made.name))


def checked(shop: Workshop | None, folder: Path, reference: Path | None = None) -> Checkup:
    settings = shop.settings if shop else Settings(qc=DRAWN)
    return check_folder(folder, reference, settings, shop)


def by_rule(checkup: Checkup) -> dict[str, Finding]:
    assert [f.rule for f in checkup.findings] == [
        rule.id for rule in RULES.values() if rule.level != "input"
    ]
    return {finding.rule: finding for finding in checkup.findings}


def those(checkup: Checkup, verdict: Verdict) -> set[str]:
    return {rule for rule, finding in by_rule(checkup).items() if finding.verdict is verdict}


def test_all_chapters_look_at_a_published_product(shop: Workshop, product: Path) -> None:
    found = checked(shop, product)
    assert those(found, Verdict.FAIL) == those(found, Verdict.WARN) == set()
    assert {r for r in those(found, Verdict.SKIPPED) if r[:2] != "L1"} == {"L2.6-year"}
    assert found == checked(shop, product)


def test_the_catalog_keeps_what_the_chapters_said(shop: Workshop, product: Path) -> None:
    with shop.catalog.transaction() as session:
        (status,) = mosaics(session)
    found = by_rule(checked(shop, product))
    assert status.verdicts == {rule: finding.verdict for rule, finding in found.items()}


def test_changes_are_told_and_explained(shop: Workshop, product: Path) -> None:
    checkup = checked(shop, product)
    found, (comparison,) = by_rule(checkup), checkup.comparisons
    middle = 16 * 32
    assert 0 < comparison.changed <= middle
    assert f"{comparison.changed} of {128 * 128} pixels changed" in found["L2.5-unchanged"].message
    assert "Changed since" in found["L2.1-reflectance"].message
    assert {layer.layer for layer in comparison.layers} >= {"B02", "INDEX", "VALID_OBS"}


@pytest.mark.parametrize("name", ["B02", INDEX, "quality_scene_classification", "sun_zenith"])
def test_a_change_that_no_input_explains(shop: Workshop, product: Path, name: str) -> None:
    pixels = read(product, name)
    change(product, name, (0, 100), int(pixels[0, 100]) - 1)
    found = by_rule(checked(shop, product))
    told = found["L2.5-unchanged"]
    assert (told.verdict, told.value) == (Verdict.FAIL, 1)
    assert "row 0 column 100" in told.message
    assert found["L0.1-manifest"].verdict is Verdict.FAIL
    assert "not the one that the catalog published" in found["L0.1-manifest"].message


def test_a_change_where_an_input_counts_is_not_told_apart(shop: Workshop, product: Path) -> None:
    change(product, "sun_zenith", (50, 60), 1)
    assert by_rule(checked(shop, product))["L2.5-unchanged"].verdict is Verdict.PASS


def test_what_was_done_to_the_revision_before_is_not_held_against_this_one(
    shop: Workshop, product: Path
) -> None:
    (before,) = (p for p in shop.products.glob("*/*") if p.name != product.name)
    change(before, "B02", (0, 100), 1)
    told = by_rule(checked(shop, product))["L2.5-unchanged"]
    assert told.verdict is Verdict.SKIPPED
    assert f"{before.name} is not as it was published" in told.message


def test_a_revision_before_that_is_gone(shop: Workshop, product: Path) -> None:
    (before,) = (p for p in shop.products.glob("*/*") if p.name != product.name)
    shutil.rmtree(before)
    found = by_rule(checked(shop, product))
    assert found["L2.5-unchanged"].verdict is Verdict.SKIPPED
    assert "no longer in the data root" in found["L2.1-reflectance"].message


def test_an_unreadable_revision_before(shop: Workshop, product: Path) -> None:
    (before,) = (p for p in shop.products.glob("*/*") if p.name != product.name)
    next(before.rglob("B02_*.tiff")).write_bytes(b"broken")
    told = by_rule(checked(shop, product))["L2.5-unchanged"]
    assert told.verdict is Verdict.SKIPPED
    assert f"{before.name}: of the other product, B02 cannot be read" in told.message
    assert str(before) not in told.message


def test_without_the_observation_that_went_the_counts_tell(
    shop: Workshop, product: Path, granules: list[Granule]
) -> None:
    withdraw(shop, granules[0])
    assert bring_up(shop) == 1
    newest = published(shop)
    forget(shop, granules[0])
    assert by_rule(checked(shop, newest))["L2.5-unchanged"].verdict is Verdict.PASS
    copy = Path(shutil.copytree(newest, product.parent / newest.name))
    rewrite(copy, "B02", lambda p: np.where(p == p[0, 0], 1, p))
    rewrite(copy, "valid_obs", lambda _: read(_before(shop, newest), "valid_obs"))
    told = by_rule(checked(shop, copy))["L2.5-unchanged"]
    assert told.verdict is Verdict.FAIL


def _before(shop: Workshop, newest: Path) -> Path:
    return sorted(shop.products.glob("*/*"), key=lambda p: int(p.name.rpartition("_")[2]))[-2]


def test_a_reprocessing_may_change_what_it_shows_alone(shop: Workshop, tmp_path: Path) -> None:
    first = deliver(tmp_path / "in", replace(LOCAL, baseline=300))
    again = deliver(tmp_path / "in", replace(LOCAL, baseline=400, seed=1))
    take_in(shop, [deliver(tmp_path / "in", whole(3)), first])
    take_in(shop, [again])
    found = checked(shop, published(shop))
    told = by_rule(found)["L2.5-unchanged"]
    assert told.verdict is Verdict.PASS, told.message
    assert found.comparisons[0].changed > 0
    forget(shop, first)
    told = by_rule(checked(shop, published(shop)))["L2.5-unchanged"]
    assert told.verdict is Verdict.SKIPPED
    assert "inputs came and others went" in told.message


def test_another_definition_may_change_everything(
    shop: Workshop, granules: list[Granule], tmp_path: Path
) -> None:
    later = workshop(tmp_path / "home", block=32, threshold=2, qc=DRAWN)
    withdraw(later, granules[0])
    assert bring_up(later) == 1
    told = by_rule(checked(later, published(later)))["L2.5-unchanged"]
    later.catalog.close()
    assert told.verdict is Verdict.SKIPPED
    assert "different definitions" in told.message


def _listed(alter: Callable[[list[Any]], None]) -> Callable[[dict[str, Any]], None]:
    return lambda document: alter(document["Input_list"])


def _reversed(document: dict[str, Any]) -> None:
    document["Input_list"].reverse()
    for key in ("Source_product_list", "Product_id_list"):
        names = reversed(document[key].values())
        document[key] = {str(index): name for index, name in enumerate(names)}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_reversed, "in another order"),
        (_listed(lambda inputs: inputs[0].update(Checksum="0" * 64)), "2 inputs are not as in"),
        (_listed(lambda inputs: inputs[1].update(Id="other")), "2 inputs are not as in"),
        (_listed(lambda inputs: inputs.pop()), "1 input is not as in"),
        (_listed(lambda inputs: inputs.append(inputs[0] | {"Id": "more"})), "1 input is not"),
        (
            lambda document: document["Source_product_list"].update({"0": "other"}),
            "2 inputs are not as in",
        ),
    ],
)
def test_metadata_that_state_other_inputs(
    shop: Workshop, product: Path, spoil: Callable[[dict[str, Any]], None], words: str
) -> None:
    rewrite_metadata(product, spoil)
    seal(product)
    told = by_rule(checked(shop, product))["L3.1-inputs"]
    assert told.verdict is Verdict.FAIL
    assert words in told.message


def test_inputs_that_no_longer_count_are_stale(
    shop: Workshop, product: Path, granules: list[Granule], tmp_path: Path
) -> None:
    withdraw(shop, granules[0])
    told = by_rule(checked(shop, product))["L3.1-inputs"]
    assert told.verdict is Verdict.WARN
    assert "0 granules came and 1 went since; a newer revision is due" in told.message
    take_in(shop, [deliver(tmp_path / "in", whole(7))])
    told = by_rule(checked(shop, product))["L3.1-inputs"]
    assert told.verdict is Verdict.WARN
    assert "1 granule came and 1 went since; it is not the current" in told.message


def test_inputs_that_are_not_in_the_store_are_decoded_again(
    shop: Workshop, product: Path, granules: list[Granule]
) -> None:
    for granule in granules:
        forget(shop, granule)
    found = checked(shop, product)
    assert those(found, Verdict.FAIL) == set()
    assert "L3.3-blocks" in those(found, Verdict.PASS)


def test_inputs_that_are_gone_are_told_and_the_rest_is_checked(
    shop: Workshop, product: Path, granules: list[Granule]
) -> None:
    forget(shop, granules[0])
    Path(granules[0].images[0].href).unlink()
    found = by_rule(checked(shop, product))
    for rule in ("L3.2-spectra", "L3.3-blocks", "L3.4-reference"):
        assert found[rule].verdict is Verdict.SKIPPED
        assert "cannot be read again" in found[rule].message
    assert found["L3.1-inputs"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_listed(lambda inputs: inputs.append(inputs[0] | {"Id": "more"})), "they are 3, not 4"),
        (lambda document: document["Geometry"].update(Image_width=64), "on another grid"),
        (
            lambda document: document["Band_interpretations"].append(
                document["Band_interpretations"][0] | {"Name": "B01"}
            ),
            "they do not have B01",
        ),
    ],
)
def test_metadata_that_do_not_fit_the_inputs(
    shop: Workshop, product: Path, spoil: Callable[[dict[str, Any]], None], words: str
) -> None:
    rewrite_metadata(product, spoil)
    seal(product)
    found = by_rule(checked(shop, product))
    assert found["L3.3-blocks"].verdict is Verdict.SKIPPED
    assert words in found["L3.3-blocks"].message
    assert found["L0.1-manifest"].verdict is Verdict.FAIL


def test_a_wrong_threshold_in_the_metadata_is_noticed(shop: Workshop, product: Path) -> None:
    rewrite_metadata(product, lambda document: document.update(Medoid_threshold=2))
    found = by_rule(checked(shop, product))
    assert found["L3.5-method"].verdict is Verdict.FAIL
    assert found["L3.3-blocks"].verdict is found["L3.4-reference"].verdict is Verdict.PASS


def test_a_second_folder_of_layers_does_not_belong_to_a_mosaic(
    shop: Workshop, product: Path
) -> None:
    shutil.copytree(product / "31UDS", product / "31UDT")
    assert {"L0.1-complete", "L3.1-inputs"} <= those(checked(shop, product), Verdict.FAIL)


def test_a_year_that_is_like_the_last_one_or_not(shop: Workshop, tmp_path: Path) -> None:
    take_in(shop, [a_year_earlier(deliver(tmp_path / "in", whole(day))) for day in (3, 5)])
    take_in(shop, [deliver(tmp_path / "next", whole(day)) for day in (3, 5)])
    folders = sorted(shop.products.glob("*/*_20220101_*"))
    found = by_rule(checked(shop, folders[-1]))["L2.6-year"]
    assert (found.verdict, found.limit) == (Verdict.PASS, 0.6)
    assert "20210101" in found.message
    rewrite(folders[-1], "B02", lambda p: np.where(p == 65535, p, p // 2 + 20000))
    warned = by_rule(checked(shop, folders[-1]))["L2.6-year"]
    assert (warned.verdict, warned.limit) == (Verdict.WARN, 0.6)
    assert "B02" in warned.message


def a_year_earlier(granule: Granule) -> Granule:
    sensed = granule.datatake_start.replace(year=2021)
    return replace(
        granule,
        id=granule.id.replace("S2A", "S2A_2021"),
        datatake_start=sensed,
        datastrip=granule.datastrip.replace("2022", "2021"),
        generated=datetime(2021, 2, 1, tzinfo=UTC),
    )


def test_days_are_not_compared_with_those_of_another_year(product: Path) -> None:
    (facts,) = open_product(product)
    day = replace(facts.name, period=Period(PeriodKind.DAY, facts.period.start))
    pieces = (Piece(product, replace(facts, name=day)),)
    *_, year = compare_product(
        Subject(product, pieces, Settings(), unknown="Nobody knows.")
    ).findings
    assert (year.rule, year.verdict) == ("L2.6-year", Verdict.SKIPPED)
    assert "One day" in year.message


def test_a_reference_must_be_equal(shop: Workshop, product: Path, tmp_path: Path) -> None:
    made = published(shop)
    found = checked(shop, product, made)
    assert those(found, Verdict.FAIL) == set()
    assert made.name in by_rule(found)["L2.1-reflectance"].message
    change(product, "sun_zenith", (5, 5), 1)
    found = checked(shop, product, made)
    assert {"L2.7-others", "L2.5-unchanged"} <= those(found, Verdict.FAIL)
    assert those(found, Verdict.FAIL) <= {
        "L2.7-others", "L2.5-unchanged", "L0.1-manifest", "L3.3-blocks",
    }  # fmt: skip


def test_a_reference_of_another_year_is_only_told(shop: Workshop, tmp_path: Path) -> None:
    take_in(shop, [a_year_earlier(deliver(tmp_path / "in", whole(3)))])
    take_in(shop, [deliver(tmp_path / "next", whole(3, seed=4))])
    (earlier,) = shop.products.glob("*/*_20210101_*")
    (now,) = shop.products.glob("*/*_20220101_*")
    checkup = checked(None, now, earlier)
    assert those(checkup, Verdict.FAIL) == set()
    assert checkup.left_out == ["Its inputs were not checked."]
    assert not checkup.comparisons[0].same_period
    found = by_rule(checkup)
    assert "another period" in found["L3.1-inputs"].message
    assert found["L2.1-reflectance"].verdict is Verdict.PASS
    told = found["L2.1-reflectance"].message
    assert told.startswith(f"Differs from MONTH 2021-01-01 ({earlier.name}): ")
    assert found["L2.5-unchanged"].verdict is Verdict.SKIPPED
    assert found["L2.6-year"].verdict is Verdict.PASS


def test_a_reference_that_cannot_be_compared_is_told(shop: Workshop, product: Path) -> None:
    made = published(shop)
    assert checked(shop, product, made).not_compared == ""
    other = Path(shutil.copytree(made, product.parent / "other"))
    rewrite_metadata(other, lambda document: document.update(Tile_list=["31UDT"]))
    found = checked(shop, product, other)
    assert found.comparisons == ()
    assert found.beside is None
    assert found.left_out == [
        f"It cannot be compared with {made.name}: their tiles differ (31UDS against 31UDT)."
    ]
    assert by_rule(found)["L2.5-unchanged"].verdict is Verdict.PASS, "the revision before is known"


def test_a_reference_that_cannot_be_read_is_not_compared(shop: Workshop, product: Path) -> None:
    other = Path(shutil.copytree(published(shop), product.parent / "other"))
    next(other.rglob("B02_*.tiff")).write_bytes(b"broken")
    found = checked(None, product, other)
    assert "B02 cannot be read" in found.not_compared
    assert those(found, Verdict.FAIL) == set()


def test_it_is_said_where_inputs_were_not_checked(
    shop: Workshop, product: Path, granules: list[Granule]
) -> None:
    assert checked(None, product).left_out == ["Its inputs were not checked."]
    assert checked(shop, product).left_out == []
    forget(shop, granules[0])
    Path(granules[0].images[0].href).unlink()
    assert checked(shop, product).left_out == ["It was not composed again from its inputs."]


def test_without_a_catalog_it_is_said_what_was_not_checked(product: Path) -> None:
    found = checked(None, product)
    assert those(found, Verdict.FAIL) == set()
    skipped = {rule for rule in those(found, Verdict.SKIPPED) if rule[:2] in ("L2", "L3")}
    assert skipped == {
        "L2.1-reflectance", "L2.2-distribution", "L2.3-scene", "L2.4-source", "L2.5-unchanged",
        "L2.6-year", "L2.7-others", "L3.1-inputs", "L3.2-spectra", "L3.3-blocks", "L3.4-reference",
    }  # fmt: skip
    for rule in skipped:
        assert "no catalog in --home" in by_rule(found)[rule].message


def test_the_revision_before_as_reference_without_a_catalog(shop: Workshop, product: Path) -> None:
    """Where one input came, the number of observations tells where pixels may change."""
    (before,) = (p for p in shop.products.glob("*/*") if p.name != product.name)
    found = by_rule(checked(None, product, before))
    assert found["L2.1-reflectance"].verdict is Verdict.FAIL
    assert found["L2.5-unchanged"].verdict is Verdict.PASS, found["L2.5-unchanged"].message
    assert found["L3.1-inputs"].verdict is Verdict.FAIL
    assert "1 of 3 inputs are not among the 2" in found["L3.1-inputs"].message
    change(product, "B02", (0, 100), 1)
    found = by_rule(checked(None, product, before))
    assert (found["L2.5-unchanged"].verdict, found["L2.5-unchanged"].value) == (Verdict.FAIL, 1)


def test_another_catalog_does_not_know_it(product: Path, tmp_path: Path) -> None:
    other = workshop(tmp_path / "other")
    found = by_rule(checked(other, product))
    other.catalog.close()
    assert found["L3.1-inputs"].verdict is Verdict.SKIPPED
    assert "does not know this product" in found["L3.1-inputs"].message


def test_a_foreign_product_is_checked_as_far_as_it_tells(product: Path) -> None:
    make_foreign(product)
    found = checked(None, product)
    assert those(found, Verdict.FAIL) == set()
    manifest = by_rule(found)["L0.1-manifest"]
    assert manifest.verdict is Verdict.SKIPPED
    assert "made elsewhere" in manifest.message
    for rule in ("L1.1-spread", "L1.1-valid"):
        assert by_rule(found)[rule].verdict is Verdict.SKIPPED
        assert "from how many valid observations" in by_rule(found)[rule].message
    change_scene = read(product, "quality_scene_classification")
    shown = tuple(int(axis[0]) for axis in np.nonzero(change_scene == LAND))
    _change_foreign(product, "quality_scene_classification", shown, 9)
    assert those(checked(None, product), Verdict.FAIL) == {"L1.1-scl"}


def test_a_foreign_product_beside_ours(shop: Workshop, product: Path) -> None:
    make_foreign(product)
    found = checked(None, product, published(shop))
    assert those(found, Verdict.FAIL) == set()
    passed = those(found, Verdict.PASS)
    assert {"L2.1-reflectance", "L2.4-source", "L3.1-inputs", "L3.5-method"} <= passed


def test_a_foreign_product_that_lacks_something(product: Path) -> None:
    make_foreign(product)
    (product / "inspire.xml").unlink()
    next(product.rglob("B02_*.tiff")).unlink()
    (product / "notes.txt").write_text("hello")
    told = by_rule(checked(None, product))["L0.1-complete"]
    assert told.verdict is Verdict.FAIL
    assert "inspire.xml is missing" in told.message
    assert "notes.txt does not belong here" in told.message


@pytest.mark.parametrize("side", [511, 10**9])
def test_a_size_that_no_layer_has_is_refused_before_any_work(product: Path, side: int) -> None:
    def claim(document: dict[str, Any]) -> None:
        document["Geometry"] |= {"Image_width": side, "Image_height": side}

    rewrite_metadata(product, claim)
    with pytest.raises(BadInput, match=f"state {side} x {side} pixels, but no layer has as many"):
        checked(None, product)


def test_a_size_that_no_layer_can_deny_costs_no_work(product: Path) -> None:
    def claim(document: dict[str, Any]) -> None:
        document["Geometry"] |= {"Image_width": 10**9, "Image_height": 10**9}

    rewrite_metadata(product, claim)
    for path in product.glob("*/*.tiff"):
        path.write_bytes(b"no image")
    assert by_rule(checked(None, product))["L0.3-readable"].verdict is Verdict.FAIL


def _change_foreign(product: Path, name: str, place: tuple[int, ...], value: int) -> None:
    """Change a pixel of a product that has no manifest to be sealed."""
    (product / "manifest.json").write_text("{}")
    change(product, name, (place[0], place[1]), value)
    (product / "manifest.json").unlink()
