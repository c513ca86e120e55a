"""Products on the disk and in the catalog, small and made by hand, for pages that show them."""

import hashlib
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from catalog.quality_tables import ReportRow
from catalog.tables import RevisionRow
from tasks.workshop import Workshop
from tests.catalog.decided import FAILED, FIRST, SECOND, WARNED, name, step
from tests.catalog.test_catalog import demand

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
MONTH = "/mosaics/31UDS/MONTH/2018-06-01/10"
FILES = {
    "31UDS/B04_M10_20180601_31UDS.tiff": bytes(range(256)) * 8,
    "31UDS/metadata_M10_20180601_31UDS.json": b'{"title": "<script>alert(1)</script>"}',
    "inspire.xml": b"<?xml version='1.0'?><a/>",
    "stac_M10_20180601_31UDS.json": b"{}",
}


def shop_of(app: FastAPI) -> Workshop:
    found = app.state.hub.workshop
    assert isinstance(found, Workshop)
    return found


def put(shop: Workshop, number: int, where: str = "products") -> Path:
    """Write the files, pictures and reports of a product; return its folder."""
    folder = shop.home / where / "31UDS" / name(number)
    for path, content in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    write_manifest(folder, {path: len(content) for path, content in FILES.items()})
    for root in (shop.quicklooks, shop.reports):
        root.mkdir(exist_ok=True)
    (shop.quicklooks / f"{name(number)}.png").write_bytes(PNG)
    (shop.quicklooks / f"{name(number)}-selection.png").write_bytes(PNG)
    (shop.reports / f"{name(number)}.json").write_text("{}")
    (shop.reports / f"{name(number)}.html").write_text("<!DOCTYPE html><style></style>Report")
    return folder


def write_manifest(folder: Path, sizes: dict[str, int]) -> None:
    """List files, whether or not they are there."""
    files = [
        {"path": path, "size": size, "sha256": hashlib.sha256(path.encode()).hexdigest()}
        for path, size in sizes.items()
    ]
    (folder / "manifest.json").write_text(json.dumps({"product": folder.name, "files": files}))


def point_reports(shop: Workshop, page: str = "qc/{name}.html") -> None:
    """Let every report have a page."""
    with shop.catalog.transaction() as session:
        revisions = session.execute(
            sa.select(RevisionRow.id, RevisionRow.number)  # type: ignore[call-overload]
        )
        for identity, number in revisions.all():
            session.execute(
                sa.update(ReportRow)
                .where(ReportRow.revision_id == identity)  # type: ignore[arg-type]
                .values(page=page.format(name=name(number)))
            )


def fill(shop: Workshop) -> None:
    """Make one revision that readers get, and its successor, which was stopped."""
    demand(shop.catalog)
    step(shop.catalog, FIRST, WARNED)
    step(shop.catalog, SECOND, FAILED)
    put(shop, 1)
    put(shop, 2, "quarantine")
    point_reports(shop)


@pytest.fixture
def filled(hub: FastAPI) -> Workshop:
    """The workshop of a hub with a published revision and a stopped one."""
    fill(shop_of(hub))
    return shop_of(hub)
