"""Say in plain words what kept a file from being read, and what stands in it."""

import json

_LONGEST = 100
"""Characters of a foreign value that a sentence shows."""


def why_unread(error: Exception) -> str:
    """Return why a file cannot be read, as the end of a sentence that begins with its name.

    >>> why_unread(FileNotFoundError(2, "No such file or directory", "/home/x/inspire.xml"))
    'is missing'
    >>> why_unread(ValueError("Expecting value: line 1 column 1 (char 0)"))
    'is not JSON'
    """
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, OSError):
        return f"cannot be read ({(error.strerror or 'the disk refuses').lower()})"
    if isinstance(error, UnicodeDecodeError):
        return "is not text in UTF-8"
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, KeyError):
        return f"lacks {shown(error.args[0])}"
    if isinstance(error, json.JSONDecodeError) or type(error) is ValueError:
        return "is not JSON"
    return "holds something else than it should"


def shown(value: object) -> str:
    """Return a foreign value as a terminal can show it: no control characters, not endless."""
    text = "nothing" if value is None else str(value)
    return "".join(one if one.isprintable() else "?" for one in text[:_LONGEST])
