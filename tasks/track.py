"""Track: ask a source what is new and record it."""

from pathlib import Path

from catalog.operation_tables import TroubleKind
from catalog.operations.troubles import end_trouble
from catalog.register import cursor_of, newly_unreadable, register
from products.errors import BadInput, SourceUnavailable
from products.sentence import without_secrets
from sources.safe import SafeFolder
from sources.source import Source
from sources.stac import open_stac
from tasks.logs import Event, event_log
from tasks.trouble import note_trouble
from tasks.workshop import Workshop

_LOG = event_log(__name__)


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


def subject_of(source: str) -> str:
    """Name a source in troubles and logs by what a person typed, without any password in it."""
    return without_secrets(source if "://" in source else str(Path(source).resolve()))


def track_source(workshop: Workshop, text: str, tiles: tuple[str, ...] = ()) -> list[str]:
    """Record what a source has that the catalog does not; return the ids to ingest.

    A source that is away, or was there when the service started and is gone, is recorded as a
    trouble, and raised as SourceUnavailable; the next success mends it.
    """
    subject = subject_of(text)
    with workshop.board.doing(f"asking {subject} what is new"):
        try:
            return track(workshop, open_source(text, tiles), tiles, subject)
        except (SourceUnavailable, BadInput) as error:
            note_trouble(workshop, TroubleKind.SOURCE, subject, error)
            raise SourceUnavailable(str(error)) from error


def track(
    workshop: Workshop, source: Source, tiles: tuple[str, ...] = (), subject: str | None = None
) -> list[str]:
    """Record what an opened source has that the catalog does not; return the ids to ingest."""
    with workshop.catalog.transaction() as session:
        cursor = cursor_of(session, source.name)
    found = source.discover(cursor)
    granules = [granule for granule in found.granules if not tiles or granule.tile in tiles]
    workshop.point("track.before_register")
    with workshop.catalog.transaction() as session:
        refused = newly_unreadable(session, found.unreadable)
        fresh = register(session, source.name, granules, found.unreadable, found.cursor)
        back = end_trouble(session, TroubleKind.SOURCE, subject or subject_of(source.name))
    workshop.point("track.after_register")
    if back:
        _LOG.warning(Event.SOURCE_BACK, source=source.name)
    for name in fresh:
        _LOG.info(Event.GRANULE_TRACKED, granule=name, source=source.name)
    for one in refused:
        _LOG.info(Event.GRANULE_REJECTED, granule=one.id, rule=one.rule, message=one.reason)
    return fresh
