"""The gate: what quality control stopped, by which rule, and a person's decision about it."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from catalog.decision import Decided
from catalog.operation_tables import ActionVerb
from catalog.operations.actions import actions
from catalog.operations.complaints import mosaic_link
from catalog.operations.gate import gate
from catalog.withdrawal import Word
from hub.asking import Question, ask, word_of
from hub.guard import Operator
from hub.pages import page, went
from hub.state import Reading, Shop
from products.naming import ProductName
from tasks.decide import recompose_product, reject_product, release_product
from tasks.workshop import Workshop

router = APIRouter(prefix="/gate", include_in_schema=False)
PAGE = 20
_DECIDED = 10
_DECISIONS = (ActionVerb.RELEASE, ActionVerb.REJECT, ActionVerb.RECOMPOSE)
Verb = Literal["release", "reject", "recompose"]
_QUESTIONS: dict[str, tuple[str, tuple[str, ...], str, bool]] = {
    "release": (
        "Release this product?",
        (
            "Readers get it at once, as it is, in place of what they have now.",
            "It can be taken back on the page of its mosaic.",
        ),
        "Release",
        False,
    ),
    "reject": (
        "Reject this product?",
        (
            "Readers do not get it, or no longer; they get what was published before it, if "
            "there is anything. New granules make a new revision.",
            "It can be undone: a rejected product may still be released or composed again.",
        ),
        "Reject",
        True,
    ),
    "recompose": (
        "Compose this product again?",
        (
            "The next turn composes it anew of the same granules and checks it again.",
            "That helps where the disk or the program was at fault, not the granules.",
        ),
        "Compose again",
        False,
    ),
}
"""Title, sentences, what stands on the button, and whether readers lose something."""
_DO: dict[str, tuple[Callable[[Workshop, str, Word], Decided], str]] = {
    "release": (release_product, "released"),
    "reject": (reject_product, "rejected"),
    "recompose": (recompose_product, "to be composed again by the next turn"),
}


@router.get("")
def show(
    request: Request, session: Reading, offset: Annotated[int, Query(ge=0, le=10**9)] = 0
) -> Response:
    """Show what waits for a decision, and what was decided last."""
    return page(
        request,
        "gate.html",
        found=gate(session, PAGE, offset),
        decided=actions(session, _DECIDED, verbs=_DECISIONS).entries,
        offset=offset,
        limit=PAGE,
        mosaic_link=mosaic_link,
    )


@router.get("/{product}/{verb}")
def ask_decision(request: Request, _visitor: Operator, product: str, verb: Verb) -> Response:
    """Ask whether to decide so."""
    title, sentences, button, danger = _QUESTIONS[verb]
    name = str(ProductName.parse(product))
    path = f"/gate/{name}/{verb}"
    question = Question(title, sentences, button, path, "/gate", name, danger=danger)
    return ask(request, question)


@router.post("/{product}/{verb}")
def decide(
    request: Request, visitor: Operator, workshop: Shop, product: str, verb: Verb,
    reason: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Decide so, on the operator's word."""
    act, done = _DO[verb]
    name = str(ProductName.parse(product))
    decided = act(workshop, name, word_of(visitor, reason))
    if decided.repeats:
        return went(request, "/gate", f"Nothing changes: {name} was already {decided.repeats}")
    shown = f"Readers get {decided.shown}." if decided.shown else "Readers get nothing."
    before = f" Until now it was {decided.reverses}" if decided.reverses else ""
    return went(request, "/gate", f"{name} is {done}. {shown}{before}")
