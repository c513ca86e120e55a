"""Commands that watch over the service: ``status``."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.workshop import Workshop

_EVERY_SECONDS = 2.0
_EXIT = {"healthy": 0, "idle": 0, "stopped": 0, "late": 3, "broken": 4}
"""Exit codes by level; 1 is left for what could not be told."""


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Tell whether the service is healthy, late or broken, why, and what to do.

    The exit code is 0 where it is healthy, idle or stopped with nothing to do, 3 where it is late,
    4 where it is broken, and 1 where that cannot be told.
    """
    from products.errors import BadInput
    from s2gm.cli import open_home
    from s2gm.status_tables import drawn, status_record
    from s2gm.tables import console, print_json
    from tasks.standing import status as observe

    if watch and as_json:
        raise BadInput("A program asks again by itself; give --json or --watch, not both.")
    workshop = open_home(context.obj)
    if watch:
        _watch(workshop)
    found = observe(workshop)
    if as_json:
        print_json(status_record(found))
    else:
        console().print(drawn(found))
    raise typer.Exit(_EXIT[found.health.level])


def _watch(workshop: "Workshop") -> None:
    """Show the status anew every two seconds; in a log, a line whenever the headline changes."""
    from rich.live import Live

    from s2gm.status_tables import drawn
    from s2gm.tables import console
    from tasks.gauge import Gauge
    from tasks.standing import status as observe

    gauge, out, told = Gauge(workshop), console(), ""
    with Live(console=out, auto_refresh=False) as live:
        while True:
            found = observe(workshop, gauge)
            if out.is_terminal:
                live.update(drawn(found), refresh=True)
            elif found.health.headline != told:
                told = found.health.headline
                typer.echo(f"{found.moment:%Y-%m-%d %H:%M:%S} UTC  {told}")
            time.sleep(_EVERY_SECONDS)
