"""Ask every page of the hub over a large catalog: how long it takes, and how many statements.

``python -m benchmarks.dashboard`` fills a catalog in SQLite and one in PostgreSQL (a server from a
wheel) as ``benchmarks.crowd`` says, signs in, and asks every address that the hub has a route for,
some of them with an offset, too, and the look at the catalog behind the events. All in one process,
without a network. The addresses take turns; the first round does not count. Of 20 rounds the best
and the median of the wall clock are given, and the median of the processor time, of PostgreSQL's
server too. Each median is divided by that of a FastAPI application that answers
``{"status": "ok"}`` and takes its turn among them.

``--granules 1000000`` is the size for which the pages are meant, with 100000 mosaics; it takes
7 GB in SQLite. With ``--home FOLDER`` the catalogs stay there, and are not filled again.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pgserver
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import col, func, select

from benchmarks import crowd
from benchmarks.bulk import write
from benchmarks.report import Result, report
from catalog.engine import Catalog, now
from catalog.operation_tables import TroubleRow
from catalog.operations.accounts import Clerk, add_account
from catalog.revision import key_of
from catalog.tables import GranuleRow, MosaicRow, RevisionRow
from hub.app import create_app
from hub.passwords import Passwords
from tasks.settings import Settings
from tasks.workshop import Workshop, open_workshop

GOAL_MS, ROUNDS = 200, 20
BARE, PULSE = "a bare response", "the look behind events"
_ADDRESS, _PASSWORD = "http://127.0.0.1:8421", "four words without sense"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_ENDLESS = ("/events",)
_FILE, _PICTURE = "B04.tiff", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Turn:
    """One answer."""

    wall: float
    """Milliseconds."""
    cpu: float
    """Milliseconds of the processor: this process, and PostgreSQL's server."""
    statements: int


def addresses(app: FastAPI, values: dict[str, str]) -> list[str]:
    """Return an address for each route that is read, and those that lead far into a list."""
    routes = iter_route_contexts(app.routes)
    known = [
        _filled(one.path, values) for one in routes if one.path and "GET" in (one.methods or ())
    ]
    tile, mosaic = f"/tiles/{values['tile']}", _filled(_MOSAIC, values)
    year = int(values["day"][:4])
    return [one for one in dict.fromkeys(known) if one not in _ENDLESS] + [
        "/tiles?offset=50",
        "/tiles?name=U",
        f"{tile}?year={year - 1}",
        f"{mosaic}?offset=100",
        "/gate?offset=100",
        "/failures?offset=1000&dismissed=true",
        "/actions?offset=2000",
        "/actions?subject=G7",
    ]


_MOSAIC = "/mosaics/{tile}/{period}/{start}/{resolution}"


def _filled(path: str, values: dict[str, str]) -> str:
    for name in _PARAMETER.findall(path):
        if name not in values:
            raise LookupError(f"Of {path} nothing is measured: add a value for {name!r}.")
    return _PARAMETER.sub(lambda found: values[found[1]], path)


def values_of(catalog: Catalog) -> dict[str, str]:
    """Return what stands in the addresses: the tile, day and mosaic with the most to show."""
    with catalog.view() as session:
        of, most = col(RevisionRow.mosaic_id), func.count()
        number = session.exec(select(of).group_by(of).order_by(most.desc()).limit(1)).one()
        mosaic = session.get_one(MosaicRow, number)
        revision = session.exec(
            select(RevisionRow).where(of == number, col(RevisionRow.current).is_(other=True))
        ).one()
        newest = select(func.max(GranuleRow.datatake_start)).where(GranuleRow.tile == mosaic.tile)
        trouble = select(func.min(TroubleRow.id)).where(col(TroubleRow.ended_at).is_(None))
        day = session.exec(newest).one()
        assert day is not None
        key = key_of(mosaic)
        return {
            "tile": key.tile,
            "day": str(day.date()),
            "period": key.period.kind.value,
            "start": str(key.period.start),
            "resolution": str(key.resolution),
            "product": (revision.product or "").rpartition("/")[2],
            "verb": "release",
            "number": str(session.exec(trouble).one()),
            "path": _FILE,
            "name": "s2gm.css",
        }


def put_files(shop: Workshop, values: dict[str, str]) -> None:
    """Write what can be fetched of the product."""
    folder = shop.products / values["tile"] / values["product"]
    for path in (folder / _FILE, shop.quicklooks / "x", shop.reports / "x"):
        path.parent.mkdir(parents=True, exist_ok=True)
    (folder / _FILE).write_bytes(_PICTURE)
    entry = {"path": _FILE, "size": len(_PICTURE), "sha256": hashlib.sha256(_PICTURE).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps({"product": folder.name, "files": [entry]}))
    for kind in ("", "-selection"):
        (shop.quicklooks / f"{values['product']}{kind}.png").write_bytes(_PICTURE)
    for form in ("json", "html"):
        (shop.reports / f"{values['product']}.{form}").write_text("{}")


def open_filled(home: Path, database: str, granules: int) -> Workshop:
    """Open a data root; a new one is filled first."""
    shop = open_workshop(Settings(home=home, database=database))
    with shop.catalog.view() as session:
        is_new = session.exec(select(func.count()).select_from(MosaicRow)).one() == 0
    if is_new:
        begin = time.perf_counter()
        counts = write(shop.catalog, crowd.rows(granules, now()))
        with shop.catalog.transaction() as session:
            hashed = Passwords().hash(_PASSWORD)
            add_account(session, "ada", hashed, Clerk("bench"), now(), operator=True)
        told = ", ".join(f"{count} {table}" for table, count in counts.items())
        print(f"filled in {time.perf_counter() - begin:.0f} s: {told}", flush=True)
    return shop


def bare() -> FastAPI:
    """Return the application by which the pages are measured."""
    app = FastAPI()

    @app.get("/")
    def answer() -> dict[str, str]:
        return {"status": "ok"}

    return app


@contextmanager
def _counted(catalog: Catalog) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append(statement)

    sa.event.listen(catalog.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(catalog.engine, "before_cursor_execute", note)


async def _sign_in(client: httpx.AsyncClient) -> None:
    form = (await client.get("/sign-in")).text
    token = form.partition('name="token" value="')[2].partition('"')[0]
    sent = {"token": token, "name": "ada", "password": _PASSWORD, "next": "/"}
    answer = await client.post("/sign-in", data=sent, headers={"origin": _ADDRESS})
    if answer.status_code != 303:
        raise AssertionError(f"Nobody could sign in: {answer.status_code}")


def _processor_seconds(server: int | None) -> float:
    """Return what this process has used so far, and those that a server has begun."""
    others = 0.0
    if server is not None:
        begun = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        schedules = (Path(f"/proc/{one}/schedstat") for one in begun)
        others = sum(int(one.read_text().split()[0]) / 1e9 for one in schedules if one.exists())
        told = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
        others += (int(told[13]) + int(told[14])) / os.sysconf("SC_CLK_TCK")  # those that ended
    return time.process_time() + others


async def ask(shop: Workshop, server: int | None, rounds: int) -> dict[str, list[Turn]]:
    """Ask all addresses in turns; ``server`` is the number of PostgreSQL's process."""
    app, seen = create_app(shop), defaultdict[str, list[Turn]](list)
    values = values_of(shop.catalog)
    put_files(shop, values)
    transports = [httpx.ASGITransport(one) for one in (app, bare())]
    page = {"accept": "text/html"}
    hub, plain = (httpx.AsyncClient(transport=one, base_url=_ADDRESS, headers=page)
                  for one in transports)  # fmt: skip
    with _counted(shop.catalog) as sent:
        async with hub, plain:
            await _sign_in(hub)
            for _ in range(rounds + 1):
                for path in (BARE, PULSE, *addresses(app, values)):
                    sent.clear()
                    wall, cpu = time.perf_counter(), _processor_seconds(server)
                    if path == PULSE:
                        await app.state.hub.watch.look()
                    else:
                        answer = await (plain.get("/") if path == BARE else hub.get(path))
                        if answer.status_code not in (200, 303):
                            raise AssertionError(
                                f"{path}: {answer.status_code} {answer.text[:500]}"
                            )
                    wall = time.perf_counter() - wall
                    cpu = _processor_seconds(server) - cpu
                    seen[path].append(Turn(1000 * wall, 1000 * cpu, len(sent)))
    return {path: turns[1:] for path, turns in seen.items()}


def results_of(database: str, seen: dict[str, list[Turn]]) -> list[Result]:
    """Return the median of each address, the slowest last, and how that stands to the goal."""
    wall = {path: statistics.median(one.wall for one in turns) for path, turns in seen.items()}
    cpu = {path: statistics.median(one.cpu for one in turns) for path, turns in seen.items()}
    results = []
    for path in sorted(seen, key=lambda path: wall[path]):
        counts = sorted({one.statements for one in seen[path]})
        told = (
            f"best {min(one.wall for one in seen[path]):.1f} ms, processor {cpu[path]:.1f} ms, "
            f"{wall[path] / wall[BARE]:.1f} bare responses, "
            f"{'/'.join(map(str, counts))} statements"
        )
        results.append(Result(f"dashboard: {database} {path}", wall[path], "ms", told))
    for clock, middle in (("wall clock", wall), ("processor", cpu)):
        worst = max(middle, key=lambda path: middle[path])
        told = f"{worst} {middle[worst]:.0f} ms, {middle[worst] / middle[BARE]:.0f} bare responses"
        name = f"dashboard: {GOAL_MS} ms / slowest page, {database}, {clock}"
        results.append(Result(name, GOAL_MS / middle[worst], "times", told, 1))
    return results


def measure(home: Path, database: str, granules: int, rounds: int) -> list[Result]:
    """Fill a catalog and ask for its pages; ``database`` is ``sqlite`` or ``postgresql``."""
    root = home / database
    root.mkdir(parents=True, exist_ok=True)
    with _served(root, database) as (url, server):
        shop = open_filled(root, url, granules)
        try:
            return results_of(database, asyncio.run(ask(shop, server, rounds)))
        finally:
            shop.catalog.close()


@contextmanager
def _served(root: Path, database: str) -> Iterator[tuple[str, int | None]]:
    """Give the address of the database and the number of its process; SQLite needs neither."""
    if database == "sqlite":
        yield "", None
        return
    server = pgserver.get_server(root / "server", cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    yield url, server.get_pid()
    server.cleanup()


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--granules", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--home", type=Path, help="keep the catalogs in this folder")
    parser.add_argument(
        "--database", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"]
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as scratch:
        home = asked.home or Path(scratch)
        results: list[Result] = []
        for database in asked.database:
            results += measure(home, database, asked.granules, asked.rounds)
    report("dashboard", results)


if __name__ == "__main__":
    main()
