"""Moments as numbers within a statement, alike in SQLite and PostgreSQL."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

HOUR = 3600
"""Seconds."""


class epoch(FunctionElement[float]):  # noqa: N801 - written like the functions of SQL
    """Seconds since 1970 of a moment, or of the midnight at which a date begins."""

    name = "epoch"
    type = sa.Float()
    inherit_cache = True


@compiles(epoch)
def _epoch(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **options)}) AS FLOAT)"


@compiles(epoch, "sqlite")
def _epoch_in_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    """Days are a floating number there, good for milliseconds."""
    days = compiler.process(element.clauses, **options)
    return f"round((julianday({days}) - 2440587.5) * 86400.0, 3)"


class hour_number(FunctionElement[int]):  # noqa: N801 - written like the functions of SQL
    """Whole hours since 1970 of a moment."""

    name = "hour_number"
    type = sa.Integer()
    inherit_cache = True


@compiles(hour_number)
def _hour(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"CAST(floor(extract(epoch FROM {moment}) / {HOUR}) AS INTEGER)"


@compiles(hour_number, "sqlite")
def _hour_in_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"(CAST(strftime('%s', {moment}) AS INTEGER) / {HOUR})"
