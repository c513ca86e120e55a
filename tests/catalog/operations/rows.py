"""Rows of the catalog, written by hand, for what operators are shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from catalog.engine import Catalog
from catalog.operation_tables import PublicationRow, TroubleRow, WorkerRow
from catalog.quality_tables import ReportRow
from catalog.tables import (
    GranuleRow,
    MosaicRow,
    RevisionInputRow,
    RevisionRow,
    SourceRow,
    TileRow,
    VerdictRow,
    WithdrawalRow,
)
from products.mosaic import Definition
from products.period import Period, PeriodKind

NOW = datetime(2022, 6, 15, 12, 30, tzinfo=UTC)
JUNE = Period(PeriodKind.MONTH, date(2022, 6, 1))


def ago(hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    return NOW - timedelta(hours=hours, minutes=minutes, seconds=seconds)


def write(catalog: Catalog, *rows: SQLModel) -> None:
    """Write rows, those first to which others point."""
    order = (SourceRow, TileRow, GranuleRow, MosaicRow, RevisionRow)
    place = {table: place for place, table in enumerate(order)}
    with catalog.transaction() as session:
        for row in sorted(rows, key=lambda row: place.get(type(row), len(order))):  # type: ignore[arg-type]
            session.add(row)
            session.flush()


def ground() -> list[SQLModel]:
    """A source and a tile."""
    tile = TileRow(name="31UDS", epsg=32631, west=399960, north=5700000, width=1200, height=1200)
    return [SourceRow(name="archive", seen_at=NOW), tile]


def granule(name: str, tracked: datetime, state: str = "TRACKED", **more: Any) -> GranuleRow:
    """A granule sensed six hours before it was visible."""
    facts: dict[str, Any] = {
        "id": name,
        "source": "archive",
        "tile": "31UDS",
        "datatake": f"take {name}",
        "datatake_start": tracked - timedelta(hours=6),
        "state": state,
        "record": "{}",
        "checksum": None if state in ("TRACKED", "REJECTED") else "sum",
        "rule": "checksum" if state == "REJECTED" else None,
        "reason": "It is torn." if state == "REJECTED" else None,
        "tracked_at": tracked,
        "ingested_at": None if state in ("TRACKED", "REJECTED") else tracked,
    }
    return GranuleRow(**facts | more)


def withdrawal(name: str) -> WithdrawalRow:
    return WithdrawalRow(granule_id=name, reason="Striped.", withdrawn_by="ann", withdrawn_at=NOW)


def mosaic(
    number: int, state: str = "DUE", period: Period = JUNE, resolution: int = 20, **more: Any
) -> MosaicRow:
    facts: dict[str, Any] = {
        "id": number,
        "tile": "31UDS",
        "kind": period.kind,
        "start": period.start,
        "end": period.end,
        "resolution": resolution,
        "state": state,
        "due_since": ago(hours=1),
    }
    return MosaicRow(**facts | more)


def month(number: int) -> Period:
    """One of many periods, counted from January 2000."""
    return Period(PeriodKind.MONTH, date(2000 + number // 12, number % 12 + 1, 1))


def revision(
    number: int, of: int, state: str = "PUBLISHED", ordinal: int = 1, **more: Any
) -> RevisionRow:
    facts: dict[str, Any] = {
        "id": f"r{number}",
        "mosaic_id": of,
        "number": number,
        "ordinal": ordinal,
        "state": state,
        "product": f"products/31UDS/S2GM_M20_20220601_20220630_31UDS_STD_v1.0.0_{number}",
        "manifest": "sum",
        "definition": Definition().to_json(),
        "planned_at": ago(hours=2),
        "published_at": ago(hours=1) if state == "PUBLISHED" else None,
    }
    return RevisionRow(**facts | more)


def contains(number: int, granule_id: str, position: int = 0) -> RevisionInputRow:
    return RevisionInputRow(
        revision_id=f"r{number}", position=position, granule_id=granule_id, checksum="sum"
    )


def report(number: int, checked: datetime, verdict: str = "PASS") -> ReportRow:
    paths = {form: f"qc/{number}.{form}" for form in ("json", "html")}
    return ReportRow(
        revision_id=f"r{number}",
        verdict=verdict,
        path=paths["json"],
        page=paths["html"],
        checked_at=checked,
    )


def verdict(number: int, rule: str, message: str, said: str = "FAIL") -> VerdictRow:
    return VerdictRow(
        revision_id=f"r{number}",
        rule=rule,
        verdict=said,
        message=message,
        value=3,
        limit=0,
        checked_at=NOW,
    )


def publication(
    number: int,
    of: int,
    published: datetime,
    sensing: float = 8,
    visible: float = 1,
    **more: Any,
) -> PublicationRow:
    """A publication so many hours after sensing, and after the granule was visible."""
    facts: dict[str, Any] = {
        "revision_id": f"r{number}",
        "mosaic_id": of,
        "tile": "31UDS",
        "source": "archive",
        "sensed_at": published - timedelta(hours=sensing),
        "tracked_at": published - timedelta(hours=visible),
        "published_at": published,
        "from_archive": False,
    }
    return PublicationRow(**facts | more)


def trouble(kind: str, subject: str, since: datetime, **more: Any) -> TroubleRow:
    facts: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "message": f"{subject} is in trouble.",
        "since": since,
        "seen_at": since,
    }
    return TroubleRow(**facts | more)


def worker(name: str, seen: datetime, **more: Any) -> WorkerRow:
    facts: dict[str, Any] = {
        "name": name,
        "host": "node",
        "pid": 7,
        "started_at": ago(hours=5),
        "seen_at": seen,
        "beat_seconds": 2.0,
    }
    return WorkerRow(**facts | more)


@contextmanager
def statements(catalog: Catalog) -> Iterator[list[str]]:
    """Give the SELECT statements that run in the block, as they come."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    sa.event.listen(catalog.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(catalog.engine, "before_cursor_execute", note)
