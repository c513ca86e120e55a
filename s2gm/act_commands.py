"""Commands for what went wrong: ``retry`` and ``dismiss``."""

from typing import Annotated

import typer

Subject = Annotated[
    list[str],
    typer.Argument(help="Granule id, mosaic as 31UDS MONTH 2018-06-01 10, or number of a trouble."),
]
Reason = Annotated[str, typer.Option(help="Why, in words; kept with your user name.")]


def retry(context: typer.Context, subject: Subject, reason: Reason = "") -> None:
    """Have the next run try a rejected granule, or a mosaic that failed, once more."""
    from s2gm.cli import open_home
    from tasks.act import retry as try_again
    from tasks.withdraw import own_word

    retried = try_again(open_home(context.obj), " ".join(subject), own_word(reason))
    typer.echo(f"{retried.subject}: the next `s2gm run` tries it again.")


def dismiss(context: typer.Context, subject: Subject, reason: Reason = "") -> None:
    """Show a trouble no longer, until it happens again."""
    from s2gm.cli import open_home
    from tasks.act import dismiss as set_aside
    from tasks.withdraw import own_word

    for one in set_aside(open_home(context.obj), " ".join(subject), own_word(reason)):
        typer.echo(f"{one.subject}: dismissed; it is shown again when it happens again.")
