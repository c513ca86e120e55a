"""The monthly report of the service in a region, as one HTML page that prints well."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from products.period import Period, PeriodKind
from products.service import (
    ARCHIVE_AFTER,
    Fate,
    GranuleFate,
    Outcomes,
    ServiceMonth,
    Stand,
    Verdicts,
)
from products.words import counted, revision_words
from qc.catalogue import RULES
from qc.finding import Verdict
from qc.html import number, render
from qc.plots import percent

FATES = {
    Fate.USED: ("PASS", "\N{CHECK MARK}", "among the inputs of a published mosaic"),
    Fate.WAITING: ("SKIPPED", "\N{HORIZONTAL ELLIPSIS}", "not in a published mosaic yet"),
    Fate.SUPERSEDED: ("SKIPPED", "s", "a better processing counts instead"),
    Fate.REJECTED: ("FAIL", "\N{MULTIPLICATION X}", "not usable as delivered"),
    Fate.WITHDRAWN: ("WARN", "w", "taken out of use by a person"),
}
"""Class, sign and meaning of what becomes of granules."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def render_service(service: ServiceMonth, made: datetime) -> bytes:
    """Render the page in UTF-8; the same month gives the same bytes, but for when it was made."""
    days = _days(service.month)
    tiles = [_tile(tile, service.granules, days) for tile in service.tiles]
    return render(
        "service.html",
        title=f"{service.month.start:%B %Y}",
        service=service,
        headline=_headline(service),
        fates=FATES,
        days=days,
        tiles=tiles,
        total=sum((tile.counts for tile in tiles), Counter[Fate]()),
        nameless=[g for g in service.granules if g.tile not in service.tiles or g.day is None],
        refused=[g for g in service.granules if g.fate in (Fate.REJECTED, Fate.WITHDRAWN)],
        most=max((outcome.checked for outcome in service.outcomes), default=1),
        archive_days=ARCHIVE_AFTER.days,
        revision_words=revision_words,
        rules=_rules(service.verdicts),
        trends=_trends(service.verdicts),
        catalogue=RULES,
        made=made.strftime("%Y-%m-%d %H:%M:%S UTC"),
        duration=duration,
        share=share,
    )


def duration(seconds: float) -> str:
    """Return a time for people: ``45 s``, ``12 min``, ``5.3 h``, ``2.1 days``."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds / _HOUR:.1f} h"
    return f"{number(round(seconds / _DAY, 1))} days"


def share(part: int, whole: int) -> str:
    """Return a share for people, a dash of nothing."""
    return percent(part / whole) if whole else "\N{EN DASH}"


def _headline(service: ServiceMonth) -> list[tuple[str, str, str]]:
    """Return the figures at the head of the page: what, how much, and of what."""
    observed = sum(each.observed for each in service.availability)
    available = sum(each.available for each in service.availability)
    fates = Counter(granule.fate for granule in service.granules)
    slowest = max((own.from_tracking.most for own in service.timeliness if own.from_tracking),
                  default=None)  # fmt: skip
    received = len(service.granules)
    stopped = sum(outcome.stopped for outcome in service.outcomes)
    checked = counted(sum(outcome.checked for outcome in service.outcomes), "revision")
    return [
        ("Available", share(available, observed), f"{available} of {observed} mosaics"),
        (
            "Published within",
            duration(slowest) if slowest is not None else "\N{EN DASH}",
            "of tracking, 95 % of the granules, slowest kind of mosaic",
        ),
        ("Granules used", share(fates[Fate.USED], received), f"{fates[Fate.USED]} of {received}"),
        (
            "Stopped",
            str(stopped),
            f"of {checked} that quality control checked{_stood(service.outcomes)}",
        ),
    ]


def _stood(outcomes: Sequence[Outcomes]) -> str:
    """Say what became of the revisions that were stopped, nothing where none was."""
    stands = {
        Stand.RELEASED: sum(outcome.released for outcome in outcomes),
        Stand.REJECTED: sum(outcome.rejected for outcome in outcomes),
        Stand.WAITING: sum(outcome.waiting for outcome in outcomes),
    }
    told = ", ".join(f"{number} {stand}" for stand, number in stands.items())
    return f": {told}" if any(stands.values()) else ""


def _days(month: Period) -> list[date]:
    return [month.start + timedelta(days=n) for n in range((month.end - month.start).days + 1)]


@dataclass(frozen=True)
class _Tile:
    """A row of the calendar."""

    name: str
    days: tuple[tuple[GranuleFate, ...], ...]
    counts: Counter[Fate]


def _tile(name: str, granules: Sequence[GranuleFate], days: Sequence[date]) -> _Tile:
    own = [granule for granule in granules if granule.tile == name and granule.day]
    by_day: dict[date | None, list[GranuleFate]] = defaultdict(list)
    for granule in own:
        by_day[granule.day].append(granule)
    return _Tile(
        name, tuple(tuple(by_day[day]) for day in days), Counter(granule.fate for granule in own)
    )


@dataclass(frozen=True)
class _Rule:
    """How often a rule came to each verdict."""

    id: str
    title: str
    counts: Counter[str]


def _rules(verdicts: Sequence[Verdicts]) -> list[_Rule]:
    """Return all rules that were asked, those that object most often first."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each in verdicts:
        counts[each.rule][each.verdict] += each.revisions
    rules = [_Rule(rule, _title(rule), counted) for rule, counted in counts.items()]
    return sorted(rules, key=lambda r: (-r.counts["FAIL"], -r.counts["WARN"], r.id))


def _title(rule: str) -> str:
    """Return the title of a rule; one that was dropped since has only its id."""
    return RULES[rule].title if rule in RULES else rule


@dataclass(frozen=True)
class _Trend:
    """How often rules objected, period by period of one kind."""

    kind: PeriodKind
    starts: tuple[date, ...]
    rows: tuple[tuple[str, tuple[tuple[int, int, int], ...]], ...]
    """Title of each rule that objected, with failures, warnings and revisions by period."""


def _trends(verdicts: Sequence[Verdicts]) -> list[_Trend]:
    """Return the trends of the kinds of mosaics on which any rule objected."""
    counts: dict[tuple[PeriodKind, str, date], Counter[str]] = defaultdict(Counter)
    for each in verdicts:
        counts[each.period.kind, each.rule, each.period.start][each.verdict] += each.revisions
    trends = []
    for kind in PeriodKind:
        starts = tuple(sorted({start for k, _, start in counts if k is kind}))
        objecting = sorted(
            {rule for (k, rule, _), c in counts.items() if k is kind and (c["FAIL"] or c["WARN"])}
        )
        rows = tuple(
            (_title(rule), tuple(_counted(counts[kind, rule, start]) for start in starts))
            for rule in objecting
        )
        if rows:
            trends.append(_Trend(kind, starts, rows))
    return trends


def _counted(counts: Counter[str]) -> tuple[int, int, int]:
    looked = sum(counts.values()) - counts[Verdict.SKIPPED]
    return counts[Verdict.FAIL], counts[Verdict.WARN], looked
