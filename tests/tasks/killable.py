"""Run the service once and die by SIGKILL at the n-th effect point, or at the first of a name."""

import os
import signal
import sys
from pathlib import Path

from tasks.cycle import run_once
from tasks.settings import Settings
from tasks.workshop import open_workshop
from tests.tasks.helpers import MONTHLY


def main(home: str, source: str, fatal: str) -> None:
    count = 0

    def point(name: str) -> None:
        nonlocal count
        count += 1
        if fatal in (str(count), name):
            os.kill(os.getpid(), signal.SIGKILL)

    run_once(open_workshop(Settings(home=Path(home)), point), source, MONTHLY)
    Path(home, "points").write_text(str(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
