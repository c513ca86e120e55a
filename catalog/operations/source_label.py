"""A short name for a source, fit for pages and figures that everybody may read."""

import re
from hashlib import sha256
from urllib.parse import urlsplit

_PLAIN = re.compile("[a-z0-9][a-z0-9.-]{0,99}")


def source_label(name: str) -> str:
    """Return what kind of source it is, or its host, with six digits that tell it from others.

    The name of a source in the catalog is a path or an address, which may hold a password or tell
    how a machine is set up; the label holds neither. It is always the same for the same source.

    Examples
    --------
    >>> source_label("https://ann:secret@stac.example.org:8443/v1?token=abc#sentinel-2-l2a")
    'stac.example.org-1da4d5'
    >>> source_label("/home/ann/archive")
    'folder-700f54'
    """
    digits = sha256(name.encode()).hexdigest()[:6]
    return f"{_kind(name)}-{digits}"


def _kind(name: str) -> str:
    if "://" not in name:
        return "catalog" if name.endswith(".json") else "folder"
    try:
        address = urlsplit(name)
    except ValueError:
        return "address"
    kind = address.hostname if address.scheme in ("http", "https") else address.scheme
    return kind if kind and _PLAIN.fullmatch(kind) else "address"
