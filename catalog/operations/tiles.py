"""The tiles of the service: how fresh what readers get of each is, and what holds it up."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func

from catalog.affected import ANY_TILE
from catalog.operations.words import mosaic_word
from catalog.tables import (
    DemandRow,
    GranuleRow,
    GranuleState,
    MosaicRow,
    RevisionInputRow,
    RevisionRow,
    TileRow,
)


class Freshness(StrEnum):
    """How old the newest acquisition is that a published mosaic of a tile shows."""

    DAYS_3 = "up to 3 days"
    DAYS_10 = "up to 10 days"
    DAYS_30 = "up to 30 days"
    OLDER = "more than 30 days"
    NOTHING = "nothing published"


_AGES = (
    (timedelta(days=3), Freshness.DAYS_3),
    (timedelta(days=10), Freshness.DAYS_10),
    (timedelta(days=30), Freshness.DAYS_30),
)
_GRAVEST = ("failed", "stopped", "composing", "due", "rejected", "published")


@dataclass(frozen=True)
class TileFacts:
    """A tile as lists and the map show it."""

    name: str
    received_at: datetime | None
    """When its newest delivered acquisition was sensed, UTC."""
    shown_at: datetime | None
    """When the newest acquisition was sensed that a published mosaic shows, UTC."""
    freshness: Freshness
    waiting: int
    """Granules that wait for their ingest."""
    mosaics: dict[str, int]
    """How many mosaics are in each state, by its word."""

    @property
    def state(self) -> str:
        """What an operator looks at first: the word of the gravest state of its mosaics.

        Where it has none, ``tracked`` while granules wait, else ``empty``.
        """
        found = next((word for word in _GRAVEST if self.mosaics.get(word)), None)
        return found or ("tracked" if self.waiting else "empty")


@dataclass(frozen=True)
class TilePage:
    """Some of the tiles, by name."""

    total: int
    """All that match."""
    entries: tuple[TileFacts, ...]


def tiles(
    session: Session, moment: datetime, limit: int, offset: int = 0, name: str = ""
) -> TilePage:
    """Return the tiles whose name contains a text, in upper or lower case, page by page.

    All that anything was delivered of, and all that somebody asks for by name. Three statements,
    however many there are.
    """
    names = _names()
    matching = col(names.c.name).contains(name.upper(), autoescape=True)
    total = session.execute(sa.select(func.count()).select_from(names).where(matching)).scalar_one()
    chosen = (
        sa.select(names.c.name)
        .where(matching)
        .order_by(names.c.name)
        .limit(limit)
        .offset(offset)
        .subquery("chosen")
    )
    rows = session.execute(_query(chosen).order_by(chosen.c.name)).mappings().all()
    mosaics = _mosaics(session, [row["name"] for row in rows])
    return TilePage(total, _facts(rows, mosaics, moment))


def all_tiles(session: Session, moment: datetime) -> tuple[TileFacts, ...]:
    """Return all tiles, by name, as ``tiles`` does. Two statements."""
    names = _names()
    rows = session.execute(_query(names).order_by(names.c.name)).mappings().all()
    return _facts(rows, _mosaics(session), moment)


def freshness(shown_at: datetime | None, moment: datetime) -> Freshness:
    """Return how fresh a tile is whose newest published acquisition was sensed then."""
    if shown_at is None:
        return Freshness.NOTHING
    age = moment - shown_at
    return next((step for longest, step in _AGES if age <= longest), Freshness.OLDER)


def _names() -> sa.Subquery:
    """Return all tile names; those of granules are stepped through in their index."""
    seen = sa.select(func.min(col(GranuleRow.tile)).label("name")).cte("seen", recursive=True)
    following = (
        sa.select(func.min(col(GranuleRow.tile)))
        .where(col(GranuleRow.tile) > seen.c.name)
        .scalar_subquery()
    )
    seen = seen.union_all(sa.select(following).where(seen.c.name.is_not(None)))
    return sa.union(
        sa.select(seen.c.name).where(seen.c.name.is_not(None)),
        sa.select(col(TileRow.name)),
        sa.select(col(DemandRow.tile)).where(col(DemandRow.tile) != ANY_TILE),
    ).subquery("names")


def _query(names: sa.Subquery) -> sa.Select[Any]:
    newest = [_newest(names, state).label(state) for state in GranuleState]
    waiting = (
        sa.select(func.count())
        .where(col(GranuleRow.tile) == names.c.name, col(GranuleRow.state) == GranuleState.TRACKED)
        .correlate(names)
        .scalar_subquery()
    )
    return sa.select(
        names.c.name, _shown(names).label("shown_at"), waiting.label("waiting"), *newest
    )


def _newest(names: sa.Subquery, state: GranuleState) -> sa.ScalarSelect[Any]:
    """Return when the newest granule of a state was sensed: one step in the index."""
    return (
        sa.select(func.max(col(GranuleRow.datatake_start)))
        .where(col(GranuleRow.tile) == names.c.name, col(GranuleRow.state) == state)
        .correlate(names)
        .scalar_subquery()
    )


def _shown(names: sa.Subquery) -> sa.ColumnElement[Any]:
    """Return when the newest granule that is published was sensed: from the newest on back.

    Whether anything is published at all is asked first, lest a long archive be gone through.
    """
    published = (
        sa.select(sa.literal(value=True))
        .select_from(RevisionInputRow)
        .join(RevisionRow, col(RevisionRow.id) == col(RevisionInputRow.revision_id))
        .where(
            col(RevisionInputRow.granule_id) == col(GranuleRow.id),
            col(RevisionRow.current).is_(other=True),
        )
        .correlate(GranuleRow)
        .exists()
    )
    anything = (
        sa.select(sa.literal(value=True))
        .select_from(MosaicRow)
        .join(RevisionRow, col(RevisionRow.mosaic_id) == col(MosaicRow.id))
        .where(
            col(MosaicRow.tile) == names.c.name,
            col(RevisionRow.current).is_(other=True),
        )
        .correlate(names)
        .exists()
    )
    newest = (
        sa.select(col(GranuleRow.datatake_start))
        .where(
            col(GranuleRow.tile) == names.c.name,
            col(GranuleRow.state) == GranuleState.READY,
            published,
        )
        .order_by(col(GranuleRow.datatake_start).desc())
        .limit(1)
        .correlate(names)
        .scalar_subquery()
    )
    return sa.case((anything, newest), else_=None)


def _facts(
    rows: Sequence[Mapping[Any, Any]], mosaics: Mapping[str, Mapping[str, int]], moment: datetime
) -> tuple[TileFacts, ...]:
    return tuple(
        TileFacts(
            name=row["name"],
            received_at=max((row[state] for state in GranuleState if row[state]), default=None),
            shown_at=row["shown_at"],
            freshness=freshness(row["shown_at"], moment),
            waiting=row["waiting"],
            mosaics=dict(mosaics.get(row["name"], {})),
        )
        for row in rows
    )


def _mosaics(session: Session, names: Sequence[str] | None = None) -> dict[str, Counter[str]]:
    """Return how many mosaics of each tile are in each state, without names of all tiles."""
    query = sa.select(col(MosaicRow.tile), col(MosaicRow.state), func.count())
    if names is not None:
        query = query.where(col(MosaicRow.tile).in_(names))
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for tile, state, number in session.execute(
        query.group_by(col(MosaicRow.tile), col(MosaicRow.state))
    ):
        found[tile][mosaic_word(state)] += number
    return found
