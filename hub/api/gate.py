"""The gate: what quality control stopped, and a person's decision about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException

from catalog import decision
from catalog.operations.delivered import delivered
from catalog.operations.gate import gate
from catalog.operations.words import mosaic_word
from catalog.withdrawal import Word
from hub.api.common import USUAL_PAGE, Limit, Offset, ProductId, area
from hub.api.errors import acting, conflicts, errors
from hub.api.reason import Because, word
from hub.api.shapes import Gate, shaped
from hub.guard import Operator
from hub.state import Reading, Shop
from products.decision import Decision
from tasks.decide import recompose_product, reject_product, release_product
from tasks.workshop import Workshop

router = area("gate")


@dataclass(frozen=True)
class Decided:
    """What a decision came to."""

    product: str
    """Its name."""
    state: str
    """How the mosaic stands now, in a word such as ``published`` or ``rejected``."""
    shown: str | None
    """Name of the product that readers get of it now; None: nothing."""
    repeats: Decision | None
    """The same decision of before; then this one changed nothing."""
    reverses: Decision | None
    """The contrary decision, which stood until this one."""


@router.get("/gate", response_model=Gate, responses=errors(422))
def list_stopped(session: Reading, limit: Limit = USUAL_PAGE, offset: Offset = 0) -> Any:
    """List what quality control stopped and waits for a decision."""
    return shaped(gate(session, limit, offset))


@router.post("/gate/{product}/release", responses=acting())
def release(visitor: Operator, shop: Shop, product: ProductId, because: Because) -> Decided:
    """Release a product: readers get it at once, as it is.

    It can be taken back: a released product may be rejected.
    """
    return _decide(shop, product, release_product, word(visitor, because))


@router.post("/gate/{product}/reject", responses=acting())
def reject(visitor: Operator, shop: Shop, product: ProductId, because: Because) -> Decided:
    """Reject a product: readers do not get it, or no longer.

    They keep what they had before, and new granules make a new revision. A rejected product may
    still be released or composed again.
    """
    return _decide(shop, product, reject_product, word(visitor, because))


@router.post("/gate/{product}/recompose", responses=acting())
def recompose(visitor: Operator, shop: Shop, product: ProductId, because: Because) -> Decided:
    """Have a stopped product composed again of the same granules, and checked again.

    That helps where the disk or the program was at fault, not the granules.
    """
    return _decide(shop, product, recompose_product, word(visitor, because))


def _decide(
    shop: Workshop,
    product: str,
    act: Callable[[Workshop, str, Word], decision.Decided],
    said: Word,
) -> Decided:
    with shop.catalog.view() as session:
        known = delivered(session, product)
    if known is None:
        raise HTTPException(404, "The catalog has no product of this name.")
    with conflicts():
        done = act(shop, product, said)
    return Decided(product, mosaic_word(done.state), done.shown, done.repeats, done.reverses)
