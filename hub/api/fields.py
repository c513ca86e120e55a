"""What the members of answers mean: the docstrings of the fields, put into the description."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any, get_args, get_type_hints

_NONE = re.compile(r"\bNone\b")
_CODE = re.compile("``([^`]*)``")


def tell_fields(schemas: dict[str, Any], models: Iterable[Any]) -> None:
    """Write into the JSON schemas of answers, by name, what their classes say of the fields."""
    for one in {found for model in models for found in _classes(model)}:
        members = schemas.get(one.__name__, {}).get("properties", {})
        for name, said in _said(one).items():
            if name in members:
                members[name].setdefault("description", said)
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = _plain(schema["description"])


def answer_of(model: type) -> str:
    """Return the first sentence of what a class says of itself."""
    return _plain((inspect.getdoc(model) or "").partition("\n\n")[0])


@cache
def _classes(model: Any) -> frozenset[type]:
    """Return all dataclasses of which an answer is made."""
    found: set[type] = set()
    _collect(model, found)
    return frozenset(found)


def _collect(hint: Any, found: set[type]) -> None:
    if isinstance(hint, type) and is_dataclass(hint):
        if hint in found:
            return
        found.add(hint)
        for each in get_type_hints(hint).values():
            _collect(each, found)
    for each in get_args(hint):
        _collect(each, found)


def _said(one: type) -> dict[str, str]:
    said: dict[str, str] = {}
    for parent in reversed(one.__mro__):
        if is_dataclass(parent):
            said |= dict(_docstrings(parent))
    return said


def _docstrings(one: type) -> Iterator[tuple[str, str]]:
    """Return the strings that stand below the fields of a class."""
    (tree,) = ast.parse(dedent(inspect.getsource(one))).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - it is the source of a class
    for field, below in pairwise(tree.body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        match below:
            case ast.Expr(ast.Constant(str() as text)):
                yield field.target.id, _plain(text)


def _plain(text: str) -> str:
    """Return a docstring as Markdown, in the words of JSON."""
    return _NONE.sub("null", _CODE.sub(r"`\1`", " ".join(text.split())))
