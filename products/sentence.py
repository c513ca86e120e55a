"""Sentences for people: one line, and no secret in it."""

import re

_SIGN_IN = re.compile(r"(?<=://)[^/\s@]+@")
_QUERY = re.compile(r"(\w+://[^\s?#]+)\?[^\s#]*[^\s#),;.]")
_LONGEST = 600


def one_line(text: str) -> str:
    """Return a text with every run of white space as one blank."""
    return " ".join(text.split())


def without_secrets(text: str) -> str:
    """Return a text whose addresses name nobody's password and carry no signed query.

    >>> without_secrets("https://me:word@host/x.jp2?sig=abc cannot be fetched (HTTP 403).")
    'https://host/x.jp2?... cannot be fetched (HTTP 403).'
    """
    return _QUERY.sub(r"\1?...", _SIGN_IN.sub("", text))


def sentence_of(error: BaseException) -> str:
    """Return what an error says in one line without secrets, its class where it says nothing."""
    told = without_secrets(one_line(str(error))) or type(error).__name__
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 4]} ..."
