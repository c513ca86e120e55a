"""Check the JSON documents of a product against their published schemas."""

import json
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SCHEMA = "metadata.schema.json"
ITEM_SCHEMA = "item.schema.json"


def document_problems(data: bytes) -> list[str]:
    """Return what is wrong with a ``metadata_*.json``, one sentence each; empty where nothing is.

    Beyond the schema, the lists of inputs must agree and be numbered from 0 without a gap.
    """
    document, problems = _checked(data, SCHEMA)
    return problems or _disagreements(document)


def item_problems(data: bytes) -> list[str]:
    """Return what is wrong with a ``stac_*.json``, one sentence each; empty where nothing is.

    The schema asks for what STAC and its extensions require of the items that we write; nothing is
    fetched.
    """
    return _checked(data, ITEM_SCHEMA)[1]


def document_schema(name: str = SCHEMA) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    text = (resources.files("metadata") / "schemas" / name).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _checked(data: bytes, schema: str) -> tuple[Any, list[str]]:
    """Return a document and what its schema says of it."""
    try:
        document = json.loads(data)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return None, [f"The document is not JSON, from {where} on."]
    except (ValueError, RecursionError):
        return None, ["The document is not JSON, or no text in UTF-8."]
    errors = _validator(schema).iter_errors(document)
    ordered = sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    return document, [f"{error.json_path}: {error.message[:200]}" for error in ordered]


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(document_schema(schema), format_checker=FormatChecker(["date"]))


def _disagreements(document: dict[str, Any]) -> list[str]:
    ids = [source["Id"] for source in document["Input_list"]]
    numbers = [str(index) for index in range(len(ids))]
    problems = [
        f"$.{key}: its keys are not 0 to {len(ids) - 1} in order, one for each of Input_list."
        for key in ("Source_product_list", "Product_id_list")
        if list(document[key]) != numbers
    ]
    if not problems and list(document["Product_id_list"].values()) != ids:
        problems.append("$.Product_id_list: names other inputs than Input_list.")
    return problems
