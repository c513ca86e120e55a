"""The tables of operation: workers, troubles, what people did, accounts, and what was published."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from catalog.tables import UtcDateTime, one_of

_ENDED = sa.text("ended_at IS NOT NULL")
_SHOWN = sa.text("ended_at IS NULL AND dismissed_at IS NULL")


class TroubleKind(StrEnum):
    """What kind of thing is in trouble; its ``subject`` says which."""

    SOURCE = "SOURCE"
    """A source does not answer; subject: its name."""
    GRANULE = "GRANULE"
    """A granule was rejected, or could not be fetched; subject: its id."""
    MOSAIC = "MOSAIC"
    """A mosaic could not be composed; subject: ``str(MosaicKey)``."""
    RUN = "RUN"
    """A turn of the service ended with an error that nobody foresaw; subject: its source."""


class ActionVerb(StrEnum):
    """What an operator did."""

    RETRY = "RETRY"
    DISMISS = "DISMISS"
    RELEASE = "RELEASE"
    REJECT = "REJECT"
    RECOMPOSE = "RECOMPOSE"
    WITHDRAW = "WITHDRAW"
    RESTORE = "RESTORE"
    """A withdrawal undone."""
    ACCOUNT = "ACCOUNT"
    """An account made, changed or closed."""


class WorkerRow(SQLModel, table=True):
    """A process that works on the data root, as it tells of itself while it lives."""

    __tablename__ = "worker"
    name: str = Field(primary_key=True)
    """The owner that leases name."""
    host: str
    pid: int
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime, index=True)
    """When it last said that it lives."""
    beat_seconds: float
    """How often it says so."""
    doing: str = ""
    """What it works on, in words; empty: it waits."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    died: bool = False
    """Whether others had to find out that it ended."""


class TroubleRow(SQLModel, table=True):
    """Something that went wrong, from when it was noticed until it is mended; rows stay."""

    __tablename__ = "trouble"
    __table_args__ = (
        one_of("kind", TroubleKind),
        sa.Index(
            "one_open_trouble",
            "kind",
            "subject",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("trouble_by_since", "since"),
        sa.Index("trouble_by_end", "ended_at", sqlite_where=_ENDED, postgresql_where=_ENDED),
        sa.Index("trouble_by_sight", "seen_at"),
        sa.Index("trouble_shown", "since", sqlite_where=_SHOWN, postgresql_where=_SHOWN),
        sa.Index(
            "trouble_shown_by_kind", "kind", "since", sqlite_where=_SHOWN, postgresql_where=_SHOWN
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    tile: str | None = None
    rule: str | None = None
    """The rule that a granule broke, or the class of the error."""
    message: str
    """One sentence: what, where, what to do."""
    since: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    """When it last happened."""
    times: int = 1
    dismissed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When an operator said that nothing is to be done; it opens again when it happens anew."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ActionRow(SQLModel, table=True):
    """What a person did, written in the transaction that did it; rows stay."""

    __tablename__ = "action"
    __table_args__ = (
        one_of("verb", ActionVerb),
        sa.CheckConstraint("reason <> ''", name="done_with_reason"),
        sa.Index("action_by_moment", "done_at"),
        sa.Index("action_by_subject", "subject"),
    )
    id: int | None = Field(default=None, primary_key=True)
    verb: str
    subject: str
    """Name of a product, id of a granule, ``str(MosaicKey)``, name of a source or account."""
    reason: str
    done_by: str
    done_at: datetime = Field(sa_type=UtcDateTime)
    via: str
    """``cli``, ``hub`` or ``api``."""


class AccountRow(SQLModel, table=True):
    """Somebody who may sign in at the hub."""

    __tablename__ = "account"
    name: str = Field(primary_key=True)
    password: str
    """Argon2 hash."""
    operator: bool = False
    """Whether the account may act, not only look."""
    made_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInRow(SQLModel, table=True):
    """A session at the hub, from signing in until it is ended or too old."""

    __tablename__ = "sign_in"
    id: str = Field(primary_key=True)
    """SHA-256 of the token that the browser holds."""
    account: str = Field(foreign_key="account.name", index=True)
    form_token: str
    """What every form of the session must carry (against forged requests)."""
    browser: str = ""
    made_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AttemptRow(SQLModel, table=True):
    """A failed attempt to sign in, for the limit of attempts."""

    __tablename__ = "attempt"
    __table_args__ = (
        sa.Index("attempt_by_account", "account", "tried_at"),
        sa.Index("attempt_by_address", "address", "tried_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    account: str
    address: str
    tried_at: datetime = Field(sa_type=UtcDateTime)


class PublicationRow(SQLModel, table=True):
    """That a revision was shown to readers, and how long its newest granule took; rows stay."""

    __tablename__ = "publication"
    __table_args__ = (sa.Index("publication_by_moment", "published_at"),)
    id: int | None = Field(default=None, primary_key=True)
    revision_id: str = Field(foreign_key="revision.id", index=True)
    mosaic_id: int = Field(foreign_key="mosaic.id", index=True)
    tile: str
    source: str
    """Of the newest granule: the input tracked last among those that the revision before lacks."""
    sensed_at: datetime = Field(sa_type=UtcDateTime)
    tracked_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime = Field(sa_type=UtcDateTime)
    from_archive: bool
    """Whether the granule was old when it was tracked, or none is new in the revision; such ones
    tell nothing of timeliness."""
