"""What every page must have: names, headings, alternatives, room on every screen."""

from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Page

from tests.hub.walking import Window

_NAMED = ("link", "button", "textbox", "searchbox", "combobox", "checkbox", "radio", "image",
          "region", "navigation", "dialog", "DisclosureTriangle")  # fmt: skip
_WRONG = Path(__file__).with_suffix(".js").read_text()


def wrong_with(window: Window, page: Page) -> list[str]:
    """Return what is wrong with a page, in words."""
    room = page.viewport_size
    assert room
    # a phone would shrink a page that is too wide, and say that all is seen
    wrong: list[str] = page.evaluate(_WRONG, room["width"])
    things = window.named(page)
    wrong += [f"a {one['role']} without a name" for one in _nameless(things)]
    levels = [one["level"] for one in things if one["role"] == "heading"]
    if levels.count(1) != 1 or levels[0] != 1:
        wrong.append(f"the headings do not begin with the one h1: {levels}")
    wrong += [
        f"h{after} below h{before}" for before, after in pairwise(levels) if after > before + 1
    ]
    return wrong


def _nameless(things: list[dict[str, object]]) -> list[dict[str, object]]:
    return [one for one in things if one["role"] in _NAMED and not one["name"]]
