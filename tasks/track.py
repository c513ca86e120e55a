"""Track: ask a source what is new and record it."""

from pathlib import Path

from catalog.register import cursor_of, register
from products.errors import BadInput
from sources.safe import SafeFolder
from sources.source import Source
from sources.stac import open_stac
from tasks.workshop import Workshop


def open_source(text: str, tiles: tuple[str, ...] = ()) -> Source:
    """Open a source by what a person typed: a folder of SAFE products, or a STAC catalog or API."""
    if text.startswith(("http://", "https://")):
        return open_stac(text, tiles)
    path = Path(text)
    if path.is_dir():
        nested = path / "catalog.json"
        return open_stac(str(nested), tiles) if nested.exists() else SafeFolder(path)
    if path.is_file():
        return open_stac(str(path), tiles)
    raise BadInput(
        f"The source {text} does not exist; give a folder of .SAFE products, a STAC catalog.json, "
        "or the address of a STAC API."
    )


def track(workshop: Workshop, source: Source, tiles: tuple[str, ...] = ()) -> list[str]:
    """Record what the source has that the catalog does not; return the ids to ingest."""
    with workshop.catalog.transaction() as session:
        cursor = cursor_of(session, source.name)
    found = source.discover(cursor)
    granules = [granule for granule in found.granules if not tiles or granule.tile in tiles]
    workshop.point("track.before_register")
    with workshop.catalog.transaction() as session:
        fresh = register(session, source.name, granules, found.unreadable, found.cursor)
    workshop.point("track.after_register")
    return fresh
