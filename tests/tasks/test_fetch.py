"""Files of remote sources that are not there, or not yet."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from products.errors import SourceUnavailable
from storage.s3 import S3Access
from tasks.fetch import Reach


class _Absent(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    http = HTTPServer(("127.0.0.1", 0), _Absent)
    Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def test_a_file_that_is_not_there_yet_is_awaited_in_one_line(server: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        Reach(tmp_path, S3Access("", "")).verified(f"{server}/B04.jp2", None, None)
    assert str(caught.value) == (
        f"{server}/B04.jp2 cannot be fetched now (HTTP 404); it is tried again with the next run."
    )
