"""What a large service has in its catalog after years: made by rule, the same for the same moment.

Two satellites see each tile from two orbits, four times in ten days, for as many years as the
granules last. Of a hundred deliveries one is rejected and one superseded; some passes never came.
Each tile has a mosaic for each month and year, and the first ones for each day and ten days of two
years at three resolutions, too. A tenth of the mosaics was published anew within the last day, as
when an archive is processed again; some granules still wait for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from shapely.geometry import box

from benchmarks.bulk import Row
from products.granule import Granule, Image
from products.mgrs import tile_extent, tiles_of
from products.mosaic import Definition, MosaicKey
from products.naming import ProductName
from products.period import Period, PeriodKind

A_TILE = 1667
"""Granules of a tile, of 11 years."""
SOURCE = "https://stac.example.org/v1#sentinel-2-l2a"
_EUROPE = box(-9, 37, 30, 60)
_PASSES = ((0, "S2A", 51), (3, "S2A", 8), (5, "S2B", 51), (8, "S2B", 8))
"""Days back in the ten days of a repeat, satellite, relative orbit."""
_LARGE = 14
"""Tiles with mosaics of all kinds."""
_LONG = 150
"""Revisions of one yearly mosaic of the first tile."""
_WAITING = 0.95
"""Granules of a tile from here on wait for their ingest."""
_STATES = {7: "QUARANTINED", 11: "REJECTED", 13: "FAILED", 17: "DUE", 19: "DUE", 23: "EMPTY"}
"""Of two hundred mosaics, those that are not published."""
_COMPOSING = 16
_DAY = timedelta(days=1)
_DEFINITION = Definition().to_json()
_CHECKSUM = "The checksum of B04 is another one than its provider states."


@dataclass(frozen=True)
class _Taken:
    """A granule as it was delivered."""

    id: str
    nth: int
    """Counted from the newest of its tile."""
    tile: str
    datatake: str
    state: str
    sensed: datetime
    tracked: datetime


def rows(granules: int, moment: datetime) -> Iterator[Row]:
    """Give the rows of a catalog with so many granules, as of a moment, in the order of time."""
    moment = moment.replace(microsecond=0)
    yield "source", (SOURCE, "cursor", _text(moment))
    yield from (("demand", ("*", kind, 20)) for kind in ("MONTH", "YEAR"))
    tiles = tiles_of(_EUROPE)[: max(1, round(granules / A_TILE))]
    number = granules // len(tiles)
    for tile in tiles:
        ground = tile_extent(tile)
        yield "tile", (tile, ground.epsg, ground.west, ground.north, ground.width, ground.height)
    for nth in reversed(range(number)):
        for place, tile in enumerate(tiles):
            yield from _granule(_taken(place, tile, nth, number, moment))
    yield from _in_order(_mosaics(tiles, number, moment))
    yield from _operation(len(tiles), moment)


def _mosaics(tiles: Sequence[str], number: int, moment: datetime) -> Iterator[Row]:
    numbers, mosaics = count(1), count(1)
    for place, tile in enumerate(tiles):
        every = (_taken(place, tile, nth, number, moment) for nth in range(number))
        taken = [one for one in every if one.state == "READY"]
        for period, resolution in _wanted(place, moment):
            begin, end = period.moments
            inputs = [one for one in taken if begin <= one.sensed < end]
            if inputs:
                made = _Mosaic(next(mosaics), MosaicKey(tile, period, resolution), inputs, moment)
                yield from made.rows(numbers, _revisions(place, period, moment))


def _in_order(given: Iterator[Row]) -> Iterator[Row]:
    """Give reports and publications last, in the order in which they were written."""
    kept: dict[str, list[tuple[object, ...]]] = {"report": [], "publication": []}
    for table, values in given:
        if table in kept:
            kept[table].append(values)
        else:
            yield table, values
    for table, column in (("report", -1), ("publication", -2)):
        yield from ((table, one) for one in sorted(kept[table], key=lambda one: str(one[column])))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _sum(number: int) -> str:
    return f"{number:064x}"


def _taken(place: int, tile: str, nth: int, number: int, moment: datetime) -> _Taken:
    state = _state(place, nth, number)
    seen = nth - 1 if state == "SUPERSEDED" else nth  # by another processing of the same pass
    newest = moment - timedelta(days=place % 5, hours=7, seconds=place * 97 % 3600)
    back, satellite, orbit = _PASSES[seen % 4]
    sensed = newest - timedelta(days=seen // 4 * 10 + back)
    tracked = sensed + timedelta(hours=5, seconds=(nth * 37 + place * 13) % 7000)
    stamp = sensed.strftime("%Y%m%dT%H%M%S")
    return _Taken(
        id=f"{satellite}_MSIL2A_{stamp}_N0510_R{orbit:03}_T{tile}_{nth:015}",
        nth=nth,
        tile=tile,
        datatake=f"{satellite}_{stamp}_R{orbit:03}",
        state=state,
        sensed=sensed,
        tracked=moment - 2 * _DAY if nth > number * _WAITING else tracked,
    )


def _state(place: int, nth: int, number: int) -> str:
    if nth > number * _WAITING or (nth == 0 and place % 15 == 0):
        return "TRACKED"
    return {7: "REJECTED", 11: "SUPERSEDED"}.get((place + nth) % 100, "READY")


def _granule(one: _Taken) -> Iterator[Row]:
    decoded, rejected = one.state in ("READY", "SUPERSEDED"), one.state == "REJECTED"
    unreadable = rejected and one.nth % 5 == 0
    described = (one.tile, one.datatake, _text(one.sensed))
    tracked = _text(one.tracked)
    yield (
        "granule",
        (
            one.id,
            SOURCE,
            *((None, None, None) if unreadable else described),
            one.state,
            None if unreadable else _RECORD.replace("IDENTITY", one.id),
            "fingerprint",
            _sum(one.nth) if decoded else None,
            *(("checksum", _CHECKSUM) if rejected else (None, None)),
            f"https://data.example.org/{one.id}/",
            tracked,
            _text(one.tracked + timedelta(minutes=9)) if decoded else None,
        ),
    )
    if one.state == "READY":
        said = "WARN" if one.nth % 50 == 3 else "PASS"
        yield "granule_check", (one.id, "G2.1-range", said, "As it is.", 1.0, 2.0, tracked)
    if rejected:
        yield "trouble", _trouble("GRANULE", one.id, one.tile, "checksum", tracked)
    if one.state == "READY" and one.nth % 1000 == 400:
        yield "withdrawal", (one.id, "Striped.", "ann", tracked, None, None, None)


def _trouble(
    kind: str, subject: str, tile: str | None, rule: str, since: str, ended: str | None = None
) -> tuple[object, ...]:
    message = f"{subject}: {_CHECKSUM} Fetch it again, or dismiss it."
    return (kind, subject, tile, rule, message, since, since, 1, None, ended)


def _wanted(place: int, moment: datetime) -> Iterator[tuple[Period, int]]:
    """Give the mosaics that a tile shall have, if it has granules of their dates."""
    yield from ((one, 20) for kind in (PeriodKind.MONTH, PeriodKind.YEAR)
                for one in _periods(kind, moment, 12 * 365))  # fmt: skip
    if place < _LARGE:
        for kind in (PeriodKind.DAY, PeriodKind.TENDAYS):
            yield from ((one, m) for one in _periods(kind, moment, 730) for m in (10, 20, 60))


def _periods(kind: PeriodKind, moment: datetime, days: int) -> Sequence[Period]:
    found = (Period.containing(kind, moment - back * _DAY) for back in range(days))
    return tuple(dict.fromkeys(found))


def _revisions(place: int, period: Period, moment: datetime) -> int:
    if place == 0 and period == Period.containing(PeriodKind.YEAR, moment - 365 * _DAY):
        return _LONG
    return 1 if period.kind is PeriodKind.YEAR else 2


@dataclass(frozen=True)
class _Mosaic:
    """A mosaic with all that belongs to it."""

    number: int
    key: MosaicKey
    inputs: list[_Taken]
    """The newest first."""
    moment: datetime

    @property
    def state(self) -> str:
        """Most are published."""
        if self.number <= _COMPOSING:
            return "COMPOSING"
        return _STATES.get(self.number % 200, "PUBLISHED")

    @property
    def published(self) -> datetime:
        """When its last revision was: of a tenth within the last day."""
        if self.number % 10 == 1:
            return self.moment - timedelta(seconds=self.number * 7 % 86_400)
        return min(self.inputs[0].tracked + timedelta(minutes=40), self.moment)

    def rows(self, numbers: Iterator[int], revisions: int) -> Iterator[Row]:
        """Give its row, and those of its revisions."""
        composing = self.state == "COMPOSING"
        since = _text(self.inputs[0].tracked)
        reason = "The disk is full." if self.state == "FAILED" else None
        period = self.key.period
        yield "mosaic", (
            self.number, self.key.tile, period.kind.value, str(period.start), str(period.end),
            self.key.resolution, self.state, reason, 2, since,
            f"node-{self.number}" if composing else None,
            self.moment.timestamp() + 3600 if composing else None,
            _text(self.moment) if composing else None, 3,
        )  # fmt: skip
        if self.state == "FAILED":
            yield "trouble", _trouble("MOSAIC", str(self.key), self.key.tile, "OSError", since)
        if self.state == "EMPTY":
            return
        for ordinal in range(1, revisions + 1):
            last = ordinal == revisions
            yield from self._revision(next(numbers), ordinal, last, revisions - ordinal)

    def _revision(self, number: int, ordinal: int, last: bool, missing: int) -> Iterator[Row]:
        state = self.state if last and self.state in ("QUARANTINED", "REJECTED") else "PUBLISHED"
        shown = self.state not in ("QUARANTINED", "REJECTED")
        identity, name = (
            _sum(number),
            str(ProductName(self.key.period, self.key.resolution, self.key.tile, number)),
        )
        moment = _text(self.published - missing * timedelta(hours=30))
        place = "products" if state == "PUBLISHED" else "quarantine"
        yield "revision", (
            identity, self.number, number, ordinal, state, last if shown else missing == 1,
            f"{place}/{self.key.tile}/{name}", _sum(number), _DEFINITION, moment,
            moment if state == "PUBLISHED" else None,
        )  # fmt: skip
        inputs = self.inputs[min(missing, len(self.inputs) - 1) :]
        for position, one in enumerate(inputs):
            yield "revision_input", (identity, position, one.id, _sum(position))
        said = "PASS" if state == "PUBLISHED" else "FAIL"
        yield "report", (identity, said, f"qc/{name}.json", f"qc/{name}.html", moment)
        for rule, verdict in (("L1.1-scl", said), ("L2.1-range", "PASS"), ("L3.1-seam", "WARN")):
            yield "verdict", (identity, rule, verdict, "3 of 9 pixels.", 3.0, 0.0, moment)
        if state == "REJECTED":
            yield "decision", (identity, "REJECT", "Striped.", "ann", moment, True)
        if state == "PUBLISHED":
            yield "publication", self._publication(identity, inputs[0], moment)

    def _publication(self, identity: str, newest: _Taken, moment: str) -> tuple[object, ...]:
        late = self.number % 3 == 0
        sensed = newest.sensed if late else self.published - timedelta(hours=8)
        tracked = newest.tracked if late else self.published - timedelta(hours=1)
        times = (_text(sensed), _text(tracked), moment)
        return (identity, self.number, self.key.tile, SOURCE, *times, late)


def _operation(tiles: int, moment: datetime) -> Iterator[Row]:
    """Give what people and workers did: the more, the more tiles there are."""
    for nth in range(40 * tiles):
        ago = moment - timedelta(minutes=20 * nth)
        since, end = _text(ago), _text(ago + timedelta(minutes=9))
        yield "trouble", _trouble("GRANULE", f"G{nth}", None, "unavailable", since, end)
        verb = ("RETRY", "DISMISS", "RELEASE", "REJECT", "WITHDRAW")[nth % 5]
        yield "action", (verb, f"G{nth}", "It was striped.", "ann", since, "hub")
    yield "trouble", _trouble("SOURCE", SOURCE, None, "SourceUnavailable", _text(moment))
    for nth in range(200):
        seen = moment - timedelta(minutes=5 * nth)
        lives = nth < _COMPOSING
        yield "worker", (
            f"node-{nth + 1}", f"host{nth}", nth, _text(seen - _DAY),
            _text(moment if lives else seen),
            86_400.0, "composing" if lives else "", None if lives else _text(seen), nth % 2 == 1,
        )  # fmt: skip
    for nth in range(5000):
        begun = _text(moment - timedelta(hours=nth))
        end = _text(moment - timedelta(hours=nth - 12))
        yield "sign_in", (_sum(nth), "ada", _sum(nth), "browser", begun, begun, end, None)


_RECORD = Granule(
    "IDENTITY", "31UDS", "S2A", datetime.fromisoformat("2018-06-05T10:50:31+00:00"), 51,
    images=tuple(
        Image(f"B{n:02}", 20, f"https://data.example.org/IDENTITY/IMG_DATA/R20m/B{n:02}_20m.jp2",
              -1000, 10000.0, 33_000_000 + n, f"sha3-256:{n:064x}")
        for n in range(6)
    ),
).to_json()  # fmt: skip
"""1.7 kB; they have 2.4 kB at least."""
