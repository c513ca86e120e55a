"""Downloads from S3: what arrives is whole, and every failure says what to do."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from products.errors import GranuleRejected, NeedsOperator, SourceUnavailable
from storage.s3 import S3Access, _client, download_object

DATA = bytes(range(256)) * 9000


def put(s3: S3Access, bucket: str, key: str, data: bytes) -> None:
    client = _client(s3)
    client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key=key, Body=data)


def test_an_object_arrives_whole(s3: S3Access, tmp_path: Path) -> None:
    put(s3, "eodata", "a/b c+ä.jp2", DATA)
    download_object("s3://eodata/a/b c+ä.jp2", tmp_path / "x", s3)
    assert (tmp_path / "x").read_bytes() == DATA


def test_what_is_not_there(s3: S3Access, tmp_path: Path) -> None:
    put(s3, "eodata", "a", b"x")
    with pytest.raises(SourceUnavailable, match=r"s3://eodata/b is named .* next run"):
        download_object("s3://eodata/b", tmp_path / "x", s3)
    with pytest.raises(SourceUnavailable, match=r"NoSuchBucket.*S2GM_S3_ENDPOINT"):
        download_object("s3://other/b", tmp_path / "x", s3)
    for address in ("s3://eodata", "s3:///a", "s3://eodata/"):
        with pytest.raises(GranuleRejected, match="no bucket and key"):
            download_object(address, tmp_path / "x", s3)
    assert list(tmp_path.iterdir()) == []


class _Odd(BaseHTTPRequestHandler):
    """An S3 service that answers what the test tells it, in turn."""

    answers: list[tuple[int, str, bytes]] = []
    asked = 0

    def do_GET(self) -> None:
        _Odd.asked += 1
        status, code, body = _Odd.answers[min(_Odd.asked, len(_Odd.answers)) - 1]
        if code:
            body = f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if code else len(DATA)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def odd(credentials: None) -> Iterator[S3Access]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    Thread(target=server.serve_forever, daemon=True).start()
    _Odd.asked = 0
    yield S3Access(f"http://127.0.0.1:{server.server_port}", "us-east-1")
    server.shutdown()
    server.server_close()


CUT, WHOLE = (200, "", DATA[:1000]), (200, "", DATA)


@pytest.mark.parametrize("hiccup", [CUT, (503, "SlowDown", b""), (500, "InternalError", b"")])
def test_a_hiccup_is_got_over(
    odd: S3Access, tmp_path: Path, hiccup: tuple[int, str, bytes]
) -> None:
    _Odd.answers = [hiccup, WHOLE]
    download_object("s3://eodata/a", tmp_path / "x", odd)
    assert (tmp_path / "x").read_bytes() == DATA
    assert _Odd.asked == 2


@pytest.mark.parametrize("trouble", [CUT, (503, "SlowDown", b""), (500, "InternalError", b"")])
def test_a_lasting_trouble_ends_after_some_tries(
    odd: S3Access, tmp_path: Path, trouble: tuple[int, str, bytes]
) -> None:
    _Odd.answers = [trouble]
    with pytest.raises(SourceUnavailable, match="s3://eodata/a cannot be fetched now"):
        download_object("s3://eodata/a", tmp_path / "x", odd)
    assert 2 <= _Odd.asked <= 9
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "AccessDenied", SourceUnavailable),
        (403, "InvalidAccessKeyId", NeedsOperator),
        (403, "SignatureDoesNotMatch", NeedsOperator),
        (400, "ExpiredToken", NeedsOperator),
    ],
)
def test_a_refusal_names_the_settings(
    odd: S3Access, tmp_path: Path, status: int, code: str, error: type[Exception]
) -> None:
    _Odd.answers = [(status, code, b"")]
    with pytest.raises(error, match=f"{code}.*S2GM_S3_ENDPOINT.*AWS_ACCESS_KEY_ID"):
        download_object("s3://eodata/a", tmp_path / "x", odd)


def test_without_credentials(s3: S3Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _client.cache_clear()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(NeedsOperator, match=r"without credentials.*AWS_ACCESS_KEY_ID"):
        download_object("s3://eodata/a", tmp_path / "x", s3)
    _client.cache_clear()
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(NeedsOperator, match=r"nobody.*AWS_PROFILE"):
        download_object("s3://eodata/a", tmp_path / "x", s3)


def test_nobody_at_the_address(credentials: None, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"cannot be fetched now.*S2GM_S3_ENDPOINT"):
        download_object("s3://eodata/a", tmp_path / "x", S3Access("http://127.0.0.1:9"))
    with pytest.raises(NeedsOperator, match="S2GM_S3_ENDPOINT"):
        download_object("s3://eodata/a", tmp_path / "x", S3Access("no address"))
