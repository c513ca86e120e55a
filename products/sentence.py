"""Sentences for people: one line, and no secret in it."""

import re

from products.errors import S2GMError

_SIGN_IN = re.compile(r"(?<=://)[^/\s?#]*@")
_QUERY = re.compile(r"(\w+://[^\s?#]+)\?[^\s#]*[^\s#),;.:]")
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
    """Return in one line what an error says and, where nobody foresaw it, what to do.

    >>> sentence_of(KeyError("x"))
    "This ended with an error that nobody foresaw (KeyError: 'x'); its trace is in the log."
    """
    if isinstance(error, S2GMError):
        return _short(one_line(str(error)))
    told = next(iter(str(error).strip().splitlines()), "no words")
    if isinstance(error, OSError):
        return (
            f"The system refused ({_short(told)}); look at the disk and the rights on its folders."
        )
    kind = type(error).__name__
    return (
        f"This ended with an error that nobody foresaw ({kind}: {_short(told)}); its trace is in "
        "the log."
    )


def _short(text: str) -> str:
    told = without_secrets(text)
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 4]} ..."
