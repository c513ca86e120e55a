"""Validate STAC documents against core and extension schemas, all of them local."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pystac
from pystac.validation.local_validator import get_local_schema_cache
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource

FOLDER = Path(__file__).parent / "schemas"
_CORE = "https://schemas.stacspec.org/v1.1.0/{0}-spec/json-schema/{0}.json"
_KINDS = {"Feature": "item", "Collection": "collection", "Catalog": "catalog"}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by its address."""
    ours = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*/*.json"))]
    return get_local_schema_cache() | {schema["$id"].rstrip("#"): schema for schema in ours}


def _nothing_else(address: str) -> Resource[Any]:
    raise NoSuchResource(address)


@cache
def _validator(address: str) -> jsonschema.protocols.Validator:
    known = [(at, Resource.from_contents(schema)) for at, schema in schemas().items()]
    registry: Registry[Any] = Registry(retrieve=_nothing_else).with_resources(known)
    schema = schemas()[address]
    return jsonschema.validators.validator_for(schema)(schema, registry=registry)


def stac_problems(document: dict[str, Any]) -> list[str]:
    """Return what core and declared extensions find wrong; KeyError for an unknown extension."""
    document = json.loads(json.dumps(document))
    core = _CORE.format(_KINDS[document["type"]])
    return [
        f"{address}: {error.json_path} {error.message[:300]}"
        for address in (core, *document.get("stac_extensions", []))
        for error in _validator(address).iter_errors(document)
    ]


def pystac_validator() -> pystac.validation.STACValidator:
    """Return pystac's own validator, knowing our copies of the extension schemas."""
    validator = JsonSchemaSTACValidator()
    validator.schema_cache |= schemas()
    return validator
