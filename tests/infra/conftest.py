"""promtool, with which Prometheus checks its own files."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "infra" / "prometheus"
Promtool = Callable[..., str]


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Run promtool in ``infra/prometheus``, and return what it says; it must find nothing."""
    program = shutil.which("promtool")
    if program is None:
        pytest.fail(
            "promtool is missing, without which alarms cannot be checked; install Debian's package "
            "prometheus: apt-get install --no-install-recommends prometheus"
        )

    def run(*words: object, given: str = "") -> str:
        done = subprocess.run(
            [program, *map(str, words)],
            input=given,
            capture_output=True,
            text=True,
            cwd=PROMETHEUS,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run
