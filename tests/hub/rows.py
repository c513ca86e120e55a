"""What the pages of operators are tried on: much of everything, written by hand as of now."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from sqlmodel import SQLModel

from catalog.engine import Catalog
from tests.catalog.operations.rows import (
    granule,
    ground,
    month,
    mosaic,
    publication,
    report,
    revision,
    trouble,
    verdict,
    worker,
    write,
)

HOSTILE = "<script>alert('x')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"


def hours_ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def catalog_of(hub: FastAPI) -> Catalog:
    return hub.state.hub.workshop.catalog  # type: ignore[no-any-return]


def fill(hub: FastAPI, *rows: SQLModel) -> None:
    write(catalog_of(hub), *ground(), *rows)


def many(count: int, first: int = 1) -> Iterable[SQLModel]:
    """Of everything that the pages list, as many as are asked for."""
    for n in range(first, first + count):
        yield granule(f"G{n}", hours_ago(n / 10))
        yield mosaic(2 * n, "PUBLISHED", month(2 * n))
        yield revision(2 * n, 2 * n, current=True)
        yield report(2 * n, hours_ago(n / 10))
        yield publication(2 * n, 2 * n, hours_ago(n / 10))
        yield from stopped(2 * n + 1)
        yield trouble("GRANULE", f"G{n}", hours_ago(n / 10), tile="31UDS")
        yield trouble("MOSAIC", f"M{n}", hours_ago(n), ended_at=hours_ago(n / 10))
        yield worker(f"w{n}", hours_ago(n / 10))


def stopped(number: int, message: str = "Broken at 3 pixels.") -> Iterable[SQLModel]:
    """A mosaic that quality control stopped; its product has the number."""
    period = month(number)
    yield mosaic(number, "QUARANTINED", period)
    name = f"S2GM_M20_{period.start:%Y%m%d}_{period.end:%Y%m%d}_31UDS_STD_v1.0.0_{number}"
    yield revision(number, number, "QUARANTINED", product=f"quarantine/31UDS/{name}")
    yield report(number, hours_ago(1), "FAIL")
    yield verdict(number, "L1.1-scl", message)
