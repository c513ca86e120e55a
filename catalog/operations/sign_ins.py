"""Sessions at the hub: the tokens are here only as digests, and attempts to guess are counted."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, or_, select, update

from catalog.operation_tables import AccountRow, AttemptRow, SignInRow

ATTEMPTS = 10
"""Failed attempts after which an account or an address has to wait."""
ATTEMPTS_WITHIN = timedelta(minutes=15)
_LONGEST = 200


@dataclass(frozen=True)
class SignIn:
    """A session that goes on."""

    id: str
    """Digest of the token that the browser holds."""
    account: str
    operator: bool
    """Whether the account may act, not only look."""
    form_token: str
    browser: str
    made_at: datetime
    seen_at: datetime
    until: datetime


def digest(token: str) -> str:
    """Return under which a session is filed, from the token that the browser holds."""
    return hashlib.sha256(token.encode()).hexdigest()


def wait_of(session: Session, account: str, address: str, moment: datetime) -> timedelta | None:
    """Return how long an account or address must wait for its next attempt, None: it need not."""
    since = moment - ATTEMPTS_WITHIN
    counts = [
        _tried(session, col(AttemptRow.account) == account, since),
        _tried(session, col(AttemptRow.address) == address, since),
    ]
    waits = [first - since for number, first in counts if number >= ATTEMPTS and first]
    return max(waits, default=None)


def note_attempt(session: Session, account: str, address: str, moment: datetime) -> int:
    """Count an attempt before it is known how it ends, and return its number."""
    old = col(AttemptRow.tried_at) < moment - ATTEMPTS_WITHIN
    session.exec(delete(AttemptRow).where(old))
    row = AttemptRow(account=account, address=address, tried_at=moment)
    session.add(row)
    session.flush()
    return row.id or 0


def begin(session: Session, opened: SignIn, attempt: int) -> None:
    """Begin a session; the attempt succeeded, and is not counted."""
    session.exec(delete(AttemptRow).where(col(AttemptRow.id) == attempt))
    session.add(
        SignInRow(
            id=opened.id,
            account=opened.account,
            form_token=opened.form_token,
            browser=opened.browser[:_LONGEST],
            made_at=opened.made_at,
            seen_at=opened.seen_at,
            until=opened.until,
        )
    )
    session.flush()


def find(session: Session, token: str, moment: datetime) -> SignIn | None:
    """Return the session of a token, None where it ended, is too old, or never was."""
    row = session.exec(
        select(SignInRow, AccountRow.operator)
        .join(AccountRow, col(AccountRow.name) == SignInRow.account)
        .where(SignInRow.id == digest(token), *_going_on(moment))
    ).one_or_none()
    return _sign_in(*row) if row else None


def sign_ins(session: Session, account: str, moment: datetime) -> list[SignIn]:
    """Return the sessions of an account that go on, the latest first."""
    rows = session.exec(
        select(SignInRow, AccountRow.operator)
        .join(AccountRow, col(AccountRow.name) == SignInRow.account)
        .where(SignInRow.account == account, *_going_on(moment))
        .order_by(col(SignInRow.made_at).desc())
    ).all()
    return [_sign_in(*row) for row in rows]


def end(session: Session, account: str, identity: str, moment: datetime) -> bool:
    """End one session of an account; tell whether there was such a one."""
    ended = session.exec(
        update(SignInRow)
        .where(
            col(SignInRow.id) == identity,
            col(SignInRow.account) == account,
            col(SignInRow.ended_at).is_(None),
        )
        .values(ended_at=moment)
    )
    return ended.rowcount == 1


def end_others(session: Session, account: str, kept: str, moment: datetime) -> int:
    """End all sessions of an account but one, and return how many these were."""
    ended = session.exec(
        update(SignInRow)
        .where(
            col(SignInRow.account) == account,
            col(SignInRow.id) != kept,
            *_going_on(moment, joined=False),
        )
        .values(ended_at=moment)
    )
    return int(ended.rowcount)


def note_seen(session: Session, seen: Mapping[str, datetime]) -> None:
    """Write when sessions were last seen."""
    for identity, moment in seen.items():
        session.exec(update(SignInRow).where(col(SignInRow.id) == identity).values(seen_at=moment))


def sweep(session: Session, before: datetime) -> None:
    """Forget sessions that ended, or became too old, before a moment."""
    session.exec(
        delete(SignInRow).where(
            or_(col(SignInRow.until) < before, col(SignInRow.ended_at) < before)
        )
    )


def _tried(session: Session, of_whom: object, since: datetime) -> tuple[int, datetime | None]:
    row = session.exec(
        select(func.count(), func.min(AttemptRow.tried_at)).where(
            of_whom,  # type: ignore[arg-type]
            col(AttemptRow.tried_at) > since,
        )
    ).one()
    return row[0], row[1]


def _going_on(moment: datetime, *, joined: bool = True) -> list[sa.ColumnElement[bool]]:
    rules = [col(SignInRow.ended_at).is_(None), col(SignInRow.until) > moment]
    if joined:
        rules.append(col(AccountRow.closed_at).is_(None))
    return rules


def _sign_in(row: SignInRow, operator: bool) -> SignIn:
    return SignIn(
        row.id,
        row.account,
        operator,
        row.form_token,
        row.browser,
        row.made_at,
        row.seen_at,
        row.until,
    )
