"""The running number that every product name ends with."""

import sqlalchemy as sa
from sqlmodel import Session, col

from catalog.tables import CounterRow

_PRODUCT = "product"


def next_number(session: Session) -> int:
    """Return the next number; it is given back where the transaction is rolled back."""
    taken = session.execute(
        sa.update(CounterRow)
        .where(col(CounterRow.name) == _PRODUCT)
        .values(value=CounterRow.value + 1)
        .returning(col(CounterRow.value))
    ).scalar_one_or_none()
    if taken is None:
        session.add(CounterRow(name=_PRODUCT, value=1))
        session.flush()
    return taken or 1
