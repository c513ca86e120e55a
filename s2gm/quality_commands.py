"""Commands that judge products, and mend them: ``qc``, ``reproduce`` and ``repair``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

_NOT_COMPARED = 3
"""Exit status where nothing failed, but nothing was compared with the reference either."""

if TYPE_CHECKING:
    from qc.report import Known
    from tasks.check import Checkup
    from tasks.workshop import Workshop


def qc(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Base folder of any product.")],
    reference: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="A product that it is compared with, pixel by pixel."),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Folder for the report, a page and JSON of each piece."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Check a product, with all that the catalog of --home knows of it.

    Products of other services are checked, too; what only a catalog can tell is left out then.
    Exit code 1 where it fails or cannot be checked, 3 where it cannot be compared with --reference.
    """
    from catalog.engine import now
    from qc.finding import Verdict, worst
    from qc.report import render_report, whole
    from s2gm.quality_tables import print_checkup
    from tasks.check import check_folder
    from tasks.report import known_to_readers
    from tasks.settings import read_settings

    product = _folder(folder, "DIR")
    beside = _folder(reference, "--reference") if reference is not None else None
    out = _outside(_folder(report, "--report"), product, beside) if report is not None else None
    workshop = _workshop(context)
    checkup = check_folder(product, beside, read_settings(context.obj), workshop)
    known = known_to_readers(workshop, checkup.facts[0].name)
    pages = _write_reports(out, product, checkup, known) if out else []
    if as_json:
        document = render_report(
            whole(checkup.facts),
            checkup.findings,
            now(),
            checkup.comparisons,
            checkup.not_compared,
            known,
        )
        typer.echo(document, nl=False)
    else:
        print_checkup(checkup, pages)
    if worst(checkup.findings) is Verdict.FAIL:
        raise typer.Exit(1)
    if checkup.not_compared:
        raise typer.Exit(_NOT_COMPARED)


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


def repair(
    context: typer.Context,
    product: Annotated[str, typer.Argument(help="Name or folder of a published mosaic.")],
) -> None:
    """Put back files of a published product that broke, composed again from its inputs.

    Exit code 1 where something is still not as it was published.
    """
    from qc.finding import number_of
    from s2gm.cli import open_home
    from tasks.repair import repair as mend

    done = mend(open_home(context.obj), product)
    for line in (*(f"put back  {path}" for path in done.put_back), *done.problems):
        typer.echo(line)
    files = number_of(len(done.put_back), "file was", "files were")
    told = "every file is as it was published."
    if done.problems:
        told = f"{number_of(len(done.problems), 'thing is', 'things are')} not as published."
    typer.echo(f"{done.product}: {files} put back; {told}")
    if done.problems:
        raise typer.Exit(1)


def _write_reports(out: Path, folder: Path, checkup: "Checkup", known: "Known") -> list[Path]:
    from products.errors import BadInput
    from tasks.report import write_reports

    try:
        return [
            write_reports(
                out,
                folder,
                facts,
                checkup.findings,
                checkup.beside,
                known=known,
                comparisons=checkup.comparisons,
                not_compared=checkup.not_compared,
            )
            for facts in checkup.facts
        ]
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written ({error.strerror}); give another --report."
        ) from error


def _folder(text: str, what: str) -> Path:
    """Return the folder that a person named; an empty name would be the working directory."""
    from products.errors import BadInput

    if not text:
        raise BadInput(f"{what} is empty; give a folder.")
    return Path(text).resolve()


def _outside(out: Path, *products: Path | None) -> Path:
    """Return a folder for reports that is in no product, which a file more would spoil."""
    from products.errors import BadInput
    from qc.manifest import MANIFEST

    for folder in (out, *out.parents):
        if folder in products or (folder / MANIFEST).is_file():
            raise BadInput(
                f"--report {out} lies in the product {folder.name}, to which no other files "
                "belong; give a folder outside it."
            )
    return out


def _workshop(context: typer.Context) -> "Workshop | None":
    """Open a data root that has a catalog; make none. One that was named must be there."""
    from products.errors import BadInput
    from tasks.settings import read_settings
    from tasks.workshop import has_catalog, open_workshop

    home: Path = context.obj
    if not home.exists() and _is_given(context):
        raise BadInput(
            f"There is no data root {home}; give another --home, or none, to check without a "
            "catalog."
        )
    settings = read_settings(home)
    return open_workshop(settings) if has_catalog(settings) else None


def _is_given(context: typer.Context) -> bool:
    """Tell whether --home or S2GM_HOME names the data root."""
    root = context.find_root()
    source = root.get_parameter_source("home")
    return source is not None and source.name != "DEFAULT"
