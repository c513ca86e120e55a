"""Commands that decide about granules: ``withdraw``."""

from typing import Annotated

import typer


def withdraw(
    context: typer.Context,
    granule: Annotated[list[str], typer.Argument(help="Ids as `s2gm granules` shows them.")],
    reason: Annotated[str, typer.Option(help="Why, in words; kept with your user name.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Bring withdrawn ones back.")] = False,
) -> None:
    """Take granules out of use, or bring them back; the next run composes their mosaics anew."""
    from s2gm.cli import open_home
    from tasks.withdraw import own_word, undo_withdrawal, withdraw_granules

    workshop = open_home(context.obj)
    if undo:
        changed = undo_withdrawal(workshop, granule, own_word(reason))
    else:
        changed = withdraw_granules(workshop, granule, own_word(reason))
    for name in dict.fromkeys(granule):
        typer.echo(f"{name}: {'no longer withdrawn' if undo else 'withdrawn'}.")
    for name in changed.back:
        if name not in granule:
            typer.echo(f"{name}: counts again.")
    for name in changed.gone:
        if name not in granule:
            typer.echo(f"{name}: superseded again.")
    typer.echo(f"{changed.due} mosaics are due; the next `s2gm run` brings them up to date.")
