"""A running service and its hub, as processes of their own, and what their pages say."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.s2gm.conftest import ROOT, environment

PROMISE = 10.0
"""Seconds within which a trouble shows, and is gone when it is mended, on a machine with room."""
NAME, PASSWORD = "ada", "correct horse battery"
_PATIENCE = 240.0
"""Seconds within which the service does what is no matter of the promise."""


@contextmanager
def process(home: Path, *words: object, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a command of ``s2gm`` while the block runs."""
    log = home.parent / f"{words[0]}.log"
    with log.open("a") as out:
        started = subprocess.Popen(
            [sys.executable, "-m", "s2gm.cli", "--home", str(home), *map(str, words)],
            stdout=subprocess.PIPE if words[0] == "hub" else out,
            stderr=out,
            text=True,
            cwd=ROOT,
            env=environment(**settings),
        )
        try:
            yield started
        finally:
            if started.poll() is None:
                started.send_signal(signal.SIGTERM)
                try:
                    started.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    started.kill()
                    started.wait()


def crowd() -> float:
    """Return how many want each core of this machine; 1 where there is room for all."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Pages:
    """What the pages of a hub say now to an operator, and what the operator does."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=30, follow_redirects=True)
        self.observed: dict[str, float] = {}
        """Seconds after which each expectation came true."""

    def sign_in(self, name: str, password: str) -> None:
        """Begin a session."""
        self._send("/sign-in", "/sign-in", name=name, password=password)

    def act(self, path: str, reason: str) -> None:
        """Answer a question of the hub with yes, and say why."""
        self._send(path, path, reason=reason)

    def _send(self, page: str, path: str, **form: str) -> None:
        token = re.search(r'name="token" value="([^"]+)"', self._client.get(page).text)
        assert token, f"{page} has no form"
        answer = self._client.post(path, data={"token": token[1], **form})
        assert answer.status_code == 200, answer.text

    def say(self, path: str) -> str:
        """Return the words of a page."""
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        words = re.sub(r"<(script|style|title)\b.*?</\1>|<[^>]+>", " ", answer.text, flags=re.S)
        return re.sub(r"\s+", " ", words)

    def show(self, path: str, words: str, within: float = PROMISE) -> str:
        """Wait until a page says these words (a regular expression), and return the page."""
        return self._wait(path, words, within, says=True)

    def forget(self, path: str, words: str, within: float = PROMISE) -> str:
        """Wait until a page no longer says these words."""
        return self._wait(path, words, within, says=False)

    def eventually(self, path: str, words: str) -> str:
        """Wait for what takes as long as the work takes."""
        return self._wait(path, words, _PATIENCE, says=True)

    def _wait(self, path: str, words: str, within: float, *, says: bool) -> str:
        begun = time.monotonic()
        while True:
            found = self.say(path)
            seconds = time.monotonic() - begun
            limit = within * crowd()
            if bool(re.search(words, found)) == says:
                if within == PROMISE:
                    self.observed[f"{path} {'says' if says else 'forgets'} {words}"] = seconds
                return found
            wish = "say" if says else "forget"
            assert seconds < limit, f"{path} does not {wish} {words!r} in {limit:.0f} s:\n{found}"
            time.sleep(0.2)


@contextmanager
def hub(home: Path, **settings: str) -> Iterator[Pages]:
    """Serve the hub to an operator while the block runs."""
    subprocess.run(
        [sys.executable, "-m", "s2gm.cli", "--home", str(home), "users", "add", NAME, "--operator"],
        input=f"{PASSWORD}\n",
        text=True,
        check=True,
        cwd=ROOT,
        env=environment(**settings),
    )
    with process(home, "hub", "--port", "0", **settings) as started:
        assert started.stdout is not None
        pages = Pages(started.stdout.readline().strip())
        pages.sign_in(NAME, PASSWORD)
        yield pages


def kill(service: "subprocess.Popen[str]") -> None:
    """End a process as a power cut does."""
    os.kill(service.pid, signal.SIGKILL)
    service.wait()
