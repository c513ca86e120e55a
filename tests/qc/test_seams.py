"""Seams at borders of blocks and between sources, on landscapes with one built in."""

import numpy as np
import pytest

from qc.finding import Finding, Verdict
from qc.seams import seam_rules
from qc.thresholds import Thresholds
from tests.qc.looked import Pixels, facts, land, look

LIMITS = Thresholds()
SHAPE = (600, 560)
BANDS = ("B02", "B04", "B08", "B8A")


def ground(seed: int = 1) -> dict[str, Pixels]:
    return {name: land(SHAPE, seed)[name] for name in (*BANDS, "INDEX")}


def judge(
    layers: dict[str, Pixels], rule: str = "L1.4-blocks", block: int = 128, resolution: int = 20
) -> Finding:
    shape = next(iter(layers.values())).shape
    told = facts(shape, *layers, resolution=resolution)
    found = next(r for r in seam_rules(told, block, LIMITS) if r.id == rule)
    return look(found, layers)


@pytest.mark.parametrize("block", [128, 150, 500])
def test_a_landscape_shows_no_seam(block: int) -> None:
    found = judge(ground(), block=block)
    assert found.verdict is Verdict.PASS
    assert found.value is not None
    assert 0.8 < found.value < 2


@pytest.mark.parametrize("place", [(1, 1), (3, 0), (0, 3), (4, 2)])
@pytest.mark.parametrize("band", ["B04", "B8A"])
def test_a_block_that_is_brighter_in_one_band(band: str, place: tuple[int, int]) -> None:
    layers = ground()
    rows, columns = (slice(128 * each, 128 * (each + 1)) for each in place)
    layers[band][rows, columns] += 400
    found = judge(layers)
    assert found.verdict in (Verdict.WARN, Verdict.FAIL)
    assert f"in {band} at" in found.message


def test_a_seam_across_the_edge_of_a_strip_and_where_it_is() -> None:
    layers = ground()
    layers["B08"][512:] += 800
    found = judge(layers, block=512)
    assert found.verdict is Verdict.FAIL  # both stretches that are long enough
    assert "in B08 at row 512, column" in found.message


def test_many_seams_are_an_error_and_one_is_not() -> None:
    layers = ground()
    layers["B02"][128:256] += 400
    assert judge(layers).verdict is Verdict.FAIL
    layers = ground()
    layers["B02"][128:140, :128] += 400  # a field that begins just there
    found = judge(layers)
    assert found.verdict is Verdict.WARN
    assert "1 show a seam" in found.message


def test_a_step_elsewhere_is_none_of_ours() -> None:
    layers = ground()
    layers["B02"][140:, :] += 500
    layers["B02"][:, 140:] += 500
    assert judge(layers).verdict is Verdict.PASS


def test_sources_that_change_along_a_border() -> None:
    rng = np.random.default_rng(3)
    layers = ground()
    layers["INDEX"] = (rng.random(SHAPE) < 0.1).astype(np.int16)
    assert judge(layers).verdict is Verdict.PASS
    layers["INDEX"][256:384, 256:384] += 5
    assert judge(layers).verdict in (Verdict.WARN, Verdict.FAIL)


def test_repeated_pixels_of_a_coarser_band_are_compared_with_their_like() -> None:
    layers = ground()
    halved = land((300, 280), seed=4)["B8A"]
    layers["B8A"] = halved.repeat(2, 0).repeat(2, 1)
    found = judge(layers, resolution=10)
    assert found.verdict is Verdict.PASS
    assert found.value is not None
    assert found.value < 2


def test_borders_without_observations_are_not_judged() -> None:
    layers = ground()
    layers["INDEX"][:] = -1
    assert judge(layers).verdict is Verdict.SKIPPED
    small = {name: pixels[:90, :90] for name, pixels in ground().items()}
    assert judge(small, block=32).verdict is Verdict.SKIPPED


def halves(step: int) -> dict[str, Pixels]:
    """Make a landscape seen from two sources, the second brighter by a step."""
    layers = ground()
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    layers["INDEX"] = (np.hypot(y % 40 - 20, x % 40 - 20) < 12).astype(np.int16)
    for band in BANDS:
        layers[band] += (layers["INDEX"] * step).astype(np.uint16)
    return layers


@pytest.mark.parametrize(
    ("step", "verdict"), [(0, Verdict.PASS), (100, Verdict.PASS), (400, Verdict.WARN)]
)
def test_sources_that_do_not_fit_together(step: int, verdict: Verdict) -> None:
    assert judge(halves(step), "L1.4-swath").verdict is verdict


def test_one_source_has_no_swaths() -> None:
    assert judge(ground(), "L1.4-swath").verdict is Verdict.SKIPPED
