"""``s2gm``: the command line. Heavy libraries are imported where they are used."""

import sys
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from products.errors import S2GMError
from s2gm import (
    act_commands,
    decision_commands,
    granule_commands,
    hub_commands,
    product_commands,
    quality_commands,
    report_commands,
    status_commands,
)

if TYPE_CHECKING:
    from tasks.cycle import Wanted
    from tasks.workshop import Workshop

_INTERRUPTED = 130
"""The exit status into which Typer turns a KeyboardInterrupt."""

app = typer.Typer(
    help="Sentinel-2 Global Mosaic: keep fixed-period mosaics up to date as granules arrive.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Tiles = Annotated[list[str] | None, typer.Option("--tile", help="MGRS tile, repeatable.")]
Kinds = Annotated[
    list[str] | None, typer.Option("--period", help="DAY TENDAYS MONTH QUARTER YEAR, repeatable.")
]
Resolutions = Annotated[
    list[int] | None, typer.Option("--resolution", help="10, 20 or 60 m, repeatable.")
]


@app.callback()
def _root(
    context: typer.Context,
    home: Annotated[
        Path, typer.Option(envvar="S2GM_HOME", help="Data root: catalog and products.")
    ] = Path("s2gm-home"),
) -> None:
    context.obj = home


@app.command()
def run(
    context: typer.Context,
    source: Annotated[str, typer.Option(help="SAFE folder, STAC catalog.json or STAC API.")],
    tile: Tiles = None,
    period: Kinds = None,
    resolution: Resolutions = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when everything is done.")] = False,
) -> None:
    """Track a source and bring the mosaics that its granules touch up to date."""
    from s2gm.service import turns

    wanted = _wanted(tile, period, resolution)
    turns(context.obj, source, wanted, once=once)


@app.command()
def mosaics(context: typer.Context, as_json: Json = False) -> None:
    """List the mosaics with their state, revision and product."""
    from catalog.query import mosaics as query
    from s2gm.tables import mosaic_record, print_json, print_mosaics

    with open_home(context.obj).catalog.transaction() as session:
        found = query(session)
    if as_json:
        print_json([mosaic_record(status, context.obj) for status in found])
    else:
        print_mosaics(found)


@app.command()
def granules(context: typer.Context, as_json: Json = False) -> None:
    """List the granules with their state, and why it was rejected or withdrawn."""
    from catalog.query import granules as query
    from s2gm.tables import granule_record, print_granules, print_json

    with open_home(context.obj).catalog.transaction() as session:
        rows = query(session)
    if as_json:
        print_json([granule_record(row) for row in rows])
    else:
        print_granules(rows)


@app.command()
def explain(
    context: typer.Context,
    tile: str,
    period: str,
    start: str,
    resolution: int,
    x: Annotated[float, typer.Option("--x", help="Easting in metres, UTM.")],
    y: Annotated[float, typer.Option("--y", help="Northing in metres, UTM.")],
    as_json: Json = False,
) -> None:
    """Tell for one pixel which observations competed, which won, and why."""
    from products.errors import BadInput
    from products.grid import check_tile_name
    from products.mosaic import MosaicKey
    from products.period import Period
    from s2gm.tables import print_json, print_story
    from tasks.explain import explain as tell

    key = MosaicKey(
        check_tile_name(tile), Period.parse(period, start), _resolutions([resolution])[0]
    )
    if not (isfinite(x) and isfinite(y)):
        raise BadInput(f"The point {x}, {y} is nowhere; give easting and northing in metres.")
    story = tell(open_home(context.obj), key, x, y)
    if as_json:
        print_json(story)
    else:
        print_story(story)


@app.command()
def demo(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=20, help="Days of the simulated archive.")] = 30,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the hub meanwhile and on.")] = False,
) -> None:
    """Simulate an archive and run the service over it as it arrives, day by day."""
    from s2gm.demo import play

    play(context.obj, days, serve=serve)


app.command()(granule_commands.withdraw)
app.command()(decision_commands.release)
app.command()(decision_commands.reject)
app.command()(decision_commands.recompose)
app.command()(act_commands.retry)
app.command()(act_commands.dismiss)
app.command()(product_commands.tailor)
app.command()(product_commands.verify)
app.command()(quality_commands.qc)
app.command()(quality_commands.reproduce)
app.command()(quality_commands.repair)
app.command()(report_commands.report)
app.command()(status_commands.status)
app.command()(hub_commands.hub)
app.add_typer(hub_commands.users, name="users")


def main() -> None:
    """Run the command line; what went wrong is one sentence on standard error."""
    try:
        app()
    except S2GMError as error:
        sys.stderr.write(f"s2gm: {error}\n")
        sys.exit(1)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            sys.stderr.write("s2gm: stopped; run it again to go on where it was.\n")
        raise


def _wanted(
    tiles: list[str] | None, kinds: list[str] | None, resolutions: list[int] | None
) -> "Wanted":
    from products.grid import check_tile_name
    from products.period import PeriodKind, parse_kind
    from tasks.cycle import Wanted

    return Wanted(
        tuple(check_tile_name(name) for name in tiles or ()),
        tuple(parse_kind(word) for word in kinds or PeriodKind),
        _resolutions(resolutions or [10, 20, 60]),
    )


def _resolutions(asked: list[int]) -> tuple[int, ...]:
    from products.bands import RESOLUTIONS
    from products.errors import BadInput

    if wrong := [size for size in asked if size not in RESOLUTIONS]:
        raise BadInput(f"There are no {wrong[0]} m mosaics; choose 10, 20 or 60.")
    return tuple(dict.fromkeys(asked))


def open_home(home: Path) -> "Workshop":
    """Open an existing data root."""
    from products.errors import BadInput
    from tasks.settings import read_settings
    from tasks.workshop import open_workshop

    if not home.exists():
        raise BadInput(f"There is no data root {home}; `s2gm run` makes one, or give --home.")
    settings = read_settings(home)
    if not settings.database and not (home / "catalog.sqlite").exists():
        raise BadInput(f"There is no catalog in {home}; `s2gm run` makes one, or give --home.")
    return open_workshop(settings)


if __name__ == "__main__":
    main()
