"""One step of confirmation before an action: a page of its own, or a dialog where scripts run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from catalog.withdrawal import Word
from hub.guard import Visitor
from hub.pages import page
from products.errors import BadInput


@dataclass(frozen=True)
class Question:
    """What is asked before an action."""

    title: str
    """The action as a question."""
    sentences: tuple[str, ...]
    """What will happen, and how it is undone."""
    verb: str
    """What stands on the button."""
    action: str
    """Path to which the form is sent."""
    back: str
    """Path to which one goes who leaves it."""
    subject: str = ""
    """What it is about: the name of a product, granule or mosaic."""
    needs_reason: bool = True
    """Whether a reason in words goes with it, as the form's ``reason``."""
    danger: bool = False
    """Whether readers lose something by it."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Further hidden fields of the form."""


def ask(request: Request, question: Question) -> Response:
    """Answer with the question."""
    return page(request, "confirm.html", question=question)


def word_of(visitor: Visitor, reason: str) -> Word:
    """Return what an operator says with a form, or raise BadInput where no reason is in it."""
    said = Word(visitor.account, reason, "hub")
    if said.words is None:
        raise BadInput("The reason is missing; go back and say why, in words that others can read.")
    return said
