"""Sentences for people: one line, no secret, and what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.errors import NeedsOperator, SourceUnavailable
from products.sentence import one_line, sentence_of, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:word@host/x is away.", "https://host/x is away."),
        ("https://me:w@rd@host/x is away.", "https://host/x is away."),
        ("https://word@host:80/x", "https://host:80/x"),
        ("https://host/x.jp2?sig=word&se=1: no.", "https://host/x.jp2?...: no."),
        ("(https://host/x?a=word) and s3://k:word@b/y", "(https://host/x?...) and s3://b/y"),
        ("postgresql+psycopg://me:word@host/name", "postgresql+psycopg://host/name"),
        ("Is it? ann@host says no.", "Is it? ann@host says no."),
    ],
)
def test_addresses_lose_their_secrets_and_nothing_else(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@given(st.text())
def test_a_sentence_is_one_line_and_bounded(text: str) -> None:
    for error in (SourceUnavailable(text), OSError(text), ValueError(text)):
        told = sentence_of(error)
        assert told == one_line(told) or "\n" not in told
        assert len(told) < 800


def test_what_we_raise_says_all_itself() -> None:
    assert sentence_of(NeedsOperator("The disk is full;\n make room.")) == (
        "The disk is full; make room."
    )


def test_what_others_raise_is_explained() -> None:
    full = sentence_of(OSError(28, "No space left on device"))
    assert full.startswith("The system refused ([Errno 28] No space left on device); look at")
    assert "foresaw (KeyError: 'x'); its trace is in the log" in sentence_of(KeyError("x"))
    assert "(ValueError: no words)" in sentence_of(ValueError())
    assert "two" not in sentence_of(ValueError("one\ntwo"))
