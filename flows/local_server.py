"""A Prefect server of our own on loopback, which ends when we end, however we end."""

import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from products.errors import NeedsOperator
from tasks.prefect_address import prefect_address_told

_PATIENCE_SECONDS = 120
_ANSWER_SECONDS = 10
_QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}
"""What failed is raised by the flow, and told once; Prefect's own account is in its interface."""


@contextmanager
def prefect_server(home: Path, say: Callable[[str], object]) -> Iterator[str]:
    """Give the address of a Prefect API: the configured one, or a server started for now.

    Call it before Prefect is imported: Prefect reads its address from the environment then.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if configured := os.environ.get("PREFECT_API_URL"):
        _require_answer(configured)
        with prefect_address_told(home, configured):
            yield configured
        return
    say("Starting a local Prefect server ...")
    folder = (home / "prefect").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    os.environ.update(_environment(folder))
    start = _one_at_a_time(folder)
    with (folder / "server.log").open("ab") as log:
        guard = subprocess.Popen(
            [sys.executable, "-m", "flows.local_server", str(port)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us; the server goes when we are done
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
    try:
        with start:
            _wait_until_healthy(url, guard, folder)
        os.environ["PREFECT_API_URL"] = url
        with prefect_address_told(home, url):
            yield url
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        guard.stdin.close()  # type: ignore[union-attr]
        guard.wait(timeout=_PATIENCE_SECONDS)


def _one_at_a_time(folder: Path) -> BinaryIO:
    """Wait for servers that start in the same folder: on a fresh one each makes the database.

    The lock is held until the file is closed.
    """
    lock = (folder / "start.lock").open("ab")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, guard: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and guard.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise NeedsOperator(
        f"The local Prefect server did not start; {folder / 'server.log'} says why. "
        "Or set PREFECT_API_URL to a server that runs."
    )


def _require_answer(url: str) -> None:
    try:
        httpx.get(f"{url}/health", timeout=_ANSWER_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NeedsOperator(
            f"The Prefect server {url} does not answer ({error}); start it, or unset "
            "PREFECT_API_URL for a local one."
        ) from error


def _guard(port: str) -> None:
    """Run the server until our standard input ends, which it does when our starter is gone."""
    command = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
    server = subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL)
    try:
        sys.stdin.buffer.read()
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


if __name__ == "__main__":
    _guard(sys.argv[1])
