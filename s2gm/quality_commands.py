"""Commands that judge products: ``qc`` and ``reproduce``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tasks.check import Checkup
    from tasks.workshop import Workshop


def qc(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Base folder of any product.")],
    reference: Annotated[
        Path | None, typer.Option(help="A product that it is compared with, pixel by pixel.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the reports, one page for each piece.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Check a product, with all that the catalog of --home knows of it; exit code 1 where it fails.

    Products of other services are checked, too; what only a catalog can tell is skipped then.
    """
    from qc.finding import Verdict, worst
    from s2gm.quality_tables import checkup_record, print_checkup
    from s2gm.tables import print_json
    from tasks.check import check_folder
    from tasks.settings import read_settings

    settings = read_settings(context.obj)
    checkup = check_folder(folder.resolve(), reference, settings, _workshop(context.obj))
    if out is not None:
        _write_pages(out, folder.resolve(), checkup, reference)
    if as_json:
        print_json(checkup_record(checkup))
    else:
        print_checkup(checkup)
    if worst(checkup.findings) is Verdict.FAIL:
        raise typer.Exit(1)


def reproduce(
    context: typer.Context,
    product: Annotated[str, typer.Argument(help="Name or folder of a published mosaic.")],
) -> None:
    """Compose a product again from its recorded inputs, and compare every file bit by bit.

    Exit code 1 where a file differs.
    """
    from s2gm.cli import open_home
    from s2gm.quality_tables import print_reproduction
    from tasks.reproduce import reproduce as compose_again

    found = compose_again(open_home(context.obj), product)
    print_reproduction(found)
    if found.differing:
        raise typer.Exit(1)


def _write_pages(out: Path, folder: Path, checkup: "Checkup", reference: Path | None) -> None:
    from products.errors import BadInput
    from tasks.report import write_reports

    beside = reference.resolve() if reference else None
    try:
        for facts in checkup.facts:
            page = write_reports(out, folder, facts, checkup.findings, beside)
            typer.echo(f"The report: {page.resolve()}", err=True)
    except OSError as error:
        raise BadInput(
            f"No report can be written to {out} ({error.strerror}); give another --out."
        ) from error


def _workshop(home: Path) -> "Workshop | None":
    """Open a data root that has a catalog; make none."""
    from tasks.settings import read_settings
    from tasks.workshop import has_catalog, open_workshop

    settings = read_settings(home)
    return open_workshop(settings) if has_catalog(settings) else None
