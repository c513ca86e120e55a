"""Spans of time and amounts of bytes, as people say them."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def span(seconds: float) -> str:
    """Return a span of time in its largest unit, with one decimal where that tells more.

    >>> [span(s) for s in (0.4, 59.6, 119, 5400, 7200, 86400, 200000)]
    ['0 s', '60 s', '119 s', '90 min', '2 h', '24 h', '2.3 days']
    """
    if seconds < 2 * _MINUTE:
        return f"{max(seconds, 0):.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.1f} h".replace(".0 ", " ")
    return f"{seconds / _DAY:.1f} days".replace(".0 ", " ")


def room(count: int) -> str:
    """Return an amount of bytes.

    >>> [room(n) for n in (0, 1000, 5 << 20, 3 << 29, 7 << 40)]
    ['0 B', '1000 B', '5 MiB', '1.5 GiB', '7 TiB']
    """
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.1f} {unit}".replace(".0 ", " ")
        size /= 1024
    return f"{size:.1f} TiB".replace(".0 ", " ")


def counted(count: int, one: str, many: str = "") -> str:
    r"""Return a number with its noun.

    >>> counted(1, "mosaic"), counted(0, "mosaic"), counted(1200, "entry", "entries")
    ('1 mosaic', '0 mosaics', '1\xa0200 entries')
    """
    digits = f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{digits} {one if count == 1 else many or one + 's'}"
