"""Decide about granules, run the service once, and die by SIGKILL at the n-th effect point."""

import os
import signal
import sys
from pathlib import Path

from tasks.cycle import run_once
from tasks.settings import Settings
from tasks.withdraw import own_word, undo_withdrawal, withdraw_granules
from tasks.workshop import open_workshop
from tests.tasks.helpers import MONTHLY


def main(home: str, source: str, fatal: str, verb: str, *granules: str) -> None:
    count = 0

    def point(_name: str) -> None:
        nonlocal count
        count += 1
        if count == int(fatal):
            os.kill(os.getpid(), signal.SIGKILL)

    opened = open_workshop(Settings(home=Path(home)), point)
    decide = {"withdraw": withdraw_granules, "undo": undo_withdrawal}[verb]
    decide(opened, granules, own_word("It is striped."))
    run_once(opened, source, MONTHLY)


if __name__ == "__main__":
    main(*sys.argv[1:])
