"""What every page must have: names, headings, alternatives, room on every screen."""

from playwright.sync_api import Page

from tests.hub.walking import Window

_NAMED = ("link", "button", "textbox", "searchbox", "combobox", "checkbox", "radio", "image",
          "region", "navigation", "dialog", "DisclosureTriangle")  # fmt: skip
_WRONG = r"""(room) => {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const told = (it) => it.outerHTML.slice(0, 160);
  const seen = (it) => it.checkVisibility({ visibilityProperty: true });
  if (!document.documentElement.lang) wrong.push("the language is not told");
  if (!document.title.trim()) wrong.push("there is no title");
  if (all("main").length !== 1) wrong.push("there is not one main part");
  const ids = all("[id]").map((it) => it.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) wrong.push(`two things have the id ${id}`);
  for (const it of all("[aria-labelledby], [aria-describedby], label[for]")) {
    const named = ["aria-labelledby", "aria-describedby", "for"].flatMap((name) => (it.getAttribute(name) || "").split(/\s+/));
    for (const id of named.filter(Boolean)) if (!document.getElementById(id) && it.id !== "dialog") wrong.push(`nothing has the id ${id}`);
  }
  for (const it of all("img:not([alt])")) wrong.push(`no words for ${told(it)}`);
  for (const it of all("svg:not([aria-hidden=true]):not([role=img])")) if (!it.closest(".leaflet-container")) wrong.push(`read aloud: ${told(it)}`);
  for (const it of all("[tabindex]")) if (it.tabIndex > 0) wrong.push(`out of order: ${told(it)}`);
  for (const it of all("a a, a button, button a, button button")) wrong.push(`within each other: ${told(it)}`);
  for (const it of all("thead th:not([scope])")) wrong.push(`of a column or a row: ${told(it)}`);
  for (const it of all("body *")) {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(it).overflowX) && it.scrollWidth > it.clientWidth;
    if (scrolls && it.tabIndex < 0 && it.tagName !== "TEXTAREA") wrong.push(`not scrolled by keyboard: ${told(it)}`);
  }
  for (const it of all("button, .button, input, nav a, summary")) {
    const box = it.getBoundingClientRect();
    if (seen(it) && box.width && (box.height < 24 || box.width < 24)) wrong.push(`too small to hit (${box.width.toFixed(0)} by ${box.height.toFixed(0)}): ${told(it)}`);
  }
  for (const it of all("img")) if (it.complete && !it.naturalWidth) wrong.push(`a picture that does not load: ${told(it)}`);
  const wide = document.documentElement.scrollWidth;
  if (wide > room) {
    const far = all("body *").filter((it) => it.getBoundingClientRect().right > room + 1);
    wrong.push(`wider than the window by ${wide - room}: ${far.slice(-1).map(told)}`);
  }
  return wrong;
}"""


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
    steps = zip(levels, levels[1:], strict=False)
    wrong += [f"h{after} below h{before}" for before, after in steps if after > before + 1]
    return wrong


def _nameless(things: list[dict[str, object]]) -> list[dict[str, object]]:
    return [one for one in things if one["role"] in _NAMED and not one["name"]]
