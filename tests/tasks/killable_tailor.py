"""Tailor an order and die by SIGKILL just before the product would appear."""

import os
import signal
import sys
from pathlib import Path

from tasks.settings import Settings
from tasks.tailor import tailor
from tasks.workshop import open_workshop
from tests.tasks.tailor_world import order_of, square


def _die(name: str) -> None:
    if name == "tailor.before_move":
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    home, out = (Path(word) for word in sys.argv[1:])
    tailor(open_workshop(Settings(home=home), _die), order_of(square()), out)
