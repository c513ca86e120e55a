"""Run the service: a Prefect server at hand, the flow turn by turn, and what came of it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console

from catalog.query import MosaicStatus, counts, mosaics
from catalog.tables import GranuleState, MosaicState
from flows.local_server import prefect_server
from products.errors import NeedsOperator, SourceUnavailable
from products.sentence import sentence_of
from products.words import counted
from s2gm.progress import catalog_progress
from s2gm.tables import console, print_mosaics
from tasks.cycle import Wanted
from tasks.heartbeat import heartbeat
from tasks.logs import Event, correlated, event_log, new_run
from tasks.settings import read_settings
from tasks.track import open_source, subject_of
from tasks.workshop import Workshop, open_workshop

_LOG = event_log(__name__)


def turns(home: Path, source: str, wanted: Wanted, *, once: bool) -> None:
    """Run the near-real-time job once, or again and again until it is interrupted.

    Raises BadInput where the source is none, and with ``once`` whatever ends the turn; a service
    that goes on tells of it and tries again.
    """
    with suppress(*(() if once else (SourceUnavailable,))):
        open_source(source, wanted.tiles)
    settings = read_settings(home)
    workshop = open_workshop(settings)
    out = console()
    with _ended_by_signal(), prefect_server(home, out.print):
        from flows.near_real_time import workshop_at

        with heartbeat(workshop_at(str(home))):
            while not once:
                _turn_of_many(workshop, source, wanted, out)
                time.sleep(settings.poll_seconds)
            _turn(workshop, source, wanted, out)
    _require_whole(report(workshop, wanted), wanted)


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """End in good order when the system asks for it, as when a person presses Ctrl-C."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _turn_of_many(workshop: Workshop, source: str, wanted: Wanted, out: Console) -> None:
    """Run a turn after which others come, whatever this one ends with.

    What went wrong stands in the catalog as a trouble until it is mended.
    """
    with correlated(run=new_run()):
        try:
            _turn(workshop, source, wanted, out)
        except SourceUnavailable as error:
            _LOG.warning(Event.SOURCE_AWAY, source=subject_of(source), message=str(error))
            out.print(f"postponed: {error}", markup=False)
        except Exception as error:
            told = sentence_of(error)
            _LOG.exception(Event.TURN_FAILED, source=subject_of(source), message=told)
            out.print(f"failed: {told} The next turn tries again.", markup=False)


def _require_whole(found: list[MosaicStatus], wanted: Wanted) -> None:
    """Raise where a mosaic of this run could not be composed, so that scripts notice."""
    failed = [
        status
        for status in found
        if status.state == MosaicState.FAILED
        and status.period in wanted.kinds
        and status.resolution in wanted.resolutions
    ]
    if failed:
        first = failed[0]
        raise NeedsOperator(
            f"{counted(len(failed), 'mosaic')} could not be composed, first {first.tile} "
            f"{first.period} {first.start} {first.resolution} m: {first.reason}"
        )


def _turn(workshop: Workshop, source: str, wanted: Wanted, out: Console) -> None:
    from flows.near_real_time import run

    with catalog_progress(workshop):
        turn = run(workshop.home, source, wanted)
    for sentence in turn.postponed:
        out.print(f"postponed: {sentence}", markup=False)
    out.print(f"{counted(turn.published, 'revision')} published.")
    with workshop.catalog.transaction() as session:
        known = counts(session)
    if rejected := known.get(f"granules.{GranuleState.REJECTED}"):
        out.print(f"Rejected: {counted(rejected, 'granule')}; `s2gm granules` says why.")
    if stopped := known.get(f"mosaics.{MosaicState.QUARANTINED}"):
        out.print(f"Stopped: {counted(stopped, 'mosaic')}; `s2gm mosaics` says by which rule.")
    if not any(name.startswith("granules.") and number for name, number in known.items()):
        out.print(f"Nothing usable was found in {source}.", markup=False)


def report(workshop: Workshop, wanted: Wanted) -> list[MosaicStatus]:
    """Print the mosaics and where to look at the newest one."""
    with workshop.catalog.transaction() as session:
        found = mosaics(session)
    shown = [status for status in found if not wanted.tiles or status.tile in wanted.tiles]
    print_mosaics(shown)
    if picture := latest_quicklook(workshop.home, shown):
        console().print(f"Quicklook of the latest monthly mosaic: {picture}")
    return shown


def latest_quicklook(home: Path, found: list[MosaicStatus]) -> Path | None:
    """Return the picture of the latest published monthly mosaic of the finest resolution."""
    monthly = [status for status in found if status.period == "MONTH" and status.product]
    if not monthly:
        return None
    latest = max(monthly, key=lambda status: (status.start, -status.resolution))
    return (home / "quicklooks" / f"{Path(latest.product or '').name}.png").resolve()
