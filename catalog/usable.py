"""Which granules count in mosaics: the best processing of what was decoded and not withdrawn."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from catalog.tables import GranuleRow, GranuleState, TileRow, WithdrawalRow
from products.granule import Granule
from products.precedence import usable

DECODED = (GranuleState.READY, GranuleState.SUPERSEDED)


def withdrawn() -> sa.ColumnElement[bool]:
    """Return the condition that a granule is under a withdrawal."""
    return sa.exists().where(
        col(WithdrawalRow.granule_id) == col(GranuleRow.id),
        col(WithdrawalRow.undone_at).is_(None),
    )


def count_withdrawn(state: GranuleState) -> sa.ScalarSelect[int]:
    """Return how many granules of a state are under a withdrawal, found from the withdrawals."""
    own = sa.select(col(GranuleRow.state)).where(
        col(GranuleRow.id) == col(WithdrawalRow.granule_id)
    )
    standing = sa.select(sa.func.count()).select_from(WithdrawalRow)
    return standing.where(
        col(WithdrawalRow.undone_at).is_(None), own.scalar_subquery() == state
    ).scalar_subquery()


def is_tracked() -> sa.ColumnElement[bool]:
    """Return the condition that a granule is tracked, as the index of these alone has it."""
    return col(GranuleRow.state) == sa.literal_column(f"'{GranuleState.TRACKED}'")


def counting() -> sa.ColumnElement[bool]:
    """Return the condition that a granule counts in the mosaics of its dates."""
    return sa.and_(col(GranuleRow.state) == GranuleState.READY, ~withdrawn())


def hold_tiles(session: Session, tiles: Sequence[str]) -> None:
    """Let nobody else change which granules of these tiles count until the transaction ends."""
    session.exec(
        select(TileRow)
        .where(col(TileRow.name).in_(tiles))
        .order_by(TileRow.name)
        .with_for_update(key_share=True)
    ).all()


def settle_precedence(session: Session, tile: str, datatake: str) -> None:
    """Decide which deliveries of one acquisition count; those withdrawn do not compete."""
    rows = session.exec(
        select(GranuleRow).where(
            GranuleRow.tile == tile,
            GranuleRow.datatake == datatake,
            col(GranuleRow.state).in_(DECODED),
            ~withdrawn(),
        )
    ).all()
    winners = {winner.id for winner in usable(Granule.from_json(row.record or "") for row in rows)}
    for row in rows:
        row.state = GranuleState.READY if row.id in winners else GranuleState.SUPERSEDED
        session.add(row)
    session.flush()
