"""What every step needs at hand: settings, catalog, folders, and the name of this worker."""

import fcntl
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from catalog.engine import Catalog
from metadata.inspire_elements import check_contact
from products.errors import BadInput, NeedsOperator
from products.mosaic import Definition
from storage.local import remove
from tasks.board import Board
from tasks.logs import configure_logs
from tasks.package import contact_of
from tasks.settings import Settings, bind_gdal_cache


def _nothing(_name: str) -> None:
    """Do nothing: the effect points are for the fault harness."""


@dataclass(frozen=True)
class Workshop:
    """An opened data root; one per process."""

    settings: Settings
    catalog: Catalog
    owner: str
    point: Callable[[str], None] = field(default=_nothing)
    """Called with a name before and after every effect; tests stop the process there."""
    board: Board = field(default_factory=Board, compare=False)
    """What the threads of this process do now."""

    @property
    def definition(self) -> Definition:
        """What decides a product's bytes besides its inputs."""
        return Definition(threshold=self.settings.threshold)

    @property
    def home(self) -> Path:
        """The data root."""
        return self.settings.home

    @property
    def working(self) -> Path:
        """Decoded observations, by tile and granule."""
        return self.home / "working"

    @property
    def staging(self) -> Path:
        """Unfinished work of this worker; garbage once the worker is gone."""
        return self.home / "staging" / self.owner

    @property
    def products(self) -> Path:
        """Published products."""
        return self.home / "products"

    @property
    def quarantine(self) -> Path:
        """Products that quality control stopped."""
        return self.home / "quarantine"

    @property
    def carry(self) -> Path:
        """Records of current products from which blocks are carried over."""
        return self.home / "carry"

    @property
    def shelf(self) -> Path:
        """Static STAC catalog of what is published."""
        return self.home / "stac"

    @property
    def quicklooks(self) -> Path:
        """Pictures of products, beside them."""
        return self.home / "quicklooks"

    @property
    def reports(self) -> Path:
        """Quality reports, beside the products."""
        return self.home / "qc"


def open_workshop(settings: Settings, point: Callable[[str], None] = _nothing) -> Workshop:
    """Open a data root: make the folders, bring the catalog up to date, take a worker's lock.

    The lock is held until the process ends, however it ends; that is how others know. A contact
    that product metadata cannot state is refused here, before hours of work go into a product.
    """
    check_contact(contact_of(settings))
    bind_gdal_cache(settings)
    configure_logs(settings)
    owner = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        _hold_lock(settings.home, owner)
    except OSError as error:
        raise BadInput(
            f"The data root {settings.home} cannot be used ({error.strerror}); give --home a "
            "folder that can be written."
        ) from error
    catalog = _open_catalog(settings.database_url)
    return Workshop(settings, catalog, owner, point)


def has_catalog(settings: Settings) -> bool:
    """Tell whether a data root has a catalog already, without making anything."""
    if not settings.home.is_dir():
        return False
    file = settings.home / "catalog.sqlite"
    if not settings.database and not (file.is_file() and file.stat().st_size):
        return False
    try:
        engine = sa.create_engine(settings.database_url)
        try:
            return sa.inspect(engine).has_table("alembic_version")
        finally:
            engine.dispose()
    except (sa.exc.SQLAlchemyError, ImportError, ValueError):
        return True  # opening it says what is wrong


def _open_catalog(url: str) -> Catalog:
    try:
        catalog = Catalog(url)
    except (sa.exc.ArgumentError, ImportError, ValueError) as error:
        raise BadInput(
            "The setting S2GM_DATABASE is not the address of a database that is supported; write "
            "it like postgresql+psycopg://USER@HOST/NAME, or unset it for SQLite."
        ) from error
    try:
        catalog.migrate()
    except sa.exc.DBAPIError as error:
        reason = (str(error.orig).splitlines() or ["no reason given"])[0]
        raise NeedsOperator(
            f"The catalog {catalog.engine.url!r} cannot be opened ({reason}); "
            "check S2GM_DATABASE, --home and the database itself."
        ) from error
    return catalog


def is_dead(home: Path, owner: str) -> bool:
    """Tell whether a worker of this data root has ended; unknown workers count as alive."""
    path = _lock_path(home, owner)
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def sweep_dead_workers(home: Path) -> None:
    """Remove what ended workers left in staging, and their locks."""
    for path in sorted((home / "workers").glob("*.lock")):
        if is_dead(home, path.stem):
            remove(home / "staging" / path.stem)
            path.unlink(missing_ok=True)


_HELD: list[int] = []


def _hold_lock(home: Path, owner: str) -> None:
    path = _lock_path(home, owner)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(handle, fcntl.LOCK_EX)
    _HELD.append(handle)


def _lock_path(home: Path, owner: str) -> Path:
    return home / "workers" / f"{owner}.lock"
