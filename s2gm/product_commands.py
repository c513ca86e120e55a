"""Commands that work on products: ``tailor`` and ``verify``."""

from pathlib import Path
from typing import Annotated

import typer

PeriodWord = Annotated[str, typer.Option(help="DAY, TENDAYS, MONTH, QUARTER or YEAR.")]


def tailor(
    context: typer.Context,
    area: Annotated[str, typer.Option(help="GeoJSON or WKT file, WKT (lon lat), or MGRS tile.")],
    period: PeriodWord,
    start: Annotated[str, typer.Option(help="First day of the period, like 2018-06-01.")],
    name: Annotated[str, typer.Option(help="Name of the order; part of the product's name.")],
    out: Annotated[Path, typer.Option(help="Folder below which the product appears.")],
    resolution: Annotated[int, typer.Option(help="10, 20 or 60 m.")] = 10,
    bands: Annotated[str, typer.Option(help="API band ids, like B04,B08,SCENE; all.")] = "",
    form: Annotated[str, typer.Option("--format", help="GEO_TIFF, JP2 or NETCDF.")] = "GEO_TIFF",
    crs: Annotated[str, typer.Option(help="UTM or WGS84.")] = "UTM",
) -> None:
    """Cut an area from the mosaics, in the format and reference system you need.

    The last line printed is the base folder of the product.
    """
    from products.formats import ProductFormat
    from products.order import Order, ReferenceSystem, parse_choice, parse_layers
    from products.period import Period
    from s2gm.cli import open_home
    from tasks.area import read_area
    from tasks.tailor import tailor as deliver

    wanted = Period.parse(period, start)
    layers = parse_layers(bands)
    chosen = parse_choice(ProductFormat, form, "format")
    system = parse_choice(ReferenceSystem, crs, "reference system")
    workshop = open_home(context.obj)
    order = Order(name, read_area(workshop, area), wanted, resolution, layers, chosen, system)
    typer.echo(str(deliver(workshop, order, out).resolve()))


def verify(
    folders: Annotated[list[Path], typer.Argument(help="Base folders of products.")],
) -> None:
    """Hash every file of products anew and compare with the manifest; exit code 1 where broken."""
    from products.errors import BadInput
    from qc.manifest import MANIFEST, check_manifest

    for folder in folders:
        if not (folder / MANIFEST).is_file():
            raise BadInput(f"{folder} has no {MANIFEST}; give the base folder of a product.")
    broken = False
    for folder in folders:
        problems = check_manifest(folder)
        broken = broken or bool(problems)
        for problem in problems:
            typer.echo(problem)
        verdict = (
            f"{len(problems)} of its files are not as they were published."
            if problems
            else "every file is as it was published."
        )
        typer.echo(f"{folder.name}: {verdict}")
    if broken:
        raise typer.Exit(1)
