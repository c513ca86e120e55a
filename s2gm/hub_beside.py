"""The hub in a process of its own, beside one that works: it answers while all cores are busy."""

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from catalog.engine import now
from catalog.operations.accounts import Clerk, add_account
from hub.passwords import Passwords
from tasks.workshop import Workshop

_ACCOUNT = "demo"
_END_SECONDS = 10


@contextmanager
def hub_beside(workshop: Workshop, say: Callable[[str], object]) -> Iterator[None]:
    """Show a data root to everybody on this machine; after the block until it is interrupted.

    An account is made whose password is said once, for those who want to try the actions.
    """
    password = secrets.token_urlsafe(12)
    with workshop.catalog.transaction() as session:
        hashed = Passwords().hash(password)
        add_account(session, _ACCOUNT, hashed, Clerk(_ACCOUNT), now(), operator=True)
    command = [sys.executable, "-m", "s2gm.cli", "--home", str(workshop.home), "hub", "--public"]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdout is not None  # noqa: S101 - it is a pipe
        try:
            say(hub.stdout.readline().strip())
            say(f"To act there, sign in as {_ACCOUNT} with the password {password}")
            yield
            say("The hub goes on until Ctrl-C.")
            hub.wait()
        finally:
            hub.terminate()
            hub.wait(_END_SECONDS)
