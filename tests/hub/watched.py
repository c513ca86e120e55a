"""A data root that has something of everything that is told to programs that watch."""

from datetime import timedelta
from pathlib import Path

from catalog.engine import now
from catalog.operation_tables import AttemptRow
from catalog.tables import DemandRow
from hub.app import create_app
from tasks.settings import Settings
from tasks.workshop import Workshop, open_workshop
from tests.catalog.operations.rows import (
    SourceRow,
    granule,
    ground,
    month,
    mosaic,
    publication,
    revision,
    trouble,
    verdict,
    worker,
    write,
)
from tests.hub.conftest import TestClient

SECRET_SOURCE = "https://ann:hunter2@stac.example.org/v1?token=s3cret#sentinel-2-l2a"
TOKEN = "a-token-that-nobody-guesses"


def opened(home: Path, **settings: object) -> Workshop:
    return open_workshop(Settings(home=home, **settings))  # type: ignore[arg-type]


def client_of(shop: Workshop) -> TestClient:
    return TestClient(create_app(shop), base_url="http://127.0.0.1", follow_redirects=False)


def fill(shop: Workshop) -> None:
    """Write rows of the last hours, as seen from now."""
    moment = now()
    ago = moment - timedelta(hours=1)
    write(
        shop.catalog,
        *ground(),
        SourceRow(name=SECRET_SOURCE, seen_at=ago),
        DemandRow(tile="*", kind="MONTH", resolution=20),
        granule("S2A_1", ago),
        granule("S2A_2", ago, "READY"),
        granule("S2A_3", ago, "REJECTED"),
        mosaic(1, "DUE", month(1), due_since=ago),
        mosaic(2, "PUBLISHED", month(2), due_since=ago),
        mosaic(3, "QUARANTINED", month(3), due_since=ago),
        mosaic(
            4,
            "COMPOSING",
            month(4),
            due_since=ago,
            lease_owner="node-7",
            lease_until=moment.timestamp() + 600,
            claimed_at=ago,
        ),
        revision(1, 2),
        revision(2, 3, "QUARANTINED"),
        verdict(2, "L1.1-scl", "Broken."),
        publication(1, 2, ago, source=SECRET_SOURCE),
        publication(1, 2, ago, source="archive", from_archive=True),
        trouble("GRANULE", "S2A_3", ago, rule="checksum"),
        trouble("MOSAIC", "31UDS", ago, rule="OSError"),
        trouble("SOURCE", SECRET_SOURCE, ago),
        worker("node-7", moment, doing="31UDS"),
        AttemptRow(account="ann", address="::1", tried_at=moment),
    )
