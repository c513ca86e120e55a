"""A small simulated archive, and ways to run the service over it and to compare what came out."""

import hashlib
from datetime import date
from pathlib import Path

from products.period import PeriodKind
from sources.simulator import SimulatedArchive
from tasks.cycle import Wanted, run_once
from tasks.settings import Settings
from tasks.workshop import Workshop, open_workshop

MONTHLY = Wanted(kinds=(PeriodKind.MONTH,), resolutions=(20,))


def write_archive(root: Path, days: int = 25, size: int = 360, **kinds: bool) -> SimulatedArchive:
    """Write the deliveries of a small archive; ``corrupt=False`` leaves that kind out."""
    archive = SimulatedArchive(start=date(2022, 1, 1), days=days, size=size)
    root.mkdir(parents=True, exist_ok=True)
    for delivery in archive.deliveries():
        if kinds.get(delivery.kind, True):
            archive.write(delivery, root)
    return archive


def workshop(home: Path, **changes: object) -> Workshop:
    return open_workshop(Settings(home=home, **changes))  # type: ignore[arg-type]


def run(home: Path, source: Path, wanted: Wanted = MONTHLY, **changes: object) -> int:
    opened = workshop(home, **changes)
    try:
        return run_once(opened, str(source), wanted)
    finally:
        opened.catalog.close()


def tree(folder: Path) -> dict[str, str]:
    """Return relative path -> digest of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
