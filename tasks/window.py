"""Window: parts of a grid, cut for work and joined again."""

from collections.abc import Iterator, Sequence

from products.grid import Grid

Window = tuple[range, range]
"""Rows and columns."""


def blocks(grid: Grid, side: int) -> Iterator[Window]:
    """Yield the row and column ranges of square blocks that cover a grid."""
    yield from parts(*whole(grid), (side, side))


def parts(rows: range, columns: range, shape: tuple[int, int]) -> Iterator[Window]:
    """Yield windows of a shape that cover a window, row by row; the last ones may be smaller."""
    height, width = shape
    for row in range(0, len(rows), height):
        for column in range(0, len(columns), width):
            yield rows[row : row + height], columns[column : column + width]


def whole(grid: Grid) -> Window:
    """Return the window of all pixels of a grid."""
    height, width = grid.shape
    return range(height), range(width)


def strips(windows: Sequence[Window]) -> Iterator[Window]:
    """Yield windows, which come row by row, with neighbours along the rows as one."""
    joined: Window | None = None
    for rows, columns in windows:
        if joined and (joined[0], joined[1].stop) == (rows, columns.start):
            joined = rows, range(joined[1].start, columns.stop)
            continue
        if joined:
            yield joined
        joined = rows, columns
    if joined:
        yield joined


def rectangles(windows: Sequence[Window]) -> list[Window]:
    """Return strips, with those of the same columns below each other as one, row by row."""
    open_at: dict[range, int] = {}
    found: list[Window] = []
    for rows, columns in strips(windows):
        at = open_at.get(columns)
        if at is not None and found[at][0].stop == rows.start:
            found[at] = range(found[at][0].start, rows.stop), columns
        else:
            open_at[columns] = len(found)
            found.append((rows, columns))
    return found
