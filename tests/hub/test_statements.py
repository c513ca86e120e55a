"""Every page costs the same number of statements, whether there is one of everything or forty."""

import re
from collections.abc import Iterator
from datetime import timedelta

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import SQLModel

from catalog.operation_tables import ActionRow, SignInRow
from catalog.quality_tables import DecisionRow, GranuleCheckRow
from catalog.tables import DemandRow, SourceRow, TileRow
from tests.catalog.operations.rows import (
    contains,
    granule,
    month,
    mosaic,
    revision,
    statements,
    trouble,
    verdict,
    withdrawal,
)
from tests.hub.conftest import Browser
from tests.hub.rows import catalog_of, fill, hours_ago, many, write

OPENED = hours_ago(48)
PERIOD = month(2)
PRODUCT = f"S2GM_M20_{PERIOD.start:%Y%m%d}_{PERIOD.end:%Y%m%d}_31UDS_STD_v1.0.0_2"
VALUES = {
    "tile": "31UDS",
    "day": OPENED.date().isoformat(),
    "period": "MONTH",
    "start": PERIOD.start.isoformat(),
    "resolution": "20",
    "product": PRODUCT,
    "verb": "release",
    "number": "1",
    "path": "B04.tiff",
    "name": "s2gm.css",
}
"""For the parameters of the routes; whoever adds a route with another one adds its value."""
ENDLESS = ("/events",)


def paths(hub: FastAPI) -> list[str]:
    """Return an address for each route that is read."""
    found = {
        re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: VALUES[name[1]], route.path)
        for route in iter_route_contexts(hub.routes)
        if route.path and "GET" in (route.methods or ()) and route.path not in ENDLESS
    }
    return sorted(found)


def everything(first: int, count: int) -> Iterator[SQLModel]:
    """Of everything, and of all that belongs to the tile, day and mosaic that are asked for."""
    yield from many(count, first)
    for n in range(first, first + count):
        yield SourceRow(name=f"source {n}", seen_at=OPENED)
        yield TileRow(name=f"T{n}", epsg=32631, west=0, north=0, width=1200, height=1200)
        yield DemandRow(tile=f"T{n}", kind="MONTH", resolution=20)
        yield granule(f"D{n}", OPENED, "READY", datatake_start=OPENED)
        yield granule(f"E{n}", OPENED, "REJECTED", datatake_start=OPENED, tile=None)
        yield GranuleCheckRow(
            granule_id=f"D{n}", rule="G", verdict="WARN", message="Dark.", checked_at=OPENED
        )
        yield granule(f"M{n}", OPENED, "READY", datatake_start=PERIOD.moments[0])
        yield withdrawal(f"M{n}")
        yield contains(2, f"D{n}", n)
        yield revision(1000 + n, 2, "REJECTED", ordinal=1 + n)
        yield contains(1000 + n, f"D{n}")
        yield verdict(1000 + n, "L1", "Dark.", "WARN")
        yield DecisionRow(
            revision_id=f"r{1000 + n}",
            verb="REJECT",
            reason="Striped.",
            decided_by="ann",
            decided_at=OPENED,
            standing=True,
        )
        lease = {"lease_owner": f"w{n}", "lease_until": 4e9, "claimed_at": OPENED}
        yield mosaic(2000 + n, "COMPOSING", month(500 + n), **lease)
        yield mosaic(3000 + n, "FAILED", month(900 + n), reason="Full.")
        yield trouble("SOURCE", f"source {n}", OPENED)
        yield trouble("RUN", f"source {n}", OPENED, dismissed_at=OPENED)
        yield ActionRow(
            verb="REJECT", subject=PRODUCT, reason="Why.", done_by="ann", done_at=OPENED, via="cli"
        )
        yield SignInRow(
            id=f"s{n}",
            account="ada",
            form_token="",
            made_at=OPENED,
            seen_at=OPENED,
            until=OPENED + timedelta(days=9),
        )


def costs(hub: FastAPI, browser: Browser) -> dict[str, int]:
    found = {}
    for path in paths(hub):
        with statements(catalog_of(hub)) as sent:
            answer = browser.look(path)
        if path.startswith("/files/"):
            assert answer.status_code == 404, path  # no product lies on the disk
        else:
            assert answer.status_code == (303 if path == "/sign-in" else 200), path
        found[path] = len(sent)
    return found


def test_every_page_costs_the_same_statements_however_much_there_is(
    hub: FastAPI, ada: Browser
) -> None:
    fill(hub, *everything(1, 1))
    few = costs(hub, ada)
    write(catalog_of(hub), *everything(2, 40))
    assert costs(hub, ada) == few
    assert max(few.values()) < 30
