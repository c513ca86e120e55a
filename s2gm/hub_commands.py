"""Commands of the hub: ``hub`` serves it, ``users`` keeps the accounts."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalog.operations.accounts import Clerk

PORT = 8421
users = typer.Typer(help="Accounts of those who may sign in at the hub.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the account.")]


def hub(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = PORT,
    host: Annotated[str, typer.Option(help="Where to listen; this machine alone.")] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="Show the pages to everybody; acting needs an account.")
    ] = False,
) -> None:
    """Serve the pages on which the service is watched and operated."""
    from dataclasses import replace

    from hub.serve import serve
    from s2gm.cli import open_home

    workshop = open_home(context.obj)
    if public:
        shown = workshop.settings.model_copy(update={"hub_public": True})
        workshop = replace(workshop, settings=shown)
    serve(workshop, host, port, lambda line: print(line, flush=True))  # noqa: T201


@users.command()
def add(
    context: typer.Context,
    name: Name,
    operator: Annotated[
        bool, typer.Option("--operator", help="It may act, not only look.")
    ] = False,
) -> None:
    """Make an account; its password is asked for, or read from standard input."""
    from catalog.engine import now
    from catalog.operations.accounts import add_account
    from hub.passwords import Passwords
    from s2gm.cli import open_home

    catalog = open_home(context.obj).catalog
    hashed = Passwords().hash(_new_password())
    with catalog.transaction() as session:
        add_account(session, name, hashed, _clerk(), now(), operator=operator)
    typer.echo(f"{name} may sign in, and {'look and act' if operator else 'look'}.")


@users.command("list")
def list_accounts(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List the accounts."""
    from dataclasses import asdict

    from catalog.operations.accounts import accounts
    from s2gm.cli import open_home
    from s2gm.tables import print_accounts, print_json

    with open_home(context.obj).catalog.view() as session:
        found = accounts(session)
    if as_json:
        print_json([asdict(account) for account in found])
    else:
        print_accounts(found)


@users.command()
def close(context: typer.Context, name: Name) -> None:
    """Let an account sign in no more, and end its sessions at once."""
    from catalog.engine import now
    from catalog.operations.accounts import close_account
    from s2gm.cli import open_home

    with open_home(context.obj).catalog.transaction() as session:
        close_account(session, name, _clerk(), now())
    typer.echo(f"{name} may not sign in any more; its sessions are ended.")


@users.command()
def password(context: typer.Context, name: Name) -> None:
    """Give an account another password, and end its sessions."""
    from catalog.engine import now
    from catalog.operations.accounts import set_password
    from hub.passwords import Passwords
    from s2gm.cli import open_home

    catalog = open_home(context.obj).catalog
    hashed = Passwords().hash(_new_password())
    with catalog.transaction() as session:
        set_password(session, name, hashed, _clerk(), now())
    typer.echo(f"{name} has another password; its sessions are ended.")


def _new_password() -> str:
    """Ask twice where somebody types; take the first line that a program sends."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _clerk() -> "Clerk":
    from getpass import getuser

    from catalog.operations.accounts import Clerk

    return Clerk(getuser())
