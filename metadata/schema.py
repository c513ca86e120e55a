"""Check a JSON metadata document against its published schema."""

import json
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SCHEMA = "metadata.schema.json"


def document_problems(data: bytes) -> list[str]:
    """Return what is wrong with a ``metadata_*.json``, one sentence each; empty where nothing is.

    Beyond the schema, the lists of inputs must agree and be numbered from 0 without a gap.
    """
    try:
        document = json.loads(data)
    except ValueError as error:
        return [f"The document is not JSON ({error})."]
    errors = sorted(_validator().iter_errors(document), key=lambda error: list(error.absolute_path))
    problems = [f"{error.json_path}: {error.message[:200]}" for error in errors]
    return problems or _disagreements(document)


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    text = (resources.files("metadata") / "schemas" / SCHEMA).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(document_schema(), format_checker=FormatChecker(["date"]))


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
