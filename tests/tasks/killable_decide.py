"""Decide about a product, and die by SIGKILL at an effect point."""

import os
import signal
import sys
from pathlib import Path

from tasks.decide import recompose_product, reject_product, release_product
from tasks.settings import Settings
from tasks.withdraw import own_word
from tasks.workshop import open_workshop


def main(home: str, fatal: str, verb: str, product: str) -> None:
    def point(name: str) -> None:
        if name == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    decide = {
        "release": release_product,
        "reject": reject_product,
        "recompose": recompose_product,
    }[verb]
    decide(
        open_workshop(Settings(home=Path(home)), point), product, own_word("It is as it should be.")
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
