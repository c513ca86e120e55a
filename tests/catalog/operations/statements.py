"""Counting the statements that a page costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from catalog.engine import Catalog


@contextmanager
def statements(catalog: Catalog) -> Iterator[list[str]]:
    """Give a list to which every query is added that is sent meanwhile."""
    sent: list[str] = []

    def noted(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append(statement)

    sa.event.listen(catalog.engine, "before_cursor_execute", noted)
    try:
        yield sent
    finally:
        sa.event.remove(catalog.engine, "before_cursor_execute", noted)
