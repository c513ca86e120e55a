"""The demonstration: a simulated archive that arrives day by day, and the service at work."""

from contextlib import nullcontext
from datetime import date
from itertools import groupby
from pathlib import Path

from rich.console import Console

from catalog.query import MosaicStatus, granules, mosaics
from flows.local_server import prefect_server
from products.errors import BadInput
from products.period import PeriodKind
from s2gm.hub_beside import hub_beside
from s2gm.progress import catalog_progress
from s2gm.service import report
from s2gm.tables import console
from sources.simulator import Delivery, SimulatedArchive
from tasks.cycle import Wanted
from tasks.heartbeat import heartbeat
from tasks.settings import read_settings
from tasks.workshop import Workshop, open_workshop

_START = date(2022, 1, 1)
_WANTED = Wanted(
    kinds=(PeriodKind.TENDAYS, PeriodKind.MONTH, PeriodKind.QUARTER),
    resolutions=(20,),
)


def play(home: Path, days: int, *, serve: bool = False) -> None:
    """Deliver the archive in the order of arrival and run the job after each day.

    With ``serve`` the hub shows it from the beginning, and goes on until it is interrupted.
    """
    if (home / "catalog.sqlite").exists():
        raise BadInput(f"{home} holds a catalog already; give the demo a --home of its own.")
    archive = SimulatedArchive(start=_START, days=days)
    inbox = home / "archive"
    inbox.mkdir(parents=True)
    workshop = open_workshop(read_settings(home))
    out = console()
    with hub_beside(workshop, out.print) if serve else nullcontext():
        _play(workshop, archive, inbox, out)


def _play(workshop: Workshop, archive: SimulatedArchive, inbox: Path, out: Console) -> None:
    home = workshop.home
    with prefect_server(home, out.print):
        from flows.near_real_time import run, workshop_at

        ordered = sorted(archive.deliveries(), key=lambda delivery: delivery.arrives)
        with heartbeat(workshop_at(str(workshop.home))), catalog_progress(workshop):
            for day, arrivals in groupby(ordered, key=lambda delivery: delivery.arrives):
                before = _revisions(workshop)
                _deliver(archive, list(arrivals), inbox, out.print)
                run(home, str(inbox), _WANTED)
                _tell(day, before, workshop, out.print)
    report(workshop, _WANTED)
    _tell_rejected(workshop, out.print)


def _deliver(archive: SimulatedArchive, arrivals: list[Delivery], inbox: Path, say: object) -> None:
    for delivery in arrivals:
        folder = archive.write(delivery, inbox)
        say(f"{delivery.arrives}  {folder.stem}  ({delivery.kind})")  # type: ignore[operator]


def _tell(day: date, before: dict[str, int], workshop: Workshop, say: object) -> None:
    after = _revisions(workshop)
    changed = [name for name, number in after.items() if number != before.get(name)]
    say(f"{day}  {len(changed)} of {len(after)} mosaics: {', '.join(changed) or 'none'}")  # type: ignore[operator]


def _revisions(workshop: Workshop) -> dict[str, int]:
    with workshop.catalog.transaction() as session:
        return {_short(status): status.revision or 0 for status in mosaics(session)}


def _short(status: MosaicStatus) -> str:
    last = status.end if status.period != "DAY" else status.start
    return f"{status.period} {status.start:%m-%d}..{last:%m-%d} {status.resolution} m"


def _tell_rejected(workshop: Workshop, say: object) -> None:
    with workshop.catalog.transaction() as session:
        rejected = [row for row in granules(session) if row.state == "REJECTED"]
    for row in rejected:
        say(f"rejected: {row.id}: {row.reason}")  # type: ignore[operator]
