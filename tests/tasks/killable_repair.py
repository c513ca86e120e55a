"""Repair a product, and die by SIGKILL at the n-th effect point."""

import os
import signal
import sys
from pathlib import Path

from tasks.repair import repair
from tasks.settings import Settings
from tasks.workshop import open_workshop


def main(home: str, fatal: str, product: str) -> None:
    count = 0

    def point(name: str) -> None:
        nonlocal count
        count += name == "repair.before_file"
        if count == int(fatal):
            os.kill(os.getpid(), signal.SIGKILL)

    repair(open_workshop(Settings(home=Path(home)), point), product)


if __name__ == "__main__":
    main(*sys.argv[1:])
