"""Accounts of those who may sign in at the hub; passwords are here only as hashes."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, func, select, update

from catalog.operation_tables import AccountRow, ActionRow, ActionVerb, AttemptRow, SignInRow
from products.errors import BadInput

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
"""What the name of an account looks like."""


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in, without the password's hash."""

    name: str
    operator: bool
    """Whether the account may act, not only look."""
    made_at: datetime
    closed_at: datetime | None
    seen_at: datetime | None
    """When it last signed in, None: never."""


@dataclass(frozen=True)
class Clerk:
    """Who changes an account, and by which way: it stands in the log of actions."""

    who: str
    via: str = "cli"


def accounts(session: Session) -> list[Account]:
    """Return all accounts by name, closed ones too."""
    latest = (
        select(SignInRow.account, func.max(SignInRow.made_at).label("at"))
        .group_by(col(SignInRow.account))
        .subquery()
    )
    rows = session.exec(
        select(AccountRow, latest.c.at)
        .join(latest, latest.c.account == AccountRow.name, isouter=True)
        .order_by(col(AccountRow.name))
    ).all()
    return [Account(row.name, row.operator, row.made_at, row.closed_at, at) for row, at in rows]


def has_accounts(session: Session) -> bool:
    """Tell whether anybody may sign in at all."""
    return session.exec(select(AccountRow.name).where(_open()).limit(1)).first() is not None


def password_of(session: Session, name: str) -> str | None:
    """Return the hash of an open account's password, None where there is no such account."""
    return session.exec(
        select(AccountRow.password).where(AccountRow.name == name, _open())
    ).one_or_none()


def add_account(
    session: Session, name: str, password: str, clerk: Clerk, moment: datetime, *, operator: bool
) -> None:
    """Make an account, or open a closed one again; ``password`` is a hash."""
    if not NAME.fullmatch(name):
        raise BadInput(
            f"{name!r} cannot be the name of an account; use up to 40 small letters, digits, "
            "dots, hyphens and underscores, and begin with a letter or digit."
        )
    row = session.get(AccountRow, name, with_for_update=True)
    if row is not None and row.closed_at is None:
        raise BadInput(
            f"There is an account {name} already; `s2gm users password {name}` gives it another "
            "password."
        )
    if row is None:
        row = AccountRow(name=name, password=password, operator=operator, made_at=moment)
    else:
        row.password, row.operator, row.closed_at = password, operator, None
    session.add(row)
    _record(session, name, f"Account made; it may {_may(operator)}.", clerk, moment)


def close_account(session: Session, name: str, clerk: Clerk, moment: datetime) -> None:
    """Let an account sign in no more, and end its sessions; what it did stays on record."""
    _held(session, name).closed_at = moment
    _end_all(session, name, moment)
    _record(session, name, "Account closed.", clerk, moment)


def set_password(
    session: Session, name: str, password: str, clerk: Clerk, moment: datetime
) -> None:
    """Give an account another password (a hash), end its sessions, and let it try again."""
    _held(session, name).password = password
    _end_all(session, name, moment)
    session.exec(delete(AttemptRow).where(col(AttemptRow.account) == name))
    _record(session, name, "Password changed.", clerk, moment)


def renew_hash(session: Session, name: str, before: str, after: str) -> None:
    """Keep the same password under a stronger hash, unless it was changed meanwhile."""
    session.exec(
        update(AccountRow)
        .where(col(AccountRow.name) == name, col(AccountRow.password) == before)
        .values(password=after)
    )


def _open() -> bool:
    return col(AccountRow.closed_at).is_(None)  # type: ignore[return-value]


def _held(session: Session, name: str) -> AccountRow:
    row = session.get(AccountRow, name, with_for_update=True)
    if row is None or row.closed_at is not None:
        raise BadInput(f"There is no account {name}; `s2gm users list` lists those that there are.")
    session.add(row)
    return row


def _end_all(session: Session, name: str, moment: datetime) -> None:
    session.exec(
        update(SignInRow)
        .where(col(SignInRow.account) == name, col(SignInRow.ended_at).is_(None))
        .values(ended_at=moment)
    )


def _record(session: Session, name: str, reason: str, clerk: Clerk, moment: datetime) -> None:
    session.add(
        ActionRow(
            verb=ActionVerb.ACCOUNT,
            subject=name,
            reason=reason,
            done_by=clerk.who,
            done_at=moment,
            via=clerk.via,
        )
    )
    session.flush()


def _may(operator: bool) -> str:
    return "act" if operator else "look"
