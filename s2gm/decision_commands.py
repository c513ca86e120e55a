"""Commands that decide about products: ``release``, ``reject`` and ``recompose``."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalog.decision import Decided

Product = Annotated[str, typer.Argument(help="Name of the product, or its folder.")]
Reason = Annotated[str, typer.Option(help="Why, in words; kept with your user name.")]


def release(context: typer.Context, product: Product, reason: Reason = "") -> None:
    """Publish a product that quality control or a person stopped; readers get it at once."""
    from s2gm.cli import open_home
    from tasks.decide import product_name, release_product
    from tasks.withdraw import own_word

    decided = release_product(open_home(context.obj), product, own_word(reason))
    _tell(decided, product_name(product), "released.")


def reject(context: typer.Context, product: Product, reason: Reason = "") -> None:
    """Confirm that a product is stopped, or take back a published one."""
    from s2gm.cli import open_home
    from tasks.decide import product_name, reject_product
    from tasks.withdraw import own_word

    decided = reject_product(open_home(context.obj), product, own_word(reason))
    _tell(decided, product_name(product), "rejected.")


def recompose(context: typer.Context, product: Product, reason: Reason = "") -> None:
    """Have a stopped product composed and checked anew by the next run."""
    from s2gm.cli import open_home
    from tasks.decide import product_name, recompose_product
    from tasks.withdraw import own_word

    decided = recompose_product(open_home(context.obj), product, own_word(reason))
    _tell(decided, product_name(product), "the next `s2gm run` composes it anew.")


def _tell(decided: "Decided", product: str, what: str) -> None:
    if decided.repeats:
        typer.echo(f"{product}: nothing changes, it is {decided.repeats.verb.done} already.")
        typer.echo(f"It was {decided.repeats}")
    else:
        typer.echo(f"{product}: {what}")
    if decided.reverses:
        typer.echo(f"Until now it was {decided.reverses}")
    typer.echo(f"Readers get {decided.shown}." if decided.shown else "Readers get nothing.")
    typer.echo(f"The mosaic is {decided.state}.")
