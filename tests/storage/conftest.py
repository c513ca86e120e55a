"""An S3 service on loopback."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from storage.s3 import S3Access, _client


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Credentials for loopback, whatever this machine has."""
    _client.cache_clear()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    yield
    _client.cache_clear()


@pytest.fixture
def s3(credentials: None) -> Iterator[S3Access]:
    """An S3 service, empty."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield S3Access(f"http://{host}:{port}", "us-east-1")
    server.stop()
