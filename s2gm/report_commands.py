"""Commands that report on the service: ``report``."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from products.period import Period


def report(
    context: typer.Context,
    month: Annotated[str, typer.Option(help="The month, like 2018-06.")],
    out: Annotated[Path, typer.Option(help="HTML file to write, in a folder that is there.")],
    tile: Annotated[
        list[str] | None, typer.Option(help="MGRS tile, repeatable; all in demand.")
    ] = None,
) -> None:
    """Report a month of service: availability, timeliness, completeness, quality.

    The page prints well on A4. The last line printed is its path.
    """
    from catalog.engine import now
    from catalog.service import service_month
    from products.errors import BadInput
    from products.grid import check_tile_name
    from qc.service_page import render_service
    from s2gm.cli import open_home
    from storage.local import replace_file

    if not out.resolve().parent.is_dir():
        raise BadInput(
            f"There is no folder {out.resolve().parent}; make it first, or give another --out."
        )
    period = parse_month(month)
    tiles = [check_tile_name(name) for name in tile or ()]
    with open_home(context.obj).catalog.transaction() as session:
        service = service_month(session, period, tiles)
    try:
        replace_file(out, render_service(service, now()))
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written ({error.strerror}); give another --out."
        ) from error
    typer.echo(str(out.resolve()))


def parse_month(text: str) -> "Period":
    """Parse a month like ``2018-06``, or raise BadInput."""
    from products.errors import BadInput
    from products.period import Period, PeriodKind

    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadInput(f"{text!r} is not a month; write it as 2018-06.") from None
    return Period(PeriodKind.MONTH, first)
