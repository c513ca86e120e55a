"""What kept a file from being read is told without Python's names and without whole paths."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qc.opened import open_product
from qc.sayable import shown, why_unread
from tasks.check import check_files


@pytest.mark.parametrize("name", ["inspire.xml", "manifest.json", "stac_*", "*/metadata_*"])
@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[]", b"null", b"{}", b"[" * 100_000])
def test_findings_are_in_plain_words(product: Path, name: str, content: bytes | None) -> None:
    facts = open_product(product)
    (path,) = product.glob(name)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    for finding in check_files(product, facts):
        for word in ("Error", "Errno", "codec", "char 0", "<string>", str(product)):
            assert word not in finding.message


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda: Path("/nowhere/x").read_bytes(), "is missing"),
        (lambda: Path("/").read_bytes(), "cannot be read (is a directory)"),
        (lambda: json.loads("{"), "is not JSON"),
        (lambda: b"\xff".decode(), "is not text in UTF-8"),
        (lambda: {}["files"], "lacks files"),
        (lambda: [].files, "holds something else than it should"),
    ],
)
def test_a_reason_is_the_end_of_a_sentence(read: Callable[[], object], told: str) -> None:
    with pytest.raises((OSError, ValueError, KeyError, AttributeError)) as raised:
        read()
    assert why_unread(raised.value) == told


def test_a_foreign_value_is_short_and_printable() -> None:
    assert shown("a\x1b[31m\n") == "a?[31m?"
    assert len(shown("x" * 1000)) == 100
    assert shown(None) == "nothing"
