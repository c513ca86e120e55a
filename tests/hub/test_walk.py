"""A walk through every page and every action: at a desk, on a phone, and by keyboard alone."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from catalog.operation_tables import TroubleKind
from catalog.operations.troubles import open_trouble
from catalog.withdrawal import Word
from products.period import PeriodKind
from tasks.act import dismiss, retry
from tasks.cycle import Wanted
from tasks.decide import reject_product
from tasks.heartbeat import heartbeat
from tasks.workshop import Workshop
from tests.hub.conftest import PASSWORD, add
from tests.hub.looks import wrong_with
from tests.hub.walking import DESK, PHONE, Finger, Hand, Keys, Mouse, Window, browser, served
from tests.tasks.helpers import run, write_archive
from tests.tasks.helpers import workshop as open_workshop
from tests.tasks.test_decide import STRICT

TENDAYS = Wanted(kinds=(PeriodKind.TENDAYS,), resolutions=(20,))
FIRST, SECOND, THIRD = (
    f"S2GM_T20_{span}_31UDS_STD_v1.0.0_{number}"
    for number, span in (
        (2, "20220101_20220110"), (3, "20220111_20220120"), (4, "20220121_20220131"),
    )
)  # fmt: skip
TORN = "S2A_MSIL2A_20220114T115031_N0400_R094_T31UDS_20220114T165031"
AWAY = "https://stac.example.org/v1"
MONTH = "/mosaics/31UDS/MONTH/2022-01-01/20"
STOPPED = "/mosaics/31UDS/TENDAYS/2022-01-01/20"
ROOMS = ("Overview", "Tiles", "Map", "Gate", "Failures", "Runs", "Log")
PAGES = (
    "/", "/tiles", "/tiles?name=31", "/tiles?name=99", "/tiles/31UDS", "/tiles/31UDS?year=2021",
    "/tiles/31UDS/days/2022-01-14", "/tiles/31UDS/days/2022-01-15", MONTH, STOPPED, "/map", "/gate",
    "/failures", "/failures?dismissed=true", "/runs", "/actions", "/actions?subject=ada",
    "/account", f"/gate/{FIRST}/reject", "/failures/1/dismiss",
)  # fmt: skip
WIDTHS = (1280, 390, 320)
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
REASON = "Looked at it; it is fine."
WORD = Word("ann", REASON)


@dataclass(frozen=True)
class Scene:
    """A hub that is served, and what its pages are told of."""

    shop: Workshop
    address: str
    chromium: Browser
    windows: list[Window] = field(default_factory=list)

    def window(self, **manners: object) -> Window:
        self.windows.append(Window(self.chromium, self.address, **(DESK | manners)))
        return self.windows[-1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with a published month, three stopped spans of ten days, and two troubles."""
    root = tmp_path_factory.mktemp("walk")
    write_archive(root / "archive", days=22, size=240)
    run(root / "home", root / "archive")
    run(root / "home", root / "archive", TENDAYS, qc=STRICT)
    shop = open_workshop(root / "home")
    with shop.catalog.transaction() as session:
        open_trouble(session, TroubleKind.SOURCE, AWAY, f"{AWAY} does not answer.")
    for name in ("ada", "ben"):
        add(shop, name, operator=name == "ada")
    shop.catalog.close()
    return root / "home"


@pytest.fixture
def scene(played: Path, tmp_path: Path, chromium: Browser) -> Iterator[Scene]:
    """A data root of one's own, served; in no window may anything have gone wrong."""
    shop = open_workshop(shutil.copytree(played, tmp_path / "home"))
    with served(shop) as address:
        made = Scene(shop, address, chromium)
        yield made
        complaints = [said for window in made.windows for said in window.close()]
    shop.catalog.close()
    assert complaints == []


def link(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True)


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def sign_in(page: Page, hand: Hand, name: str = "ada", password: str = PASSWORD) -> None:
    hand.write(page.get_by_label("Name"), name)
    hand.write(page.get_by_label("Password"), password)
    hand.press(button(page, "Sign in"))


def signed_in(scene: Scene, name: str = "ada", **manners: object) -> Window:
    window = scene.window(**manners)
    window.page.goto("/")
    sign_in(window.page, Mouse(), name)
    expect(window.page.get_by_text(name, exact=True)).to_be_visible()
    return window


def act(page: Page, hand: Hand, opener: Locator, verb: str, said: str) -> None:
    """Press what begins an action, answer its question, and read that it is done."""
    hand.press(opener)
    question = page.get_by_role("dialog")
    hand.write(question.get_by_label("Why, in words"), REASON)
    hand.press(question.get_by_role("button", name=verb, exact=True))
    expect(page.locator(".said")).to_contain_text(said)


def look_through_rooms(page: Page, hand: Hand) -> None:
    for room in ROOMS:
        hand.press(link(page.get_by_role("navigation", name="Rooms"), room))
        here = page.get_by_role("link", name=room, exact=True)
        expect(here).to_have_attribute("aria-current", "page")
        expect(page.locator("h1")).to_be_visible()


def follow_a_mosaic(page: Page, hand: Hand) -> None:
    """From the list of tiles to a tile, a day of it, its month, and that one's report."""
    hand.press(link(page, "Tiles"))
    hand.press(link(page, "31UDS"))
    expect(page.locator("h1")).to_have_text("Tile 31UDS, 2022")
    hand.press(page.get_by_role("link", name=re.compile("^2022-01-14, rejected")))
    expect(page.locator("h1")).to_have_text("Tile 31UDS on 2022-01-14")
    hand.press(page.get_by_role("link", name=re.compile("^Monthly from 2022-01-01")))
    expect(page.locator("h1")).to_have_text("31UDS, monthly mosaic at 20 m")
    expect(page.get_by_role("img", name=re.compile("^True colour"))).to_be_visible()
    hand.press(page.get_by_role("link", name=re.compile("^Quality report")))
    expect(page.locator("h1")).to_be_visible()
    page.go_back()


def decide(page: Page, hand: Hand) -> None:
    """Release, reject, and have composed again what waits at the gate; then take one back."""
    hand.press(link(page, "Gate"))
    for name, opener, verb, done in (
        (FIRST, "Release", "Release", f"{FIRST} is released. Readers get {FIRST}."),
        (SECOND, "Reject", "Reject", f"{SECOND} is rejected. Readers get nothing."),
        (THIRD, "Compose again", "Compose again", f"{THIRD} is to be composed again"),
    ):
        act(page, hand, link(page.locator(f"[id='{name}']"), opener), verb, done)
    expect(page.get_by_text("Nothing waits at the gate.")).to_be_visible()
    page.goto(STOPPED)
    act(page, hand, link(page, "Take back"), "Reject", f"{FIRST} is rejected. Readers get nothing.")


def mend(page: Page, hand: Hand) -> None:
    """Have a granule tried again, and set aside that a source is away."""
    hand.press(link(page, "Failures"))
    torn, away = page.locator(".card", has_text=TORN), page.locator(".card", has_text=AWAY)
    act(page, hand, link(torn, "Try again"), "Try again", f"{TORN} is tried again")
    act(page, hand, link(away, "Dismiss"), "Dismiss", f"Dismissed: {AWAY}.")
    expect(page.get_by_text("Nothing is broken.")).to_be_visible()
    hand.press(link(page, "Log"))
    rows = page.get_by_role("row").filter(has_text=REASON)
    expect(rows).to_have_count(6)
    expect(rows.filter(has_text="ada")).to_have_count(6)


def leave(page: Page, hand: Hand, address: str) -> None:
    """End the session of another browser, and then one's own."""
    with httpx.Client(base_url=address, headers={"user-agent": "Firefox on Linux"}) as other:
        form = {"name": "ada", "password": PASSWORD, "next": "/"}
        token = re.search(r'name="token" value="([^"]+)"', other.get("/sign-in").text)
        assert token
        other.post("/sign-in", data=form | {"token": token[1]}, headers={"origin": address})
        assert other.get("/account").status_code == 200
        hand.press(link(page.get_by_role("banner"), "ada"))
        row = page.get_by_role("row").filter(has_text="Firefox on Linux")
        hand.press(row.get_by_role("button", name="End"))
        expect(page.locator(".said")).to_contain_text("The session is ended.")
        assert other.get("/account").status_code == 401
    hand.press(button(page, "Sign out"))
    expect(button(page, "Sign in")).to_be_visible()
    page.goto("/gate")
    assert page.url.endswith("/sign-in?next=/gate")


@pytest.mark.parametrize(
    ("hand", "manners"),
    [(Mouse(), DESK), (Finger(), PHONE), (Keys(), DESK)],
    ids=["desk", "phone", "keyboard"],
)
def test_everything_can_be_done(scene: Scene, hand: Hand, manners: dict[str, object]) -> None:
    window = scene.window(**manners)
    page = window.page
    page.goto("/")
    sign_in(page, hand, password="another sentence")
    expect(page.get_by_role("alert")).to_be_visible()
    window.forget("401")
    hand.write(page.get_by_label("Password"), PASSWORD)
    hand.press(button(page, "Sign in"))
    look_through_rooms(page, hand)
    follow_a_mosaic(page, hand)
    decide(page, hand)
    mend(page, hand)
    leave(page, hand, scene.address)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_sound_at_every_width(scene: Scene, width: int) -> None:
    manners = DESK if width > 500 else PHONE
    window = signed_in(scene, **(manners | {"viewport": {"width": width, "height": 800}}))
    wrong = {}
    for path in PAGES:
        window.page.goto(path)
        if path == "/map":
            window.page.locator("path.tile").last.wait_for()
        wrong[path] = wrong_with(window, window.page)
    assert {path: said for path, said in wrong.items() if said} == {}
    window.page.goto("/nowhere")
    assert wrong_with(window, window.page) == []
    window.forget("404")


def test_pages_update_themselves(scene: Scene) -> None:
    """What is done elsewhere shows on every open page, which is not loaded anew."""
    window = signed_in(scene)
    shown = {
        "/": "#mosaics-rejected .value >> text=1",
        "/tiles": "td >> text=1 rejected",
        "/tiles/31UDS": ".is-rejected >> nth=2",
        STOPPED: "text=Revision 1 is rejected",
        "/gate": f"tr >> text={FIRST}",
    }
    tabs = {path: window.tab() for path in shown}
    for path, tab in tabs.items():
        tab.goto(path)
        expect(tab.get_by_text("This page updates itself.")).to_be_visible()
        tab.evaluate("document.untouched = true")
    reject_product(scene.shop, FIRST, WORD)
    for path, tab in tabs.items():
        tab.locator(shown[path]).wait_for()
        assert tab.evaluate("document.untouched"), path
        tab.close()


def test_more_pages_than_connections_are_kept_up_to_date(scene: Scene) -> None:
    window = signed_in(scene)
    tabs = [window.page, *(window.tab() for _ in range(7))]
    for tab in tabs:
        tab.goto("/gate")
        expect(tab.get_by_text("This page updates itself.")).to_be_visible()
    reject_product(scene.shop, FIRST, WORD)
    for tab in tabs:
        expect(tab.locator(".card")).to_have_count(2)
    for tab in tabs[:3]:
        tab.close()
    reject_product(scene.shop, SECOND, WORD)
    for tab in tabs[3:]:
        expect(tab.locator(".card")).to_have_count(1)


def test_a_page_that_was_hidden_shows_what_it_missed(scene: Scene) -> None:
    window = signed_in(scene)
    page = window.page
    page.goto("/gate")
    expect(page.get_by_text("This page updates itself.")).to_be_visible()
    page.evaluate(HIDE, True)
    witness = window.tab()
    witness.goto("/gate")
    reject_product(scene.shop, FIRST, WORD)
    expect(witness.locator(".card")).to_have_count(2)
    expect(page.locator(".card")).to_have_count(3)
    page.evaluate(HIDE, False)
    expect(page.locator(".card")).to_have_count(2)


def test_failures_runs_and_the_log_update_themselves(scene: Scene) -> None:
    window = signed_in(scene)
    failures, runs, log = (window.tab() for _ in range(3))
    for tab, path in ((failures, "/failures"), (runs, "/runs"), (log, "/actions")):
        tab.goto(path)
        tab.evaluate("document.untouched = true")
    expect(runs.get_by_text("No worker runs.")).to_be_visible()
    with heartbeat(scene.shop):
        expect(runs.get_by_text("No worker runs.")).to_be_hidden()
    retry(scene.shop, TORN, WORD)
    expect(failures.locator(".card", has_text=TORN)).to_have_count(0)
    expect(log.get_by_role("row").filter(has_text=REASON)).to_have_count(1)
    dismiss(scene.shop, AWAY, WORD)
    expect(failures.get_by_text("Nothing is broken.")).to_be_visible()
    assert all(tab.evaluate("document.untouched") for tab in (failures, runs, log))


def test_updates_leave_focus_text_and_place_alone(scene: Scene) -> None:
    window = signed_in(scene)
    page = window.page
    page.goto("/gate")
    last = link(page.locator(".card").last, "Reject")
    last.focus()
    top = page.evaluate("scrollY")
    assert top > 0
    reject_product(scene.shop, THIRD, WORD)
    expect(page.locator(".card")).to_have_count(2)
    expect(last).to_be_focused()
    page.goto("/tiles")
    name = page.get_by_label("Name contains")
    name.press_sequentially("31")
    reject_product(scene.shop, SECOND, WORD)
    page.locator("td >> text=2 rejected").wait_for()
    expect(name).to_be_focused()
    expect(name).to_have_value("31")


def test_a_question_is_left_by_escape_and_focus_goes_back(scene: Scene) -> None:
    window = signed_in(scene)
    page, keys = window.page, Keys()
    page.goto("/gate")
    opener = link(page.locator(".card").first, "Release")
    keys.press(opener)
    expect(page.get_by_label("Why, in words")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()
    keys.press(opener)
    keys.press(link(page.get_by_role("dialog"), "Leave it"))
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_first_stop_leads_past_the_navigation(scene: Scene) -> None:
    window = signed_in(scene)
    page = window.page
    page.goto("/gate")
    page.keyboard.press("Tab")
    expect(link(page, "Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_without_scripts_one_reads_and_acts_all_the_same(scene: Scene) -> None:
    window = scene.window(java_script_enabled=False)
    page = window.page
    page.goto("/gate")
    sign_in(page, Mouse())
    expect(page.locator("h1")).to_have_text("Gate")
    link(page.locator(f"[id='{FIRST}']"), "Reject").click()
    expect(page.locator("h1")).to_have_text("Reject this product?")
    page.get_by_label("Why, in words").fill(REASON)
    button(page, "Reject").click()
    expect(page.locator(".said")).to_contain_text(f"{FIRST} is rejected.")
    page.goto("/map")
    expect(link(page, "31UDS")).to_be_visible()


def test_who_may_only_look_is_offered_no_action(scene: Scene) -> None:
    window = signed_in(scene, "ben")
    for path in ("/gate", "/failures", STOPPED, MONTH):
        window.page.goto(path)
        expect(window.page.locator("[data-dialog]")).to_have_count(0)
