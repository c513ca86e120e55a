"""Passwords: hashed with Argon2id, and compared so that time tells nothing of who exists."""

import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from products.errors import BadInput

SHORTEST = 12
LONGEST = 200
_AT_A_TIME = 2
"""Comparisons that run at once; each takes 64 MiB and all of a core."""


class Passwords:
    """How passwords are hashed and compared."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._gate = BoundedSemaphore(_AT_A_TIME)

    def hash(self, password: str) -> str:
        """Return the hash of a new password, or raise BadInput where it is easy to guess."""
        if len(password) < SHORTEST:
            raise BadInput(
                f"The password is too short; take {SHORTEST} characters or more, such as four "
                "words that have nothing to do with each other."
            )
        if len(password) > LONGEST:
            raise BadInput(f"The password is too long; take {LONGEST} characters or fewer.")
        return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Tell whether a password is the right one; None stands for an unknown account.

        An unknown account costs one comparison too, and a password too long is not looked at.
        """
        with self._gate:
            try:
                self._hasher.verify(stored or self._nobody, password[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_stale(self, stored: str) -> bool:
        """Tell whether a hash was made with weaker parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)
