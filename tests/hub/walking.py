"""A hub served over HTTP, a browser in which all that goes wrong is heard, three ways to act."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from hub.app import create_app
from hub.serve import address_of, configure
from tasks.workshop import Workshop
from tests.hub.conftest import QUICK

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
_TELL_REFUSED = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`refused by policy: ${event.violatedDirective} ${event.blockedURI}`))"""
_STOPS = 400
"""Presses of Tab after which what is looked for cannot be reached."""


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.fail(
            f"These tests walk through the hub with Chromium, and {CHROMIUM} is missing; install "
            "the Debian package chromium."
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield started
        finally:
            started.close()


@contextmanager
def served(shop: Workshop) -> Iterator[str]:
    """Serve the hub of a data root from a thread; give its address, without a slash at its end."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(configure(create_app(shop, passwords=QUICK), shop.settings))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            sleep(0.01)
        yield address_of(listening).rstrip("/")
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class Window:
    """A page of a browser, with all that it complained of."""

    def __init__(self, started: Browser, address: str, **manners: Any) -> None:
        self._context = started.new_context(base_url=address, locale="en-GB", **manners)
        if manners.get("java_script_enabled", True):
            self._context.add_init_script(_TELL_REFUSED)
        self._host = urlsplit(address).netloc
        self.complaints: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        """Open another page of the same reader."""
        page = self._context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda said: self._hear(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._hear(str(error)))
        page.on("request", lambda request: self._check_host(request.url))
        return page

    def forget(self, words: str) -> None:
        """Forget a complaint that was meant to be; there must have been one."""
        meant = [said for said in self.complaints if words in said]
        assert meant, self.complaints
        self.complaints = [said for said in self.complaints if words not in said]

    def close(self) -> list[str]:
        """Close all pages; return what they complained of."""
        self._context.close()
        return self.complaints

    def named(self, page: Page) -> list[dict[str, Any]]:
        """Return what a page is to those who hear it: a role and a name for each thing in it."""
        heard = self._context.new_cdp_session(page)
        nodes = heard.send("Accessibility.getFullAXTree")["nodes"]
        heard.detach()
        return [
            {
                "role": node["role"]["value"],
                "name": node.get("name", {}).get("value", "").strip(),
                "level": _level(node),
            }
            for node in nodes
            if not node["ignored"]
        ]

    def _hear(self, said: str) -> None:
        self.complaints.append(f"{urlsplit(self.page.url).path}: {said}")

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._host:
            self._hear(f"asks a foreign host: {url}")


def _level(node: dict[str, Any]) -> int:
    found = (one["value"]["value"] for one in node.get("properties", ()) if one["name"] == "level")
    return int(next(found, 0))


class Hand(Protocol):
    """How somebody acts on a page."""

    def press(self, target: Locator) -> None:
        """Follow a link, press a button."""

    def write(self, target: Locator, text: str) -> None:
        """Write into a field."""


class Mouse:
    """With a mouse, at a desk."""

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)


class Finger:
    """With a finger, on a phone."""

    def press(self, target: Locator) -> None:
        target.tap()

    def write(self, target: Locator, text: str) -> None:
        target.tap()
        target.press_sequentially(text)


class Keys:
    """By keyboard alone; where the focus goes must be seen."""

    def press(self, target: Locator) -> None:
        self._reach(target)
        target.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        target.page.keyboard.type(text)

    def _reach(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(_STOPS):
            if target.evaluate("it => it === document.activeElement"):
                return
            target.page.keyboard.press("Tab")
            unseen = target.page.evaluate(_UNSEEN_FOCUS)
            assert not unseen, f"focus is not seen at {unseen}"
        raise AssertionError(f"{target} is not reached by Tab")


_UNSEEN_FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at.id === "content") return "";
  const style = getComputedStyle(at);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return seen ? "" : at.outerHTML.slice(0, 200);
}"""
