"""The golden documents. ``python -m tests.metadata.golden`` writes them anew: read the diff."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from difflib import unified_diff
from pathlib import Path

from metadata.document import render_document
from metadata.stac import Versions, item_id, render_bytes, render_item
from metadata.stac_catalog import Member, render_catalog, render_collection
from products.period import PeriodKind
from products.product import Contact
from tests.metadata.facts import FIXED, files_of, monthly_tile, shelve

FOLDER = Path(__file__).parent / "golden"
CONTACT = Contact()


def documents() -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of every document."""
    for name, facts in FIXED.items():
        yield f"{name}.metadata.json", render_document(facts, CONTACT)
        yield f"{name}.stac.json", render_bytes(render_item(facts, CONTACT, files_of(facts)))
    yield "revised.stac.json", render_bytes(_revised())
    members = [Member.of(_revised())]
    collection = render_collection(PeriodKind.MONTH, 20, CONTACT, members)
    yield "collection.json", render_bytes(collection)
    catalog = render_catalog(CONTACT, [(PeriodKind.YEAR, 60), (PeriodKind.MONTH, 20)])
    yield "catalog.json", render_bytes(catalog)


def _revised() -> dict[str, object]:
    """Render the live item of a revision that has one before and one after it."""
    facts = replace(monthly_tile(), layers=monthly_tile().layers[:1])
    before, after = (
        item_id(replace(facts, name=replace(facts.name, number=number))) for number in (5, 30)
    )
    published = datetime(2018, 6, 14, 6, tzinfo=UTC)
    versions = Versions(after, before, after, published=published)
    base = f"../../products/31UDS/{facts.name}/"
    return shelve(facts, versions, base)


def difference(name: str, made: bytes) -> str:
    """Return the unified diff from the golden document to what was made; empty where equal."""
    golden = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(
        unified_diff(golden, made.decode().splitlines(), "golden", "made", lineterm="")
    )


if __name__ == "__main__":
    for each, content in documents():
        (FOLDER / each).write_bytes(content)
