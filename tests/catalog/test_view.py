"""Reading an unchanging state of the catalog beside those who write."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from catalog.engine import Catalog, now
from catalog.tables import SourceRow


def test_a_view_keeps_what_it_saw_first_and_holds_up_nobody(catalog: Catalog) -> None:
    with catalog.view() as reading:
        assert reading.exec(select(SourceRow)).all() == []
        with catalog.transaction() as writing:
            writing.add(SourceRow(name="archive", seen_at=now()))
        assert reading.exec(select(SourceRow)).all() == []
    with catalog.view() as reading:
        assert [row.name for row in reading.exec(select(SourceRow))] == ["archive"]


def test_a_view_does_not_hold_the_writers_lock(catalog: Catalog) -> None:
    with catalog.transaction() as writing:
        writing.add(SourceRow(name="archive", seen_at=now()))
        writing.flush()
        with catalog.view() as reading:
            assert reading.exec(select(SourceRow)).all() == []


def test_nothing_can_be_written_through_a_view(catalog: Catalog) -> None:
    with catalog.view() as reading:
        reading.add(SourceRow(name="archive", seen_at=now()))
        with pytest.raises(sa.exc.DBAPIError):
            reading.flush()
        reading.rollback()
