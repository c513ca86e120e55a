"""A person's decision about a revision: what quality control stopped, flagged or passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    """What a person decided about a revision."""

    RELEASE = "RELEASE"
    REJECT = "REJECT"
    RECOMPOSE = "RECOMPOSE"

    @property
    def done(self) -> str:
        """What the decision made of the product, after "it is"."""
        return _DONE[self]


_DONE = {
    Verb.RELEASE: "released",
    Verb.REJECT: "rejected",
    Verb.RECOMPOSE: "sent to be composed anew",
}


@dataclass(frozen=True)
class Decision:
    """What a person decided about a revision."""

    product: str
    """Name of the product."""
    ordinal: int
    """Of the revision, counted from 1 for each mosaic."""
    number: int
    """Running number of the product."""
    verb: Verb
    reason: str
    decided_by: str
    """User of the operating system."""
    decided_at: datetime
    standing: bool
    """Whether it still says how the revision stands: no later decision or check replaced it."""

    def __str__(self) -> str:
        """Say who decided what, when and why: ``rejected by ann on 2018-07-01 12:00 UTC: ...``."""
        return f"{self.verb.done} by {self.decided_by} on {minute(self.decided_at)}: {self.reason}"

    def to_record(self) -> dict[str, Any]:
        """Return it for programs: in reports, and in what ``s2gm mosaics --json`` prints."""
        return {
            "verb": self.verb,
            "reason": self.reason,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat(),
        }


def all_records(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Return decisions about one product for programs, each with whether it stands."""
    return [one.to_record() | {"standing": one.standing} for one in decisions]


def minute(moment: datetime) -> str:
    """Return a moment for people."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")
