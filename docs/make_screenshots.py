"""Make the pictures of docs/hub.md: the hub over a simulated archive, in Debian's Chromium.

    .venv/bin/python docs/make_screenshots.py

Plays the archive once into build/screenshots, which takes some minutes, and again only when that
folder is removed. Times in the pictures are those of the day on which they are made.
"""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from catalog.engine import now
from catalog.operations.accounts import Clerk, add_account, password_of, set_password
from hub.passwords import Passwords
from products.period import PeriodKind
from qc.thresholds import Thresholds
from sources.simulator import SimulatedArchive
from tasks.cycle import Wanted, run_once
from tasks.heartbeat import heartbeat
from tasks.settings import Settings
from tasks.workshop import Workshop, open_workshop

DOCS = Path(__file__).parent
HOME = DOCS.parent / "build" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
_ARCHIVE = SimulatedArchive(start=date(2022, 1, 1), days=45, size=6000)
_TURNS = 5
_WANTED = Wanted(kinds=(PeriodKind.MONTH, PeriodKind.TENDAYS), resolutions=(20,))
_STOPPED = Wanted(kinds=(PeriodKind.MONTH,), resolutions=(60,))
_STRICT = Thresholds(view_zenith=10)
"""Some observations are seen more steeply, so that there is something at the gate."""
_NAME = "ada"
_MONTH = "/mosaics/31UDS/MONTH/2022-01-01/20"
_WIDTH = 1280
_COLOURS = 256
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def play(home: Path) -> None:
    """Let the archive arrive in some turns; quality control stops what is made last."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True)
    ordered = sorted(_ARCHIVE.deliveries(), key=lambda delivery: delivery.arrives)
    size = -(-len(ordered) // _TURNS)
    for first in range(0, len(ordered), size):
        for delivery in ordered[first : first + size]:
            _ARCHIVE.write(delivery, inbox)
        _turn(Settings(home=home), inbox, _WANTED)
    _turn(Settings(home=home, qc=_STRICT), inbox, _STOPPED)


def _turn(settings: Settings, inbox: Path, wanted: Wanted) -> None:
    workshop = open_workshop(settings)
    try:
        run_once(workshop, str(inbox), wanted)
    finally:
        workshop.catalog.close()


@contextmanager
def hub(workshop: Workshop) -> Iterator[tuple[str, str]]:
    """Serve the hub; give its address, and the password of the operator ada."""
    password = secrets.token_urlsafe(12)
    hashed, clerk = Passwords().hash(password), Clerk(_NAME)
    with workshop.catalog.transaction() as session:
        if password_of(session, _NAME):
            set_password(session, _NAME, hashed, clerk, now())
        else:
            add_account(session, _NAME, hashed, clerk, now(), operator=True)
    command = [sys.executable, "-m", "s2gm.cli", "--home", str(workshop.home), "hub", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None  # noqa: S101 - it is a pipe
            yield served.stdout.readline().strip().rstrip("/"), password
        finally:
            served.terminate()


def sign_in(page: Page, password: str) -> None:
    """Sign in, and see the overview."""
    page.goto("/")
    page.get_by_label("Name").fill(_NAME)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This page updates itself.").wait_for()


def keep(page: Page, name: str) -> None:
    """Write what is seen of a page into docs, with few colours, so that it is small."""
    page.evaluate("document.activeElement.blur()")
    page.wait_for_load_state("load")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    path = DOCS / f"hub-{name}.png"
    few = picture.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path.name}: {picture.width} by {picture.height}, {path.stat().st_size:,} bytes")  # noqa: T201


def shoot(browser: Browser, address: str, password: str) -> None:
    """Take the pictures."""
    desk = browser.new_page(base_url=address, color_scheme="light")
    sign_in(desk, password)
    for path, name, height in (
        ("/", "overview", 1050), ("/tiles/31UDS", "tile", 820), (_MONTH, "mosaic", 740),
    ):  # fmt: skip
        desk.set_viewport_size({"width": _WIDTH, "height": height})
        desk.goto(path)
        keep(desk, name)
    phone = browser.new_page(
        base_url=address, color_scheme="light", device_scale_factor=2, is_mobile=True,
        has_touch=True, viewport={"width": 390, "height": 760},
    )  # fmt: skip
    sign_in(phone, password)
    phone.goto("/gate")
    keep(phone, "phone")


def main() -> None:
    """Play the archive where that was not done, and take the pictures."""
    if not HOME.exists():
        play(HOME)
    workshop = open_workshop(Settings(home=HOME))
    with (
        heartbeat(workshop),
        hub(workshop) as (address, password),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        shoot(browser, address, password)
        browser.close()


if __name__ == "__main__":
    main()
