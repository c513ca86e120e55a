"""Why an operator does something: the body of every request that acts."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Body
from pydantic import Field

from catalog.withdrawal import Word
from hub.guard import Visitor

_WORDS = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
"""Some word, and no control characters."""


@dataclass(frozen=True)
class Reason:
    """Why it is done."""

    reason: Annotated[
        str,
        Field(max_length=600, pattern=_WORDS, examples=["The stripes are real: a burnt field."]),
    ]
    """In words, in one line; it stands in the log for good."""


Because = Annotated[Reason, Body()]
"""A route's parameter: the reason."""


def word(visitor: Visitor, because: Reason) -> Word:
    """Return who says so, why, and that it was said here."""
    return Word(visitor.account, because.reason, "api")
