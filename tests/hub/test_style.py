"""The pages can be read: contrast by WCAG 2.2 AA in light and dark, shapes besides colours."""

import re
from pathlib import Path

import pytest

import hub
from hub import render

HUB = Path(hub.__file__).parent
CSS = (HUB / "static" / "s2gm.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
)
GROUNDS = ("page", "sheet")
SERIES = ("one", "two", "three", "four")
TEXT = [
    *((word, ground) for word in ("ink", "muted", "link") for ground in GROUNDS),
    *((tone, ground) for tone in render.TONES for ground in (*GROUNDS, f"{tone}-soft")),
    *((word, f"{tone}-soft") for word in ("ink", "link") for tone in render.TONES),
    ("on-button", "button"),
    ("on-danger", "danger"),
    ("link", "sheet"),
]
SHAPES = [
    *((name, ground) for name in ("edge", "focus", *SERIES) for ground in GROUNDS),
    *((tone, ground) for tone in render.TONES for ground in ("land", "sea")),
]
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def weak(theme: dict[str, str], pairs: list[tuple[str, str]], least: float) -> dict[object, float]:
    found = {pair: round(contrast(theme[pair[0]], theme[pair[1]]), 2) for pair in pairs}
    return {pair: value for pair, value in found.items() if value < least}


def test_both_themes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()


@THEMES
def test_words_stand_out(theme: dict[str, str]) -> None:
    assert weak(theme, TEXT, 4.5) == {}


@THEMES
def test_borders_lines_and_shapes_stand_out(theme: dict[str, str]) -> None:
    assert weak(theme, SHAPES, 3.0) == {}


def test_colours_are_named_once_and_used_by_name() -> None:
    after = CSS[CSS.index("/* 1. The page */") :]
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;, ])", after) == []
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", CSS)) <= {
        *LIGHT, "step", "small", "text", "lead", "h1", "h2", "h3", "large", "round", "sans", "mono",
    }  # fmt: skip


def test_every_tone_has_a_colour_a_shape_and_a_rule() -> None:
    icons = (HUB / "templates" / "parts.html").read_text()
    for tone in render.TONES:
        assert f"\n.{tone} {{" in CSS
        assert f"path.tile.{tone} " in CSS or tone == "quiet"
        assert f"tone == '{tone}'" in icons or tone == "quiet"
    shapes = re.findall(r"%\}(<(?:circle|path).*)", icons)
    assert len(set(shapes)) == len(render.TONES)


@pytest.mark.parametrize(
    ("word", "tone"),
    [("healthy", "ok"), ("late", "late"), ("broken", "bad"), ("idle", "quiet"),
     ("stopped", "late"), ("due", "wait"), ("composing", "work"), ("published", "ok"),
     ("rejected", "bad"), ("failed", "bad"), ("bad", "bad"), ("something new", "quiet")],
)  # fmt: skip
def test_status_words_have_their_tone(word: str, tone: str) -> None:
    assert render.tone(word) == tone


def test_motion_focus_and_phones_are_thought_of() -> None:
    for rule in ("prefers-reduced-motion: reduce", ":focus-visible", ".skip:focus",
                 "overflow-x: auto", "forced-colors: active", "max-width: 44rem"):  # fmt: skip
        assert rule in CSS
    assert "outline: none" not in CSS.replace("main:focus { outline: none; }", "")
