"""Spans of time, amounts of bytes and numbers of things in words."""

import pytest

from products.spans import counted, room, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (0.4, "0 s"), (119, "119 s"), (120, "2 min"), (5400, "90 min"), (7200, "2 h"),
     (9000, "2.5 h"), (86400, "24 h"), (172800, "2 days"), (200000, "2.3 days")],
)  # fmt: skip
def test_a_span_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (1023, "1023 B"), (5 << 20, "5 MiB"), (3 << 29, "1.5 GiB"), (7 << 40, "7 TiB"),
     (9000 << 40, "9000 TiB")],
)  # fmt: skip
def test_an_amount_of_bytes_is_told_in_its_largest_unit(count: int, words: str) -> None:
    assert room(count) == words


def test_numbers_agree_with_their_nouns() -> None:
    assert counted(0, "mosaic") == "0 mosaics"
    assert counted(1, "mosaic") == "1 mosaic"
    assert counted(1234567, "entry", "entries") == "1\xa0234\xa0567 entries"
