"""The colours of the pages can be read: WCAG 2.2 AA, in light and in dark."""

import re
from pathlib import Path

import pytest

import qc
from qc.figures.charts import SCENE_COLOURS
from qc.maps import METHOD_COLOURS, colours

CSS = (Path(qc.__file__).parent / "templates" / "style.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
)
SOFT = ("pass", "warn", "fail", "skipped")
TEXT = [
    *((word, "page") for word in ("ink", "muted", "link", *SOFT)),
    *((word, f"{word}-soft") for word in SOFT),
    *((word, f"{soft}-soft") for word in ("ink", "link") for soft in SOFT),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out(theme: dict[str, str]) -> None:
    assert theme.keys() == LIGHT.keys()
    weak = {pair: contrast(theme[pair[0]], theme[pair[1]]) for pair in TEXT}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_and_bars_stand_out(theme: dict[str, str]) -> None:
    for name in ("accent", "other"):
        assert contrast(theme[name], theme["page"]) >= 3, name


def seen_without_red_or_green(colour: str) -> tuple[float, float, float]:
    """Roughly what a deuteranope sees (Viénot, Brettel, Mollon 1999), in linear light."""
    red, green, blue = ((int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5))
    yellow = 0.29275 * red + 0.70725 * green
    return yellow, yellow, 0.02234 * (green - red) + blue


def apart(one: str, other: str) -> float:
    pairs = zip(seen_without_red_or_green(one), seen_without_red_or_green(other), strict=True)
    return sum(abs(max(a, 0) ** (1 / 2.2) - max(b, 0) ** (1 / 2.2)) for a, b in pairs)


@pytest.mark.parametrize(
    "named", [METHOD_COLOURS, tuple(SCENE_COLOURS.values()), colours(8)], ids=["way", "scene", "n"]
)
def test_the_colour_blind_tell_classes_apart(named: tuple[str, ...]) -> None:
    for place, one in enumerate(named):
        for other in named[place + 1 :]:
            assert apart(one, other) > 0.12, (one, other)
