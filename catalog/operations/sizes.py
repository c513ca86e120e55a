"""How large things are: the database, and the largest product that is in demand."""

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from catalog.tables import DemandRow, TileRow


def database_bytes(session: Session) -> int:
    """Return the bytes that the catalog takes up on its disk."""
    text = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if session.get_bind().dialect.name == "sqlite"
        else "SELECT pg_database_size(current_database())"
    )
    return int(session.connection().execute(sa.text(text)).scalar_one())


def largest_shape(session: Session) -> tuple[int, int] | None:
    """Return square metres and resolution of the largest product in demand, None without any.

    That is, of the largest tile at the finest resolution.
    """
    width = sa.cast(col(TileRow.width), sa.BigInteger)  # a tile has 12 000 000 000 square metres
    area = select(func.max(width * col(TileRow.height))).scalar_subquery()
    finest = select(func.min(DemandRow.resolution)).scalar_subquery()
    found = session.execute(sa.select(area, finest)).one()
    return (int(found[0]), int(found[1])) if found[0] and found[1] else None
